//! Events that a consumer could not handle.

use axum::{extract::Path, response::Response};
use http::StatusCode;
use serde::Serialize;
use souk_types::EventId;

use super::{
    desk::Desk,
    lists::{self, Pager},
};
use crate::{
    DeadLetter, LetterRef,
    error::{Answer, Failure},
    flash::Notice,
    format,
    view::TimeView,
};

const PATH: &str = "/admin/dead-letters";
/// Bytes of a payload that are shown.
const PAYLOAD_BYTES_MAX: usize = 16 * 1024;

#[derive(Serialize)]
struct LettersPage {
    letters: Vec<LetterView>,
    #[serde(flatten)]
    pager: Pager,
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
        let mut payload = letter.payload;
        if payload.len() > PAYLOAD_BYTES_MAX {
            payload.truncate(payload.floor_char_boundary(PAYLOAD_BYTES_MAX));
            payload.push('…');
        }
        Self {
            service: letter.service,
            consumer: letter.consumer,
            event: letter.event.to_string(),
            topic: letter.topic,
            key: letter.key,
            error: letter.error,
            attempts: letter.attempts,
            failed_at: format::time(letter.at),
            payload,
        }
    }
}

/// `GET /admin/dead-letters`.
pub async fn list(desk: Desk) -> Answer {
    let request = lists::request(&desk.query)?;
    let page = desk.state.operations.list(&desk.cx, request.clone()).await?;
    let pager = Pager::of(PATH, &[], &page, &request);
    let letters = page.items.into_iter().map(LetterView::of).collect();
    desk.show(StatusCode::OK, "dead_letters", "admin/dead_letters.html", LettersPage { letters, pager }).await
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
