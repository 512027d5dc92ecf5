//! What the API speaks of: shapes of its own, so that services can change without it.

use std::collections::{BTreeMap, HashMap};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use souk_contracts::{CategoryKind, ProductKind, catalog, search};
use souk_types::{Currency, Fault, Timestamp};

use super::schema;
use crate::format;

/// Pixels of a picture where one address is told.
const PICTURE_WIDTH: u32 = 800;

/// Why something was not done (RFC 9457).
#[derive(Debug, Serialize, JsonSchema)]
pub struct Problem {
    /// Always `about:blank`: `code` tells problems apart.
    #[serde(rename = "type")]
    kind: String,
    /// The status in words.
    title: String,
    /// The status.
    status: u16,
    /// What happened, for people.
    detail: String,
    /// A stable word for programs.
    code: String,
    /// Names this request in the shop's logs.
    request_id: String,
    /// What is wrong, by field.
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<BTreeMap<String, String>>,
}

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// Whole minor units, for example cents.
    pub minor: i64,
    /// ISO 4217.
    #[schemars(length(min = 3, max = 3), regex(pattern = "^[A-Z]{3}$"))]
    pub currency: String,
}

impl From<souk_types::Money> for Money {
    fn from(money: souk_types::Money) -> Self {
        Self { minor: money.minor, currency: money.currency.to_string() }
    }
}

impl Money {
    /// The amount in the shop's currency.
    ///
    /// # Errors
    /// Invalid, in another currency.
    pub fn of_shop(&self, field: &str, currency: Currency) -> Result<souk_types::Money, Fault> {
        match self.currency == currency.as_str() {
            true => Ok(souk_types::Money::new(self.minor, currency)),
            false => Err(Fault::invalid(field, format!("must be in {currency}"))),
        }
    }
}

/// An instant as RFC 3339.
pub fn instant(at: Timestamp) -> String {
    at.to_string()
}

/// A picture.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Image {
    /// Its address, in the shop.
    url: String,
    /// Its addresses by width in pixels, as `srcset` of HTML; empty when it fits all widths.
    srcset: String,
    /// What it shows, for those who cannot see it.
    alt: String,
    /// Pixels of the original.
    width: u32,
    /// Pixels of the original.
    height: u32,
}

impl Image {
    /// A picture; `alt` stands in where nobody said what it shows.
    pub fn of(image: &catalog::Image, alt: &str) -> Self {
        let view = format::image(image, alt);
        let url = format::image_url(image, PICTURE_WIDTH);
        Self { url, srcset: view.srcset, alt: view.alt, width: view.width, height: view.height }
    }
}

/// A product in a list.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ProductSummary {
    /// Its id.
    #[schemars(schema_with = "schema::id::<ProductKind>")]
    id: String,
    /// Last part of its address.
    slug: String,
    /// Its name.
    title: String,
    /// Who makes it; empty when nobody says.
    brand: String,
    /// The lowest price of its variants.
    price_min: Money,
    /// The highest price of its variants.
    price_max: Money,
    /// The price before, when the cheapest variant is reduced.
    compare_at: Option<Money>,
    /// Its picture.
    image: Option<Image>,
    /// Whether any variant can be bought now.
    in_stock: bool,
    /// The SKU, when there is one variant only.
    only_sku: Option<String>,
}

impl From<&search::Hit> for ProductSummary {
    fn from(hit: &search::Hit) -> Self {
        Self {
            id: hit.product.to_string(),
            slug: hit.slug.clone(),
            title: hit.title.clone(),
            brand: hit.brand.clone(),
            price_min: hit.price_min.into(),
            price_max: hit.price_max.into(),
            compare_at: hit.compare_at.map(Money::from),
            image: hit.image.as_ref().map(|image| Image::of(image, &hit.title)),
            in_stock: hit.in_stock,
            only_sku: hit.only_sku.clone(),
        }
    }
}

/// A way to narrow a list of products down.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Facet {
    /// `category`, `brand`, `price`, `availability` or `attribute`: the parameter to filter by.
    kind: String,
    /// Its name; of an attribute the attribute's.
    name: String,
    /// Its values.
    values: Vec<FacetValue>,
}

/// A value of a facet.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FacetValue {
    /// What to filter by; of a price `from-to` in minor units, `to` empty for the last.
    value: String,
    /// How to show it.
    label: String,
    /// Products that would be found with it.
    count: u64,
    /// Whether the list is filtered by it.
    selected: bool,
}

impl From<&search::Facet> for Facet {
    fn from(facet: &search::Facet) -> Self {
        let values = facet.values.iter().map(|value| FacetValue {
            value: value.value.clone(),
            label: value.label.clone(),
            count: value.count as u64,
            selected: value.selected,
        });
        Self { kind: facet.kind.to_string(), name: facet.name.clone(), values: values.collect() }
    }
}

