//! Sitemaps, as sitemaps.org describes them: an index, and files of at most 50,000 addresses.
//!
//! Products are cut into files by id. Ids begin with the moment at which they were made, so that a product stays in
//! its file and new ones come into the last.

use std::sync::Arc;

use axum::extract::{Path, State};
use futures::{Stream, StreamExt as _, TryStreamExt as _, future};
use http::HeaderMap;
use souk_contracts::{catalog::Listed, search::Brand};
use souk_types::{Cursor, PageRequest, Timestamp, limits::PAGE_ITEMS_MAX};

use super::{pages, send, xml};
use crate::{
    error::{Answer, Failure},
    pages::Page,
    pages_index::page_address,
    state::AppState,
    storefront::{brands, collections},
    tree,
};

/// Addresses of one file. The longest slug and a host name of 250 bytes make some 600 bytes of each, so that a file
/// stays far below the 50 MB that are allowed.
const ADDRESSES_MAX: usize = 50_000;
/// Products of one file when it is cut: the rest is room for what appears until the next time.
const CUT_EVERY: u32 = 45_000;
/// Files of products that an index lists.
const FILES_MAX: usize = 10_000;
/// Pages that fill a file.
const PAGES_MAX: usize = ADDRESSES_MAX / PAGE_ITEMS_MAX as usize;

const CONTENT_TYPE: &str = "application/xml";
const NAMESPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";
const TAIL: &str = "</urlset>\n";

/// `GET /sitemap.xml`: the index.
pub async fn index(State(state): State<AppState>, headers: HeaderMap) -> Answer {
    let making = state.clone();
    state.pages.serve("/sitemap.xml".to_owned(), &headers, || async move { make_index(&making).await }).await
}

async fn make_index(state: &AppState) -> Result<Page, Failure> {
    let cx = state.shared_cx();
    let (products, brands, tree) = futures::join!(
        state.catalog.listed(&cx, PageRequest::first(1)),
        state.search.brands(&cx, PageRequest::first(1)),
        tree::tree(state)
    );
    let mut files = vec!["pages".to_owned()];
    files.extend((!tree?.is_empty()).then(|| "categories".to_owned()));
    files.extend((!brands?.items.is_empty()).then(|| "brands".to_owned()));
    if !products?.items.is_empty() {
        let count = marks(state).await?.len() + 1;
        files.extend((1..=count).map(|number| format!("products-{number}")));
    }
    let mut text = format!("{}<sitemapindex xmlns=\"{NAMESPACE}\">\n", xml::DECLARATION);
    for file in files {
        text.push_str("<sitemap>");
        xml::element(&mut text, "loc", &format!("{}/sitemaps/{file}.xml", state.shop.public_url));
        text.push_str("</sitemap>\n");
    }
    text.push_str("</sitemapindex>\n");
    Ok(Page::text(text, CONTENT_TYPE))
}

/// `GET /sitemaps/{file}`: one of those that the index lists.
pub async fn sitemap(State(state): State<AppState>, Path(file): Path<String>, headers: HeaderMap) -> Answer {
    let name = file.strip_suffix(".xml").ok_or_else(Failure::not_found)?;
    let making = state.clone();
    match name {
        "pages" => {
            state.pages.serve("/sitemaps/pages.xml".to_owned(), &headers, || async move { shop(&making).await }).await
        }
        "categories" => {
            let make = || async move { categories(&making).await };
            state.pages.serve("/sitemaps/categories.xml".to_owned(), &headers, make).await
        }
        "brands" => send(&state, CONTENT_TYPE, head(), of_brands(making), TAIL).await,
        _ => {
            let number = name.strip_prefix("products-").and_then(|number| number.parse().ok());
            let number = number.filter(|number: &usize| name == format!("products-{number}"));
            let (after, until) = piece(&state, number.unwrap_or(0)).await?;
            send(&state, CONTENT_TYPE, head(), of_products(making, after, until), TAIL).await
        }
    }
}

fn head() -> String {
    format!("{}<urlset xmlns=\"{NAMESPACE}\">\n", xml::DECLARATION)
}

