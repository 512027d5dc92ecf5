//! Every statement on the `event_failures` table.
//!
//! Of the rows of one consumer and key, the first in order is its head and has the time of its next
//! attempt in `due_at`. The others wait behind it: their `due_at` is [`WAITING`] plus their place in the
//! outbox, so that they are in order and never due. When the head goes, the next one becomes due.
//!
//! `NOT parked` rather than `parked = FALSE` keeps SQLite from taking the index on due times where the one
//! on consumers and keys is meant: with a long backlog the former would be read to its end.

use souk_store::{Row, Sql, Tx, json_list, params, sql};
use souk_types::{EventId, Fault, TimeBound, TimeOrder, Timestamp};

use crate::{DeadLetter, Delivery};

/// Beyond every real time in microseconds, by some hundred thousand years.
const WAITING: i64 = 1 << 62;

/// A delivery that did not succeed, as it is to be kept.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) consumer: &'static str,
    pub(crate) seq: i64,
    pub(crate) delivery: Delivery,
    pub(crate) state: State,
}

/// What a kept delivery waits for.
#[derive(Debug, Clone)]
pub(crate) enum State {
    /// Its next attempt.
    Retry { due: Timestamp, error: String },
    /// Its first attempt, in its turn, if there are earlier ones of its key; else at a time.
    InTurn { due: Timestamp },
    /// Somebody who looks at it.
    Parked { error: String },
}

