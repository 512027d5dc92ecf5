use serde::{Deserialize, Serialize};
use souk_contracts::{
    CategoryId, ProductId,
    catalog::{
        Attribute, Image, ImageDraft, ImageSource, Offer, Product, ProductDraft, ProductOption, ProductStatus,
        ProductSummary, Variant, VariantDraft,
    },
};
use souk_types::{Money, Timestamp};

use super::tree::Tree;

/// A product as its row holds it.
#[derive(Debug, Clone)]
pub(crate) struct StoredProduct {
    pub(crate) id: ProductId,
    pub(crate) version: i64,
    pub(crate) slug: String,
    pub(crate) title: String,
    pub(crate) brand: String,
    pub(crate) status: ProductStatus,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) fingerprint: Vec<u8>,
    /// Columns that an import brought and nothing here understands, as JSON.
    pub(crate) extra: Option<String>,
    pub(crate) document: Document,
}

/// Everything of a product that only its page needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Document {
    pub(crate) description: String,
    pub(crate) category: Option<CategoryId>,
    pub(crate) tags: Vec<String>,
    pub(crate) options: Vec<ProductOption>,
    pub(crate) variants: Vec<Variant>,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) pictures: Vec<Picture>,
}

/// A picture of a product, with where it came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Picture {
    pub(crate) source: ImageSource,
    pub(crate) hash: String,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) alt: String,
    pub(crate) state: PictureState,
}

/// Whether a picture can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PictureState {
    Ready,
    /// To be fetched; a placeholder stands in.
    Pending,
    /// Could not be fetched; a placeholder stands in.
    Failed,
}

impl Picture {
    pub(crate) fn image(&self) -> Image {
        Image {
            hash: self.hash.clone(),
            width: self.width,
            height: self.height,
            alt: self.alt.clone(),
            drawn: matches!(self.source, ImageSource::Drawing(_)),
        }
    }
}

impl Document {
    pub(crate) fn main_image(&self) -> Option<Image> {
        self.pictures.first().map(Picture::image)
    }

    pub(crate) fn has_pending(&self) -> bool {
        self.pictures.iter().any(|picture| picture.state == PictureState::Pending)
    }

    pub(crate) fn price_range(&self) -> Option<(Money, Money)> {
        let prices = || self.variants.iter().map(|variant| variant.price);
        Some((prices().min_by_key(|price| price.minor)?, prices().max_by_key(|price| price.minor)?))
    }
}

impl StoredProduct {
    pub(crate) fn into_product(self, tree: &Tree) -> Product {
        let document = self.document;
        Product {
            id: self.id,
            version: self.version,
            slug: self.slug,
            title: self.title,
            description: document.description,
            brand: self.brand,
            status: self.status,
            category: document.category.and_then(|id| tree.path(id)),
            tags: document.tags,
            options: document.options,
            variants: document.variants,
            attributes: document.attributes,
            images: document.pictures.iter().map(Picture::image).collect(),
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }

    /// The draft that would make this product again.
    pub(crate) fn into_draft(self, tree: &Tree) -> ProductDraft {
        let document = self.document;
        let variant = |variant: Variant| VariantDraft {
            sku: variant.sku,
            barcode: variant.barcode,
            options: variant.options,
            price: variant.price,
            compare_at: variant.compare_at,
            weight_g: variant.weight_g,
            image: variant.image,
            stock: None,
        };
        ProductDraft {
            slug: self.slug,
            title: self.title,
            description: document.description,
            brand: self.brand,
            status: self.status,
            category: document.category.and_then(|id| tree.path(id)).map(|path| path.names).unwrap_or_default(),
            tags: document.tags,
            options: document.options.into_iter().map(|option| option.name).collect(),
            variants: document.variants.into_iter().map(variant).collect(),
            attributes: document.attributes,
            images: document
                .pictures
                .into_iter()
                .map(|picture| ImageDraft { source: picture.source, alt: picture.alt })
                .collect(),
        }
    }

    /// The product as a line of a list; `None` for one without a variant, which there is not.
    pub(crate) fn summary(&self) -> Option<ProductSummary> {
        let (price_min, price_max) = self.document.price_range()?;
        Some(ProductSummary {
            id: self.id,
            slug: self.slug.clone(),
            title: self.title.clone(),
            brand: self.brand.clone(),
            status: self.status,
            variants: i64::try_from(self.document.variants.len()).unwrap_or(i64::MAX),
            price_min,
            price_max,
            image: self.document.main_image(),
            updated_at: self.updated_at,
        })
    }

    pub(crate) fn skus(&self) -> impl Iterator<Item = &str> {
        self.document.variants.iter().map(|variant| variant.sku.as_str())
    }

    fn variant_title(&self, variant: &Variant) -> String {
        let named = self.document.options.iter().zip(&variant.options);
        named.map(|(option, value)| format!("{}: {value}", option.name)).collect::<Vec<_>>().join(", ")
    }

    /// What can be bought of it, a line for each variant.
    pub(crate) fn offers(&self) -> impl Iterator<Item = Offer> + '_ {
        self.document.variants.iter().map(|variant| Offer {
            sku: variant.sku.clone(),
            variant: variant.id,
            product: self.id,
            slug: self.slug.clone(),
            title: self.title.clone(),
            variant_title: self.variant_title(variant),
            price: variant.price,
            compare_at: variant.compare_at,
            weight_g: variant.weight_g,
            image: variant
                .image
                .and_then(|index| self.document.pictures.get(index))
                .or(self.document.pictures.first())
                .map(Picture::image),
        })
    }
}
