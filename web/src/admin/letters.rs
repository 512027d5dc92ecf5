//! What failed behind the scenes: events that a consumer could not handle, and jobs that failed too often.

use std::fmt::Write as _;

use axum::{extract::Path, response::Response};
use futures::FutureExt as _;
use http::StatusCode;
use serde::Serialize;
use souk_types::{Cx, EventId, TimeOrder};

use super::{
    csv,
    desk::Desk,
    export::{self, Piece},
    forms::choice,
    labels,
    lists::{self, Pager, Sorting},
};
use crate::{
    DeadLetter, FailedFilter, JobRef, LetterRef, ParkedJob,
    body::Form,
    error::{Answer, Failure},
    flash::Notice,
    format,
    state::AppState,
    view::{Choice, TimeView},
};

const PATH: &str = "/admin/dead-letters";
/// Nothing of what is in an event or a job: that is for whoever looks into one.
const LETTERS_HEAD: &str = "at,service,consumer,event,topic,key,attempts,error\r\n";
const JOBS_HEAD: &str = "due_at,service,queue,key,attempts,error\r\n";
/// Where the list of parked jobs goes on.
const JOBS_AFTER: &str = "jobs_after";
/// Bytes of a payload that are shown.
const PAYLOAD_BYTES_MAX: usize = 16 * 1024;

#[derive(Serialize)]
struct LettersPage {
    filters: Filters,
    services: Vec<Choice>,
    /// Both lists from their beginnings, as they are filtered and sorted, to come back to.
    here: String,
    /// That of both lists.
    sorting: Sorting,
    letters: Vec<LetterView>,
    export_url: String,
    #[serde(flatten)]
    pager: Pager,
    jobs: Vec<JobView>,
    jobs_export_url: String,
    jobs_next_url: Option<String>,
}

