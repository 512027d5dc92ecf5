//! Every statement on the `jobs` table.

use souk_store::{Expect, Row, Sql, Tx, params, sql};
use souk_types::{Fault, TimeBound, TimeOrder, Timestamp, TraceParent};

use crate::{ParkedJob, job::NewJob};

/// A job whose lease this process holds, until the lease's time.
#[derive(Debug, Clone)]
pub(crate) struct Claimed {
    pub(crate) key: String,
    pub(crate) payload: String,
    pub(crate) attempt: u32,
    pub(crate) due: Timestamp,
    pub(crate) lease: Timestamp,
    /// The span in which it was enqueued, where spans were kept.
    pub(crate) parent: Option<TraceParent>,
}

pub(crate) fn insert(tx: &mut Tx<'_>, job: NewJob<'_>) -> Result<(), Fault> {
    let NewJob { queue, key, payload, due } = job;
    let (now, parent) = (tx.now(), tx.cx().parent);
    tx.send(
        sql!(
            "INSERT INTO jobs (queue, key, payload, due_at, lease_until, attempts, parked, error, created_at, traceparent)
             VALUES (?1, ?2, ?3, ?4, 0, 0, FALSE, '', ?5, ?6)
             ON CONFLICT (queue, key) DO NOTHING"
        ),
        params![queue, key, payload, due, now, parent],
        Expect::Any,
    )
}

/// Pulls a job forward that is due later than it should be, and frees it when it is parked.
pub(crate) fn advance(tx: &mut Tx<'_>, queue: &str, key: &str, latest: Timestamp) -> Result<(), Fault> {
    tx.send(
        sql!(
            "UPDATE jobs SET due_at = CASE WHEN due_at > ?3 THEN ?3 ELSE due_at END, parked = FALSE
             WHERE queue = ?1 AND key = ?2 AND (due_at > ?3 OR parked = TRUE)"
        ),
        params![queue, key, latest],
        Expect::Any,
    )
}

/// When the first job that nobody holds is due.
pub(crate) fn next_due(tx: &mut Tx<'_>, queue: &str) -> Result<Option<Timestamp>, Fault> {
    let now = tx.now();
    tx.query_opt(
        sql!(
            "SELECT due_at FROM jobs WHERE queue = ?1 AND parked = FALSE AND lease_until <= ?2
             ORDER BY due_at LIMIT 1"
        ),
        params![queue, now],
        |row| row.get(0),
    )
}

/// Takes due jobs that nobody holds. Correct without the row locks too: the condition is checked again by the update.
pub(crate) fn claim(tx: &mut Tx<'_>, queue: &str, lease: Timestamp, limit: usize) -> Result<Vec<Claimed>, Fault> {
    let now = tx.now();
    let mut claimed = tx.query(
        sql!(
            "WITH due AS (
                 SELECT key FROM jobs WHERE queue = ?1 AND parked = FALSE AND due_at <= ?2 AND lease_until <= ?2
                 ORDER BY due_at LIMIT ?4 {skip_locked}
             )
             UPDATE jobs SET lease_until = ?3, attempts = attempts + 1
             WHERE queue = ?1 AND key IN (SELECT key FROM due)
               AND parked = FALSE AND due_at <= ?2 AND lease_until <= ?2
             RETURNING key, payload, attempts, due_at, traceparent"
        ),
        params![queue, now, lease, limit],
        |row| {
            Ok(Claimed {
                key: row.get(0)?,
                payload: row.get(1)?,
                attempt: row.get(2)?,
                due: row.get(3)?,
                parent: row.parse_opt(4)?,
                lease,
            })
        },
    )?;
    claimed.sort_by_key(|job| job.due);
    Ok(claimed)
}

/// Prolongs a lease; false when it was lost.
pub(crate) fn renew(tx: &mut Tx<'_>, queue: &str, key: &str, held: Timestamp, until: Timestamp) -> Result<bool, Fault> {
    let renewed = tx.exec(
        sql!("UPDATE jobs SET lease_until = ?4 WHERE queue = ?1 AND key = ?2 AND lease_until = ?3"),
        params![queue, key, held, until],
    )?;
    Ok(renewed.rows() == 1)
}

/// How a run ends in the table.
#[derive(Debug, Clone)]
pub(crate) enum Settlement {
    Done,
    Again {
        due: Timestamp,
    },
    Retry {
        due: Timestamp,
        error: String,
    },
    Park {
        error: String,
    },
    /// Hands the job back as it was before it was claimed.
    Release,
}