pub(crate) fn insert(tx: &mut Tx<'_>, failure: &Failure) -> Result<(), Fault> {
    let Failure { consumer, seq, delivery, state } = failure;
    let (attempts, in_turn, parked) = match state {
        State::Retry { .. } => (delivery.attempt, false, false),
        State::InTurn { .. } => (0, true, false),
        State::Parked { .. } => (delivery.attempt, false, true),
    };
    let (due, error) = match state {
        State::Retry { due, error } => (*due, error.as_str()),
        State::InTurn { due } => (*due, ""),
        State::Parked { error } => (tx.now(), error.as_str()),
    };
    let due = if in_turn && is_blocked(tx, consumer, &delivery.key)? {
        Timestamp::from_micros(WAITING.saturating_add(*seq))
    } else {
        due
    };
    let _ = tx.exec(
        sql!(
            "INSERT INTO event_failures
                 (consumer, event_id, topic, event_key, payload, trace, traceparent, at, attempts, parked, error, due_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
             ON CONFLICT (consumer, event_id) DO NOTHING"
        ),
        params![
            *consumer,
            delivery.event,
            &delivery.topic,
            &delivery.key,
            &delivery.payload,
            delivery.trace,
            delivery.parent,
            delivery.at,
            attempts,
            parked,
            error,
            due,
        ],
    )?;
    Ok(())
}

/// Whether an earlier event of a key waits for its retry.
fn is_blocked(tx: &mut Tx<'_>, consumer: &str, key: &str) -> Result<bool, Fault> {
    let earlier =
        sql!("SELECT event_id FROM event_failures WHERE consumer = ?1 AND event_key = ?2 AND NOT parked LIMIT 1");
    Ok(tx.query_opt(earlier, params![consumer, key], |row| row.get::<String>(0))?.is_some())
}

/// Which consumers wait for a retry of which of these keys.
pub(crate) fn blocked(tx: &mut Tx<'_>, consumers: &str, keys: &str) -> Result<Vec<(String, String)>, Fault> {
    let any =
        tx.query_opt(sql!("SELECT consumer FROM event_failures WHERE parked = FALSE LIMIT 1"), params![], |row| {
            row.get::<String>(0)
        })?;
    if any.is_none() {
        return Ok(Vec::new());
    }
    tx.query(
        sql!(
            "SELECT DISTINCT consumer, event_key FROM event_failures
             WHERE consumer IN {each:?1} AND event_key IN {each:?2} AND NOT parked"
        ),
        params![consumers, keys],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// A kept delivery whose time has come.
#[derive(Debug, Clone)]
pub(crate) struct Due {
    pub(crate) consumer: String,
    pub(crate) delivery: Delivery,
}

pub(crate) fn due(tx: &mut Tx<'_>, consumers: &str, limit: usize) -> Result<Vec<Due>, Fault> {
    let now = tx.now();
    tx.query(
        sql!(
            "SELECT consumer, event_id, topic, event_key, payload, at, trace, attempts, traceparent FROM event_failures
             WHERE parked = FALSE AND due_at <= ?1 AND consumer IN {each:?2} ORDER BY due_at, event_id LIMIT ?3"
        ),
        params![now, consumers, limit],
        |row| {
            let delivery = Delivery {
                event: row.get(1)?,
                topic: row.get(2)?,
                key: row.get(3)?,
                payload: row.get(4)?,
                at: row.get(5)?,
                trace: row.parse(6)?,
                parent: row.parse_opt(8)?,
                attempt: row.get::<u32>(7)?.saturating_add(1),
            };
            Ok(Due { consumer: row.get(0)?, delivery })
        },
    )
}

/// When the first kept delivery to one of these consumers is due.
pub(crate) fn next_due(tx: &mut Tx<'_>, consumers: &str) -> Result<Option<Timestamp>, Fault> {
    tx.query_opt(
        sql!(
            "SELECT due_at FROM event_failures WHERE parked = FALSE AND consumer IN {each:?1}
             ORDER BY due_at LIMIT 1"
        ),
        params![consumers],
        |row| row.get(0),
    )
}

pub(crate) fn delete(tx: &mut Tx<'_>, consumer: &str, event: EventId) -> Result<(), Fault> {
    let _ =
        tx.exec(sql!("DELETE FROM event_failures WHERE consumer = ?1 AND event_id = ?2"), params![consumer, event])?;
    Ok(())
}

/// Makes the next one that waits behind a key due.
pub(crate) fn promote_next(tx: &mut Tx<'_>, consumer: &str, key: &str) -> Result<(), Fault> {
    let now = tx.now();
    let _ = tx.exec(
        sql!(
            "UPDATE event_failures SET due_at = ?3 WHERE consumer = ?1 AND event_id = (
                 SELECT event_id FROM event_failures
                 WHERE consumer = ?1 AND event_key = ?2 AND NOT parked AND due_at >= ?4
                 ORDER BY due_at LIMIT 1)"
        ),
        params![consumer, key, now, WAITING],
    )?;
    Ok(())
}

/// Makes every one due that waits behind nothing. Two processes on one database can leave such a row: one keeps an
/// event behind a head that the other removes.
pub(crate) fn promote_orphans(tx: &mut Tx<'_>) -> Result<u64, Fault> {
    let now = tx.now();
    let promoted = tx.exec(
        sql!(
            "UPDATE event_failures SET due_at = ?1 WHERE parked = FALSE AND due_at >= ?2 AND NOT EXISTS (
                 SELECT 1 FROM event_failures AS earlier
                 WHERE earlier.consumer = event_failures.consumer AND earlier.event_key = event_failures.event_key
                   AND NOT earlier.parked AND earlier.due_at < event_failures.due_at)"
        ),
        params![now, WAITING],
    )?;
    Ok(promoted.rows())
}

pub(crate) fn retry_later(
    tx: &mut Tx<'_>,
    consumer: &str,
    delivery: &Delivery,
    due: Timestamp,
    error: &str,
) -> Result<(), Fault> {
    let _ = tx.exec(
        sql!(
            "UPDATE event_failures SET attempts = ?3, due_at = ?4, error = ?5
             WHERE consumer = ?1 AND event_id = ?2 AND parked = FALSE"
        ),
        params![consumer, delivery.event, delivery.attempt, due, error],
    )?;
    Ok(())
}

pub(crate) fn postpone(tx: &mut Tx<'_>, consumer: &str, event: EventId, due: Timestamp) -> Result<(), Fault> {
    let _ = tx.exec(
        sql!("UPDATE event_failures SET due_at = ?3 WHERE consumer = ?1 AND event_id = ?2 AND parked = FALSE"),
        params![consumer, event, due],
    )?;
    Ok(())
}

pub(crate) fn park(tx: &mut Tx<'_>, consumer: &str, delivery: &Delivery, error: &str) -> Result<(), Fault> {
    let _ = tx.exec(
        sql!(
            "UPDATE event_failures SET attempts = ?3, parked = TRUE, error = ?4
             WHERE consumer = ?1 AND event_id = ?2"
        ),
        params![consumer, delivery.event, delivery.attempt, error],
    )?;
    Ok(())
}

pub(crate) fn parked(
    tx: &mut Tx<'_>,
    service: &str,
    order: TimeOrder,
    behind: &TimeBound,
    limit: i64,
) -> Result<Vec<DeadLetter>, Fault> {
    tx.query(parked_by_time(order), params![behind.at, &behind.first, &behind.second, limit], |row| {
        dead_letter(service, row)
    })
}

fn parked_by_time(order: TimeOrder) -> &'static Sql {
    match order {
        TimeOrder::Newest => sql!(
            "SELECT consumer, event_id, topic, event_key, payload, attempts, error, at FROM event_failures
             WHERE parked = TRUE AND (at, event_id, consumer) < (?1, ?2, ?3)
             ORDER BY at DESC, event_id DESC, consumer DESC LIMIT ?4"
        ),
        TimeOrder::Oldest => sql!(
            "SELECT consumer, event_id, topic, event_key, payload, attempts, error, at FROM event_failures
             WHERE parked = TRUE AND (at, event_id, consumer) > (?1, ?2, ?3)
             ORDER BY at, event_id, consumer LIMIT ?4"
        ),
    }
}

