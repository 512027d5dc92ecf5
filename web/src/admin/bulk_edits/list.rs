use http::StatusCode;
use serde::Serialize;
use souk_contracts::catalog::{BulkEditFilter, BulkEditSort, BulkEditState};

use super::{
    super::{
        desk::Desk,
        forms::choice,
        labels,
        lists::{self, Pager, Sorting},
    },
    PATH, SECTION,
    page::Edit,
};
use crate::{
    body::Form,
    error::{Answer, Failure},
    view::Choice,
};

#[derive(Serialize)]
struct ListPage {
    filters: Filters,
    states: Vec<Choice>,
    edits: Vec<Edit>,
    export_url: String,
    sorting: Sorting,
    #[serde(flatten)]
    pager: Pager,
}

#[derive(Serialize)]
struct Filters {
    state: &'static str,
}

/// What the address asks for.
pub fn filter(query: &Form) -> Result<BulkEditFilter, Failure> {
    Ok(BulkEditFilter { state: choice(query, "state")?, sort: choice(query, "sort")? })
}

/// `GET /admin/bulk-edits?state=&sort=&after=`.
pub async fn list(mut desk: Desk) -> Answer {
    let filter = filter(&desk.query)?;
    let request = lists::request(&desk.query)?;
    let page = desk.state.catalog.bulk_edits(&desk.cx, filter.clone(), request.clone()).await?;
    if desk.wants_json() {
        return Ok(desk.json(&page));
    }
    desk.learn_names().await;
    let kept = ("state", filter.state.map_or("", BulkEditState::as_str));
    let sorting = Sorting::of(PATH, &[kept], filter.sort, BulkEditSort::ALL);
    let content = ListPage {
        filters: Filters { state: kept.1 },
        states: labels::choices(BulkEditState::ALL.iter().map(|state| state.as_str())),
        export_url: lists::address(&format!("{PATH}/export.csv"), &[kept], None),
        pager: Pager::of(PATH, &[kept, ("sort", sorting.selected())], &page, &request),
        edits: page.items.iter().map(|edit| Edit::of(&desk, edit)).collect(),
        sorting,
    };
    desk.show(StatusCode::OK, SECTION, "admin/bulk_edits.html", content).await
}