/// A product with all that its page shows.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Product {
    /// Its id.
    #[schemars(schema_with = "schema::id::<ProductKind>")]
    id: String,
    /// Last part of its address.
    slug: String,
    /// Its name.
    title: String,
    /// Sanitised HTML.
    description: String,
    /// Who makes it; empty when nobody says.
    brand: String,
    /// The way down to its category.
    categories: Vec<CategoryLink>,
    /// Free words.
    tags: Vec<String>,
    /// What can be chosen, in order.
    options: Vec<ProductOption>,
    /// What can be bought.
    variants: Vec<Variant>,
    /// Facts.
    attributes: Vec<Attribute>,
    /// Pictures, the main one first.
    images: Vec<Image>,
    /// When it was last changed.
    #[schemars(schema_with = "schema::instant")]
    updated_at: String,
}

/// A category by name.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CategoryLink {
    /// Its name.
    name: String,
    /// What to filter by.
    slug: String,
}

/// One thing that can be chosen.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ProductOption {
    /// `Colour`.
    name: String,
    /// The values in order.
    values: Vec<String>,
}

impl From<&catalog::ProductOption> for ProductOption {
    fn from(option: &catalog::ProductOption) -> Self {
        Self { name: option.name.clone(), values: option.values.clone() }
    }
}

/// What is bought: one combination of option values.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Variant {
    /// Stock keeping unit.
    sku: String,
    /// GTIN, EAN, UPC or ISBN; empty when there is none.
    barcode: String,
    /// A value for each of the product's options, in their order.
    options: Vec<String>,
    /// What it costs.
    price: Money,
    /// What it cost before, when it is reduced.
    compare_at: Option<Money>,
    /// Weight with packing, grams.
    weight_g: i64,
    /// Which of the product's images shows it.
    image: Option<u64>,
    /// Whether it can be bought now.
    in_stock: bool,
    /// Pieces that can be bought now.
    available: i64,
}

/// A fact about a product.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Attribute {
    /// `Screen size`.
    name: String,
    /// Its value as a text, a number or yes and no.
    value: Value,
    /// The unit of a number; empty when there is none.
    unit: String,
    /// The value as a person reads it.
    label: String,
}

impl From<&catalog::Attribute> for Attribute {
    fn from(attribute: &catalog::Attribute) -> Self {
        let (value, unit) = match &attribute.value {
            catalog::AttributeValue::Text(text) => (Value::from(text.as_str()), ""),
            catalog::AttributeValue::Number { number, unit } => (Value::from(*number), unit.as_str()),
            catalog::AttributeValue::Flag(flag) => (Value::from(*flag), ""),
        };
        Self { name: attribute.name.clone(), value, unit: unit.to_owned(), label: attribute.value.label() }
    }
}

impl Product {
    /// A product with how many pieces there are of each variant.
    pub fn of(product: &catalog::Product, stocks: &HashMap<String, i64>) -> Self {
        let way = product.category.iter().flat_map(|path| path.names.iter().zip(&path.slugs));
        let pieces = |variant: &catalog::Variant| stocks.get(&variant.sku).copied().unwrap_or(0).max(0);
        let variant = |variant: &catalog::Variant| Variant {
            sku: variant.sku.clone(),
            barcode: variant.barcode.clone(),
            options: variant.options.clone(),
            price: variant.price.into(),
            compare_at: variant.compare_at.map(Money::from),
            weight_g: variant.weight_g,
            image: variant.image.map(|index| index as u64),
            in_stock: pieces(variant) > 0,
            available: pieces(variant),
        };
        Self {
            id: product.id.to_string(),
            slug: product.slug.clone(),
            title: product.title.clone(),
            description: product.description.clone(),
            brand: product.brand.clone(),
            categories: way.map(|(name, slug)| CategoryLink { name: name.clone(), slug: slug.clone() }).collect(),
            tags: product.tags.clone(),
            options: product.options.iter().map(ProductOption::from).collect(),
            variants: product.variants.iter().map(variant).collect(),
            attributes: product.attributes.iter().map(Attribute::from).collect(),
            images: product.images.iter().map(|image| Image::of(image, &product.title)).collect(),
            updated_at: instant(product.updated_at),
        }
    }
}

/// A category of the tree.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Category {
    /// Its id.
    #[schemars(schema_with = "schema::id::<CategoryKind>")]
    id: String,
    /// The category above; null at the top.
    parent: Option<String>,
    /// Its name.
    name: String,
    /// What to filter products by.
    slug: String,
    /// Place among its siblings.
    position: i64,
}

impl From<&catalog::Category> for Category {
    fn from(category: &catalog::Category) -> Self {
        Self {
            id: category.id.to_string(),
            parent: category.parent.map(|id| id.to_string()),
            name: category.name.clone(),
            slug: category.slug.clone(),
            position: category.position,
        }
    }
}
