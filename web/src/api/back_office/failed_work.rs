//! What failed behind the scenes: events that a consumer could not handle, and jobs that failed too often.

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use souk_contracts::{
    operations::{DeadLetter, FailedFilter, JobRef, LetterRef, ParkedJob},
    permission::Scope,
};
use souk_types::{EventId, EventKind};

use crate::{
    api::{
        caller::Access,
        model::instant,
        operation::{Asked, Call, Group, Nothing, Operation, Reply, Verb},
        orders::{PageWish, next_of, page_of},
        schema,
    },
    error::Failure,
};

/// An event that a consumer could not handle.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DeadLetterView {
    /// The service whose consumer failed.
    service: String,
    /// The consumer.
    consumer: String,
    /// The event's id.
    event: String,
    /// What kind of event.
    topic: String,
    /// What it is about.
    key: String,
    /// The event as JSON, cut off where it is very long.
    payload: String,
    /// The last error.
    error: String,
    /// How often it was tried.
    attempts: u32,
    /// When it happened.
    #[schemars(schema_with = "schema::instant")]
    at: String,
}

impl From<DeadLetter> for DeadLetterView {
    fn from(letter: DeadLetter) -> Self {
        let DeadLetter { of: LetterRef { service, consumer, event }, topic, key, payload, error, attempts, at } =
            letter;
        let (event, at) = (event.to_string(), instant(at));
        Self { service, consumer, event, topic, key, payload, error, attempts, at }
    }
}

/// A page of dead letters.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DeadLetterPage {
    /// The dead letters, newest first.
    items: Vec<DeadLetterView>,
    /// Where the next page starts; null on the last.
    next: Option<String>,
    /// Services that did not answer: what failed there is missing.
    away: Vec<String>,
}

/// Lists dead letters.
pub struct ListDeadLetters;

impl Operation for ListDeadLetters {
    const NAME: &'static str = "listDeadLetters";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/admin/dead-letters";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Lists events that a part of the shop could not handle, newest first.";
    const ACCESS: Access = Access::Key(Scope::Operations);
    type Path = Nothing;
    type Query = PageWish;
    type Body = Nothing;
    type Answer = DeadLetterPage;

    async fn run(call: Call, Asked { query, .. }: Asked<Self>) -> Result<Reply<DeadLetterPage>, Failure> {
        let list = "dead letters";
        let page = page_of(&list, query.limit, query.cursor.as_deref())?;
        let found = call.state.operations.dead_letters(&call.cx, FailedFilter::default(), page).await?;
        let next = next_of(&list, found.next);
        let items = found.items.into_iter().map(DeadLetterView::from).collect();
        Ok(Reply::page(DeadLetterPage { items, next: next.clone(), away: found.away }, next))
    }
}

/// Which dead letter.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct LetterPath {
    /// The service whose consumer failed.
    service: String,
    /// The consumer.
    consumer: String,
    /// The event's id.
    #[schemars(schema_with = "schema::id::<EventKind>")]
    event: EventId,
}

impl From<LetterPath> for LetterRef {
    fn from(path: LetterPath) -> Self {
        Self { service: path.service, consumer: path.consumer, event: path.event }
    }
}

/// Delivers a dead letter again.
pub struct ReplayDeadLetter;

impl Operation for ReplayDeadLetter {
    const NAME: &'static str = "replayDeadLetter";
    const VERB: Verb = Verb::Post;
    const PATH: &'static str = "/admin/dead-letters/{service}/{consumer}/{event}/replay";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Delivers an event again to whom could not handle it; it comes back when it fails \
        again.";
    const ACCESS: Access = Access::Key(Scope::Operations);
    const STATUS: StatusCode = StatusCode::NO_CONTENT;
    type Path = LetterPath;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = Nothing;

    async fn run(call: Call, Asked { path, .. }: Asked<Self>) -> Result<Reply<Nothing>, Failure> {
        call.state.operations.replay(&call.cx, path.into()).await?;
        Ok(Reply::of(Nothing {}))
    }
}

/// Gives a dead letter up for good.
pub struct DiscardDeadLetter;

impl Operation for DiscardDeadLetter {
    const NAME: &'static str = "discardDeadLetter";
    const VERB: Verb = Verb::Delete;
    const PATH: &'static str = "/admin/dead-letters/{service}/{consumer}/{event}";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Gives a dead letter up for good.";
    const ACCESS: Access = Access::Key(Scope::Operations);
    const STATUS: StatusCode = StatusCode::NO_CONTENT;
    type Path = LetterPath;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = Nothing;

