//! Every statement on the `event_positions` table: how far a service has followed each partition of the stream. The
//! column `stream` tells which stream and which partition.

use std::collections::BTreeMap;

use souk_store::{Expect, Store, Tx, json_list, params, sql};
use souk_types::{Cx, Fault};

use super::partition::{self, Partitions};

/// The last message that was dealt with, of each of these partitions; 0 where none was, of this stream.
pub(super) fn read(tx: &mut Tx<'_>, stream: &str, of: &Partitions) -> Result<BTreeMap<u16, u64>, Fault> {
    let known = tx.query(
        sql!("SELECT stream, position FROM event_positions WHERE stream IN {each:?1}"),
        params![rows(stream, of)],
        |row| Ok((row.get::<String>(0)?, row.get::<i64>(1)?)),
    )?;
    let known: BTreeMap<String, i64> = known.into_iter().collect();
    let place = |partition: &u16| {
        let position = known.get(&row(stream, *partition)).copied().unwrap_or_default();
        (*partition, u64::try_from(position).unwrap_or_default())
    };
    Ok(of.iter().map(place).collect())
}

/// The last message that was dealt with in all partitions.
pub(crate) fn lowest(tx: &mut Tx<'_>, stream: &str) -> Result<u64, Fault> {
    let places = read(tx, stream, &partition::all())?;
    Ok(places.into_values().min().unwrap_or_default())
}

/// Makes sure that there is a place to move on.
pub(super) fn begin(tx: &mut Tx<'_>, stream: &str, partitions: &Partitions) -> Result<(), Fault> {
    partitions.iter().try_for_each(|partition| insert(tx, &row(stream, *partition)))
}

/// Notes how far these partitions are. Never back: another instance may have come further.
pub(super) fn write(tx: &mut Tx<'_>, stream: &str, partitions: &Partitions, position: u64) -> Result<(), Fault> {
    let position = i64::try_from(position).map_err(Fault::internal)?;
    let sql = sql!("UPDATE event_positions SET position = ?2 WHERE stream IN {each:?1} AND position < ?2");
    tx.send(sql, params![rows(stream, partitions), position], Expect::Any)
}

/// Meets the stream as one that sends to it. When it is new, what was sent before is to be sent again; answers how many
/// events that are.
pub(super) fn meet(tx: &mut Tx<'_>, stream: &str) -> Result<u64, Fault> {
    let met = format!("to {stream}");
    let sql = sql!("SELECT position FROM event_positions WHERE stream = ?1");
    if tx.query_opt(sql, params![&met], |row| row.get::<i64>(0))?.is_some() {
        return Ok(0);
    }
    insert(tx, &met)?;
    let again = tx.exec(sql!("UPDATE outbox SET sent_at = NULL WHERE sent_at IS NOT NULL"), params![])?;
    Ok(again.rows())
}

fn insert(tx: &mut Tx<'_>, stream: &str) -> Result<(), Fault> {
    let sql = sql!("INSERT INTO event_positions (stream, position) VALUES (?1, 0) ON CONFLICT (stream) DO NOTHING");
    tx.exec(sql, params![stream]).map(drop)
}

fn row(stream: &str, partition: u16) -> String {
    format!("{stream} {partition}")
}

fn rows(stream: &str, partitions: &Partitions) -> String {
    let rows: Vec<String> = partitions.iter().map(|partition| row(stream, *partition)).collect();
    json_list(rows.iter().map(String::as_str))
}

/// How far a service has followed each partition of each stream that it has met: the last message that was dealt with.
/// Nothing where events stay in the process.
///
/// # Errors
/// When the store fails.
pub async fn followed(store: &Store, cx: &Cx) -> Result<BTreeMap<String, u64>, Fault> {
    let look = |tx: &mut Tx<'_>| {
        let sql = sql!("SELECT stream, position FROM event_positions WHERE stream NOT LIKE 'to %'");
        tx.query(sql, params![], |row| Ok((row.get(0)?, row.get(1)?)))
    };
    Ok(store.read::<Vec<(String, u64)>, Fault>(cx, look).await?.into_iter().collect())
}
