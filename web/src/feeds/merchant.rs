//! The product feed in Google Merchant Center's form: RSS 2.0 with an item for each variant.
//!
//! Source: <https://support.google.com/merchants/answer/7052112>.

use std::{collections::HashMap, fmt::Write as _};

use axum::extract::State;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use souk_contracts::{
    ProductId,
    catalog::{Image, Product, Variant},
    inventory::Availability,
};
use souk_types::{Money, PageRequest};

use super::{pages, send, xml};
use crate::{
    error::{Answer, Failure},
    format,
    pages_index::{page_address, variant_address},
    state::AppState,
    storefront::{description, structured::is_gtin},
};

/// Products that are in memory at a time: one may have thousands of variants.
const BATCH_PRODUCTS: u32 = 25;
/// SKUs whose stock is asked for at a time.
const BATCH_SKUS: usize = 2_000;
/// What the form allows, in letters.
const ID_LETTERS_MAX: usize = 50;
const TITLE_LETTERS_MAX: usize = 150;
const DESCRIPTION_LETTERS_MAX: usize = 5_000;
/// Pictures beside the main one.
const MORE_IMAGES_MAX: usize = 10;
/// Pixels of a picture.
const IMAGE_WIDTH: u32 = 1600;
/// Our options and attributes under the form's names.
const NAMED: [(&str, &[&str]); 4] = [
    ("g:color", &["colour", "color"]),
    ("g:size", &["size"]),
    ("g:material", &["material"]),
    ("g:pattern", &["pattern"]),
];

const TAIL: &str = "</channel>\n</rss>\n";

/// `GET /feeds/google.xml`.
pub async fn feed(State(state): State<AppState>) -> Answer {
    let shop = &state.shop;
    let mut head =
        format!("{}<rss version=\"2.0\" xmlns:g=\"http://base.google.com/ns/1.0\">\n<channel>", xml::DECLARATION);
    xml::element(&mut head, "title", &shop.name);
    xml::element(&mut head, "link", &format!("{}/", shop.public_url));
    xml::element(&mut head, "description", &format!("Everything that {} sells", shop.name));
    head.push('\n');
    let (listing, reading, writing) = (state.clone(), state.clone(), state.clone());
    let list = move |request: PageRequest| {
        let state = listing.clone();
        async move { Ok(state.catalog.listed(&state.shared_cx(), request).await?) }
    };
    let middle = pages(None, BATCH_PRODUCTS, list)
        .and_then(move |listed| read(reading.clone(), listed.into_iter().map(|listed| listed.id).collect()))
        .map_ok(move |(products, stocks)| {
            let state = writing.clone();
            stream::iter(products)
                .map(move |product| Ok::<_, Failure>(items(&state.shop.public_url, &product, &stocks)))
        })
        .try_flatten();
    send(&state, "application/xml", head, middle, TAIL).await
}

type Stocks = HashMap<String, i64>;

async fn read(state: AppState, ids: Vec<ProductId>) -> Result<(Vec<Product>, Stocks), Failure> {
    let products = state.catalog.products(&state.shared_cx(), ids).await?;
    let skus: Vec<String> =
        products.iter().flat_map(|product| &product.variants).map(|variant| variant.sku.clone()).collect();
    let mut stocks = Stocks::with_capacity(skus.len());
    for some in skus.chunks(BATCH_SKUS) {
        let known = state.inventory.availability(&state.shared_cx(), some.to_vec()).await?;
        stocks.extend(known.into_iter().map(|Availability { sku, available }| (sku, available)));
    }
    Ok((products, stocks))
}

/// The items of a product.
fn items(public_url: &str, product: &Product, stocks: &Stocks) -> String {
    let mut common = String::new();
    let about = description::summary(&product.description, DESCRIPTION_LETTERS_MAX);
    xml::element(&mut common, "g:description", if about.is_empty() { &product.title } else { &about });
    if !product.brand.is_empty() {
        xml::element(&mut common, "g:brand", &product.brand);
    }
    xml::element(&mut common, "g:condition", "new");
    if let Some(path) = &product.category {
        xml::element(&mut common, "g:product_type", &path.names.join(" > "));
    }
    if product.variants.len() > 1 {
        xml::element(&mut common, "g:item_group_id", &product.id.to_string());
    }
    let mut text = String::new();
    for variant in &product.variants {
        text.push_str("<item>");
        item(&mut text, public_url, product, variant, stocks.get(&variant.sku).copied().unwrap_or(0));
        text.push_str(&common);
        text.push_str("</item>\n");
    }
    text
}

fn item(text: &mut String, public_url: &str, product: &Product, variant: &Variant, available: i64) {
    let id = match variant.sku.chars().count() <= ID_LETTERS_MAX {
        true => variant.sku.clone(),
        false => variant.id.to_string(),
    };
    let chosen = variant.options.iter().map(String::as_str);
    let title = std::iter::once(product.title.as_str()).chain(chosen).collect::<Vec<_>>().join(", ");
    let address = match product.variants.len() {
        1 => page_address(&product.slug),
        _ => variant_address(&product.slug, &variant.sku),
    };
    xml::element(text, "g:id", &id);
    xml::element(text, "g:title", &description::shortened(&title, TITLE_LETTERS_MAX));
    xml::element(text, "g:link", &format!("{public_url}{address}"));
    images(text, public_url, product, variant);
    xml::element(text, "g:availability", if available > 0 { "in_stock" } else { "out_of_stock" });
    xml::element(text, "g:price", &amount(variant.compare_at.unwrap_or(variant.price)));
    if variant.compare_at.is_some() {
        xml::element(text, "g:sale_price", &amount(variant.price));
    }
    match is_gtin(&variant.barcode) {
        true => xml::element(text, "g:gtin", &variant.barcode),
        false => xml::element(text, "g:identifier_exists", "no"),
    }
    for (name, ours) in NAMED {
        if let Some(value) = value_of(product, variant, ours) {
            xml::element(text, name, &value);
        }
    }
    if variant.weight_g > 0 {
        let _ = write!(text, "<g:shipping_weight>{} g</g:shipping_weight>", variant.weight_g);
    }
}

fn images(text: &mut String, public_url: &str, product: &Product, variant: &Variant) {
    let own = variant.image.filter(|at| *at < product.images.len()).unwrap_or(0);
    let url = |image: &Image| format!("{public_url}{}", format::plain_image_url(image, IMAGE_WIDTH));
    if let Some(image) = product.images.get(own) {
        xml::element(text, "g:image_link", &url(image));
    }
    let others = product.images.iter().enumerate().filter(|(at, _)| *at != own);
    for (_, image) in others.take(MORE_IMAGES_MAX) {
        xml::element(text, "g:additional_image_link", &url(image));
    }
}

/// `12.50 EUR`.
fn amount(price: Money) -> String {
    format!("{} {}", price.to_decimal(), price.currency)
}

/// The value of an option or an attribute by one of its names.
fn value_of(product: &Product, variant: &Variant, names: &[&str]) -> Option<String> {
    let is_it = |name: &str| names.iter().any(|wanted| name.eq_ignore_ascii_case(wanted));
    let option = product.options.iter().zip(&variant.options).find(|(option, _)| is_it(&option.name));
    let attribute = || product.attributes.iter().find(|attribute| is_it(&attribute.name));
    option.map(|(_, value)| value.clone()).or_else(|| attribute().map(|attribute| attribute.value.label()))
}
