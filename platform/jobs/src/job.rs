use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use souk_store::Tx;
use souk_types::{Cx, Fault, Timestamp};

use crate::rows;

/// A job to be enqueued.
#[derive(Debug, Clone)]
pub struct NewJob<'a> {
    /// The queue that runs it.
    pub queue: &'static str,
    /// What it is about. A job of the same queue and key that is not done yet is not added again.
    pub key: &'a str,
    /// What the handler needs to know.
    pub payload: String,
    /// When it is to run, at the earliest.
    pub due: Timestamp,
}

/// Adds a job in the caller's transaction, unless its queue has one of the same key that is not done.
///
/// # Errors
/// When the store fails.
pub fn enqueue(tx: &mut Tx<'_>, job: NewJob<'_>) -> Result<(), Fault> {
    rows::insert(tx, job)?;
    tx.wake();
    Ok(())
}

/// A job that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The queue it is in.
    pub queue: String,
    /// What it is about.
    pub key: String,
    /// What was given with it.
    pub payload: String,
    /// Which run this is since the last one that went well, counted from 1.
    pub attempt: u32,
}

/// How a run went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The work is done and the job goes away.
    Done,
    /// The job is to run again after this time; earlier failures are forgotten.
    Again(Duration),
}

/// Runs the jobs of one queue.
#[async_trait]
pub trait JobHandler: Send + Sync {
    /// Runs a job. May see the same job again after a crash, so it must not matter.
    ///
    /// # Errors
    /// An error is retried with growing pauses, and in the end parks the job.
    async fn run(&self, cx: &Cx, job: &Job) -> Result<Outcome, Fault>;
}

/// A queue: who runs its jobs, and how many at a time.
#[derive(Clone)]
pub struct Queue {
    /// The name, without spaces. `periodic` is taken.
    pub name: &'static str,
    /// Jobs run at the same time by one process, 1 or more.
    pub concurrency: usize,
    /// What runs them.
    pub handler: Arc<dyn JobHandler>,
}

/// Work that is done again and again.
#[async_trait]
pub trait Sweep: Send + Sync {
    /// Does it once.
    ///
    /// # Errors
    /// An error is logged and counted; the next run comes at its time.
    async fn run(&self, cx: &Cx) -> Result<(), Fault>;

    /// Says whether something that others had begun before `since`, and that no event and no job of a queue will
    /// finish, still waits for its first run. What a run could not finish does not count: it has had its turn.
    ///
    /// # Errors
    /// When the store fails.
    async fn unfinished(&self, _cx: &Cx, _since: Timestamp) -> Result<bool, Fault> {
        Ok(false)
    }
}

/// Work that is done every so often, by one of however many processes there are.
#[derive(Clone)]
pub struct Periodic {
    /// The name, without spaces.
    pub name: &'static str,
    /// The time between the end of one run and the start of the next.
    pub every: Duration,
    /// The work.
    pub sweep: Arc<dyn Sweep>,
}
