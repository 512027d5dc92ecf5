//! The page of a category.

use axum::extract::{Path, RawQuery, State};
use http::HeaderMap;
use serde::Serialize;

use crate::{
    error::{Answer, Failure},
    pages::Page,
    state::AppState,
    storefront::{
        context::Base,
        listing::{Listing, listing},
        params::Params,
    },
    tree,
    view::{Crumb, Link},
};

#[derive(Serialize)]
struct CategoryPage {
    #[serde(flatten)]
    base: Base,
    category: CategoryView,
    breadcrumb: Vec<Crumb>,
    listing: Listing,
}

#[derive(Serialize)]
struct CategoryView {
    name: String,
    description: Option<String>,
    children: Vec<Link>,
}

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
    let results = state.search.search(&state.shared_cx(), params.query(Some(slug))).await?;
    let path = tree::url(slug);
    let way = tree.way_to(category);
    let above = way.iter().rev().skip(1).rev().map(|step| tree::crumb(step));
    let page = CategoryPage {
        base: Base::shared(state, &tree, &path).await,
        category: CategoryView {
            name: category.name.clone(),
            description: None,
            children: tree.below(Some(category.id)).map(tree::link).collect(),
        },
        breadcrumb: above.chain([Crumb { name: category.name.clone(), url: None }]).collect(),
        listing: listing(&path, params, &results, true, state.shop.currency),
    };
    Ok(Page::html(state.theme.render("category.html", &page)?))
}
