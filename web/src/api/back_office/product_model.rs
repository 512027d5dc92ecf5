//! Products as staff see and describe them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use souk_contracts::{
    ProductKind, VariantKind,
    catalog::{self, AttributeValue, ImageDraft, ImageSource, ProductDraft, ProductStatus, VariantDraft},
};
use souk_types::{Currency, Fault};

use crate::api::{
    model::{Attribute, Image, Money, ProductOption, instant},
    schema,
};

schema::words! {
    status: ProductStatus;
}

/// A product with everything that staff see of it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StaffProduct {
    /// Its id.
    #[schemars(schema_with = "schema::id::<ProductKind>")]
    id: String,
    /// Rises with every change; the `ETag` of the whole product.
    version: i64,
    /// Last part of its address.
    slug: String,
    /// Its name.
    title: String,
    /// Sanitised HTML.
    description: String,
    /// Who makes it.
    brand: String,
    /// Who can see it.
    #[schemars(schema_with = "status")]
    status: ProductStatus,
    /// Names of its category from the root down.
    category: Vec<String>,
    /// Free words.
    tags: Vec<String>,
    /// What can be chosen, in order.
    options: Vec<ProductOption>,
    /// What can be bought.
    variants: Vec<StaffVariant>,
    /// Facts.
    attributes: Vec<Attribute>,
    /// Pictures, the main one first.
    images: Vec<StaffImage>,
    /// When it was added.
    #[schemars(schema_with = "schema::instant")]
    created_at: String,
    /// When it was last changed.
    #[schemars(schema_with = "schema::instant")]
    updated_at: String,
}

/// A variant as staff see it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StaffVariant {
    /// Its id.
    #[schemars(schema_with = "schema::id::<VariantKind>")]
    id: String,
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
}

/// A picture as staff see it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StaffImage {
    /// Names its content: what `image.stored` of a product draft takes.
    hash: String,
    /// The picture.
    #[serde(flatten)]
    image: Image,
}

impl StaffProduct {
    /// A product.
    pub fn of(product: &catalog::Product) -> Self {
        let variant = |variant: &catalog::Variant| StaffVariant {
            id: variant.id.to_string(),
            sku: variant.sku.clone(),
            barcode: variant.barcode.clone(),
            options: variant.options.clone(),
            price: variant.price.into(),
            compare_at: variant.compare_at.map(Money::from),
            weight_g: variant.weight_g,
            image: variant.image.map(|index| index as u64),
        };
        let image =
            |image: &catalog::Image| StaffImage { hash: image.hash.clone(), image: Image::of(image, &product.title) };
        Self {
            id: product.id.to_string(),
            version: product.version,
            slug: product.slug.clone(),
            title: product.title.clone(),
            description: product.description.clone(),
            brand: product.brand.clone(),
            status: product.status,
            category: product.category.as_ref().map(|path| path.names.clone()).unwrap_or_default(),
            tags: product.tags.clone(),
            options: product.options.iter().map(ProductOption::from).collect(),
            variants: product.variants.iter().map(variant).collect(),
            attributes: product.attributes.iter().map(Attribute::from).collect(),
            images: product.images.iter().map(image).collect(),
            created_at: instant(product.created_at),
            updated_at: instant(product.updated_at),
        }
    }
}

/// A product as it is to be, all of it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductInput {
    /// Last part of its address; made from the title when it is left out.
    #[serde(default)]
    #[schemars(length(max = 100))]
    slug: String,
    /// Its name.
    #[schemars(length(min = 1, max = 200))]
    title: String,
    /// HTML, which is sanitised.
    #[serde(default)]
    #[schemars(length(max = 16_000))]
    description: String,
    /// Who makes it.
    #[serde(default)]
    #[schemars(length(max = 100))]
    brand: String,
    /// Who can see it.
    #[schemars(schema_with = "status")]
    status: ProductStatus,
    /// Names of its category from the root down; missing ones are added.
    #[serde(default)]
    #[schemars(length(max = 10), inner(length(min = 1, max = 100)))]
    category: Vec<String>,
    /// Free words.
    #[serde(default)]
    #[schemars(length(max = 100), inner(length(min = 1, max = 100)))]
    tags: Vec<String>,
    /// Names of what can be chosen, in order.
    #[serde(default)]
    #[schemars(length(max = 5), inner(length(min = 1, max = 100)))]
    options: Vec<String>,
    /// What can be bought.
    #[schemars(length(min = 1, max = 2000))]
    variants: Vec<VariantInput>,
    /// Facts.
    #[serde(default)]
    #[schemars(length(max = 200))]
    attributes: Vec<AttributeInput>,
    /// Pictures, the main one first.
    #[serde(default)]
    #[schemars(length(max = 250))]
    images: Vec<ImageInput>,
}