fn dead_letter(service: &str, row: &Row<'_>) -> Result<DeadLetter, Fault> {
    Ok(DeadLetter {
        service: service.to_owned(),
        consumer: row.get(0)?,
        event: row.get(1)?,
        topic: row.get(2)?,
        key: row.get(3)?,
        payload: row.get(4)?,
        attempts: row.get(5)?,
        error: row.get(6)?,
        at: row.get(7)?,
    })
}

/// Gives a dead letter all its attempts again, at once; false when there is none.
pub(crate) fn unpark(tx: &mut Tx<'_>, consumer: &str, event: EventId) -> Result<bool, Fault> {
    let now = tx.now();
    let unparked = tx.exec(
        sql!(
            "UPDATE event_failures SET parked = FALSE, attempts = 0, due_at = ?3
             WHERE consumer = ?1 AND event_id = ?2 AND parked = TRUE"
        ),
        params![consumer, event, now],
    )?;
    Ok(unparked.rows() == 1)
}

pub(crate) fn discard(tx: &mut Tx<'_>, consumer: &str, event: EventId) -> Result<bool, Fault> {
    let discarded = tx.exec(
        sql!("DELETE FROM event_failures WHERE consumer = ?1 AND event_id = ?2 AND parked = TRUE"),
        params![consumer, event],
    )?;
    Ok(discarded.rows() == 1)
}

/// The names as the parameter of the statements that look at some consumers only.
pub(crate) fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    json_list(names)
}

#[cfg(test)]
mod tests {
    use souk_store::{Schema, testing::TestEngine};
    use souk_types::{Cx, Env};

    use super::*;

    static SCHEMA: Schema = Schema { service: "shop", migrations: &[] };

    #[tokio::test]
    async fn dead_letters_are_read_along_an_index_in_both_orders() {
        let (engine, env) = (TestEngine::sqlite(), Env::for_tests(1));
        let store = engine.open(&SCHEMA, env.clone()).await;
        for order in [TimeOrder::Newest, TimeOrder::Oldest] {
            let text = format!("EXPLAIN QUERY PLAN {}", parked_by_time(order).text());
            let sql: &'static Sql = Box::leak(Box::new(Sql::fan_out(Box::leak(text.into_boxed_str()))));
            let explain = move |tx: &mut Tx<'_>| tx.query(sql, params![5, "", "", 51], |row| row.get::<String>(3));
            let plan = store.read::<_, Fault>(&Cx::background("shop", &env), explain).await.unwrap();
            assert!(
                plan.len() == 1 && plan[0].contains("event_failures_parked (parked=? AND (at,event_id,consumer)"),
                "{plan:#?}"
            );
        }
    }
}
