//! The page of a product, and the same as JSON.

use axum::extract::{Path, RawQuery, State};
use http::HeaderMap;
use serde::Serialize;
use souk_contracts::{
    catalog::{Product, SlugMatch},
    delivery::ParcelQuery,
    inventory::Availability,
    search::{Filters, Query},
};
use souk_types::{ServiceError as _, limits::LINE_BYTES_MAX};

use crate::{
    error::{Answer, Failure},
    flash::Notice,
    negotiate::prefers_json,
    pages::Page,
    pages_index::{json_address, page_address, variant_address},
    session::Visitor,
    state::AppState,
    storefront::{
        context::Base,
        listing::{ProductCard, cards},
        product_json,
        product_view::{ProductView, Stocks, way_to},
        structured,
    },
    tree,
    view::{Crumb, Errors},
};

/// Other products on the page.
const RELATED: usize = 4;

#[derive(Serialize)]
struct ProductPage {
    #[serde(flatten)]
    base: Base,
    breadcrumb: Vec<Crumb>,
    product: ProductView,
    related: Vec<ProductCard>,
    errors: Errors,
}

/// `GET /products/{slug}?variant={sku}`; with `.json` after the slug, or when JSON is preferred, as data.
pub async fn product(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    let (slug, json) = match slug.strip_suffix(".json") {
        Some(slug) => (slug.to_owned(), true),
        None => (slug, prefers_json(&headers)),
    };
    if !is_slug(&slug) {
        return Err(Failure::not_found());
    }
    let making = state.clone();
    if json {
        return state
            .pages
            .serve(json_address(&slug), &headers, || async move { make_json(&making, &slug).await })
            .await;
    }
    let variant = variant_of(query.as_deref().unwrap_or_default());
    let address = match &variant {
        Some(sku) => variant_address(&slug, sku),
        None => page_address(&slug),
    };
    state.pages.serve(address, &headers, || async move { make(&making, &slug, variant.as_deref()).await }).await
}

/// Letters that need no escaping in an address: nothing else may come into the name of a kept page.
pub fn is_slug(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    !text.is_empty() && text.len() <= LINE_BYTES_MAX && text.bytes().all(plain)
}

fn variant_of(query: &str) -> Option<String> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).ok()?;
    let sku = pairs.into_iter().rev().find(|(name, _)| name == "variant").map(|(_, sku)| sku);
    sku.filter(|sku| !sku.is_empty() && sku.len() <= LINE_BYTES_MAX)
}

/// A product with how many pieces there are of each variant.
pub struct Found {
    /// The product.
    pub product: Product,
    /// Pieces that can be bought of each variant.
    pub stocks: Stocks,
}

/// What a slug leads to.
pub enum Lookup {
    /// A product.
    Found(Box<Found>),
    /// The product has this slug now.
    Moved(String),
    /// Nothing.
    Absent,
}

/// Looks a product up, with its stock as far as it can be asked.
pub async fn look_up(state: &AppState, slug: &str) -> Result<Lookup, Failure> {
    let cx = state.shared_cx();
    let product = match state.catalog.product_by_slug(&cx, slug.to_owned()).await? {
        Some(SlugMatch::Found(product)) => *product,
        Some(SlugMatch::Moved(slug)) => return Ok(Lookup::Moved(slug)),
        None => return Ok(Lookup::Absent),
    };
    // Before the stock is read: a change of it from here on finds the page.
    state.pages.shows(&product);
    let skus = product.variants.iter().map(|variant| variant.sku.clone()).collect();
    let stocks = match state.inventory.availability(&cx, skus).await {
        Ok(available) => Some(available.into_iter().map(|Availability { sku, available }| (sku, available)).collect()),
        // All else about the product can be told.
        Err(error) if error.kind().is_transient() => None,
        Err(error) => return Err(error.into()),
    };
    Ok(Lookup::Found(Box::new(Found { product, stocks })))
}

