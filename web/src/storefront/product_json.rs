//! A product as JSON.

use serde::Serialize;
use souk_contracts::{
    ProductId,
    catalog::{Attribute, Product, ProductOption},
};
use souk_types::{Fault, Money};

use crate::{
    error::Failure,
    format,
    pages_index::page_address,
    state::AppState,
    storefront::product_view::{Stocks, pieces},
    tree,
    view::{ImageView, Link},
};

#[derive(Serialize)]
struct Document<'p> {
    id: ProductId,
    url: String,
    slug: &'p str,
    title: &'p str,
    brand: &'p str,
    /// Sanitised HTML.
    description: &'p str,
    breadcrumb: Vec<Link>,
    tags: &'p [String],
    options: &'p [ProductOption],
    attributes: &'p [Attribute],
    images: Vec<ImageView>,
    offers: Vec<OfferJson<'p>>,
}

#[derive(Serialize)]
struct OfferJson<'p> {
    sku: &'p str,
    barcode: &'p str,
    options: &'p [String],
    price: Money,
    compare_at: Option<Money>,
    weight_g: i64,
    /// Index in `images`.
    image: Option<usize>,
    /// `null` when the stock cannot be asked, and so with `available`.
    in_stock: Option<bool>,
    /// Pieces that can be bought now.
    available: Option<i64>,
}

/// The product with its offers.
pub fn document(state: &AppState, product: &Product, stocks: &Stocks) -> Result<Vec<u8>, Failure> {
    let way = product.category.iter().flat_map(|path| path.names.iter().zip(&path.slugs));
    let offers = product.variants.iter().map(|variant| OfferJson {
        sku: &variant.sku,
        barcode: &variant.barcode,
        options: &variant.options,
        price: variant.price,
        compare_at: variant.compare_at,
        weight_g: variant.weight_g,
        image: variant.image,
        in_stock: pieces(variant, stocks).map(|pieces| pieces > 0),
        available: pieces(variant, stocks),
    });
    let document = Document {
        id: product.id,
        url: format!("{}{}", state.shop.public_url, page_address(&product.slug)),
        slug: &product.slug,
        title: &product.title,
        brand: &product.brand,
        description: &product.description,
        breadcrumb: way.map(|(name, slug)| Link { name: name.clone(), url: tree::url(slug) }).collect(),
        tags: &product.tags,
        options: &product.options,
        attributes: &product.attributes,
        images: product.images.iter().map(|image| format::image(image, &product.title)).collect(),
        offers: offers.collect(),
    };
    Ok(serde_json::to_vec(&document).map_err(Fault::internal)?)
}
