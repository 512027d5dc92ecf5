use serde::{Deserialize, Serialize};
use souk_types::{Money, Timestamp, text_enum};

use crate::{CategoryId, ProductId, VariantId};

text_enum! {
    /// Who can see a product.
    pub enum ProductStatus {
        /// Staff only, not finished.
        Draft = "draft",
        /// Everybody.
        Active = "active",
        /// Staff only, no longer sold.
        Archived = "archived",
    }
}

/// A product with everything that its page shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Product {
    /// Its id.
    pub id: ProductId,
    /// Rises with every change.
    pub version: i64,
    /// Last part of its address.
    pub slug: String,
    /// Its name.
    pub title: String,
    /// Sanitised HTML: p, ul, ol, li, strong, em, br, h2–h4, a, table.
    pub description: String,
    /// Who makes it.
    pub brand: String,
    /// Who can see it.
    pub status: ProductStatus,
    /// The category it belongs to, with its ancestors from the root down.
    pub category: Option<CategoryPath>,
    /// Free words for rules and search.
    pub tags: Vec<String>,
    /// What can be chosen, in order: at most five.
    pub options: Vec<ProductOption>,
    /// What can be bought: at least one.
    pub variants: Vec<Variant>,
    /// Typed facts.
    pub attributes: Vec<Attribute>,
    /// Pictures, the main one first.
    pub images: Vec<Image>,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// One thing that can be chosen, for example the colour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductOption {
    /// `Colour`.
    pub name: String,
    /// The values in order of appearance.
    pub values: Vec<String>,
}

/// What is bought: one combination of option values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// Its id.
    pub id: VariantId,
    /// Stock keeping unit: unique in the shop.
    pub sku: String,
    /// GTIN, EAN, UPC or ISBN; empty when there is none.
    pub barcode: String,
    /// A value for each of the product's options, in their order.
    pub options: Vec<String>,
    /// What it costs.
    pub price: Money,
    /// What it cost before, when it is reduced.
    pub compare_at: Option<Money>,
    /// Weight with packing, grams.
    pub weight_g: i64,
    /// Which of the product's images shows it.
    pub image: Option<usize>,
}

/// A typed fact about a product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attribute {
    /// `Screen size`.
    pub name: String,
    /// Its value.
    pub value: AttributeValue,
}

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "value", rename_all = "snake_case")]
pub enum AttributeValue {
    /// Words.
    Text(String),
    /// A number with a unit, which may be empty.
    Number {
        /// The number.
        number: f64,
        /// `cm`, `W`, `h`.
        unit: String,
    },
    /// Yes or no.
    Flag(bool),
}

impl AttributeValue {
    /// The value as a person reads it.
    pub fn label(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number { number, unit } if unit.is_empty() => number.to_string(),
            Self::Number { number, unit } => format!("{number} {unit}"),
            Self::Flag(true) => "Yes".to_owned(),
            Self::Flag(false) => "No".to_owned(),
        }
    }
}

/// A category with its ancestors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryPath {
    /// The category itself.
    pub id: CategoryId,
    /// Names from the root down to the category.
    pub names: Vec<String>,
    /// Slugs from the root down to the category.
    pub slugs: Vec<String>,
}

/// A picture, named by the hash of its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Hexadecimal hash of the content (or of the drawing's description).
    pub hash: String,
    /// Width of the original, pixels.
    pub width: u32,
    /// Height of the original, pixels.
    pub height: u32,
    /// What it shows, for those who cannot see it.
    pub alt: String,
    /// Drawn by code: served as SVG whatever the width.
    pub drawn: bool,
}

/// The widths in which pictures are served, pixels.
pub const IMAGE_WIDTHS: [u32; 4] = [160, 400, 800, 1600];

text_enum! {
    /// How a picture is encoded.
    pub enum ImageFormat {
        /// WebP.
        Webp = "webp",
        /// JPEG.
        Jpeg = "jpg",
        /// SVG, for drawn pictures.
        Svg = "svg",
    }
}

/// A picture made ready to be served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rendition {
    /// The encoded picture.
    pub bytes: Blob,
    /// How it is encoded: SVG for drawn pictures, whatever was asked for.
    pub format: ImageFormat,
    /// A placeholder stands in: must not be cached for ever.
    pub placeholder: bool,
}

/// Bytes that cross the wire as base64 and stay as they are in one process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Blob(pub Vec<u8>);

impl From<String> for Blob {
    fn from(text: String) -> Self {
        Self(data_encoding::BASE64.decode(text.as_bytes()).unwrap_or_default())
    }
}

impl From<Blob> for String {
    fn from(blob: Blob) -> Self {
        data_encoding::BASE64.encode(&blob.0)
    }
}