/// Ends a run; false when its lease was lost, and nothing is changed.
pub(crate) fn settle(
    tx: &mut Tx<'_>,
    queue: &str,
    key: &str,
    held: Timestamp,
    settlement: &Settlement,
) -> Result<bool, Fault> {
    let settled = match settlement {
        Settlement::Done => tx.exec(
            sql!("DELETE FROM jobs WHERE queue = ?1 AND key = ?2 AND lease_until = ?3"),
            params![queue, key, held],
        )?,
        // What comes again and again is no part of the trace that it began in.
        Settlement::Again { due } => tx.exec(
            sql!(
                "UPDATE jobs SET lease_until = 0, attempts = 0, error = '', due_at = ?4, traceparent = NULL
                 WHERE queue = ?1 AND key = ?2 AND lease_until = ?3"
            ),
            params![queue, key, held, due],
        )?,
        Settlement::Retry { due, error } => tx.exec(
            sql!(
                "UPDATE jobs SET lease_until = 0, error = ?5, due_at = ?4
                 WHERE queue = ?1 AND key = ?2 AND lease_until = ?3"
            ),
            params![queue, key, held, due, error],
        )?,
        Settlement::Park { error } => tx.exec(
            sql!(
                "UPDATE jobs SET lease_until = 0, error = ?4, parked = TRUE
                 WHERE queue = ?1 AND key = ?2 AND lease_until = ?3"
            ),
            params![queue, key, held, error],
        )?,
        Settlement::Release => tx.exec(
            sql!(
                "UPDATE jobs SET lease_until = 0, attempts = attempts - 1
                 WHERE queue = ?1 AND key = ?2 AND lease_until = ?3"
            ),
            params![queue, key, held],
        )?,
    };
    Ok(settled.rows() == 1)
}

/// Says whether any job but those of one queue is due or running.
pub(crate) fn any_due(tx: &mut Tx<'_>, but_queue: &str) -> Result<bool, Fault> {
    let now = tx.now();
    let due = tx.query_opt(
        sql!("SELECT key FROM jobs WHERE queue <> ?1 AND parked = FALSE AND due_at <= ?2 LIMIT 1"),
        params![but_queue, now],
        |row| row.get::<String>(0),
    )?;
    Ok(due.is_some())
}

/// Says whether any job of a queue is running, here or elsewhere.
pub(crate) fn any_running(tx: &mut Tx<'_>, queue: &str) -> Result<bool, Fault> {
    let now = tx.now();
    let running = tx.query_opt(
        sql!("SELECT key FROM jobs WHERE queue = ?1 AND parked = FALSE AND lease_until > ?2 LIMIT 1"),
        params![queue, now],
        |row| row.get::<String>(0),
    )?;
    Ok(running.is_some())
}

pub(crate) fn parked(
    tx: &mut Tx<'_>,
    order: TimeOrder,
    behind: &TimeBound,
    limit: i64,
) -> Result<Vec<ParkedJob>, Fault> {
    tx.query(parked_by_time(order), params![behind.at, &behind.first, &behind.second, limit], parked_job)
}

fn parked_by_time(order: TimeOrder) -> &'static Sql {
    match order {
        TimeOrder::Newest => sql!(
            "SELECT queue, key, payload, attempts, error, due_at, created_at FROM jobs
             WHERE parked = TRUE AND (due_at, queue, key) < (?1, ?2, ?3)
             ORDER BY due_at DESC, queue DESC, key DESC LIMIT ?4"
        ),
        TimeOrder::Oldest => sql!(
            "SELECT queue, key, payload, attempts, error, due_at, created_at FROM jobs
             WHERE parked = TRUE AND (due_at, queue, key) > (?1, ?2, ?3) ORDER BY due_at, queue, key LIMIT ?4"
        ),
    }
}

fn parked_job(row: &Row<'_>) -> Result<ParkedJob, Fault> {
    Ok(ParkedJob {
        queue: row.get(0)?,
        key: row.get(1)?,
        payload: row.get(2)?,
        attempts: row.get(3)?,
        error: row.get(4)?,
        last_due: row.get(5)?,
        created_at: row.get(6)?,
    })
}

pub(crate) fn retry_parked(tx: &mut Tx<'_>, queue: &str, key: &str) -> Result<bool, Fault> {
    let now = tx.now();
    let retried = tx.exec(
        sql!(
            "UPDATE jobs SET parked = FALSE, attempts = 0, lease_until = 0, due_at = ?3
             WHERE queue = ?1 AND key = ?2 AND parked = TRUE"
        ),
        params![queue, key, now],
    )?;
    Ok(retried.rows() == 1)
}

pub(crate) fn discard_parked(tx: &mut Tx<'_>, queue: &str, key: &str) -> Result<bool, Fault> {
    let discarded =
        tx.exec(sql!("DELETE FROM jobs WHERE queue = ?1 AND key = ?2 AND parked = TRUE"), params![queue, key])?;
    Ok(discarded.rows() == 1)
}

#[cfg(test)]
mod tests {
    use souk_store::{Schema, testing::TestEngine};
    use souk_types::{Cx, Env};

    use super::*;

    static SCHEMA: Schema = Schema { service: "shop", migrations: &[] };

    #[tokio::test]
    async fn parked_jobs_are_read_along_an_index_in_both_orders() {
        let (engine, env) = (TestEngine::sqlite(), Env::for_tests(1));
        let store = engine.open(&SCHEMA, env.clone()).await;
        for order in [TimeOrder::Newest, TimeOrder::Oldest] {
            let text = format!("EXPLAIN QUERY PLAN {}", parked_by_time(order).text());
            let sql: &'static Sql = Box::leak(Box::new(Sql::fan_out(Box::leak(text.into_boxed_str()))));
            let explain = move |tx: &mut Tx<'_>| tx.query(sql, params![5, "", "", 51], |row| row.get::<String>(3));
            let plan = store.read::<_, Fault>(&Cx::background("shop", &env), explain).await.unwrap();
            assert!(plan.len() == 1 && plan[0].contains("jobs_parked ((due_at,queue,key)"), "{plan:#?}");
        }
    }
}
