use souk_contracts::{LocationId, OrderId};
use souk_store::{Expect, Tx, json_list, params, sql};
use souk_types::{Fault, Timestamp};

use super::rows_json;
use crate::domain::{Hold, HoldState, Holds};

/// Pieces that an order holds of a SKU at a location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Stock keeping unit.
    pub sku: String,
    /// Where.
    pub location: LocationId,
    /// Pieces that are still there.
    pub quantity: i64,
}

/// One new row: SKU, order, location, pieces, when it runs out.
pub type NewRow<'a> = (&'a str, OrderId, LocationId, i64, Timestamp);

/// What these orders hold of these SKUs.
pub fn holds(tx: &mut Tx<'_>, wanted: &[(OrderId, &str)]) -> Result<Holds, Fault> {
    let mut holds = Holds::default();
    // CROSS JOIN keeps SQLite from reading the table first and the list after.
    let rows = tx.query(
        sql!(
            "SELECT held.order_id, held.sku, held.state, held.expires_at
             FROM (SELECT json(value) ->> 0 AS order_id, json(value) ->> 1 AS sku FROM {each:?1} AS item) AS wanted
             CROSS JOIN reservations AS held
             WHERE held.sku = wanted.sku AND held.order_id = wanted.order_id"
        ),
        params![rows_json(wanted)?],
        |row| Ok((row.get(0)?, row.get(1)?, Hold { state: row.parse(2)?, expires_at: row.get(3)? })),
    )?;
    for (order, sku, hold) in rows {
        holds.add(order, sku, hold);
    }
    Ok(holds)
}

/// Adds rows. A row that was released before holds again.
///
/// # Errors
/// [`ErrorKind::Conflict`](souk_types::ErrorKind::Conflict) when one of them holds something already.
pub fn add(tx: &mut Tx<'_>, rows: &[NewRow<'_>], state: HoldState) -> Result<(), Fault> {
    tx.send(
        sql!(
            "INSERT INTO reservations (sku, order_id, location_id, quantity, shipped, state, expires_at)
             SELECT json(value) ->> 0, json(value) ->> 1, json(value) ->> 2, CAST(json(value) ->> 3 AS BIGINT), 0,
                 CAST(?2 AS TEXT), CAST(json(value) ->> 4 AS BIGINT)
             FROM {each:?1} AS item WHERE TRUE
             ON CONFLICT (sku, order_id, location_id) DO UPDATE
             SET quantity = reservations.shipped + excluded.quantity, state = excluded.state,
                 expires_at = excluded.expires_at
             WHERE reservations.state = 'released'"
        ),
        params![rows_json(rows)?, state.as_str()],
        Expect::Rows(rows.len() as u64),
    )
}

/// Lets what an order has set aside last until then, unless it lasts longer already.
pub fn extend(tx: &mut Tx<'_>, order: OrderId, skus: &[&str], until: Timestamp) -> Result<(), Fault> {
    tx.exec(
        sql!(
            "UPDATE reservations SET expires_at = ?3
             WHERE sku IN {each:?1} AND order_id = ?2 AND state = 'reserved' AND expires_at < ?3"
        ),
        params![json_list(skus), order, until],
    )?;
    Ok(())
}

/// Commits what an order has set aside, and returns it.
pub fn commit(tx: &mut Tx<'_>, order: OrderId, skus: &[&str]) -> Result<Vec<Held>, Fault> {
    tx.query(
        sql!(
            "UPDATE reservations SET state = 'committed'
             WHERE sku IN {each:?1} AND order_id = ?2 AND state = 'reserved'
             RETURNING sku, location_id, quantity - shipped"
        ),
        params![json_list(skus), order],
        read,
    )
}

/// Releases what an order holds in a state, and returns it.
pub fn release(tx: &mut Tx<'_>, order: OrderId, skus: &[&str], state: HoldState) -> Result<Vec<Held>, Fault> {
    tx.query(
        sql!(
            "UPDATE reservations SET state = 'released'
             WHERE sku IN {each:?1} AND order_id = ?2 AND state = ?3
             RETURNING sku, location_id, quantity - shipped"
        ),
        params![json_list(skus), order, state.as_str()],
        read,
    )
}

/// Writes down, for those SKUs of which an order never held any, that it may not any more: a reserve that comes late
/// finds it.
pub fn shut(tx: &mut Tx<'_>, order: OrderId, skus: &[&str], location: LocationId) -> Result<(), Fault> {
    let now = tx.now();
    tx.exec(
        sql!(
            "INSERT INTO reservations (sku, order_id, location_id, quantity, shipped, state, expires_at)
             SELECT item.value, CAST(?2 AS TEXT), CAST(?3 AS TEXT), 0, 0, 'released', CAST(?4 AS BIGINT)
             FROM {each:?1} AS item
             WHERE item.value NOT IN (SELECT sku FROM reservations WHERE sku IN {each:?1} AND order_id = ?2)
             ON CONFLICT DO NOTHING"
        ),
        params![json_list(skus), order, location, now],
    )?;
    Ok(())
}

/// What an order has committed and not shipped.
pub fn committed(tx: &mut Tx<'_>, order: OrderId, skus: &[&str]) -> Result<Vec<Held>, Fault> {
    tx.query(
        sql!(
            "SELECT sku, location_id, quantity - shipped FROM reservations
             WHERE sku IN {each:?1} AND order_id = ?2 AND state = 'committed' ORDER BY sku, location_id"
        ),
        params![json_list(skus), order],
        read,
    )
}

/// Notes that pieces of what is committed have left the house.
pub fn ship(tx: &mut Tx<'_>, order: OrderId, shipped: &Held) -> Result<(), Fault> {
    tx.exec(
        sql!(
            "UPDATE reservations SET shipped = shipped + ?4,
                 state = CASE WHEN shipped + ?4 = quantity THEN 'shipped' ELSE state END
             WHERE sku = ?1 AND order_id = ?2 AND location_id = ?3 AND state = 'committed'
                 AND quantity - shipped >= ?4"
        ),
        params![&shipped.sku, order, shipped.location, shipped.quantity],
    )?
    .expect_one()
}

/// What ran out by then, the oldest first.
pub fn run_out(tx: &mut Tx<'_>, by: Timestamp, limit: usize) -> Result<Vec<(OrderId, Held)>, Fault> {
    tx.query(
        sql!(
            fan_out
            "SELECT order_id, sku, location_id, quantity - shipped FROM reservations
             WHERE state = 'reserved' AND expires_at <= ?1 ORDER BY expires_at, order_id, sku LIMIT ?2"
        ),
        params![by, limit],
        |row| {
            let held = Held { sku: row.get(1)?, location: row.get(2)?, quantity: row.get(3)? };
            Ok((row.get(0)?, held))
        },
    )
}

/// Releases what ran out by then; `false` when it was committed, released or extended meanwhile.
pub fn release_run_out(tx: &mut Tx<'_>, order: OrderId, held: &Held, by: Timestamp) -> Result<bool, Fault> {
    let released = tx.exec(
        sql!(
            "UPDATE reservations SET state = 'released'
             WHERE sku = ?1 AND order_id = ?2 AND location_id = ?3 AND state = 'reserved' AND expires_at <= ?4"
        ),
        params![&held.sku, order, held.location, by],
    )?;
    Ok(released.rows() == 1)
}

fn read(row: &souk_store::Row<'_>) -> Result<Held, Fault> {
    Ok(Held { sku: row.get(0)?, location: row.get(1)?, quantity: row.get(2)? })
}
