//! What the admin console needs from the platform; the binary gives it.

use async_trait::async_trait;
use souk_types::{Cx, EventId, Fault, Page, PageRequest, TimeOrder, Timestamp};

/// Shows the events that a consumer could not handle and the jobs that failed too often, and what to do about them.
#[async_trait]
pub trait Operations: Send + Sync {
    /// The services whose work may fail.
    fn services(&self) -> Vec<&'static str>;

    /// Lists dead letters by when their events happened.
    async fn list(&self, cx: &Cx, filter: FailedFilter, page: PageRequest) -> Result<Page<DeadLetter>, Fault>;

    /// Delivers a dead letter to its consumer again; it comes back when it fails again.
    async fn replay(&self, cx: &Cx, letter: LetterRef) -> Result<(), Fault>;

    /// Gives a dead letter up for good.
    async fn discard(&self, cx: &Cx, letter: LetterRef) -> Result<(), Fault>;

    /// Lists parked jobs by when they ran last.
    async fn parked(&self, cx: &Cx, filter: FailedFilter, page: PageRequest) -> Result<Page<ParkedJob>, Fault>;

    /// Runs a parked job again, with all its attempts before it.
    async fn retry_job(&self, cx: &Cx, job: JobRef) -> Result<(), Fault>;

    /// Gives a parked job up for good.
    async fn discard_job(&self, cx: &Cx, job: JobRef) -> Result<(), Fault>;
}

/// Which failed work is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FailedFilter {
    /// Only that of this service.
    pub service: Option<String>,
    /// In this order; `None`: the newest first.
    pub sort: Option<TimeOrder>,
}

/// Names one job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRef {
    /// The service whose job it is.
    pub service: String,
    /// The queue.
    pub queue: String,
    /// What it is about.
    pub key: String,
}

/// A job that failed too often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedJob {
    /// Which.
    pub of: JobRef,
    /// What was given with it.
    pub payload: String,
    /// The last error.
    pub error: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When its last run was due.
    pub due_at: Timestamp,
}

/// Names one dead letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterRef {
    /// The service whose consumer failed.
    pub service: String,
    /// The consumer.
    pub consumer: String,
    /// The event.
    pub event: EventId,
}

/// An event that a consumer could not handle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The service whose consumer failed.
    pub service: String,
    /// The consumer.
    pub consumer: String,
    /// The event.
    pub event: EventId,
    /// What kind of event.
    pub topic: String,
    /// What it is about.
    pub key: String,
    /// The event as JSON.
    pub payload: String,
    /// The last error.
    pub error: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it happened.
    pub at: Timestamp,
}