async fn make(state: &AppState, slug: &str, variant: Option<&str>) -> Result<Page, Failure> {
    let found = match look_up(state, slug).await? {
        Lookup::Found(found) => found,
        Lookup::Moved(slug) => return Ok(Page::moved(&page_address(&slug))),
        Lookup::Absent => return Ok(Page::absent()),
    };
    if let Some(sku) = variant
        && !found.product.variants.iter().any(|known| known.sku == sku)
    {
        return Ok(Page::elsewhere(&page_address(slug)));
    }
    let tree = tree::tree_or_none(state).await;
    let base = Base::shared(state, &tree, &page_address(slug)).await;
    let html = render(state, base, &found, variant, Errors::new()).await?;
    let page = Page::html(html).about(found.product.id).made_of(tree.outdated);
    Ok(if found.stocks.is_none() { page.lacking() } else { page })
}

async fn make_json(state: &AppState, slug: &str) -> Result<Page, Failure> {
    Ok(match look_up(state, slug).await? {
        Lookup::Found(found) => {
            let document = product_json::document(state, &found.product, &found.stocks)?;
            let page = Page::json(document).about(found.product.id);
            if found.stocks.is_none() { page.lacking() } else { page }
        }
        Lookup::Moved(slug) => Page::moved(&json_address(&slug)),
        Lookup::Absent => Page::absent(),
    })
}

/// The page for one visitor, with what was wrong about their wish; `None` when the SKU is not sold.
pub async fn refused(
    state: &AppState,
    visitor: &Visitor,
    sku: &str,
    errors: Errors,
    notice: Option<Notice>,
) -> Result<Option<String>, Failure> {
    let offers = state.catalog.offers(&visitor.cx, vec![sku.to_owned()]).await?;
    let Some(offer) = offers.into_iter().next() else { return Ok(None) };
    let Lookup::Found(found) = look_up(state, &offer.slug).await? else { return Ok(None) };
    let base = Base::of(state, &page_address(&offer.slug), visitor, notice).await;
    render(state, base, &found, Some(sku), errors).await.map(Some)
}

async fn render(
    state: &AppState,
    base: Base,
    found: &Found,
    variant: Option<&str>,
    errors: Errors,
) -> Result<String, Failure> {
    let (related, hint) = futures::join!(related(state, &found.product), delivery_hint(state, &found.product));
    let view = ProductView::of(&found.product, &found.stocks, variant, hint);
    let breadcrumb = way_to(&found.product);
    let about = structured::product(&state.shop, &found.product, &found.stocks);
    let picture = found.product.images.first();
    let page = ProductPage {
        base: base.telling(vec![about, structured::breadcrumbs(&state.shop, &breadcrumb)]).pictured(state, picture),
        breadcrumb,
        product: view,
        related,
        errors,
    };
    Ok(state.theme.render("product.html", &page)?)
}

/// Other products of the same category. Without them the page is still good.
async fn related(state: &AppState, product: &Product) -> Vec<ProductCard> {
    let Some(category) = product.category.as_ref().and_then(|path| path.slugs.last()) else {
        return Vec::new();
    };
    let filters = Filters { category: Some(category.clone()), in_stock: true, ..Filters::default() };
    let query = Query { filters, limit: RELATED + 1, ..Query::default() };
    match state.search.search(&state.shared_cx(), query).await {
        Ok(mut results) => {
            results.hits.retain(|hit| hit.product != product.id);
            results.hits.truncate(RELATED);
            cards(&results.hits)
        }
        Err(error) => {
            tracing::debug!(%error, "related products are left out");
            Vec::new()
        }
    }
}

/// How long delivery takes within the shop's own country. Without it the page is still good.
async fn delivery_hint(state: &AppState, product: &Product) -> Option<String> {
    let variant = product.variants.first()?;
    let parcel = ParcelQuery {
        country: state.shop.country.clone(),
        region: String::new(),
        weight_g: variant.weight_g,
        subtotal: variant.price,
    };
    let rates = state.delivery.rates(&state.shared_cx(), parcel).await.ok()?;
    let rate = rates.first()?;
    Some(format!("Delivered in {}", super::words::days(rate.days_min, rate.days_max)))
}
