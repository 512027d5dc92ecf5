//! Writes tracking events down and tells of the moves, in the caller's transaction.

use souk_contracts::delivery::{Error, ShipmentMoved, TrackingEvent};
use souk_store::Tx;
use souk_types::{Fault, Timestamp};

use crate::{
    domain::{Parcel, Verdict, decide},
    store::{self, ShipmentRow},
};

/// Events of one parcel; more are not a journey but a defect.
const EVENTS_MAX: usize = 200;

/// Takes events, oldest first. Those that are known do nothing, those that come late become history only.
pub fn take(tx: &mut Tx<'_>, row: &mut ShipmentRow, events: &[TrackingEvent]) -> Result<(), Error> {
    let (customer, id) = (row.shipment.customer, row.shipment.id);
    let known = store::events(tx, customer, id)?;
    let mut since = known
        .iter()
        .filter(|event| event.status == row.shipment.status)
        .map(|event| event.at)
        .max()
        .unwrap_or(Timestamp::EPOCH);
    let mut left = EVENTS_MAX.saturating_sub(known.len());
    for event in events {
        if known.iter().any(|known| known.at == event.at && known.status == event.status) {
            continue;
        }
        if left == 0 {
            return Err(Fault::conflict("this parcel has too many tracking events").into());
        }
        left -= 1;
        let before = row.shipment.status;
        let verdict = decide(&Parcel { status: before, furthest: row.furthest, since }, event);
        if verdict == Verdict::TooLate {
            return Err(Error::TooLate { status: before.to_string() });
        }
        if !store::insert_event(tx, customer, id, event)? {
            continue;
        }
        if let Verdict::Moves(moved) = verdict {
            row.shipment.status = moved.status;
            row.furthest = moved.furthest;
            since = moved.since;
            store::save(tx, row)?;
            row.version += 1;
            tx.emit(&ShipmentMoved {
                shipment: id,
                customer,
                order: row.shipment.order,
                lines: row.shipment.lines.clone(),
                before,
                event: event.clone(),
                tracking_number: row.shipment.tracking_number.clone(),
            })?;
        }
    }
    Ok(())
}