/// A product found by its slug.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlugMatch {
    /// This is its present slug.
    Found(Box<Product>),
    /// It has this slug now.
    Moved(String),
}

/// What the cart and the order need to know of a variant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Stock keeping unit.
    pub sku: String,
    /// The variant.
    pub variant: VariantId,
    /// Its product.
    pub product: ProductId,
    /// The product's slug.
    pub slug: String,
    /// The product's title.
    pub title: String,
    /// What was chosen, `Colour: Blue, Size: M`; empty when there is nothing to choose.
    pub variant_title: String,
    /// What it costs.
    pub price: Money,
    /// What it cost before, when it is reduced.
    pub compare_at: Option<Money>,
    /// Weight with packing, grams.
    pub weight_g: i64,
    /// Its picture.
    pub image: Option<Image>,
}

/// A line of the staff's product list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProductSummary {
    /// Its id.
    pub id: ProductId,
    /// Last part of its address.
    pub slug: String,
    /// Its name.
    pub title: String,
    /// Who makes it.
    pub brand: String,
    /// Who can see it.
    pub status: ProductStatus,
    /// How many variants it has.
    pub variants: i64,
    /// The lowest price.
    pub price_min: Money,
    /// The highest price.
    pub price_max: Money,
    /// The main picture.
    pub image: Option<Image>,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What a sitemap says of a product that everybody sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Its id.
    pub id: ProductId,
    /// Last part of its address.
    pub slug: String,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

text_enum! {
    /// The orders of a list of products. The first is the one that it has by itself.
    pub enum ProductSort {
        /// What was changed last comes first.
        ChangedLast = "-changed",
        /// What was changed last comes last.
        ChangedFirst = "changed",
        /// By title, in lower case.
        Title = "title",
        /// By title, backwards.
        TitleReversed = "-title",
        /// By the lowest price.
        Cheapest = "price",
        /// By the lowest price, the highest of these first.
        Dearest = "-price",
    }
}

/// Which products staff want to see.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ProductFilter {
    /// Only this status.
    pub status: Option<ProductStatus>,
    /// Only products whose title has all words of this, each at least begun, or one of whose SKUs starts with it.
    pub text: Option<String>,
    /// In this order, where a list is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<ProductSort>,
}

/// A product as staff or an import describes it. Replaces what is there, all of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProductDraft {
    /// Last part of its address; made from the title when empty.
    #[serde(default)]
    pub slug: String,
    /// Its name.
    pub title: String,
    /// HTML, which will be sanitised.
    #[serde(default)]
    pub description: String,
    /// Who makes it.
    #[serde(default)]
    pub brand: String,
    /// Who can see it.
    pub status: ProductStatus,
    /// Category names from the root down; missing ones are added.
    #[serde(default)]
    pub category: Vec<String>,
    /// Free words.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Option names, in order.
    #[serde(default)]
    pub options: Vec<String>,
    /// At least one.
    pub variants: Vec<VariantDraft>,
    /// Typed facts.
    #[serde(default)]
    pub attributes: Vec<Attribute>,
    /// Pictures, the main one first.
    #[serde(default)]
    pub images: Vec<ImageDraft>,
}

/// A variant as staff or an import describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariantDraft {
    /// Stock keeping unit; made from the slug and options when empty.
    #[serde(default)]
    pub sku: String,
    /// GTIN, EAN, UPC or ISBN.
    #[serde(default)]
    pub barcode: String,
    /// A value for each option.
    #[serde(default)]
    pub options: Vec<String>,
    /// What it costs.
    pub price: Money,
    /// What it cost before.
    #[serde(default)]
    pub compare_at: Option<Money>,
    /// Weight with packing, grams.
    #[serde(default)]
    pub weight_g: i64,
    /// Which of the draft's images shows it.
    #[serde(default)]
    pub image: Option<usize>,
    /// Pieces on hand when the variant is new; ignored when its stock is known already.
    #[serde(default)]
    pub stock: Option<i64>,
}

/// A picture as staff or an import describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageDraft {
    /// Where it comes from.
    pub source: ImageSource,
    /// What it shows.
    #[serde(default)]
    pub alt: String,
}

/// Where a picture comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageSource {
    /// To be fetched from there in the background.
    Url(String),
    /// Stored already, by [`Catalog::add_image`](super::Catalog::add_image).
    Stored(String),
    /// Drawn by code from this description: `kind:base colour:accent colour:seed`.
    Drawing(String),
}

/// What became of one draft of an upsert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Upserted {
    /// Added.
    Created(ProductId),
    /// Changed.
    Updated(ProductId),
    /// Was the same already.
    Unchanged(ProductId),
    /// Left out, and why.
    Refused(super::Error),
}
