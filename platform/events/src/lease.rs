//! Lets one of several processes on one database deliver. Without it nothing would be wrong, since the
//! consumers' inboxes drop what they have seen, but everything would be done as often as there are processes.

use std::time::Duration;

use souk_store::{Store, Tx, params, sql};
use souk_types::{Cx, Env, Fault, Seldom, Timestamp};
use tokio::sync::Mutex;

/// The row of the `jobs` table that stands for the lease: never due, so no worker takes it.
const QUEUE: &str = "events";
const KEY: &str = "relay";
const NEVER: Timestamp = Timestamp::from_micros(i64::MAX);

pub(crate) struct Lease {
    span: Option<Duration>,
    owner: String,
    held_until: Mutex<Timestamp>,
    /// Keeps the log short while the store is away.
    not_renewed: Seldom,
}

impl Lease {
    pub(crate) fn new(span: Option<Duration>, env: &Env) -> Self {
        let owner = format!("{:032x}", env.random_u128());
        Self { span, owner, held_until: Mutex::new(Timestamp::EPOCH), not_renewed: Seldom::default() }
    }

    /// Says whether this process is the one that delivers; takes or renews the lease when it is time to.
    pub(crate) async fn is_held(&self, store: &Store, env: &Env) -> bool {
        let Some(span) = self.span else { return true };
        let mut held_until = self.held_until.lock().await;
        let now = env.now();
        // Renewed when a third is used up, so that a slow batch does not lose it.
        if now + span.mul_f64(2.0 / 3.0) < *held_until {
            return true;
        }
        let (owner, until) = (self.owner.clone(), now + span);
        let cx = Cx::background(store.service(), env);
        match store.write(&cx, move |tx| acquire(tx, &owner, until)).await {
            Ok(true) => *held_until = until,
            Ok(false) => *held_until = Timestamp::EPOCH,
            Err(fault) => {
                if let Some(more) = self.not_renewed.pass() {
                    tracing::warn!(service = store.service(), %fault, more, "the lease on events was not renewed");
                }
            }
        }
        now < *held_until
    }

    /// Lets another process take over at once.
    pub(crate) async fn release(&self, store: &Store, env: &Env) {
        let mut held_until = self.held_until.lock().await;
        if *held_until == Timestamp::EPOCH {
            return;
        }
        *held_until = Timestamp::EPOCH;
        let owner = self.owner.clone();
        let cx = Cx::background(store.service(), env);
        if let Err(fault) = store.write(&cx, move |tx| end(tx, &owner)).await {
            tracing::warn!(service = store.service(), %fault, "the lease on events has to run out");
        }
    }
}

fn acquire(tx: &mut Tx<'_>, owner: &str, until: Timestamp) -> Result<bool, Fault> {
    let now = tx.now();
    let acquired = tx.exec(
        sql!(
            "INSERT INTO jobs (queue, key, payload, due_at, lease_until, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (queue, key) DO UPDATE SET payload = excluded.payload, lease_until = excluded.lease_until
             WHERE jobs.lease_until <= ?6 OR jobs.payload = excluded.payload"
        ),
        params![QUEUE, KEY, owner, NEVER, until, now],
    )?;
    Ok(acquired.rows() == 1)
}

fn end(tx: &mut Tx<'_>, owner: &str) -> Result<(), Fault> {
    let _ = tx.exec(
        sql!("UPDATE jobs SET lease_until = 0 WHERE queue = ?1 AND key = ?2 AND payload = ?3"),
        params![QUEUE, KEY, owner],
    )?;
    Ok(())
}
