use http::StatusCode;
use serde::Serialize;
use souk_contracts::catalog::{Import, ImportState};
use souk_types::{Page, PageRequest, limits::IMPORT_BYTES_MAX};

use super::{
    super::{
        desk::Desk,
        forms::{self, Refusal},
        labels,
        lists::{self, Pager},
    },
    PATH, SECTION,
};
use crate::{
    body::Form,
    error::{Answer, Failure},
    format,
    view::{Badge, Choice, Errors, TimeView, Values},
};

/// What a file may hold. How it is written shows in its ending.
pub const KIND: &str = "products";

#[derive(Serialize)]
struct ImportsPage {
    kinds: Vec<Choice>,
    size_max_text: String,
    #[serde(flatten)]
    table: Table,
    #[serde(flatten)]
    pager: Pager,
    errors: Errors,
    values: Values,
}

#[derive(Serialize)]
struct Table {
    imports: Vec<Row>,
    running: bool,
    fragment_url: String,
}

#[derive(Serialize)]
struct Row {
    id: String,
    url: String,
    file_name: String,
    kind_text: &'static str,
    state: Badge,
    percent: u64,
    running: bool,
    rows_text: String,
    bad_rows: u64,
    started_at: TimeView,
    by: Option<String>,
}

impl Row {
    fn of(import: Import) -> Self {
        Self {
            url: format!("{PATH}/{}", import.id),
            id: import.id.to_string(),
            kind_text: labels::format(import.format),
            state: labels::import(import.state),
            percent: percent(&import),
            running: is_running(&import),
            rows_text: format::counted(handled(&import), "product", "products"),
            bad_rows: import.refused,
            started_at: format::time(import.created_at),
            by: None,
            file_name: import.name,
        }
    }
}

/// Says whether it still goes on.
pub fn is_running(import: &Import) -> bool {
    matches!(import.state, ImportState::Queued | ImportState::Running)
}

/// How much of the file has been read.
pub fn percent(import: &Import) -> u64 {
    match import.state {
        ImportState::Finished => 100,
        ImportState::Queued | ImportState::Running | ImportState::Failed => {
            (import.bytes_read.saturating_mul(100)).checked_div(import.bytes).unwrap_or(0).min(100)
        }
    }
}

/// Rows that were dealt with, well or not.
pub fn handled(import: &Import) -> u64 {
    [import.created, import.updated, import.unchanged, import.refused].into_iter().fold(0, u64::saturating_add)
}

/// `GET /admin/imports?after=`.
pub async fn list(desk: Desk) -> Answer {
    let request = lists::request(&desk.query)?;
    show(desk, StatusCode::OK, &request, Errors::new(), Values::new()).await
}

/// `GET /admin/imports/table?after=`: the table alone, for the page's script.
pub async fn table(desk: Desk) -> Answer {
    let request = lists::request(&desk.query)?;
    let page = load(&desk, &request).await?;
    desk.fragment("admin/partials/imports_table.html", &Table::of(page, &request))
}

/// The page again, and what is wrong with the upload.
pub async fn refuse(desk: Desk, refusal: Refusal, form: &Form) -> Answer {
    if desk.wants_json() {
        return Err(refusal.into_failure());
    }
    show(desk, refusal.status, &PageRequest::first(lists::ROWS), refusal.errors, forms::values(form)).await
}

async fn show(desk: Desk, status: StatusCode, request: &PageRequest, errors: Errors, values: Values) -> Answer {
    let page = load(&desk, request).await?;
    if desk.wants_json() {
        return Ok(desk.json(&page));
    }
    let content = ImportsPage {
        kinds: vec![Choice::new(KIND, "Products")],
        size_max_text: format::size(IMPORT_BYTES_MAX),
        pager: Pager::of(PATH, &[], &page, request),
        table: Table::of(page, request),
        errors,
        values,
    };
    desk.show(status, SECTION, "admin/imports.html", content).await
}

async fn load(desk: &Desk, request: &PageRequest) -> Result<Page<Import>, Failure> {
    Ok(desk.state.catalog.imports(&desk.cx, request.clone()).await?)
}

impl Table {
    fn of(page: Page<Import>, request: &PageRequest) -> Self {
        let after = request.after.as_ref().map(|after| after.0.as_str());
        let imports: Vec<Row> = page.items.into_iter().map(Row::of).collect();
        Self {
            running: imports.iter().any(|row| row.running),
            imports,
            fragment_url: lists::address(&format!("{PATH}/table"), &[], after),
        }
    }
}
