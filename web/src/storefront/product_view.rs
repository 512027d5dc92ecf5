//! A product as its page shows it.

use std::collections::HashMap;

use serde::Serialize;
use souk_contracts::catalog::{Product, Variant};
use souk_types::limits::LINE_QUANTITY_MAX;

use crate::{
    format,
    pages_index::page_address,
    storefront::{
        brands,
        description::{self, paragraphs},
        options::{OptionGroup, groups},
    },
    tree,
    view::{Crumb, ImageView, Link, MoneyView, NameValue},
};

/// Below this many pieces, the page says how many are left.
const LOW: i64 = 5;

/// Letters of a description that search engines show.
const SUMMARY_LETTERS_MAX: usize = 155;

/// Pieces that can be bought, by SKU; `None`: not known, for the stock cannot be asked just now.
pub type Stocks = Option<HashMap<String, i64>>;

/// A product as its page shows it.
#[derive(Debug, Serialize)]
pub struct ProductView {
    id: String,
    title: String,
    url: String,
    brand: Option<Link>,
    images: Vec<ImageView>,
    options: Vec<OptionGroup>,
    variant: VariantView,
    variants: Vec<VariantView>,
    summary: String,
    description: Vec<String>,
    attributes: Vec<NameValue>,
    delivery_hint: Option<String>,
    returns_hint: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
struct VariantView {
    sku: String,
    options: Vec<String>,
    price: MoneyView,
    compare_at: Option<MoneyView>,
    available: bool,
    stock: StockView,
    quantity_max: u32,
    image: Option<usize>,
}

#[derive(Debug, Clone, Serialize)]
struct StockView {
    state: &'static str,
    text: String,
}

impl ProductView {
    /// The product with a variant chosen: the one asked for, or the first that can be bought.
    pub fn of(product: &Product, stocks: &Stocks, variant: Option<&str>, delivery_hint: Option<String>) -> Self {
        let chosen = chosen(product, stocks, variant);
        let variants: Vec<VariantView> = product.variants.iter().map(|variant| variant_view(variant, stocks)).collect();
        let brand = Some(&product.brand).filter(|brand| !brand.is_empty());
        Self {
            id: product.id.to_string(),
            title: product.title.clone(),
            url: page_address(&product.slug),
            brand: brand.and_then(|brand| brands::link(brand)),
            images: product.images.iter().map(|image| format::image(image, &product.title)).collect(),
            options: groups(product, chosen, |variant| may_be_bought(variant, stocks)),
            variant: variants.get(chosen).cloned().unwrap_or_else(VariantView::none),
            variants,
            summary: description::summary(&product.description, SUMMARY_LETTERS_MAX),
            description: paragraphs(&product.description),
            attributes: product
                .attributes
                .iter()
                .map(|fact| NameValue { name: fact.name.clone(), value: fact.value.label() })
                .collect(),
            delivery_hint,
            returns_hint: None,
        }
    }
}

impl VariantView {
    /// Stands for the variants of a product that has none, which the catalogue does not allow.
    fn none() -> Self {
        Self {
            sku: String::new(),
            options: Vec::new(),
            price: MoneyView { text: String::new(), minor: 0, currency: String::new() },
            compare_at: None,
            available: false,
            stock: stock_view(Some(0)),
            quantity_max: 0,
            image: None,
        }
    }
}

fn chosen(product: &Product, stocks: &Stocks, variant: Option<&str>) -> usize {
    let asked = variant.and_then(|sku| product.variants.iter().position(|known| known.sku == sku));
    asked.or_else(|| product.variants.iter().position(|known| may_be_bought(known, stocks))).unwrap_or(0)
}

/// Pieces of a variant that can be bought, if that is known.
pub fn pieces(variant: &Variant, stocks: &Stocks) -> Option<i64> {
    let stocks = stocks.as_ref()?;
    Some(stocks.get(&variant.sku).copied().unwrap_or(0).max(0))
}

/// Says whether somebody may try: whether it is there shows when it is put in the cart, if it is not known before.
fn may_be_bought(variant: &Variant, stocks: &Stocks) -> bool {
    pieces(variant, stocks) != Some(0)
}

fn variant_view(variant: &Variant, stocks: &Stocks) -> VariantView {
    let pieces = pieces(variant, stocks);
    VariantView {
        sku: variant.sku.clone(),
        options: variant.options.clone(),
        price: format::money(variant.price),
        compare_at: variant.compare_at.map(format::money),
        available: may_be_bought(variant, stocks),
        stock: stock_view(pieces),
        quantity_max: pieces
            .and_then(|pieces| u32::try_from(pieces).ok())
            .map_or(LINE_QUANTITY_MAX, |pieces| pieces.min(LINE_QUANTITY_MAX)),
        image: variant.image,
    }
}

fn stock_view(pieces: Option<i64>) -> StockView {
    let (state, text) = match pieces {
        None => ("unknown", "We cannot see the stock just now".to_owned()),
        Some(..=0) => ("out", "Sold out".to_owned()),
        Some(left) if left < LOW => ("low", format!("Only {left} left")),
        Some(_) => ("in_stock", "In stock".to_owned()),
    };
    StockView { state, text }
}

/// The way down to a product.
pub fn way_to(product: &Product) -> Vec<Crumb> {
    let mut way = Vec::new();
    if let Some(path) = &product.category {
        let steps = path.names.iter().zip(&path.slugs);
        way.extend(steps.map(|(name, slug)| Crumb { name: name.clone(), url: Some(tree::url(slug)) }));
    }
    way.push(Crumb { name: product.title.clone(), url: None });
    way
}
