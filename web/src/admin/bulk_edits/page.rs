use axum::extract::Path;
use http::StatusCode;
use serde::Serialize;
use souk_contracts::{
    BulkEditId,
    catalog::{BulkEdit, BulkEditState, BulkOutcome, BulkProduct},
    permission::CATALOG_MANAGE,
};
use souk_types::Page;

use super::{
    super::{desk::Desk, lists, products},
    PATH, SECTION, words,
};
use crate::{
    error::{Answer, Failure, sentence},
    flash::Notice,
    format,
    view::{Badge, TimeView},
};

#[derive(Serialize)]
struct EditPage {
    edit: Edit,
    failed: Items,
    kept: Items,
}

#[derive(Serialize)]
pub struct Edit {
    url: String,
    title: String,
    products_text: &'static str,
    state: Badge,
    running: bool,
    percent: Option<u64>,
    fragment_url: String,
    counts: Vec<Count>,
    error: Option<String>,
    by: String,
    started_at: TimeView,
    finished_at: Option<TimeView>,
    stop_url: Option<String>,
    undo_url: Option<String>,
    undo_until: TimeView,
}

#[derive(Serialize)]
struct Count {
    label: &'static str,
    value: String,
    kind: &'static str,
}

#[derive(Serialize)]
struct Items {
    products: Vec<Item>,
    next_url: Option<String>,
}

#[derive(Serialize)]
struct Item {
    title: String,
    url: String,
    reason: String,
}

impl Edit {
    /// An edit as this person may deal with it.
    pub fn of(desk: &Desk, edit: &BulkEdit) -> Self {
        let url = format!("{PATH}/{}", edit.id);
        let may_change = desk.may(CATALOG_MANAGE);
        let may_stop = may_change && matches!(edit.state, BulkEditState::Queued | BulkEditState::Running);
        let may_undo = may_change
            && !matches!(edit.state, BulkEditState::Undoing | BulkEditState::Undone)
            && desk.state.env.now() < edit.undo_until;
        Self {
            title: words::change(&edit.change),
            products_text: if edit.filter.is_some() { "All that match a filter" } else { "Chosen products" },
            state: words::state(edit.state),
            running: edit.state.is_running(),
            percent: words::percent(edit),
            fragment_url: format!("{url}/progress"),
            counts: counts(edit),
            error: edit.failure.as_deref().map(sentence),
            by: desk.actor_name(&edit.actor),
            started_at: format::time(edit.created_at),
            finished_at: edit.finished_at.map(format::time),
            stop_url: may_stop.then(|| format!("{url}/stop")),
            undo_url: may_undo.then(|| format!("{url}/undo")),
            undo_until: format::time(edit.undo_until),
            url,
        }
    }
}

fn counts(edit: &BulkEdit) -> Vec<Count> {
    let count = |label, number, kind| Count { label, value: format::count(number), kind };
    let bad = |number| if number > 0 { "danger" } else { "" };
    let mut counts = vec![
        count("Changed", edit.changed, ""),
        count("So already", edit.unchanged, ""),
        count("Left out", edit.failed, bad(edit.failed)),
    ];
    if matches!(edit.state, BulkEditState::Undoing | BulkEditState::Undone) {
        counts.push(count("Changed back", edit.restored, ""));
        counts.push(count("Not changed back", edit.kept, bad(edit.kept)));
    }
    counts
}

impl Items {
    fn of(url: &str, parameter: &str, page: Page<BulkProduct>) -> Self {
        let next_url = page.next.map(|next| lists::address(url, &[(parameter, next.0.as_str())], None));
        let item = |item: BulkProduct| Item {
            url: products::address(item.product),
            title: item.title,
            reason: sentence(&item.reason),
        };
        Self { products: page.items.into_iter().map(item).collect(), next_url }
    }
}

fn parse(id: &str) -> Result<BulkEditId, Failure> {
    id.parse().map_err(|_| Failure::not_found())
}

async fn load(desk: &Desk, id: BulkEditId) -> Result<EditPage, Failure> {
    let (failed, kept) =
        (lists::request_by("failed_after", &desk.query)?, lists::request_by("kept_after", &desk.query)?);
    let (catalog, cx) = (&desk.state.catalog, &desk.cx);
    let (edit, failed, kept) = futures::join!(
        catalog.bulk_edit(cx, id),
        catalog.bulk_edit_products(cx, id, BulkOutcome::Failed, failed),
        catalog.bulk_edit_products(cx, id, BulkOutcome::Kept, kept),
    );
    let edit = Edit::of(desk, &edit?.ok_or_else(Failure::not_found)?);
    Ok(EditPage {
        failed: Items::of(&edit.url, "failed_after", failed?),
        kept: Items::of(&edit.url, "kept_after", kept?),
        edit,
    })
}

/// `GET /admin/bulk-edits/{id}?failed_after=&kept_after=`.
pub async fn page(mut desk: Desk, Path(id): Path<String>) -> Answer {
    let id = parse(&id)?;
    if desk.wants_json() {
        let edit = desk.state.catalog.bulk_edit(&desk.cx, id).await?.ok_or_else(Failure::not_found)?;
        return Ok(desk.json(&edit));
    }
    desk.learn_names().await;
    let content = load(&desk, id).await?;
    desk.show(StatusCode::OK, SECTION, "admin/bulk_edit.html", content).await
}

/// `GET /admin/bulk-edits/{id}/progress`: how far it is, alone, for the page's script.
pub async fn progress(mut desk: Desk, Path(id): Path<String>) -> Answer {
    let id = parse(&id)?;
    desk.learn_names().await;
    let content = load(&desk, id).await?;
    desk.fragment("admin/partials/bulk_progress.html", &content)
}

/// `POST /admin/bulk-edits/{id}/stop`, no fields.
pub async fn stop(desk: Desk, Path(id): Path<String>) -> Answer {
    let id = parse(&id)?;
    desk.state.catalog.stop_bulk_edit(&desk.cx, id).await?;
    Ok(desk.go(&format!("{PATH}/{id}"), Notice::success("No more products are changed.")))
}

/// `POST /admin/bulk-edits/{id}/undo`, no fields.
pub async fn undo(desk: Desk, Path(id): Path<String>) -> Answer {
    let id = parse(&id)?;
    desk.state.catalog.undo_bulk_edit(&desk.cx, id).await?;
    Ok(desk.go(&format!("{PATH}/{id}"), Notice::success("The change is being undone.")))
}
