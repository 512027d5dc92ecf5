//! Collections: all of them, and the page of each.

use axum::extract::{Path, Query, RawQuery, State};
use futures::future::try_join_all;
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use souk_contracts::{
    catalog::{Collection, Condition, Members},
    search::{Filters, Scope},
};
use souk_types::ServiceError as _;

use crate::{
    error::{Answer, Failure},
    format,
    pages::Page,
    state::AppState,
    storefront::{context::Base, list_page::List, params::Params, product::is_slug, structured, tiles::Tile},
    tree::{self, Tree},
    view::{Crumb, Link, Pagination},
};

/// Where all collections are.
pub const PATH: &str = "/collections";
/// Collections of one page.
const PAGE_TILES: usize = 24;
/// Pages that can be paged to.
const PAGES_MAX: usize = 10_000 / PAGE_TILES;

/// The address of a collection.
pub fn url(slug: &str) -> String {
    format!("{PATH}/{slug}")
}

#[derive(Serialize)]
struct CollectionsPage {
    #[serde(flatten)]
    base: Base,
    breadcrumb: Vec<Crumb>,
    collections: Vec<Tile>,
    pagination: Pagination,
}

/// Which page of the collections is wanted.
#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    page: String,
}

/// `GET /collections?page=`.
pub async fn all(State(state): State<AppState>, Query(wanted): Query<Wanted>, headers: HeaderMap) -> Answer {
    let page = wanted.page.parse().unwrap_or(1).clamp(1, PAGES_MAX);
    let making = state.clone();
    state.pages.serve(address(page), &headers, move || async move { make_all(&making, page).await }).await
}

fn address(page: usize) -> String {
    if page > 1 { format!("{PATH}?page={page}") } else { PATH.to_owned() }
}

async fn make_all(state: &AppState, page: usize) -> Result<Page, Failure> {
    let tree = tree::tree_or_none(state).await;
    let collections = state.catalog.collections(&state.shared_cx()).await?;
    let pages = collections.len().div_ceil(PAGE_TILES);
    let tile = |collection: &Collection| {
        let to = Link { name: collection.title.clone(), url: url(&collection.slug) };
        Tile::of(state, to, Filters { scope: scope(&tree, &collection.members), ..Filters::default() })
    };
    let shown = collections.iter().skip((page - 1) * PAGE_TILES).take(PAGE_TILES);
    let tiles = try_join_all(shown.map(tile)).await?;
    let breadcrumb = vec![Crumb { name: "Collections".to_owned(), url: None }];
    let base = Base::shared(state, &tree, PATH).await.canonical(state, &address(page));
    let lacks_search = tiles.iter().any(Tile::is_plain);
    let page = CollectionsPage {
        base: base.telling(vec![structured::breadcrumbs(&state.shop, &breadcrumb)]),
        breadcrumb,
        collections: tiles,
        pagination: Pagination {
            prev_url: (page > 1).then(|| address(page - 1)),
            next_url: (page < pages).then(|| address(page + 1)),
            label: if pages > 1 { format!("Page {page} of {}", format::count(pages as u64)) } else { String::new() },
        },
    };
    let page = Page::html(state.theme.render("collections.html", &page)?).made_of(tree.outdated);
    Ok(if lacks_search { page.lacking() } else { page })
}

/// `GET /collections/{slug}`.
pub async fn collection(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    if !is_slug(&slug) {
        return Err(Failure::not_found());
    }
    let params = Params::parse(query.as_deref().unwrap_or_default(), state.shop.currency)?;
    let params = Params { text: String::new(), ..params };
    let making = state.clone();
    let address = params.address(&url(&slug));
    state.pages.serve(address, &headers, || async move { make(&making, slug, &params).await }).await
}

async fn make(state: &AppState, slug: String, params: &Params) -> Result<Page, Failure> {
    let cx = state.shared_cx();
    let Some(collection) = state.catalog.collection_by_slug(&cx, slug.clone()).await? else {
        return Ok(Page::absent());
    };
    let tree = tree::tree(state).await?;
    let mut query = params.query(None);
    query.filters.scope = scope(&tree, &collection.members);
    let list = List {
        template: "collection.html",
        path: url(&collection.slug),
        title: collection.title,
        above: vec![Crumb { name: "Collections".to_owned(), url: Some(PATH.to_owned()) }],
        links: Vec::new(),
        hides: None,
    };
    match state.search.search(&cx, query).await {
        Ok(results) => list.page(state, &tree, params, &results).await,
        Err(away) if away.kind().is_transient() => {
            let found = state.catalog.collection_products(&cx, slug, params.plain_request()).await?;
            list.plain(state, &tree, params, &found).await
        }
        Err(error) => Err(error.into()),
    }
}

/// What a collection's members are for a search.
fn scope(tree: &Tree, members: &Members) -> Vec<Scope> {
    let conditions = match members {
        Members::Picked(products) => return vec![Scope::Products(products.clone())],
        Members::Rule(conditions) => conditions,
    };
    let scope = |condition: &Condition| match condition {
        Condition::Brand(brand) => Scope::Brands(vec![brand.clone()]),
        // Nothing is in a category that is gone.
        Condition::Category(id) => match tree.get(*id) {
            Some(category) => Scope::Category(category.slug.clone()),
            None => Scope::Products(Vec::new()),
        },
        Condition::Tag(tag) => Scope::Tag(tag.clone()),
        Condition::PriceUnder(minor) => Scope::PriceUnder(*minor),
        Condition::PriceFrom(minor) => Scope::PriceFrom(*minor),
        Condition::OnSale => Scope::OnSale,
    };
    conditions.iter().map(scope).collect()
}