#[derive(Serialize)]
struct Filters {
    service: String,
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
    at: TimeView,
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
            at: format::time(letter.at),
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

/// Which failed work the address asks for, and in which order.
fn filter(desk: &Desk) -> Result<FailedFilter, Failure> {
    let service = match desk.query.text("service") {
        "" => None,
        name if desk.state.operations.services().contains(&name) => Some(name.to_owned()),
        _ => return Err(Failure::invalid("service", "is no part of this shop")),
    };
    Ok(FailedFilter { service, sort: choice(&desk.query, "sort")? })
}

/// `GET /admin/dead-letters?service=&sort=&after=&jobs_after=`.
pub async fn list(desk: Desk) -> Answer {
    let filter = filter(&desk)?;
    let request = lists::request(&desk.query)?;
    let jobs_request = lists::request_by(JOBS_AFTER, &desk.query)?;
    let page = desk.state.operations.list(&desk.cx, filter.clone(), request.clone()).await?;
    let jobs = desk.state.operations.parked(&desk.cx, filter.clone(), jobs_request).await?;
    let filters = Filters { service: filter.service.unwrap_or_default() };
    let service = ("service", filters.service.as_str());
    let sorting = Sorting::of(PATH, &[service], filter.sort, TimeOrder::ALL);
    let kept = [service, ("sort", sorting.selected())];
    let jobs_next = |next: &str| lists::address(PATH, &[kept[0], kept[1], (JOBS_AFTER, next)], None);
    let services = desk.state.operations.services();
    let content = LettersPage {
        services: labels::choices(services),
        here: lists::address(PATH, &kept, None),
        pager: Pager::of(PATH, &kept, &page, &request),
        export_url: lists::address(&format!("{PATH}/export.csv"), &[service], None),
        letters: page.items.into_iter().map(LetterView::of).collect(),
        jobs_next_url: jobs.next.map(|next| jobs_next(&next.0)),
        jobs_export_url: lists::address("/admin/jobs/export.csv", &[service], None),
        jobs: jobs.items.into_iter().map(JobView::of).collect(),
        filters,
        sorting,
    };
    desk.show(StatusCode::OK, "dead_letters", "admin/dead_letters.html", content).await
}

/// `GET /admin/dead-letters/export.csv?service=`.
pub async fn export(desk: Desk) -> Answer {
    let filter = FailedFilter { sort: None, ..filter(&desk)? };
    let read = move |state: AppState, cx: Cx, request| {
        let filter = filter.clone();
        async move {
            let page = state.operations.list(&cx, filter, request).await?;
            let mut text = String::new();
            page.items.iter().for_each(|letter| letter_row(&mut text, letter));
            Ok(Piece { text, next: page.next })
        }
        .boxed()
    };
    export::stream(&desk, "failed-events.csv", LETTERS_HEAD, read).await
}

fn letter_row(text: &mut String, letter: &DeadLetter) {
    let DeadLetter { service, consumer, event, topic, key, error, attempts, at, .. } = letter;
    let [service, consumer, topic, key, error] = [service, consumer, topic, key, error].map(|text| csv::cell(text));
    // Writing to a String cannot fail.
    let _ = write!(text, "{at},{service},{consumer},{event},{topic},{key},{attempts},{error}\r\n");
}

/// `GET /admin/jobs/export.csv?service=`.
pub async fn export_jobs(desk: Desk) -> Answer {
    let filter = FailedFilter { sort: None, ..filter(&desk)? };
    let read = move |state: AppState, cx: Cx, request| {
        let filter = filter.clone();
        async move {
            let page = state.operations.parked(&cx, filter, request).await?;
            let mut text = String::new();
            page.items.iter().for_each(|job| job_row(&mut text, job));
            Ok(Piece { text, next: page.next })
        }
        .boxed()
    };
    export::stream(&desk, "failed-jobs.csv", JOBS_HEAD, read).await
}

fn job_row(text: &mut String, job: &ParkedJob) {
    let ParkedJob { of: JobRef { service, queue, key }, error, attempts, due_at, .. } = job;
    let [service, queue, key, error] = [service, queue, key, error].map(|text| csv::cell(text));
    // Writing to a String cannot fail.
    let _ = write!(text, "{due_at},{service},{queue},{key},{attempts},{error}\r\n");
}

/// `POST /admin/jobs/retry`: `service`, `queue`, `key`, `back`.
pub async fn retry_job(desk: Desk, form: Form) -> Answer {
    desk.state.operations.retry_job(&desk.cx, job(&form)).await?;
    Ok(done(desk, &form, "The job runs again. It comes back when it keeps failing."))
}

/// `POST /admin/jobs/discard`: `service`, `queue`, `key`, `back`.
pub async fn discard_job(desk: Desk, form: Form) -> Answer {
    desk.state.operations.discard_job(&desk.cx, job(&form)).await?;
    Ok(done(desk, &form, "The job is discarded."))
}

fn job(form: &Form) -> JobRef {
    let field = |name| form.raw(name).to_owned();
    JobRef { service: field("service"), queue: field("queue"), key: field("key") }
}

/// `POST /admin/dead-letters/{service}/{consumer}/{event}/replay`: `back`.
pub async fn replay(desk: Desk, Path(letter): Path<(String, String, String)>, form: Form) -> Answer {
    desk.state.operations.replay(&desk.cx, named(letter)?).await?;
    Ok(done(desk, &form, "The event is delivered again. It comes back when it fails again."))
}

/// `POST /admin/dead-letters/{service}/{consumer}/{event}/discard`: `back`.
pub async fn discard(desk: Desk, Path(letter): Path<(String, String, String)>, form: Form) -> Answer {
    desk.state.operations.discard(&desk.cx, named(letter)?).await?;
    Ok(done(desk, &form, "The event is discarded."))
}

fn named((service, consumer, event): (String, String, String)) -> Result<LetterRef, Failure> {
    let event: EventId = event.parse().map_err(|_| Failure::not_found())?;
    Ok(LetterRef { service, consumer, event })
}

fn done(desk: Desk, form: &Form, text: &str) -> Response {
    desk.go(lists::back(form, PATH), Notice::success(text))
}
