//! What failed behind the scenes: events that a consumer could not handle and jobs that failed too often, and what to do
//! about them.

use serde::{Deserialize, Serialize};
use souk_rpc::rpc;
use souk_types::{Cursor, Cx, EventId, Fault, Page, PageRequest, TimeOrder, Timestamp};

/// Bytes of a payload that are shown. A page of the longest, as JSON in JSON, still fits into an answer between processes.
const PAYLOAD_BYTES_MAX: usize = 12 * 1024;

/// Shows what failed, and has it done again or given up. Needs [`OPERATIONS`](crate::permission::OPERATIONS).
///
/// Every process answers for the services that it runs.
#[rpc]
pub trait Operations {
    /// Lists the services whose work may fail.
    #[read]
    async fn services(&self, cx: &Cx) -> Result<Vec<String>, Fault>;

    /// Lists dead letters by when their events happened.
    #[read]
    async fn dead_letters(
        &self,
        cx: &Cx,
        filter: FailedFilter,
        page: PageRequest,
    ) -> Result<Gathered<DeadLetter>, Fault>;

    /// Delivers a dead letter to its consumer again; it comes back when it fails again.
    async fn replay(&self, cx: &Cx, letter: LetterRef) -> Result<(), Fault>;

    /// Gives a dead letter up for good.
    async fn discard(&self, cx: &Cx, letter: LetterRef) -> Result<(), Fault>;

    /// Lists parked jobs by when they ran last.
    #[read]
    async fn parked_jobs(&self, cx: &Cx, filter: FailedFilter, page: PageRequest)
    -> Result<Gathered<ParkedJob>, Fault>;

    /// Runs a parked job again, with all its attempts before it.
    async fn retry_job(&self, cx: &Cx, job: JobRef) -> Result<(), Fault>;

    /// Gives a parked job up for good.
    async fn discard_job(&self, cx: &Cx, job: JobRef) -> Result<(), Fault>;
}

/// Which failed work is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedFilter {
    /// Only that of this service.
    #[serde(default)]
    pub service: Option<String>,
    /// In this order; `None`: the newest first.
    #[serde(default)]
    pub sort: Option<TimeOrder>,
}

/// A page of what was gathered from several processes, as far as they answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gathered<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page starts; `None` on the last.
    pub next: Option<Cursor>,
    /// Services that were asked and did not answer, by name: what failed there is missing.
    #[serde(default)]
    pub away: Vec<String>,
}

impl<T> From<Page<T>> for Gathered<T> {
    fn from(page: Page<T>) -> Self {
        Self { items: page.items, next: page.next, away: Vec::new() }
    }
}

impl<T> Gathered<T> {
    /// The page, if nobody was away: for whoever must have all of it.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](souk_types::ErrorKind::Unavailable), naming who was away.
    pub fn whole(self) -> Result<Page<T>, Fault> {
        match self.away.as_slice() {
            [] => Ok(Page { items: self.items, next: self.next }),
            away => Err(Fault::unavailable(format!("no answer from {}", away.join(", ")))),
        }
    }
}

/// Names one job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRef {
    /// The service whose job it is.
    pub service: String,
    /// The queue.
    pub queue: String,
    /// What it is about.
    pub key: String,
}

/// A job that failed too often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParkedJob {
    /// Which.
    pub of: JobRef,
    /// What was given with it, cut off where it is very long.
    pub payload: String,
    /// The last error.
    pub error: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When its last run was due.
    pub due_at: Timestamp,
}

/// Names one dead letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterRef {
    /// The service that keeps it: the one whose consumer failed, or, within one process, the one that emitted it.
    pub service: String,
    /// The consumer.
    pub consumer: String,
    /// The event.
    pub event: EventId,
}

/// An event that a consumer could not handle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// Which.
    pub of: LetterRef,
    /// What kind of event.
    pub topic: String,
    /// What it is about.
    pub key: String,
    /// The event as JSON, cut off where it is very long.
    pub payload: String,
    /// The last error.
    pub error: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it happened.
    pub at: Timestamp,
}

impl ParkedJob {
    /// What it is placed by in a list by time.
    pub fn place(&self) -> (Timestamp, &str, &str, &str) {
        (self.due_at, &self.of.service, &self.of.queue, &self.of.key)
    }
}

impl DeadLetter {
    /// What it is placed by in a list by time.
    pub fn place(&self) -> (Timestamp, &str, EventId, &str) {
        (self.at, &self.of.service, self.of.event, &self.of.consumer)
    }
}

/// A payload as far as it is shown.
pub fn shortened(mut payload: String) -> String {
    if payload.len() > PAYLOAD_BYTES_MAX {
        payload.truncate(payload.floor_char_boundary(PAYLOAD_BYTES_MAX));
        payload.push('…');
    }
    payload
}
