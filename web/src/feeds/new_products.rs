//! RSS 2.0 of what came in last.

use std::collections::HashMap;

use axum::extract::State;
use http::HeaderMap;
use souk_contracts::{
    ProductId,
    catalog::Product,
    search::{Query, Sort},
};

use super::xml;
use crate::{
    error::{Answer, Failure},
    format,
    pages::Page,
    pages_index::page_address,
    state::AppState,
    storefront::description,
};

/// Where it is.
pub const PATH: &str = "/feeds/new.xml";
/// Products in it.
const PRODUCTS: usize = 50;
/// Letters of a description.
const LETTERS_MAX: usize = 500;

/// `GET /feeds/new.xml`.
pub async fn feed(State(state): State<AppState>, headers: HeaderMap) -> Answer {
    let making = state.clone();
    state.pages.serve(PATH.to_owned(), &headers, || async move { make(&making).await }).await
}

async fn make(state: &AppState) -> Result<Page, Failure> {
    let cx = state.shared_cx();
    let newest = Query { sort: Sort::Newest, limit: PRODUCTS, ..Query::default() };
    let found = state.search.search(&cx, newest).await?;
    let ids: Vec<ProductId> = found.hits.iter().map(|hit| hit.product).collect();
    let products = state.catalog.products(&cx, ids.clone()).await?;
    let products: HashMap<ProductId, &Product> = products.iter().map(|product| (product.id, product)).collect();
    let shop = &state.shop;
    let mut text =
        format!("{}<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\">\n<channel>", xml::DECLARATION);
    xml::element(&mut text, "title", &format!("New at {}", shop.name));
    xml::element(&mut text, "link", &format!("{}/", shop.public_url));
    xml::element(&mut text, "description", &format!("The products that came to {} last.", shop.name));
    text.push_str("<language>en</language><atom:link rel=\"self\" type=\"application/rss+xml\" href=\"");
    xml::push(&mut text, &format!("{}{PATH}", shop.public_url));
    text.push_str("\"/>\n");
    for product in ids.iter().filter_map(|id| products.get(id)) {
        item(&mut text, state, product);
    }
    text.push_str("</channel>\n</rss>\n");
    Ok(Page::text(text, "application/rss+xml; charset=utf-8"))
}

fn item(text: &mut String, state: &AppState, product: &Product) {
    let cheapest = product.variants.iter().map(|variant| variant.price).min_by_key(|price| price.minor);
    let about = description::summary(&product.description, LETTERS_MAX);
    let told = cheapest.map(format::money_text).into_iter().chain(Some(about).filter(|about| !about.is_empty()));
    text.push_str("<item>");
    xml::element(text, "title", &product.title);
    xml::element(text, "link", &format!("{}{}", state.shop.public_url, page_address(&product.slug)));
    xml::element(text, "description", &told.collect::<Vec<_>>().join(". "));
    text.push_str("<guid isPermaLink=\"false\">");
    xml::push(text, &product.id.to_string());
    text.push_str("</guid>");
    xml::element(text, "pubDate", &format::rfc2822(product.created_at));
    text.push_str("</item>\n");
}
