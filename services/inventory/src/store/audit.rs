//! The invariants, in SQL, and what the audit across services needs.

use souk_contracts::{LocationId, OrderId, inventory::Holding};
use souk_store::{Row, Tx, params, sql};
use souk_types::{Fault, PageRequest};

/// No counter is below zero, and neither is what can be bought.
pub fn stock_never_negative(tx: &mut Tx<'_>, limit: usize) -> Result<Vec<String>, Fault> {
    tx.query(
        sql!(
            fan_out
            "SELECT sku, location_id, on_hand, committed, reserved, safety FROM levels
             WHERE on_hand < 0 OR committed < 0 OR reserved < 0 OR safety < 0
                 OR on_hand - committed - reserved - safety < 0
             ORDER BY sku, location_id LIMIT ?1"
        ),
        params![limit],
        |row| {
            let [on_hand, committed, reserved, safety] = numbers(row)?;
            Ok(format!(
                "stock_never_negative: {}: {on_hand} on hand, {committed} committed, {reserved} reserved, \
                 {safety} safety",
                place(row)?
            ))
        },
    )
}

/// Every counter is the sum of its movements.
pub fn counters_equal_movements(tx: &mut Tx<'_>, limit: usize) -> Result<Vec<String>, Fault> {
    tx.query(
        sql!(
            fan_out
            "SELECT sku, location_id, SUM(on_hand), SUM(committed), SUM(reserved) FROM (
                 SELECT sku, location_id, on_hand, committed, reserved FROM levels
                 UNION ALL
                 SELECT sku, location_id, -on_hand, -committed, -reserved FROM movements
             ) AS both_sides
             GROUP BY sku, location_id
             HAVING SUM(on_hand) <> 0 OR SUM(committed) <> 0 OR SUM(reserved) <> 0
             ORDER BY sku, location_id LIMIT ?1"
        ),
        params![limit],
        |row| {
            let [on_hand, committed, reserved] = numbers(row)?;
            Ok(format!(
                "counters_equal_movements: {}: the level is off its movements by {on_hand} on hand, {committed} \
                 committed, {reserved} reserved",
                place(row)?
            ))
        },
    )
}

/// What orders hold is what the levels have reserved and committed.
pub fn reservations_equal_counters(tx: &mut Tx<'_>, limit: usize) -> Result<Vec<String>, Fault> {
    tx.query(
        sql!(
            fan_out
            "SELECT sku, location_id, SUM(reserved), SUM(committed) FROM (
                 SELECT sku, location_id, reserved, committed FROM levels
                 UNION ALL
                 SELECT sku, location_id, CASE WHEN state = 'reserved' THEN shipped - quantity ELSE 0 END,
                     CASE WHEN state = 'committed' THEN shipped - quantity ELSE 0 END
                 FROM reservations
             ) AS both_sides
             GROUP BY sku, location_id
             HAVING SUM(reserved) <> 0 OR SUM(committed) <> 0
             ORDER BY sku, location_id LIMIT ?1"
        ),
        params![limit],
        |row| {
            let [reserved, committed] = numbers(row)?;
            Ok(format!(
                "reservations_equal_counters: {}: the level is off its reservations by {reserved} reserved, \
                 {committed} committed",
                place(row)?
            ))
        },
    )
}

/// What an order holds of a level, and has taken from it, is what the movements for it come to.
pub fn reservations_equal_movements(tx: &mut Tx<'_>, limit: usize) -> Result<Vec<String>, Fault> {
    tx.query(
        sql!(
            fan_out
            "SELECT sku, location_id, SUM(reserved), SUM(committed), SUM(shipped), order_id FROM (
                 SELECT sku, order_id, location_id, CASE WHEN state = 'reserved' THEN quantity - shipped ELSE 0 END AS
                     reserved, CASE WHEN state = 'committed' THEN quantity - shipped ELSE 0 END AS committed, shipped
                 FROM reservations
                 UNION ALL
                 SELECT sku, order_id, location_id, -reserved, -committed,
                     CASE WHEN kind = 'shipped' THEN on_hand ELSE 0 END
                 FROM movements WHERE order_id IS NOT NULL
             ) AS both_sides
             GROUP BY sku, order_id, location_id
             HAVING SUM(reserved) <> 0 OR SUM(committed) <> 0 OR SUM(shipped) <> 0
             ORDER BY sku, order_id, location_id LIMIT ?1"
        ),
        params![limit],
        |row| {
            let [reserved, committed, shipped] = numbers(row)?;
            Ok(format!(
                "reservations_equal_movements: {}: order {} is off its movements by {reserved} reserved, {committed} \
                 committed, {shipped} shipped",
                place(row)?,
                row.get::<String>(5)?
            ))
        },
    )
}

/// Nothing is on hand at a place that is switched off.
pub fn switched_off_is_empty(tx: &mut Tx<'_>, limit: usize) -> Result<Vec<String>, Fault> {
    tx.query(
        sql!(
            fan_out
            "SELECT levels.sku, levels.location_id, levels.on_hand
             FROM levels JOIN locations ON locations.location_id = levels.location_id
             WHERE NOT locations.active AND levels.on_hand <> 0
             ORDER BY levels.sku, levels.location_id LIMIT ?1"
        ),
        params![limit],
        |row| {
            let [on_hand] = numbers(row)?;
            Ok(format!("switched_off_is_empty: {}: {on_hand} on hand", place(row)?))
        },
    )
}

/// What orders hold and have taken, in the order of the table.
pub fn holdings(
    tx: &mut Tx<'_>,
    after: &(String, OrderId, LocationId),
    page: &PageRequest,
) -> Result<Vec<Holding>, Fault> {
    tx.query(
        sql!(
            fan_out
            "SELECT sku, order_id, location_id, CASE WHEN state = 'reserved' THEN quantity - shipped ELSE 0 END,
                 CASE WHEN state = 'committed' THEN quantity - shipped ELSE 0 END, shipped
             FROM reservations WHERE (sku, order_id, location_id) > (?1, ?2, ?3)
             ORDER BY sku, order_id, location_id LIMIT ?4"
        ),
        params![&after.0, after.1, after.2, page.rows()?],
        |row| {
            Ok(Holding {
                sku: row.get(0)?,
                order: row.get(1)?,
                location: row.get(2)?,
                reserved: row.get(3)?,
                committed: row.get(4)?,
                shipped: row.get(5)?,
            })
        },
    )
}

fn place(row: &Row<'_>) -> Result<String, Fault> {
    Ok(format!("{} at {}", row.get::<String>(0)?, row.get::<String>(1)?))
}

/// The columns after SKU and location.
fn numbers<const N: usize>(row: &Row<'_>) -> Result<[i64; N], Fault> {
    let mut numbers = [0; N];
    for (index, number) in numbers.iter_mut().enumerate() {
        *number = row.get(index + 2)?;
    }
    Ok(numbers)
}