/// A variant as it is to be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VariantInput {
    /// Stock keeping unit; made from slug and options when it is left out.
    #[serde(default)]
    #[schemars(length(max = 100))]
    sku: String,
    /// GTIN, EAN, UPC or ISBN.
    #[serde(default)]
    #[schemars(length(max = 50))]
    barcode: String,
    /// A value for each option.
    #[serde(default)]
    #[schemars(length(max = 5), inner(length(min = 1, max = 100)))]
    options: Vec<String>,
    /// What it costs.
    price: Money,
    /// What it cost before.
    compare_at: Option<Money>,
    /// Weight with packing, grams.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    weight_g: i64,
    /// Which of the images shows it.
    #[schemars(range(min = 0, max = 249))]
    image: Option<usize>,
    /// Pieces on hand when the variant is new; ignored when its stock is known already.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    stock: Option<i64>,
}

/// A fact as it is to be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttributeInput {
    /// `Screen size`.
    #[schemars(length(min = 1, max = 100))]
    name: String,
    /// Its value.
    value: AttributeContent,
    /// The unit of a number.
    #[serde(default)]
    #[schemars(length(max = 20))]
    unit: String,
}

/// The value of a fact.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum AttributeContent {
    /// Yes or no.
    Flag(bool),
    /// A number.
    Number(f64),
    /// Words.
    Text(#[schemars(length(min = 1, max = 400))] String),
}

/// A picture as it is to be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageInput {
    /// Where it comes from.
    source: Source,
    /// What it shows.
    #[serde(default)]
    #[schemars(length(max = 200))]
    alt: String,
}

/// Where a picture comes from.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// To be fetched from there in the background.
    Url(String),
    /// The `hash` of a picture that the shop has.
    Stored(String),
}

impl ProductInput {
    /// The product as the catalogue takes it.
    ///
    /// # Errors
    /// Invalid, with amounts in another currency than the shop's.
    pub fn into_draft(self, currency: Currency) -> Result<ProductDraft, Fault> {
        let variants = self.variants.into_iter().enumerate();
        let variants = variants.map(|(index, variant)| variant.into_draft(&format!("variants[{index}]"), currency));
        Ok(ProductDraft {
            slug: self.slug,
            title: self.title,
            description: self.description,
            brand: self.brand,
            status: self.status,
            category: self.category,
            tags: self.tags,
            options: self.options,
            variants: variants.collect::<Result<_, _>>()?,
            attributes: self.attributes.into_iter().map(AttributeInput::into_attribute).collect(),
            images: self.images.into_iter().map(ImageInput::into_draft).collect(),
        })
    }
}

impl VariantInput {
    fn into_draft(self, path: &str, currency: Currency) -> Result<VariantDraft, Fault> {
        let compare_at = self.compare_at.map(|money| money.of_shop(&format!("{path}.compare_at.currency"), currency));
        Ok(VariantDraft {
            price: self.price.of_shop(&format!("{path}.price.currency"), currency)?,
            compare_at: compare_at.transpose()?,
            sku: self.sku,
            barcode: self.barcode,
            options: self.options,
            weight_g: self.weight_g,
            image: self.image,
            stock: self.stock,
        })
    }
}

impl AttributeInput {
    fn into_attribute(self) -> catalog::Attribute {
        let value = match self.value {
            AttributeContent::Flag(flag) => AttributeValue::Flag(flag),
            AttributeContent::Number(number) => AttributeValue::Number { number, unit: self.unit },
            AttributeContent::Text(text) => AttributeValue::Text(text),
        };
        catalog::Attribute { name: self.name, value }
    }
}

impl ImageInput {
    fn into_draft(self) -> ImageDraft {
        let source = match self.source {
            Source::Url(url) => ImageSource::Url(url),
            Source::Stored(hash) => ImageSource::Stored(hash),
        };
        ImageDraft { source, alt: self.alt }
    }
}

/// A product in the staff's list.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StaffProductSummary {
    /// Its id.
    #[schemars(schema_with = "schema::id::<ProductKind>")]
    id: String,
    /// Last part of its address.
    slug: String,
    /// Its name.
    title: String,
    /// Who makes it.
    brand: String,
    /// Who can see it.
    #[schemars(schema_with = "status")]
    status: ProductStatus,
    /// How many variants it has.
    variants: i64,
    /// The lowest price.
    price_min: Money,
    /// The highest price.
    price_max: Money,
    /// When it was last changed.
    #[schemars(schema_with = "schema::instant")]
    updated_at: String,
}

impl From<&catalog::ProductSummary> for StaffProductSummary {
    fn from(product: &catalog::ProductSummary) -> Self {
        Self {
            id: product.id.to_string(),
            slug: product.slug.clone(),
            title: product.title.clone(),
            brand: product.brand.clone(),
            status: product.status,
            variants: product.variants,
            price_min: product.price_min.into(),
            price_max: product.price_max.into(),
            updated_at: instant(product.updated_at),
        }
    }
}
