//! Searching, and completing what is being typed.

use axum::{
    extract::{RawQuery, State},
    response::{Html, IntoResponse as _},
};
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use souk_contracts::search::Results;

use crate::{
    error::{Answer, Failure, retry_after},
    format,
    negotiate::prefers_json,
    pages::Page,
    state::AppState,
    storefront::{
        context::Base,
        listing::{Listing, listing},
        params::Params,
    },
    tree::{self, Tree},
    view::Link,
};

/// Where searches go.
const PATH: &str = "/search";
/// Completions and products that the search box shows.
const QUERIES_SHOWN: usize = 5;
const PRODUCTS_SHOWN: usize = 4;
/// Pixels of a picture in the search box.
const THUMB_WIDTH: u32 = 160;

#[derive(Serialize)]
struct SearchPage {
    #[serde(flatten)]
    base: Base,
    query: String,
    did_you_mean: Option<Link>,
    suggestions: Vec<Link>,
    listing: Listing,
    /// What is said when it cannot be searched.
    away: Option<&'static str>,
}

/// `GET /search?q=`.
pub async fn search(State(state): State<AppState>, RawQuery(asked): RawQuery, headers: HeaderMap) -> Answer {
    let params = Params::parse(asked.as_deref().unwrap_or_default(), state.shop.currency)?;
    let params = if params.text.is_empty() { Params { page: 1, ..Params::default() } } else { params };
    let making = state.clone();
    let query = params.text.clone();
    let address = params.address(PATH);
    let answer = state.pages.serve(address, &headers, || async move { make(&making, &params).await }).await;
    or_away(&state, &headers, answer, Away { query, text: "Search is away just now." }).await
}

/// The answer, or a page that says what is away and where to look meanwhile.
pub async fn or_away(state: &AppState, headers: &HeaderMap, answer: Answer, away: Away) -> Answer {
    let failure = match answer {
        Err(failure) if failure.status == StatusCode::SERVICE_UNAVAILABLE && !prefers_json(headers) => failure,
        other => return other,
    };
    tracing::debug!(reason = %failure, "a page is shown without search");
    let tree = tree::tree_or_none(state).await;
    let params = Params { text: away.query.clone(), page: 1, ..Params::default() };
    let none = Results { hits: Vec::new(), total: 0, facets: Vec::new(), did_you_mean: None };
    let page = SearchPage {
        base: Base::shared(state, &tree, PATH).await,
        query: away.query,
        did_you_mean: None,
        suggestions: elsewhere(&tree),
        listing: listing(PATH, &params, &none, None, state.shop.currency),
        away: Some(away.text),
    };
    let html = state.theme.render("search.html", &page)?;
    Ok(retry_after((failure.status, Html(html)).into_response(), failure.retry_after_s))
}

/// What cannot be shown just now.
pub struct Away {
    /// What was looked for; empty, when it was no search.
    pub query: String,
    /// What is away, in a sentence.
    pub text: &'static str,
}

async fn make(state: &AppState, params: &Params) -> Result<Page, Failure> {
    let tree = tree::tree_or_none(state).await;
    let results = if params.text.is_empty() {
        Results { hits: Vec::new(), total: 0, facets: Vec::new(), did_you_mean: None }
    } else {
        state.search.search(&state.shared_cx(), params.query(None)).await?
    };
    let page = SearchPage {
        base: Base::shared(state, &tree, PATH).await.canonical(state, &params.address(PATH)),
        query: params.text.clone(),
        did_you_mean: results.did_you_mean.as_deref().map(search_link),
        suggestions: if results.total == 0 { elsewhere(&tree) } else { Vec::new() },
        listing: listing(PATH, params, &results, None, state.shop.currency),
        away: None,
    };
    Ok(Page::html(state.theme.render("search.html", &page)?).made_of(tree.outdated))
}

/// Where to look when nothing was found.
fn elsewhere(tree: &Tree) -> Vec<Link> {
    tree.nav()
}

/// A link that searches for words.
fn search_link(text: &str) -> Link {
    let query = serde_urlencoded::to_string([("q", text)]).unwrap_or_default();
    Link { name: text.to_owned(), url: format!("{PATH}?{query}") }
}

#[derive(Serialize)]
struct Completions {
    suggestions: Vec<Completion>,
    products: Vec<Product>,
}

#[derive(Serialize)]
struct Completion {
    text: String,
    url: String,
}

#[derive(Serialize)]
struct Product {
    title: String,
    url: String,
    price: String,
    image: Option<String>,
}

/// `GET /search/suggest?q=`: JSON for the search box.
pub async fn suggest(State(state): State<AppState>, RawQuery(query): RawQuery, headers: HeaderMap) -> Answer {
    let params = Params::parse(query.as_deref().unwrap_or_default(), state.shop.currency)?;
    let text = params.text.to_lowercase();
    let address = Params { text: text.clone(), page: 1, ..Params::default() }.address("/search/suggest");
    let making = state.clone();
    state.pages.serve(address, &headers, || async move { complete(&making, text).await }).await
}

async fn complete(state: &AppState, text: String) -> Result<Page, Failure> {
    let found = match text.is_empty() {
        true => souk_contracts::search::Suggestions::default(),
        false => state.search.suggest(&state.shared_cx(), text).await?,
    };
    let categories =
        found.categories.iter().map(|(name, slug)| Completion { text: name.clone(), url: tree::url(slug) });
    let queries = found.queries.iter().map(|text| {
        let link = search_link(text);
        Completion { text: link.name, url: link.url }
    });
    let product = |hit: &souk_contracts::search::Hit| Product {
        title: hit.title.clone(),
        url: crate::pages_index::page_address(&hit.slug),
        price: format::money_text(hit.price_min),
        image: hit.image.as_ref().map(|image| format::image_url(image, THUMB_WIDTH)),
    };
    let completions = Completions {
        suggestions: queries.chain(categories).take(QUERIES_SHOWN).collect(),
        products: found.products.iter().take(PRODUCTS_SHOWN).map(product).collect(),
    };
    let json = serde_json::to_vec(&completions).map_err(souk_types::Fault::internal)?;
    Ok(Page::json(json))
}
