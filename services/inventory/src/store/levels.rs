use souk_contracts::{
    LocationId,
    inventory::{Availability, Level},
};
use souk_store::{Row, Tx, json_list, params, sql};
use souk_types::Fault;

use super::rows_json;
use crate::domain::{Delta, Shelf, Stock};

/// What can be bought of each SKU that has a level.
pub fn availability(tx: &mut Tx<'_>, skus: &[impl AsRef<str>]) -> Result<Vec<Availability>, Fault> {
    tx.query(
        sql!(
            "SELECT sku, SUM(on_hand - committed - reserved - safety) FROM levels
             WHERE sku IN {each:?1} GROUP BY sku"
        ),
        params![json_list(skus.iter().map(AsRef::as_ref))],
        |row| Ok(Availability { sku: row.get(0)?, available: row.get(1)? }),
    )
}

/// What can be taken of each SKU, from the preferred location on.
pub fn stock(tx: &mut Tx<'_>, skus: &[&str]) -> Result<Stock, Fault> {
    let rows = tx.query(
        sql!(
            "SELECT levels.sku, levels.location_id, on_hand - committed - reserved - safety
             FROM levels JOIN locations ON locations.location_id = levels.location_id
             WHERE levels.sku IN {each:?1}
             ORDER BY levels.sku, locations.priority, levels.location_id"
        ),
        params![json_list(skus)],
        |row| Ok((row.get(0)?, Shelf { location: row.get(1)?, available: row.get(2)? })),
    )?;
    let mut stock = Stock::default();
    for (sku, shelf) in rows {
        stock.add(sku, shelf);
    }
    Ok(stock)
}

/// One level, held until the transaction ends.
pub fn locked(tx: &mut Tx<'_>, sku: &str, location: LocationId) -> Result<Option<Level>, Fault> {
    tx.query_opt(
        sql!(
            "SELECT sku, location_id, on_hand, committed, reserved, safety FROM levels
             WHERE sku = ?1 AND location_id = ?2 {for_update}"
        ),
        params![sku, location],
        read,
    )
}

/// Adds an empty level where there is none.
pub fn ensure(tx: &mut Tx<'_>, sku: &str, location: LocationId) -> Result<(), Fault> {
    tx.exec(
        sql!(
            "INSERT INTO levels (sku, location_id, on_hand, committed, reserved, safety)
             VALUES (?1, ?2, 0, 0, 0, 0) ON CONFLICT DO NOTHING"
        ),
        params![sku, location],
    )?;
    Ok(())
}

/// Changes the counters of a level, and returns what is available then; `None` when that would be less than
/// nothing, or there is no such level.
pub fn change(tx: &mut Tx<'_>, sku: &str, location: LocationId, delta: Delta) -> Result<Option<i64>, Fault> {
    tx.query_opt(
        sql!(
            "UPDATE levels SET on_hand = on_hand + ?3, committed = committed + ?4, reserved = reserved + ?5,
                 safety = safety + ?6
             WHERE sku = ?1 AND location_id = ?2
                 AND on_hand + ?3 - committed - ?4 - reserved - ?5 - safety - ?6 >= 0
             RETURNING on_hand - committed - reserved - safety"
        ),
        params![sku, location, delta.on_hand, delta.committed, delta.reserved, delta.safety],
        |row| row.get(0),
    )
}

/// Adds levels for those SKUs that have none anywhere, and returns those that were added.
pub fn declare(tx: &mut Tx<'_>, location: LocationId, declared: &[(String, i64)]) -> Result<Vec<(String, i64)>, Fault> {
    tx.query(
        sql!(
            "INSERT INTO levels (sku, location_id, on_hand, committed, reserved, safety)
             SELECT json(value) ->> 0, CAST(?2 AS TEXT), CAST(json(value) ->> 1 AS BIGINT), 0, 0, 0
             FROM {each:?1} AS item
             WHERE json(value) ->> 0 NOT IN (
                 SELECT sku FROM levels WHERE sku IN (SELECT json(value) ->> 0 FROM {each:?1} AS asked))
             ON CONFLICT DO NOTHING
             RETURNING sku, on_hand"
        ),
        params![rows_json(declared)?, location],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// What is on hand at one place.
pub struct Left {
    /// How many SKUs.
    pub skus: i64,
    /// Pieces.
    pub pieces: i64,
    /// Of these, pieces that orders hold.
    pub held: i64,
}

/// What is on hand at one place, and so whatever is set aside, committed or kept back there.
pub fn left_at(tx: &mut Tx<'_>, location: LocationId) -> Result<Left, Fault> {
    tx.query_one(
        sql!(
            fan_out
            "SELECT COUNT(*), CAST(COALESCE(SUM(on_hand), 0) AS BIGINT),
                 CAST(COALESCE(SUM(committed + reserved), 0) AS BIGINT)
             FROM levels WHERE location_id = ?1 AND on_hand > 0"
        ),
        params![location],
        |row| Ok(Left { skus: row.get(0)?, pieces: row.get(1)?, held: row.get(2)? }),
    )
}

pub(super) fn read(row: &Row<'_>) -> Result<Level, Fault> {
    Ok(Level {
        sku: row.get(0)?,
        location: row.get(1)?,
        on_hand: row.get(2)?,
        committed: row.get(3)?,
        reserved: row.get(4)?,
        safety: row.get(5)?,
    })
}
