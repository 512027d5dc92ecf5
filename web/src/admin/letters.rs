//! What failed behind the scenes: events that a consumer could not handle, and jobs that failed too often.

use axum::{extract::Path, response::Response};
use http::StatusCode;
use serde::Serialize;
use souk_types::EventId;

use super::{
    desk::Desk,
    lists::{self, Pager},
};
use crate::{
    DeadLetter, JobRef, LetterRef, ParkedJob,
    body::Form,
    error::{Answer, Failure},
    flash::Notice,
    format,
    view::TimeView,
};

const PATH: &str = "/admin/dead-letters";
/// Where the list of parked jobs goes on.
const JOBS_AFTER: &str = "jobs_after";
/// Bytes of a payload that are shown.
const PAYLOAD_BYTES_MAX: usize = 16 * 1024;

#[derive(Serialize)]
struct LettersPage {
    letters: Vec<LetterView>,
    #[serde(flatten)]
    pager: Pager,
    jobs: Vec<JobView>,
    jobs_next_url: Option<String>,
}

#[derive(Serialize)]
struct JobView {
    service: String,
    queue: String,
    key: String,
    error: String,
    attempts: u32,
    due_at: TimeView,
    payload: String,
}

impl JobView {
    fn of(job: ParkedJob) -> Self {
        Self {
            service: job.of.service,
            queue: job.of.queue,
            key: job.of.key,
            error: job.error,
            attempts: job.attempts,
            due_at: format::time(job.due_at),
            payload: shortened(job.payload),
        }
    }
}

#[derive(Serialize)]
struct LetterView {
    service: String,
    consumer: String,
    event: String,
    topic: String,
    key: String,
    error: String,
    attempts: u32,
    failed_at: TimeView,
    payload: String,
}

impl LetterView {
    fn of(letter: DeadLetter) -> Self {
        Self {
            service: letter.service,
            consumer: letter.consumer,
            event: letter.event.to_string(),
            topic: letter.topic,
            key: letter.key,
            error: letter.error,
            attempts: letter.attempts,
            failed_at: format::time(letter.at),
            payload: shortened(letter.payload),
        }
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

/// `GET /admin/dead-letters?after=&jobs_after=`.
pub async fn list(desk: Desk) -> Answer {
    let request = lists::request(&desk.query)?;
    let jobs_request = lists::request_by(JOBS_AFTER, &desk.query)?;
    let page = desk.state.operations.list(&desk.cx, request.clone()).await?;
    let jobs = desk.state.operations.parked(&desk.cx, jobs_request).await?;
    let content = LettersPage {
        pager: Pager::of(PATH, &[], &page, &request),
        letters: page.items.into_iter().map(LetterView::of).collect(),
        jobs_next_url: jobs.next.map(|next| lists::address(PATH, &[(JOBS_AFTER, &next.0)], None)),
        jobs: jobs.items.into_iter().map(JobView::of).collect(),
    };
    desk.show(StatusCode::OK, "dead_letters", "admin/dead_letters.html", content).await
}

/// `POST /admin/jobs/retry`: `service`, `queue`, `key`.
pub async fn retry_job(desk: Desk, form: Form) -> Answer {
    desk.state.operations.retry_job(&desk.cx, job(&form)).await?;
    Ok(done(desk, "The job runs again. It comes back when it keeps failing."))
}

/// `POST /admin/jobs/discard`: `service`, `queue`, `key`.
pub async fn discard_job(desk: Desk, form: Form) -> Answer {
    desk.state.operations.discard_job(&desk.cx, job(&form)).await?;
    Ok(done(desk, "The job is discarded."))
}

fn job(form: &Form) -> JobRef {
    let field = |name| form.raw(name).to_owned();
    JobRef { service: field("service"), queue: field("queue"), key: field("key") }
}

/// `POST /admin/dead-letters/{service}/{consumer}/{event}/replay`.
pub async fn replay(desk: Desk, Path(letter): Path<(String, String, String)>) -> Answer {
    desk.state.operations.replay(&desk.cx, named(letter)?).await?;
    Ok(done(desk, "The event is delivered again. It comes back when it fails again."))
}

/// `POST /admin/dead-letters/{service}/{consumer}/{event}/discard`.
pub async fn discard(desk: Desk, Path(letter): Path<(String, String, String)>) -> Answer {
    desk.state.operations.discard(&desk.cx, named(letter)?).await?;
    Ok(done(desk, "The event is discarded."))
}

fn named((service, consumer, event): (String, String, String)) -> Result<LetterRef, Failure> {
    let event: EventId = event.parse().map_err(|_| Failure::not_found())?;
    Ok(LetterRef { service, consumer, event })
}

fn done(desk: Desk, text: &str) -> Response {
    desk.go(PATH, Notice::success(text))
}
