use souk_contracts::{LocationId, inventory::Location};
use souk_store::{Row, Tx, params, sql};
use souk_types::Fault;

/// The places, those to take from first first.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<Location>, Fault> {
    tx.query(
        sql!("SELECT location_id, version, name, priority, active FROM locations ORDER BY priority, location_id"),
        params![],
        read,
    )
}

/// How many places there are.
pub fn count(tx: &mut Tx<'_>) -> Result<usize, Fault> {
    tx.query_one(sql!("SELECT COUNT(*) FROM locations"), params![], |row| row.get(0))
}

/// One place.
pub fn find(tx: &mut Tx<'_>, location: LocationId) -> Result<Option<Location>, Fault> {
    tx.query_opt(
        sql!("SELECT location_id, version, name, priority, active FROM locations WHERE location_id = ?1"),
        params![location],
        read,
    )
}

/// Says whether a place is in use, which stays so until the transaction ends; `None`: there is no such place.
pub fn in_use(tx: &mut Tx<'_>, location: LocationId) -> Result<Option<bool>, Fault> {
    tx.query_opt(sql!("SELECT active FROM locations WHERE location_id = ?1 {for_share}"), params![location], |row| {
        row.get(0)
    })
}

/// Adds a place, at version 1.
pub fn add(tx: &mut Tx<'_>, location: &Location) -> Result<(), Fault> {
    let added = tx.exec(
        sql!(
            "INSERT INTO locations (location_id, version, name, priority, active, closing)
             VALUES (?1, 1, ?2, ?3, ?4, FALSE) ON CONFLICT DO NOTHING"
        ),
        params![location.id, &location.name, location.priority, location.active],
    )?;
    added.expect_one()
}

/// Changes a place that still is at this version.
pub fn change(tx: &mut Tx<'_>, location: &Location) -> Result<(), Fault> {
    let changed = tx.exec(
        sql!(
            "UPDATE locations SET version = version + 1, name = ?3, priority = ?4, active = ?5, closing = FALSE
             WHERE location_id = ?1 AND version = ?2"
        ),
        params![location.id, location.version, &location.name, location.priority, location.active],
    )?;
    changed.expect_one()
}

/// Switches a place off if it still is at this version, and no stock has moved there since `closing` was set; says whether
/// it was.
pub fn shut(tx: &mut Tx<'_>, location: &Location) -> Result<bool, Fault> {
    let shut = tx.exec(
        sql!(
            "UPDATE locations SET version = version + 1, name = ?3, priority = ?4, active = FALSE, closing = FALSE
             WHERE location_id = ?1 AND version = ?2 AND closing"
        ),
        params![location.id, location.version, &location.name, location.priority],
    )?;
    Ok(shut.rows() == 1)
}

/// Notes that somebody who wants to switch a place off looks whether it is empty. Waits for those who move stock there.
pub fn mark_closing(tx: &mut Tx<'_>, location: LocationId) -> Result<(), Fault> {
    let marked =
        tx.exec(sql!("UPDATE locations SET closing = TRUE WHERE location_id = ?1 AND active"), params![location])?;
    marked.expect_one()
}

/// Lets nobody switch a place off who has not looked again whether it is empty.
pub fn keep_open(tx: &mut Tx<'_>, location: LocationId) -> Result<(), Fault> {
    tx.exec(sql!("UPDATE locations SET closing = FALSE WHERE location_id = ?1 AND closing"), params![location])?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Location, Fault> {
    Ok(Location {
        id: row.get(0)?,
        version: row.get(1)?,
        name: row.get(2)?,
        priority: row.get(3)?,
        active: row.get(4)?,
    })
}
