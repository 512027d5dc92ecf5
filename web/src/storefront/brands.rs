//! Brands: all of them, and the page of each.

use axum::extract::{Path, Query, RawQuery, State};
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use souk_contracts::search::{Brand, FacetKind, Scope};
use souk_types::{Cursor, PageRequest, limits::PAGE_ITEMS_MAX, slug::slugify};

use crate::{
    error::{Answer, Failure},
    format,
    pages::Page,
    state::AppState,
    storefront::{
        context::Base,
        list_page::List,
        params::Params,
        product::is_slug,
        search::{Away, or_away},
        structured,
    },
    tree,
    view::{Crumb, Link},
};

/// Where all brands are.
pub const PATH: &str = "/brands";

/// What is said while search, which knows them, is away.
fn away() -> Away {
    Away { query: String::new(), text: "Brands cannot be listed just now." }
}

/// The address of a brand.
pub fn url(slug: &str) -> String {
    format!("{PATH}/{slug}")
}

/// A link to a brand by its name; a name without Latin letters or digits has no page.
pub fn link(name: &str) -> Option<Link> {
    let slug = slugify(name);
    (!slug.is_empty()).then(|| Link { name: name.to_owned(), url: url(&slug) })
}

#[derive(Serialize)]
struct BrandsPage {
    #[serde(flatten)]
    base: Base,
    breadcrumb: Vec<Crumb>,
    letters: Vec<Letter>,
    first_url: Option<&'static str>,
    next_url: Option<String>,
}

/// The brands that begin with a letter.
#[derive(Serialize)]
struct Letter {
    letter: String,
    brands: Vec<BrandRow>,
}

#[derive(Serialize)]
struct BrandRow {
    name: String,
    url: String,
    count_text: String,
}

/// Where a list of brands goes on.
#[derive(Debug, Default, Deserialize)]
pub struct After {
    #[serde(default)]
    after: String,
}

/// `GET /brands?after=`.
pub async fn all(State(state): State<AppState>, Query(after): Query<After>, headers: HeaderMap) -> Answer {
    let after = after.after;
    if !after.is_empty() && !is_slug(&after) {
        return Err(Failure::not_found());
    }
    let address = if after.is_empty() { PATH.to_owned() } else { format!("{PATH}?after={after}") };
    let making = state.clone();
    let answer = state.pages.serve(address, &headers, || async move { make_all(&making, after).await }).await;
    or_away(&state, &headers, answer, away()).await
}

async fn make_all(state: &AppState, after: String) -> Result<Page, Failure> {
    let tree = tree::tree_or_none(state).await;
    let is_first = after.is_empty();
    let request = PageRequest { limit: PAGE_ITEMS_MAX, after: Some(Cursor(after)).filter(|_| !is_first) };
    let found = state.search.brands(&state.shared_cx(), request).await?;
    let breadcrumb = vec![Crumb { name: "Brands".to_owned(), url: None }];
    let page = BrandsPage {
        base: Base::shared(state, &tree, PATH).await.telling(vec![structured::breadcrumbs(&state.shop, &breadcrumb)]),
        breadcrumb,
        letters: by_letter(&found.items),
        first_url: (!is_first).then_some(PATH),
        next_url: found.next.map(|Cursor(slug)| format!("{PATH}?after={slug}")),
    };
    Ok(Page::html(state.theme.render("brands.html", &page)?).made_of(tree.outdated))
}

fn by_letter(brands: &[Brand]) -> Vec<Letter> {
    let mut letters: Vec<Letter> = Vec::new();
    for brand in brands {
        let first = brand.slug.chars().next().filter(char::is_ascii_alphabetic);
        let letter = first.map_or_else(|| "0–9".to_owned(), |first| first.to_ascii_uppercase().to_string());
        if letters.last().is_none_or(|last| last.letter != letter) {
            letters.push(Letter { letter, brands: Vec::new() });
        }
        if let Some(last) = letters.last_mut() {
            last.brands.push(BrandRow {
                name: brand.names.first().cloned().unwrap_or_default(),
                url: url(&brand.slug),
                count_text: format::counted(u64::from(brand.products), "product", "products"),
            });
        }
    }
    letters
}

/// `GET /brands/{slug}`.
pub async fn brand(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    if !is_slug(&slug) {
        return Err(Failure::not_found());
    }
    let params = Params::parse(query.as_deref().unwrap_or_default(), state.shop.currency)?;
    let params = Params { text: String::new(), brands: Vec::new(), ..params };
    let making = state.clone();
    let address = params.address(&url(&slug));
    let answer = state.pages.serve(address, &headers, || async move { make(&making, slug, &params).await }).await;
    or_away(&state, &headers, answer, away()).await
}

async fn make(state: &AppState, slug: String, params: &Params) -> Result<Page, Failure> {
    let cx = state.shared_cx();
    let Some(brand) = state.search.brand(&cx, slug).await? else { return Ok(Page::absent()) };
    let title = brand.names.first().cloned().unwrap_or_default();
    let mut query = params.query(None);
    query.filters.scope = vec![Scope::Brands(brand.names)];
    let results = state.search.search(&cx, query).await?;
    let list = List {
        template: "brand.html",
        path: url(&brand.slug),
        title,
        above: vec![Crumb { name: "Brands".to_owned(), url: Some(PATH.to_owned()) }],
        links: Vec::new(),
        hides: Some(FacetKind::Brand),
    };
    list.page(state, &tree::tree_or_none(state).await, params, &results).await
}
