//! Periodic work is a job that never ends: the row's lease lets one process run it, and `Again` sets the
//! next time.

use std::{collections::HashMap, time::Duration};

use async_trait::async_trait;
use souk_store::Tx;
use souk_types::{Cx, Env, Fault, Timestamp};

use crate::{Job, JobHandler, NewJob, Outcome, Periodic, rows};

/// The queue of the periodic jobs.
pub(crate) const QUEUE: &str = "periodic";
/// The first run of all comes within about this time, so that a new shop need not wait for a day.
const FIRST_RUN_MAX: Duration = Duration::from_secs(10);
/// When to look again at a row that another version of the program has left.
const UNKNOWN_AGAIN: Duration = Duration::from_secs(600);

pub(crate) struct Sweeps(HashMap<&'static str, Periodic>);

impl Sweeps {
    pub(crate) fn new(periodics: Vec<Periodic>) -> Self {
        Self(periodics.into_iter().map(|periodic| (periodic.name, periodic)).collect())
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// Sees that each has a row, due no later than its interval says.
    pub(crate) fn schedule(&self, tx: &mut Tx<'_>, env: &Env) -> Result<(), Fault> {
        for periodic in self.0.values() {
            let first = tx.now() + env.jitter(periodic.every.min(FIRST_RUN_MAX));
            let job = NewJob { queue: QUEUE, key: periodic.name, payload: String::new(), due: first };
            rows::insert(tx, job)?;
            let latest = tx.now() + periodic.every.mul_f64(1.5);
            rows::advance(tx, QUEUE, periodic.name, latest)?;
        }
        Ok(())
    }

    /// Those that have something of before `since` to finish.
    pub(crate) async fn unfinished(&self, cx: &Cx, since: Timestamp) -> Result<Vec<&'static str>, Fault> {
        let mut names = Vec::new();
        for periodic in self.0.values() {
            if periodic.sweep.unfinished(cx, since).await? {
                names.push(periodic.name);
            }
        }
        Ok(names)
    }
}

/// Has these run now rather than when their interval says.
pub(crate) fn due_now(tx: &mut Tx<'_>, names: &[&'static str]) -> Result<(), Fault> {
    let now = tx.now();
    names.iter().try_for_each(|name| rows::advance(tx, QUEUE, name, now))
}

#[async_trait]
impl JobHandler for Sweeps {
    async fn run(&self, cx: &Cx, job: &Job) -> Result<Outcome, Fault> {
        let Some(periodic) = self.0.get(job.key.as_str()) else { return Ok(Outcome::Again(UNKNOWN_AGAIN)) };
        periodic.sweep.run(cx).await?;
        Ok(Outcome::Again(periodic.every))
    }
}
