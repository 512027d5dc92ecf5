use std::collections::BTreeMap;

use souk_contracts::{
    LocationId, MovementId, OrderId,
    inventory::{AvailabilityChanged, Movement, MovementKind},
};
use souk_store::{Expect, Row, Tx, params, sql};
use souk_types::{Fault, PageRequest};

use super::{levels, rows_json};
use crate::domain::{Delta, Entry};

/// Books movements: changes each touched level once, in the order of the keys, writes the ledger, and tells
/// when a SKU became available or sold out. The only way to change a level.
///
/// # Errors
/// [`ErrorKind::Conflict`](souk_types::ErrorKind::Conflict) when a level does not have what is taken.
pub fn post(tx: &mut Tx<'_>, entries: &[Entry<'_>]) -> Result<(), Fault> {
    if entries.is_empty() {
        return Ok(());
    }
    let mut by_level = BTreeMap::<(&str, LocationId), Delta>::new();
    for entry in entries {
        *by_level.entry((entry.sku, entry.location)).or_default() += entry.delta;
    }
    let mut by_sku = BTreeMap::<&str, Change>::new();
    for ((sku, location), delta) in by_level {
        if delta.is_none() {
            continue;
        }
        let after = levels::change(tx, sku, location, delta)?
            .ok_or_else(|| Fault::conflict("not enough is left").because(format!("{sku} at {location}: {delta:?}")))?;
        let before = after - delta.available();
        let change = by_sku.entry(sku).or_default();
        change.available += delta.available();
        change.may_cross |= (before > 0) != (after > 0);
    }
    write(tx, entries)?;
    tell_crossings(tx, &by_sku)
}

#[derive(Default)]
struct Change {
    available: i64,
    may_cross: bool,
}

/// Only when a level ran empty or filled up can the sum over all locations have crossed zero.
fn tell_crossings(tx: &mut Tx<'_>, by_sku: &BTreeMap<&str, Change>) -> Result<(), Fault> {
    let near: Vec<&str> = by_sku.iter().filter(|(_, change)| change.may_cross).map(|(sku, _)| *sku).collect();
    if near.is_empty() {
        return Ok(());
    }
    for after in levels::availability(tx, &near)? {
        let change = by_sku.get(after.sku.as_str()).map_or(0, |change| change.available);
        let in_stock = after.available > 0;
        if (after.available - change > 0) != in_stock {
            tx.emit(&AvailabilityChanged { sku: after.sku, in_stock })?;
        }
    }
    Ok(())
}

/// One row: SKU, id, location, changes of what is on hand, committed and reserved, order.
type RowJson<'a> = (&'a str, MovementId, LocationId, i64, i64, i64, Option<OrderId>);

/// Writes the ledger, one statement for all movements of a kind, reason and actor.
pub fn write(tx: &mut Tx<'_>, entries: &[Entry<'_>]) -> Result<(), Fault> {
    let first = MovementId::generate(tx.env());
    let mut groups = BTreeMap::<(MovementKind, &str, &str), Vec<RowJson<'_>>>::new();
    for (number, entry) in (0_u128..).zip(entries) {
        // Ids of one transaction count up, so that the order of its movements is kept (RFC 9562, 6.2).
        let id = MovementId::from_bits(first.bits().wrapping_add(number));
        let Delta { on_hand, committed, reserved, .. } = entry.delta;
        let row = (entry.sku, id, entry.location, on_hand, committed, reserved, entry.order);
        groups.entry((entry.kind, entry.actor, entry.reason)).or_default().push(row);
    }
    let at = tx.now();
    for ((kind, actor, reason), rows) in groups {
        tx.send(
            sql!(
                "INSERT INTO movements (sku, movement_id, location_id, on_hand, committed, reserved, order_id,
                     kind, actor, reason, at)
                 SELECT json(value) ->> 0, json(value) ->> 1, json(value) ->> 2, CAST(json(value) ->> 3 AS BIGINT),
                     CAST(json(value) ->> 4 AS BIGINT), CAST(json(value) ->> 5 AS BIGINT), json(value) ->> 6,
                     CAST(?2 AS TEXT), CAST(?3 AS TEXT), CAST(?4 AS TEXT), CAST(?5 AS BIGINT)
                 FROM {each:?1} AS item"
            ),
            params![rows_json(&rows)?, kind.as_str(), actor, reason, at],
            Expect::Any,
        )?;
    }
    Ok(())
}

/// The movements of a SKU that are older than one, newest first.
pub fn page(tx: &mut Tx<'_>, sku: &str, before: MovementId, request: &PageRequest) -> Result<Vec<Movement>, Fault> {
    tx.query(
        sql!(
            "SELECT movement_id, sku, location_id, kind, on_hand, committed, reserved, order_id, reason, actor, at
             FROM movements WHERE sku = ?1 AND movement_id < ?2 ORDER BY movement_id DESC LIMIT ?3"
        ),
        params![sku, before, request.rows()?],
        read,
    )
}

fn read(row: &Row<'_>) -> Result<Movement, Fault> {
    Ok(Movement {
        id: row.get(0)?,
        sku: row.get(1)?,
        location: row.get(2)?,
        kind: row.parse(3)?,
        on_hand: row.get(4)?,
        committed: row.get(5)?,
        reserved: row.get(6)?,
        order: row.get(7)?,
        reason: row.get(8)?,
        actor: row.get(9)?,
        at: row.get(10)?,
    })
}