fn entry(out: &mut String, state: &AppState, path: &str, changed: Option<Timestamp>) {
    out.push_str("<url>");
    xml::element(out, "loc", &format!("{}{path}", state.shop.public_url));
    if let Some(changed) = changed {
        xml::element(out, "lastmod", &changed.to_string());
    }
    out.push_str("</url>\n");
}

/// The front page, and the shop's collections.
async fn shop(state: &AppState) -> Result<Page, Failure> {
    let collections = state.catalog.collections(&state.shared_cx()).await?;
    let mut text = head();
    entry(&mut text, state, "/", None);
    entry(&mut text, state, brands::PATH, None);
    if !collections.is_empty() {
        entry(&mut text, state, collections::PATH, None);
    }
    for collection in collections.iter().take(ADDRESSES_MAX - 3) {
        entry(&mut text, state, &collections::url(&collection.slug), None);
    }
    text.push_str(TAIL);
    Ok(Page::text(text, CONTENT_TYPE))
}

async fn categories(state: &AppState) -> Result<Page, Failure> {
    let tree = tree::tree(state).await?;
    let mut text = head();
    for category in tree.all().iter().take(ADDRESSES_MAX) {
        entry(&mut text, state, &tree::url(&category.slug), None);
    }
    text.push_str(TAIL);
    Ok(Page::text(text, CONTENT_TYPE))
}

fn of_brands(state: AppState) -> impl Stream<Item = Result<String, Failure>> + Send {
    let reading = state.clone();
    let read = move |request| {
        let state = reading.clone();
        async move { Ok(state.search.brands(&state.shared_cx(), request).await?) }
    };
    let write = move |found: Vec<Brand>| {
        let mut text = String::new();
        found.iter().for_each(|brand| entry(&mut text, &state, &brands::url(&brand.slug), None));
        text
    };
    pages(None, PAGE_ITEMS_MAX, read).take(PAGES_MAX).map_ok(write)
}

/// Where the products of a file begin and end.
async fn piece(state: &AppState, number: usize) -> Result<(Option<Cursor>, Option<Cursor>), Failure> {
    let marks = marks(state).await?;
    if number == 0 || number > marks.len() + 1 {
        return Err(Failure::not_found());
    }
    let before = number.checked_sub(2).and_then(|at| marks.get(at));
    Ok((before.cloned(), marks.get(number - 1).cloned()))
}

fn of_products(
    state: AppState,
    after: Option<Cursor>,
    until: Option<Cursor>,
) -> impl Stream<Item = Result<String, Failure>> + Send {
    let reading = state.clone();
    let read = move |request| {
        let state = reading.clone();
        async move { Ok(state.catalog.listed(&state.shared_cx(), request).await?) }
    };
    let within = move |mut found: Vec<Listed>| {
        found.retain(|listed| until.as_ref().is_none_or(|until| listed.id.to_string() <= until.0));
        found
    };
    let write = move |found: Vec<Listed>| {
        let mut text = String::new();
        for listed in found {
            entry(&mut text, &state, &page_address(&listed.slug), Some(listed.updated_at));
        }
        text
    };
    pages(after, PAGE_ITEMS_MAX, read)
        .take(PAGES_MAX)
        .map_ok(within)
        .try_take_while(|found| future::ready(Ok(!found.is_empty())))
        .map_ok(write)
}

/// Where one file of products ends and the next begins, as it was within the last hour.
async fn marks(state: &AppState) -> Result<Arc<Vec<Cursor>>, Failure> {
    let asking = state.clone();
    let find = || async move {
        let mut marks: Vec<Cursor> = Vec::new();
        while marks.len() < FILES_MAX - 1 {
            let last = marks.last().cloned();
            let Some(mark) = asking.catalog.listed_mark(&asking.shared_cx(), last, CUT_EVERY).await? else { break };
            marks.push(mark);
        }
        Ok::<_, Failure>(Arc::new(marks))
    };
    state.feeds.marks.get(&(), find).await
}