    async fn run(call: Call, Asked { path, .. }: Asked<Self>) -> Result<Reply<Nothing>, Failure> {
        call.state.operations.discard(&call.cx, path.into()).await?;
        Ok(Reply::of(Nothing {}))
    }
}

/// A job that failed too often.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ParkedJobView {
    /// The service whose job it is.
    service: String,
    /// The queue.
    queue: String,
    /// What it is about.
    key: String,
    /// What was given with it, cut off where it is very long.
    payload: String,
    /// The last error.
    error: String,
    /// How often it was tried.
    attempts: u32,
    /// When its last run was due.
    #[schemars(schema_with = "schema::instant")]
    due_at: String,
}

impl From<ParkedJob> for ParkedJobView {
    fn from(job: ParkedJob) -> Self {
        let ParkedJob { of: JobRef { service, queue, key }, payload, error, attempts, due_at } = job;
        Self { service, queue, key, payload, error, attempts, due_at: instant(due_at) }
    }
}

/// A page of parked jobs.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ParkedJobPage {
    /// The parked jobs, newest first.
    items: Vec<ParkedJobView>,
    /// Where the next page starts; null on the last.
    next: Option<String>,
    /// Services that did not answer: what failed there is missing.
    away: Vec<String>,
}

/// Lists parked jobs.
pub struct ListParkedJobs;

impl Operation for ListParkedJobs {
    const NAME: &'static str = "listParkedJobs";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/admin/parked-jobs";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Lists jobs that failed too often, newest first.";
    const ACCESS: Access = Access::Key(Scope::Operations);
    type Path = Nothing;
    type Query = PageWish;
    type Body = Nothing;
    type Answer = ParkedJobPage;

    async fn run(call: Call, Asked { query, .. }: Asked<Self>) -> Result<Reply<ParkedJobPage>, Failure> {
        let list = "parked jobs";
        let page = page_of(&list, query.limit, query.cursor.as_deref())?;
        let found = call.state.operations.parked_jobs(&call.cx, FailedFilter::default(), page).await?;
        let next = next_of(&list, found.next);
        let items = found.items.into_iter().map(ParkedJobView::from).collect();
        Ok(Reply::page(ParkedJobPage { items, next: next.clone(), away: found.away }, next))
    }
}

/// Which job. Keys may have any letter, so they are no part of an address.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JobInput {
    /// The service whose job it is.
    #[schemars(length(min = 1, max = 100))]
    service: String,
    /// The queue.
    #[schemars(length(min = 1, max = 100))]
    queue: String,
    /// What it is about.
    #[schemars(length(max = 1000))]
    key: String,
}

impl From<JobInput> for JobRef {
    fn from(job: JobInput) -> Self {
        Self { service: job.service, queue: job.queue, key: job.key }
    }
}

/// Runs a parked job again.
pub struct RetryParkedJob;

impl Operation for RetryParkedJob {
    const NAME: &'static str = "retryParkedJob";
    const VERB: Verb = Verb::Post;
    const PATH: &'static str = "/admin/parked-jobs/retry";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Runs a parked job again, with all its tries before it.";
    const ACCESS: Access = Access::Key(Scope::Operations);
    const STATUS: StatusCode = StatusCode::NO_CONTENT;
    type Path = Nothing;
    type Query = Nothing;
    type Body = JobInput;
    type Answer = Nothing;

    async fn run(call: Call, Asked { body, .. }: Asked<Self>) -> Result<Reply<Nothing>, Failure> {
        call.state.operations.retry_job(&call.cx, body.into()).await?;
        Ok(Reply::of(Nothing {}))
    }
}

/// Gives a parked job up for good.
pub struct DiscardParkedJob;

impl Operation for DiscardParkedJob {
    const NAME: &'static str = "discardParkedJob";
    const VERB: Verb = Verb::Post;
    const PATH: &'static str = "/admin/parked-jobs/discard";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Gives a parked job up for good.";
    const ACCESS: Access = Access::Key(Scope::Operations);
    const STATUS: StatusCode = StatusCode::NO_CONTENT;
    type Path = Nothing;
    type Query = Nothing;
    type Body = JobInput;
    type Answer = Nothing;

    async fn run(call: Call, Asked { body, .. }: Asked<Self>) -> Result<Reply<Nothing>, Failure> {
        call.state.operations.discard_job(&call.cx, body.into()).await?;
        Ok(Reply::of(Nothing {}))
    }
}
