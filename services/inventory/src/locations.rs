//! Adding, changing and switching off the places where stock lies.
//!
//! A place that is switched off has no stock, and gets none. On Postgres two transactions that overlap do not see each
//! other's rows, so switching off takes three steps: the place is marked as closing, which waits for whoever moves stock
//! there and has not committed; then it is looked whether anything is on hand; then it is switched off, if it still is
//! marked. Whoever moves stock there meanwhile takes the mark away. A mark that a process left behind does no harm.

use souk_contracts::inventory::{DEFAULT_LOCATION, Error, LOCATIONS_MAX, Location};
use souk_store::{Store, Tx};
use souk_types::{Cx, Fault, limits};

use crate::store::{levels, locations};

/// How far from 0 a priority may be.
const PRIORITY_MAX: i64 = 1_000_000;

/// Adds a place, or changes it, and returns it as it is then.
pub async fn save(store: &Store, cx: &Cx, location: Location) -> Result<Location, Error> {
    let wanted = checked(location)?;
    let first = wanted.clone();
    if let Some(saved) = store.write(cx, move |tx| save_or_mark(tx, &first)).await? {
        return Ok(saved);
    }
    let id = wanted.id;
    let left = store.scan(cx, move |tx| levels::left_at(tx, id).map_err(Error::from)).await?;
    if left.skus > 0 {
        store.write(cx, move |tx| locations::keep_open(tx, id).map_err(Error::from)).await?;
        return Err(Error::StillStocked { skus: left.skus, pieces: left.pieces, held: left.held });
    }
    store.write(cx, move |tx| shut(tx, &wanted)).await
}

fn checked(mut location: Location) -> Result<Location, Fault> {
    location.name = location.name.trim().to_owned();
    if location.name.is_empty() || location.name.len() > limits::LINE_BYTES_MAX {
        return Err(Fault::invalid("name", format!("must be 1 to {} bytes", limits::LINE_BYTES_MAX)));
    }
    if !(-PRIORITY_MAX..=PRIORITY_MAX).contains(&location.priority) {
        return Err(Fault::invalid("priority", format!("must be {} to {PRIORITY_MAX}", -PRIORITY_MAX)));
    }
    Ok(location)
}

/// `None`: it is to be switched off, and marked.
fn save_or_mark(tx: &mut Tx<'_>, wanted: &Location) -> Result<Option<Location>, Error> {
    let Some(stored) = locations::find(tx, wanted.id)? else {
        return Ok(Some(add(tx, wanted)?));
    };
    if is_done(&stored, wanted) {
        return Ok(Some(stored));
    }
    check_version(&stored, wanted)?;
    if !stored.active || wanted.active {
        locations::change(tx, wanted)?;
        return Ok(Some(next(wanted)));
    }
    if wanted.id == DEFAULT_LOCATION {
        let why = "must stay: stock that comes with products is put there, so this location cannot be switched off";
        return Err(Fault::invalid("active", why).into());
    }
    locations::mark_closing(tx, wanted.id)?;
    Ok(None)
}

fn add(tx: &mut Tx<'_>, wanted: &Location) -> Result<Location, Fault> {
    if wanted.version != 0 {
        return Err(Fault::not_found("the location"));
    }
    if locations::count(tx)? >= LOCATIONS_MAX {
        return Err(Fault::invalid("id", format!("a shop has at most {LOCATIONS_MAX} locations")));
    }
    locations::add(tx, wanted)?;
    Ok(next(wanted))
}

fn shut(tx: &mut Tx<'_>, wanted: &Location) -> Result<Location, Error> {
    let stored = locations::find(tx, wanted.id)?.ok_or_else(|| Fault::not_found("the location"))?;
    if is_done(&stored, wanted) {
        return Ok(stored);
    }
    check_version(&stored, wanted)?;
    if locations::shut(tx, wanted)? {
        Ok(next(wanted))
    } else {
        Err(Fault::conflict("stock was moved there meanwhile; look again and try again").into())
    }
}

fn check_version(stored: &Location, wanted: &Location) -> Result<(), Error> {
    if stored.version == wanted.version { Ok(()) } else { Err(Error::VersionConflict { current: stored.version }) }
}

/// Asked twice, it was done the first time.
fn is_done(stored: &Location, wanted: &Location) -> bool {
    stored.version - 1 == wanted.version && Location { version: wanted.version, ..stored.clone() } == *wanted
}

fn next(saved: &Location) -> Location {
    Location { version: saved.version + 1, ..saved.clone() }
}
