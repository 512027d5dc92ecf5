use std::fmt::Write as _;

use axum::extract::Path;
use http::StatusCode;
use serde::Serialize;
use souk_contracts::{ImportId, catalog::Import};
use souk_types::Timestamp;

use super::{
    super::{csv, desk::Desk, labels},
    PATH, SECTION,
    table::{handled, is_running, percent},
};
use crate::{
    error::{Answer, Failure, sentence},
    format,
    view::{Badge, TimeView},
};

/// Bad rows that the page shows; the rest are in the file.
const BAD_ROWS_SHOWN: usize = 100;

#[derive(Serialize)]
struct RunPage {
    run: Run,
}

#[derive(Serialize)]
struct Run {
    id: String,
    file_name: String,
    kind_text: &'static str,
    state: Badge,
    running: bool,
    percent: u64,
    fragment_url: String,
    started_at: TimeView,
    finished_at: Option<TimeView>,
    by: Option<String>,
    rate_text: Option<String>,
    error: Option<String>,
    counts: Vec<Count>,
    unknown_columns: Vec<String>,
    bad_rows: Vec<BadRow>,
    bad_rows_text: Option<String>,
    bad_rows_url: Option<String>,
}

#[derive(Serialize)]
struct Count {
    label: &'static str,
    value: String,
    kind: &'static str,
}

#[derive(Serialize)]
struct BadRow {
    line: u64,
    reason: String,
}

impl Run {
    fn of(import: &Import, now: Timestamp) -> Self {
        let shown = import.bad_rows.iter().take(BAD_ROWS_SHOWN);
        let all = import.refused.max(import.bad_rows.len() as u64);
        let more = all > BAD_ROWS_SHOWN as u64;
        Self {
            id: import.id.to_string(),
            file_name: import.name.clone(),
            kind_text: labels::format(import.format),
            state: labels::import(import.state),
            running: is_running(import),
            percent: percent(import),
            fragment_url: format!("{PATH}/{}/progress", import.id),
            started_at: format::time(import.created_at),
            finished_at: import.finished_at.map(format::time),
            by: None,
            rate_text: rate(import, now),
            error: import.failure.as_deref().map(sentence),
            counts: counts(import),
            unknown_columns: import.unknown_columns.clone(),
            bad_rows: shown.map(|row| BadRow { line: row.line, reason: row.reason.clone() }).collect(),
            bad_rows_text: more.then(|| format!("Showing the first {BAD_ROWS_SHOWN} of {}", format::count(all))),
            bad_rows_url: (!import.bad_rows.is_empty()).then(|| format!("{PATH}/{}/bad-rows.csv", import.id)),
        }
    }
}

fn counts(import: &Import) -> Vec<Count> {
    let count = |label, number, kind| Count { label, value: format::count(number), kind };
    vec![
        count("Products added", import.created, ""),
        count("Products changed", import.updated, ""),
        count("Products unchanged", import.unchanged, ""),
        count("Rows left out", import.refused, if import.refused > 0 { "danger" } else { "" }),
    ]
}

fn rate(import: &Import, now: Timestamp) -> Option<String> {
    let took = import.finished_at.unwrap_or(now).since(import.created_at);
    let per_second = u64::try_from(u128::from(handled(import)) * 1_000 / took.as_millis().max(1)).ok()?;
    (per_second > 0).then(|| format!("{} products/s", format::count(per_second)))
}

async fn load(desk: &Desk, id: &str) -> Result<Import, Failure> {
    let id: ImportId = id.parse().map_err(|_| Failure::not_found())?;
    desk.state.catalog.import(&desk.cx, id).await?.ok_or_else(Failure::not_found)
}

/// `GET /admin/imports/{id}`.
pub async fn page(desk: Desk, Path(id): Path<String>) -> Answer {
    let import = load(&desk, &id).await?;
    if desk.wants_json() {
        return Ok(desk.json(&import));
    }
    let run = Run::of(&import, desk.state.env.now());
    desk.show(StatusCode::OK, SECTION, "admin/import.html", RunPage { run }).await
}

/// `GET /admin/imports/{id}/progress`: how far it is, alone, for the page's script.
pub async fn progress(desk: Desk, Path(id): Path<String>) -> Answer {
    let import = load(&desk, &id).await?;
    let run = Run::of(&import, desk.state.env.now());
    desk.fragment("admin/partials/import_progress.html", &RunPage { run })
}

/// `GET /admin/imports/{id}/bad-rows.csv`: all bad rows that were kept.
pub async fn bad_rows(desk: Desk, Path(id): Path<String>) -> Answer {
    let import = load(&desk, &id).await?;
    Ok(csv::file(bad_rows_file(&import).into(), &format!("bad-rows-{}.csv", import.id)))
}

fn bad_rows_file(import: &Import) -> String {
    let mut text = "line,reason\r\n".to_owned();
    for row in &import.bad_rows {
        // Writing to a String cannot fail.
        let _ = write!(text, "{},{}\r\n", row.line, csv::cell(&row.reason));
    }
    text
}
