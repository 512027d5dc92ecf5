//! Every SQL text of the service.

use souk_contracts::{
    Address, CustomerId, OrderId, ShipmentId,
    delivery::{Shipment, ShipmentBooks, ShipmentStatus, TrackingEvent},
};
use souk_store::{Row, Tx, params, sql};
use souk_types::{Fault, Timestamp};

/// A shipment with what only delivery needs to know; its events are read apart.
#[derive(Debug, Clone)]
pub struct ShipmentRow {
    pub shipment: Shipment,
    pub address: Address,
    pub method: String,
    pub furthest: ShipmentStatus,
    pub requested_at: Timestamp,
    pub version: i64,
}

/// Writes a shipment down, unless it is known.
pub fn insert(tx: &mut Tx<'_>, row: &ShipmentRow) -> Result<bool, Fault> {
    let shipment = &row.shipment;
    let inserted = tx.exec(
        sql!(
            "INSERT INTO shipments (customer_id, shipment_id, order_id, lines, address, method, status, furthest,
                 carrier, tracking_number, tracking_url, by_hand, requested_at, version)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
             ON CONFLICT (customer_id, shipment_id) DO NOTHING"
        ),
        params![
            shipment.customer,
            shipment.id,
            shipment.order,
            json(&shipment.lines)?,
            json(&row.address)?,
            &row.method,
            shipment.status.as_str(),
            row.furthest.as_str(),
            &shipment.carrier,
            shipment.tracking_number.as_deref(),
            shipment.tracking_url.as_deref(),
            shipment.by_hand,
            row.requested_at,
            row.version,
        ],
    )?;
    Ok(inserted.rows() == 1)
}

pub fn by_id(tx: &mut Tx<'_>, customer: CustomerId, shipment: ShipmentId) -> Result<Option<ShipmentRow>, Fault> {
    tx.query_opt(
        sql!(
            "SELECT customer_id, shipment_id, order_id, lines, address, method, status, furthest, carrier,
                 tracking_number, expected_at, requested_at, version, tracking_url, by_hand
             FROM shipments WHERE customer_id = ?1 AND shipment_id = ?2"
        ),
        params![customer, shipment],
        shipment_row,
    )
}

/// An order's shipments with their events, oldest first.
pub fn of_order(tx: &mut Tx<'_>, customer: CustomerId, order: OrderId) -> Result<Vec<Shipment>, Fault> {
    let rows = tx.query(
        sql!(
            "SELECT customer_id, shipment_id, order_id, lines, address, method, status, furthest, carrier,
                 tracking_number, expected_at, requested_at, version, tracking_url, by_hand
             FROM shipments WHERE customer_id = ?1 AND order_id = ?2 ORDER BY requested_at, shipment_id"
        ),
        params![customer, order],
        shipment_row,
    )?;
    let mut shipments: Vec<Shipment> = rows.into_iter().map(|row| row.shipment).collect();
    if shipments.is_empty() {
        return Ok(shipments);
    }
    let events = tx.query(
        sql!(
            "SELECT e.status, e.description, e.place, e.at, e.shipment_id FROM tracking_events e
             JOIN shipments s ON s.customer_id = e.customer_id AND s.shipment_id = e.shipment_id
             WHERE s.customer_id = ?1 AND s.order_id = ?2 ORDER BY e.at"
        ),
        params![customer, order],
        |row| Ok((row.get::<ShipmentId>(4)?, event(row)?)),
    )?;
    for (shipment, event) in events {
        for known in shipments.iter_mut().filter(|known| known.id == shipment) {
            known.events.push(event.clone());
        }
    }
    Ok(shipments)
}

/// Overwrites where a shipment is.
pub fn save(tx: &mut Tx<'_>, row: &ShipmentRow) -> Result<(), Fault> {
    let shipment = &row.shipment;
    tx.exec(
        sql!(
            "UPDATE shipments SET status = ?3, furthest = ?4, tracking_number = ?5, expected_at = ?6,
                 version = version + 1
             WHERE customer_id = ?1 AND shipment_id = ?2 AND version = ?7"
        ),
        params![
            shipment.customer,
            shipment.id,
            shipment.status.as_str(),
            row.furthest.as_str(),
            shipment.tracking_number.as_deref(),
            shipment.expected_at,
            row.version,
        ],
    )?
    .expect_one()
}

