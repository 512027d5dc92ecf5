//! Every statement on the `outbox` and `inbox` tables but those of the store itself.

use souk_store::{Expect, Row, Tx, json_list, params, sql};
use souk_types::{Fault, Timestamp};

use crate::Delivery;

/// A committed event, with its place in the outbox.
#[derive(Debug, Clone)]
pub(crate) struct Committed {
    pub(crate) seq: i64,
    pub(crate) delivery: Delivery,
}

/// The first events that are not yet sent. Not those beyond the last one sent: on Postgres, a lower number may
/// be committed after a higher one.
pub(crate) fn unsent(tx: &mut Tx<'_>, limit: usize) -> Result<Vec<Committed>, Fault> {
    tx.query(
        sql!(
            "SELECT seq, id, type, aggregateid, payload, at, trace, traceparent FROM outbox
             WHERE sent_at IS NULL ORDER BY seq LIMIT ?1"
        ),
        params![limit],
        committed,
    )
}

/// Events sent before that were committed at `from` or later, beyond a place.
pub(crate) fn sent_since(tx: &mut Tx<'_>, from: Timestamp, beyond: i64, limit: usize) -> Result<Vec<Committed>, Fault> {
    tx.query(
        sql!(
            "SELECT seq, id, type, aggregateid, payload, at, trace, traceparent FROM outbox
             WHERE sent_at IS NOT NULL AND at >= ?1 AND seq > ?2 ORDER BY seq LIMIT ?3"
        ),
        params![from, beyond, limit],
        committed,
    )
}

fn committed(row: &Row<'_>) -> Result<Committed, Fault> {
    let delivery = Delivery {
        event: row.get(1)?,
        topic: row.get(2)?,
        key: row.get(3)?,
        payload: row.get(4)?,
        at: row.get(5)?,
        trace: row.parse(6)?,
        parent: row.parse_opt(7)?,
        attempt: 1,
    };
    Ok(Committed { seq: row.get(0)?, delivery })
}

pub(crate) fn mark_sent(tx: &mut Tx<'_>, seqs: impl IntoIterator<Item = i64>) -> Result<(), Fault> {
    let now = tx.now();
    tx.send(
        sql!("UPDATE outbox SET sent_at = ?1 WHERE seq IN {each_int:?2} AND sent_at IS NULL"),
        params![now, json_list(seqs)],
        Expect::Any,
    )
}

/// How many events wait, counted up to a limit, and since when the first one does.
pub(crate) fn backlog(tx: &mut Tx<'_>, count_max: u32) -> Result<(u64, Option<Timestamp>), Fault> {
    let first =
        tx.query_opt(sql!("SELECT at FROM outbox WHERE sent_at IS NULL ORDER BY seq LIMIT 1"), params![], |row| {
            row.get(0)
        })?;
    let count = tx.query_one(
        sql!("SELECT COUNT(*) FROM (SELECT seq FROM outbox WHERE sent_at IS NULL LIMIT ?1) AS waiting"),
        params![count_max],
        |row| row.get(0),
    )?;
    Ok((count, first))
}

pub(crate) fn delete_sent(tx: &mut Tx<'_>, before: Timestamp, limit: u64) -> Result<u64, Fault> {
    let deleted = tx.exec(
        sql!("DELETE FROM outbox WHERE seq IN (SELECT seq FROM outbox WHERE sent_at < ?1 ORDER BY sent_at LIMIT ?2)"),
        params![before, limit],
    )?;
    Ok(deleted.rows())
}

pub(crate) fn delete_inbox(tx: &mut Tx<'_>, before: Timestamp, limit: u64) -> Result<u64, Fault> {
    let deleted = tx.exec(
        sql!(
            "DELETE FROM inbox WHERE (consumer, event_id) IN
                 (SELECT consumer, event_id FROM inbox WHERE at < ?1 ORDER BY at LIMIT ?2)"
        ),
        params![before, limit],
    )?;
    Ok(deleted.rows())
}
