//! Every statement on the `event_positions` table: how far a service has followed the stream.

use souk_store::{Tx, params, sql};
use souk_types::Fault;

/// The last message that was dealt with; 0 when none was, of this stream.
pub(crate) fn read(tx: &mut Tx<'_>, stream: &str) -> Result<u64, Fault> {
    let sql = sql!("SELECT position FROM event_positions WHERE stream = ?1");
    let position: Option<i64> = tx.query_opt(sql, params![stream], |row| row.get(0))?;
    Ok(position.and_then(|position| u64::try_from(position).ok()).unwrap_or_default())
}

/// Notes how far. Never back: another instance may have come further.
pub(crate) fn write(tx: &mut Tx<'_>, stream: &str, position: u64) -> Result<(), Fault> {
    let position = i64::try_from(position).map_err(Fault::internal)?;
    let sql = sql!(
        "INSERT INTO event_positions (stream, position) VALUES (?1, ?2)
         ON CONFLICT (stream) DO UPDATE SET position = excluded.position
         WHERE event_positions.position < excluded.position"
    );
    tx.exec(sql, params![stream, position]).map(drop)
}

/// Meets the stream as one that sends to it. When it is new, what was sent before is to be sent again; answers how many
/// events that are.
pub(super) fn meet(tx: &mut Tx<'_>, stream: &str) -> Result<u64, Fault> {
    let met = format!("to {stream}");
    let sql = sql!("SELECT position FROM event_positions WHERE stream = ?1");
    if tx.query_opt(sql, params![&met], |row| row.get::<i64>(0))?.is_some() {
        return Ok(0);
    }
    write(tx, &met, 0)?;
    let again = tx.exec(sql!("UPDATE outbox SET sent_at = NULL WHERE sent_at IS NOT NULL"), params![])?;
    Ok(again.rows())
}