/// Writes a tracking event down; `false` when it is known.
pub fn insert_event(
    tx: &mut Tx<'_>,
    customer: CustomerId,
    shipment: ShipmentId,
    event: &TrackingEvent,
) -> Result<bool, Fault> {
    let inserted = tx.exec(
        sql!(
            "INSERT INTO tracking_events (customer_id, shipment_id, at, status, description, place)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (customer_id, shipment_id, at, status) DO NOTHING"
        ),
        params![customer, shipment, event.at, event.status.as_str(), &event.description, &event.place],
    )?;
    Ok(inserted.rows() == 1)
}

pub fn events(tx: &mut Tx<'_>, customer: CustomerId, shipment: ShipmentId) -> Result<Vec<TrackingEvent>, Fault> {
    tx.query(
        sql!(
            "SELECT status, description, place, at FROM tracking_events
             WHERE customer_id = ?1 AND shipment_id = ?2 ORDER BY at"
        ),
        params![customer, shipment],
        event,
    )
}

/// What was written down of a shipment last.
pub fn last_event(tx: &mut Tx<'_>, customer: CustomerId, shipment: ShipmentId) -> Result<Option<TrackingEvent>, Fault> {
    tx.query_opt(
        sql!(
            "SELECT status, description, place, at FROM tracking_events
             WHERE customer_id = ?1 AND shipment_id = ?2 ORDER BY at DESC, status DESC LIMIT 1"
        ),
        params![customer, shipment],
        event,
    )
}

/// Invariant: every tracking event belongs to a shipment. Says which do not.
pub fn events_have_a_shipment(tx: &mut Tx<'_>, rows: usize) -> Result<Vec<String>, Fault> {
    tx.query(
        sql!(
            fan_out
            "SELECT e.shipment_id, CAST(COUNT(*) AS BIGINT) FROM tracking_events e
             LEFT JOIN shipments s ON s.customer_id = e.customer_id AND s.shipment_id = e.shipment_id
             WHERE s.shipment_id IS NULL GROUP BY e.customer_id, e.shipment_id ORDER BY e.shipment_id LIMIT ?1"
        ),
        params![rows],
        |row| {
            let (shipment, count): (String, i64) = (row.get(0)?, row.get(1)?);
            Ok(format!(
                "events_have_a_shipment: {count} tracking events are of shipment {shipment}, which is not there"
            ))
        },
    )
}

/// Where a walk over all shipments has come to: customer and shipment.
pub type Place = (String, String);

/// Shipments for the audit across services.
pub fn books(tx: &mut Tx<'_>, after: &Place, rows: i64) -> Result<Vec<ShipmentBooks>, Fault> {
    tx.query(
        sql!(
            fan_out
            "SELECT customer_id, shipment_id, order_id, lines FROM shipments
             WHERE (customer_id, shipment_id) > (?1, ?2) ORDER BY customer_id, shipment_id LIMIT ?3"
        ),
        params![&after.0, &after.1, rows],
        |row| Ok(ShipmentBooks { customer: row.get(0)?, id: row.get(1)?, order: row.get(2)?, lines: row.json(3)? }),
    )
}

fn event(row: &Row<'_>) -> Result<TrackingEvent, Fault> {
    Ok(TrackingEvent { status: row.parse(0)?, description: row.get(1)?, place: row.get(2)?, at: row.get(3)? })
}

fn shipment_row(row: &Row<'_>) -> Result<ShipmentRow, Fault> {
    Ok(ShipmentRow {
        shipment: Shipment {
            customer: row.get(0)?,
            id: row.get(1)?,
            order: row.get(2)?,
            lines: row.json(3)?,
            status: row.parse(6)?,
            carrier: row.get(8)?,
            tracking_number: row.get(9)?,
            tracking_url: row.get(13)?,
            by_hand: row.get(14)?,
            expected_at: row.get(10)?,
            events: Vec::new(),
        },
        address: row.json(4)?,
        method: row.get(5)?,
        furthest: row.parse(7)?,
        requested_at: row.get(11)?,
        version: row.get(12)?,
    })
}

fn json(value: &impl serde::Serialize) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(Fault::internal)
}
