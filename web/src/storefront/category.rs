//! The page of a category.

use axum::extract::{Path, RawQuery, State};
use http::HeaderMap;
use souk_contracts::search::FacetKind;
use souk_types::ServiceError as _;

use crate::{
    error::{Answer, Failure},
    pages::Page,
    state::AppState,
    storefront::{list_page::List, params::Params},
    tree,
};

/// `GET /c/{slug}`.
pub async fn category(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    let params = Params::parse(query.as_deref().unwrap_or_default(), state.shop.currency)?;
    let params = Params { text: String::new(), category: None, ..params };
    // A slug that is in the tree is short and plain; for all others there is nothing to keep.
    if tree::tree(&state).await?.find(&slug).is_none() {
        return Err(Failure::not_found());
    }
    let making = state.clone();
    let address = params.address(&tree::url(&slug));
    state.pages.serve(address, &headers, || async move { make(&making, &slug, &params).await }).await
}

async fn make(state: &AppState, slug: &str, params: &Params) -> Result<Page, Failure> {
    let tree = tree::tree(state).await?;
    let Some(category) = tree.find(slug) else { return Ok(Page::absent()) };
    let way = tree.way_to(category);
    let list = List {
        template: "category.html",
        path: tree::url(slug),
        title: category.name.clone(),
        above: way.iter().rev().skip(1).rev().map(|step| tree::crumb(step)).collect(),
        links: tree.below(Some(category.id)).map(tree::link).collect(),
        hides: Some(FacetKind::Category),
    };
    match state.search.search(&state.shared_cx(), params.query(Some(slug))).await {
        Ok(results) => list.page(state, &tree, params, &results).await,
        // What is in the category the catalogue knows, too.
        Err(away) if away.kind().is_transient() => {
            let found = state.catalog.newest(&state.shared_cx(), Some(category.id), params.plain_request()).await?;
            list.plain(state, &tree, params, &found).await
        }
        Err(error) => Err(error.into()),
    }
}
