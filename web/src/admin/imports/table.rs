use http::StatusCode;
use serde::Serialize;
use souk_contracts::catalog::{Import, ImportFilter, ImportSort, ImportState};
use souk_types::{Page, PageRequest, limits::IMPORT_BYTES_MAX};

use super::{
    super::{
        desk::Desk,
        forms::{self, Refusal, choice},
        labels,
        lists::{self, Pager, Sorting},
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
    filters: Filters,
    states: Vec<Choice>,
    export_url: String,
    #[serde(flatten)]
    table: Table,
    #[serde(flatten)]
    pager: Pager,
    errors: Errors,
    values: Values,
}

#[derive(Serialize)]
struct Filters {
    state: &'static str,
}

#[derive(Serialize)]
struct Table {
    imports: Vec<Row>,
    filtered: bool,
    sorting: Sorting,
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

/// What the address asks for.
pub fn filter(query: &Form) -> Result<ImportFilter, Failure> {
    Ok(ImportFilter { state: choice(query, "state")?, sort: choice(query, "sort")? })
}

/// `GET /admin/imports?state=&sort=&after=`.
pub async fn list(desk: Desk) -> Answer {
    let (filter, request) = (filter(&desk.query)?, lists::request(&desk.query)?);
    show(desk, StatusCode::OK, &filter, &request, Errors::new(), Values::new()).await
}

/// `GET /admin/imports/table?state=&sort=&after=`: the table alone, for the page's script.
pub async fn table(desk: Desk) -> Answer {
    let (filter, request) = (filter(&desk.query)?, lists::request(&desk.query)?);
    let page = load(&desk, &filter, &request).await?;
    desk.fragment("admin/partials/imports_table.html", &Table::of(page, &filter, &request))
}

/// The page again, and what is wrong with the upload.
pub async fn refuse(desk: Desk, refusal: Refusal, form: &Form) -> Answer {
    if desk.wants_json() {
        return Err(refusal.into_failure());
    }
    let (filter, request) = (ImportFilter::default(), PageRequest::first(lists::ROWS));
    show(desk, refusal.status, &filter, &request, refusal.errors, forms::values(form)).await
}

async fn show(
    desk: Desk,
    status: StatusCode,
    filter: &ImportFilter,
    request: &PageRequest,
    errors: Errors,
    values: Values,
) -> Answer {
    let page = load(&desk, filter, request).await?;
    if desk.wants_json() {
        return Ok(desk.json(&page));
    }
    let kept = kept(filter);
    let sorting = sorting(filter);
    let content = ImportsPage {
        kinds: vec![Choice::new(KIND, "Products")],
        size_max_text: format::size(IMPORT_BYTES_MAX),
        filters: Filters { state: kept.1 },
        states: labels::choices(ImportState::ALL.iter().map(|state| state.as_str())),
        export_url: lists::address(&format!("{PATH}/export.csv"), &[kept], None),
        pager: Pager::of(PATH, &[kept, ("sort", sorting.selected())], &page, request),
        table: Table::of(page, filter, request),
        errors,
        values,
    };
    desk.show(status, SECTION, "admin/imports.html", content).await
}

fn kept(filter: &ImportFilter) -> (&'static str, &'static str) {
    ("state", filter.state.map_or("", ImportState::as_str))
}

fn sorting(filter: &ImportFilter) -> Sorting {
    Sorting::of(PATH, &[kept(filter)], filter.sort, ImportSort::ALL)
}

async fn load(desk: &Desk, filter: &ImportFilter, request: &PageRequest) -> Result<Page<Import>, Failure> {
    Ok(desk.state.catalog.imports(&desk.cx, filter.clone(), request.clone()).await?)
}

impl Table {
    fn of(page: Page<Import>, filter: &ImportFilter, request: &PageRequest) -> Self {
        let after = request.after.as_ref().map(|after| after.0.as_str());
        let imports: Vec<Row> = page.items.into_iter().map(Row::of).collect();
        let sorting = sorting(filter);
        Self {
            running: imports.iter().any(|row| row.running),
            imports,
            filtered: filter.state.is_some(),
            fragment_url: lists::address(
                &format!("{PATH}/table"),
                &[kept(filter), ("sort", sorting.selected())],
                after,
            ),
            sorting,
        }
    }
}
