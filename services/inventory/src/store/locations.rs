use souk_contracts::{LocationId, inventory::Location};
use souk_store::{Row, Tx, params, sql};
use souk_types::Fault;

/// The places, those to take from first first.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<Location>, Fault> {
    tx.query(sql!("SELECT location_id, name, priority FROM locations ORDER BY priority, location_id"), params![], read)
}

/// How many places there are.
pub fn count(tx: &mut Tx<'_>) -> Result<usize, Fault> {
    tx.query_one(sql!("SELECT COUNT(*) FROM locations"), params![], |row| row.get(0))
}

/// Says whether there is such a place.
pub fn exists(tx: &mut Tx<'_>, location: LocationId) -> Result<bool, Fault> {
    let found = tx.query_opt(sql!("SELECT 1 FROM locations WHERE location_id = ?1"), params![location], |_| Ok(()))?;
    Ok(found.is_some())
}

/// Adds or replaces a place.
pub fn save(tx: &mut Tx<'_>, location: &Location) -> Result<(), Fault> {
    tx.exec(
        sql!(
            "INSERT INTO locations (location_id, name, priority) VALUES (?1, ?2, ?3)
             ON CONFLICT (location_id) DO UPDATE SET name = excluded.name, priority = excluded.priority"
        ),
        params![location.id, &location.name, location.priority],
    )?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Location, Fault> {
    Ok(Location { id: row.get(0)?, name: row.get(1)?, priority: row.get(2)? })
}
