//! What search keeps of a product.

use serde::{Deserialize, Serialize};
use souk_contracts::{
    ProductId,
    catalog::{AttributeValue, Image, Product, ProductStatus},
    search::{Fragment, Hit},
};
use souk_types::{Currency, Money, Timestamp};

use crate::text::html::plain_text;

/// A product as it is in the index: enough to show it in a list and to index it again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// What a list shows.
    pub card: Card,
    /// What is needed beyond it to index the product again.
    pub detail: Detail,
}

/// What a list shows of a product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Card {
    pub product: ProductId,
    pub slug: String,
    pub title: String,
    pub brand: String,
    pub price_min: i64,
    pub price_max: i64,
    pub compare_at: Option<i64>,
    pub currency: Currency,
    pub image: Option<Image>,
    pub in_stock: bool,
    pub only_sku: Option<String>,
}

/// What is indexed of a product and not shown in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Detail {
    /// Rises with every change of the product.
    pub version: i64,
    /// Plain text.
    pub description: String,
    pub category_names: Vec<String>,
    pub category_slugs: Vec<String>,
    pub tags: Vec<String>,
    /// Whether one of the variants is reduced.
    pub on_sale: bool,
    /// Attributes and options by name.
    pub attributes: Vec<(String, String)>,
    pub skus: Vec<Sku>,
    pub created_at: Timestamp,
    /// Pieces bought so far.
    pub sold: u64,
}

/// A variant's codes, and whether it can be bought.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sku {
    pub sku: String,
    pub barcode: String,
    pub in_stock: bool,
}

impl Entry {
    /// What to keep of a product; `None` when it is not to be found.
    pub fn of(product: Product, sold: u64, in_stock: impl Fn(&str) -> bool) -> Option<Self> {
        let cheapest = product.variants.iter().min_by_key(|variant| variant.price.minor)?;
        if product.status != ProductStatus::Active {
            return None;
        }
        let on_sale = product.variants.iter().any(|variant| variant.compare_at.is_some());
        let price_max = product.variants.iter().map(|variant| variant.price.minor).max()?;
        let skus: Vec<Sku> = product
            .variants
            .iter()
            .map(|variant| Sku {
                sku: variant.sku.clone(),
                barcode: variant.barcode.clone(),
                in_stock: in_stock(&variant.sku),
            })
            .collect();
        let card = Card {
            product: product.id,
            price_min: cheapest.price.minor,
            price_max,
            compare_at: cheapest.compare_at.map(|money| money.minor),
            currency: cheapest.price.currency,
            in_stock: skus.iter().any(|sku| sku.in_stock),
            only_sku: (skus.len() == 1).then(|| skus[0].sku.clone()),
            slug: product.slug,
            title: product.title,
            brand: product.brand,
            image: product.images.into_iter().next(),
        };
        let options = product.options.into_iter().flat_map(|option| {
            let name = option.name;
            option.values.into_iter().map(move |value| (name.clone(), value))
        });
        let attributes = product.attributes.into_iter().map(|attribute| (attribute.name, attribute.value.label()));
        let (category_names, category_slugs) =
            product.category.map(|path| (path.names, path.slugs)).unwrap_or_default();
        let detail = Detail {
            version: product.version,
            description: plain_text(&product.description),
            category_names,
            category_slugs,
            tags: product.tags,
            on_sale,
            attributes: options.chain(attributes).collect(),
            skus,
            created_at: product.created_at,
            sold,
        };
        Some(Self { card, detail })
    }

    /// Notes whether a SKU can be bought; says whether that changes anything.
    pub fn set_in_stock(&mut self, sku: &str, in_stock: bool) -> bool {
        let mut changed = false;
        for known in self.detail.skus.iter_mut().filter(|known| known.sku == sku) {
            changed |= known.in_stock != in_stock;
            known.in_stock = in_stock;
        }
        self.card.in_stock = self.detail.skus.iter().any(|sku| sku.in_stock);
        changed
    }
}

impl Card {
    /// The card as a result.
    pub fn into_hit(self, snippet: Vec<Fragment>) -> Hit {
        let money = |minor| Money::new(minor, self.currency);
        Hit {
            product: self.product,
            price_min: money(self.price_min),
            price_max: money(self.price_max),
            compare_at: self.compare_at.map(money),
            slug: self.slug,
            title: self.title,
            brand: self.brand,
            image: self.image,
            in_stock: self.in_stock,
            only_sku: self.only_sku,
            snippet,
        }
    }
}

/// How a yes-or-no attribute that holds is labelled.
pub fn is_yes(label: &str) -> bool {
    label == AttributeValue::Flag(true).label()
}
