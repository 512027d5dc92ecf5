//! What failed behind the scenes: events that a consumer could not handle, and jobs that failed too often.

use std::{collections::BTreeSet, fmt::Write as _};

use axum::{extract::Path, response::Response};
use futures::FutureExt as _;
use http::StatusCode;
use serde::Serialize;
use souk_contracts::operations::{DeadLetter, FailedFilter, JobRef, LetterRef, ParkedJob};
use souk_types::{Cx, EventId, Page, TimeOrder};

use super::{
    csv,
    desk::Desk,
    export::{self, Piece},
    forms::choice,
    labels,
    lists::{self, Pager, Sorting},
};
use crate::{
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

#[derive(Serialize)]
struct LettersPage {
    filters: Filters,
    services: Vec<Choice>,
    /// Parts that did not answer, for people.
    away: Vec<String>,
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
            payload: job.payload,
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
            service: letter.of.service,
            consumer: letter.of.consumer,
            event: letter.of.event.to_string(),
            topic: letter.topic,
            key: letter.key,
            error: letter.error,
            attempts: letter.attempts,
            at: format::time(letter.at),
            payload: letter.payload,
        }
    }
}

/// Which failed work the address asks for, and in which order.
fn filter(desk: &Desk, services: &[String]) -> Result<FailedFilter, Failure> {
    let service = match desk.query.text("service") {
        "" => None,
        name if services.iter().any(|service| service == name) => Some(name.to_owned()),
        _ => return Err(Failure::invalid("service", "is no part of this shop")),
    };
    Ok(FailedFilter { service, sort: choice(&desk.query, "sort")? })
}

/// `GET /admin/dead-letters?service=&sort=&after=&jobs_after=`.
pub async fn list(desk: Desk) -> Answer {
    let services = desk.state.operations.services(&desk.cx).await?;
    let filter = filter(&desk, &services)?;
    let request = lists::request(&desk.query)?;
    let jobs_request = lists::request_by(JOBS_AFTER, &desk.query)?;
    let (letters, jobs) = futures::try_join!(
        desk.state.operations.dead_letters(&desk.cx, filter.clone(), request.clone()),
        desk.state.operations.parked_jobs(&desk.cx, filter.clone(), jobs_request),
    )?;
    let away: BTreeSet<&str> = letters.away.iter().chain(&jobs.away).map(String::as_str).collect();
    let away: Vec<String> = away.into_iter().map(labels::words).collect();
    let letters = Page { items: letters.items, next: letters.next };
    let filters = Filters { service: filter.service.unwrap_or_default() };
    let service = ("service", filters.service.as_str());
    let sorting = Sorting::of(PATH, &[service], filter.sort, TimeOrder::ALL);
    let kept = [service, ("sort", sorting.selected())];
    let jobs_next = |next: &str| lists::address(PATH, &[kept[0], kept[1], (JOBS_AFTER, next)], None);
    let content = LettersPage {
        services: labels::choices(services.iter().map(String::as_str)),
        here: lists::address(PATH, &kept, None),
        pager: Pager::of(PATH, &kept, &letters, &request),
        export_url: lists::address(&format!("{PATH}/export.csv"), &[service], None),
        letters: letters.items.into_iter().map(LetterView::of).collect(),
        jobs_next_url: jobs.next.map(|next| jobs_next(&next.0)),
        jobs_export_url: lists::address("/admin/jobs/export.csv", &[service], None),
        jobs: jobs.items.into_iter().map(JobView::of).collect(),
        away,
        filters,
        sorting,
    };
    desk.show(StatusCode::OK, "dead_letters", "admin/dead_letters.html", content).await
}

/// `GET /admin/dead-letters/export.csv?service=`.
pub async fn export(desk: Desk) -> Answer {
    let services = desk.state.operations.services(&desk.cx).await?;
    let filter = FailedFilter { sort: None, ..filter(&desk, &services)? };
    let read = move |state: AppState, cx: Cx, request| {
        let filter = filter.clone();
        async move {
            let page = state.operations.dead_letters(&cx, filter, request).await?.whole()?;
            let mut text = String::new();
            page.items.iter().for_each(|letter| letter_row(&mut text, letter));
            Ok(Piece { text, next: page.next })
        }
        .boxed()
    };
    export::stream(&desk, "failed-events.csv", LETTERS_HEAD, read).await
}

fn letter_row(text: &mut String, letter: &DeadLetter) {
    let DeadLetter { of: LetterRef { service, consumer, event }, topic, key, error, attempts, at, .. } = letter;
    let [service, consumer, topic, key, error] = [service, consumer, topic, key, error].map(|text| csv::cell(text));
    // Writing to a String cannot fail.
    let _ = write!(text, "{at},{service},{consumer},{event},{topic},{key},{attempts},{error}\r\n");
}

/// `GET /admin/jobs/export.csv?service=`.
pub async fn export_jobs(desk: Desk) -> Answer {
    let services = desk.state.operations.services(&desk.cx).await?;
    let filter = FailedFilter { sort: None, ..filter(&desk, &services)? };
    let read = move |state: AppState, cx: Cx, request| {
        let filter = filter.clone();
        async move {
            let page = state.operations.parked_jobs(&cx, filter, request).await?.whole()?;
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
