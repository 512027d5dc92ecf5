use http::StatusCode;
use serde::Serialize;
use souk_contracts::{
    catalog::{CollectionFilter, CollectionSort, CollectionSummary},
    permission::CATALOG_MANAGE,
};

use super::{
    super::{
        desk::Desk,
        forms::{choice, search_text},
        lists::{self, Pager, Sorting},
    },
    PATH, SECTION,
};
use crate::{
    body::Form,
    error::{Answer, Failure},
    format,
    view::Badge,
};

#[derive(Serialize)]
struct CollectionsPage {
    filters: Filters,
    collections: Vec<Row>,
    may_change: bool,
    count_text: Option<String>,
    export_url: String,
    sorting: Sorting,
    #[serde(flatten)]
    pager: Pager,
}

#[derive(Serialize)]
struct Filters {
    q: String,
}

#[derive(Serialize)]
struct Row {
    title: String,
    url: String,
    kind: Badge,
    is_filling: bool,
}

impl Row {
    fn of(collection: CollectionSummary) -> Self {
        Self {
            url: format!("{PATH}/{}", collection.id),
            title: collection.title,
            kind: if collection.by_rule { Badge::new("By rule", "info") } else { Badge::new("By hand", "neutral") },
            is_filling: collection.is_filling,
        }
    }
}

/// What the address asks for.
pub fn filter(query: &Form) -> Result<CollectionFilter, Failure> {
    Ok(CollectionFilter { text: search_text(query, "q")?, sort: choice(query, "sort")? })
}

/// `GET /admin/collections?q=&sort=&after=`.
pub async fn list(desk: Desk) -> Answer {
    let filter = filter(&desk.query)?;
    let request = lists::request(&desk.query)?;
    let sort = filter.sort;
    let page = desk.state.catalog.list_collections(&desk.cx, filter, request.clone()).await?;
    if desk.wants_json() {
        return Ok(desk.json(&page));
    }
    let filters = Filters { q: desk.query.text("q").to_owned() };
    let kept = ("q", filters.q.as_str());
    let sorting = Sorting::of(PATH, &[kept], sort, CollectionSort::ALL);
    let content = CollectionsPage {
        pager: Pager::of(PATH, &[kept, ("sort", sorting.selected())], &page, &request),
        count_text: Some(format!("{} shown", format::count(page.items.len() as u64))),
        export_url: lists::address(&format!("{PATH}/export.csv"), &[kept], None),
        collections: page.items.into_iter().map(Row::of).collect(),
        may_change: desk.may(CATALOG_MANAGE),
        filters,
        sorting,
    };
    desk.show(StatusCode::OK, SECTION, "admin/collections.html", content).await
}
