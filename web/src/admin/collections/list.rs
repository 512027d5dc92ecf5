use http::StatusCode;
use serde::Serialize;
use souk_contracts::{catalog::CollectionSummary, permission::CATALOG_MANAGE};

use super::{
    super::{
        desk::Desk,
        lists::{self, Pager},
    },
    PATH, SECTION,
};
use crate::{error::Answer, view::Badge};

#[derive(Serialize)]
struct CollectionsPage {
    collections: Vec<Row>,
    may_change: bool,
    #[serde(flatten)]
    pager: Pager,
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

/// `GET /admin/collections?after=`.
pub async fn list(desk: Desk) -> Answer {
    let request = lists::request(&desk.query)?;
    let page = desk.state.catalog.list_collections(&desk.cx, request.clone()).await?;
    if desk.wants_json() {
        return Ok(desk.json(&page));
    }
    let content = CollectionsPage {
        pager: Pager::of(PATH, &[], &page, &request),
        collections: page.items.into_iter().map(Row::of).collect(),
        may_change: desk.may(CATALOG_MANAGE),
    };
    desk.show(StatusCode::OK, SECTION, "admin/collections.html", content).await
}
