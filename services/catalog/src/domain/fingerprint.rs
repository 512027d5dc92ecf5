use serde::Serialize;
use souk_contracts::catalog::{Attribute, ImageDraft, ProductDraft, ProductStatus};
use souk_types::Money;

/// What makes two drafts of one product the same. The slug is not in it, for it may have moved on since; the stock
/// figure is not, for it counts only once.
#[derive(Serialize)]
struct Facts<'a> {
    title: &'a str,
    description: &'a str,
    brand: &'a str,
    status: ProductStatus,
    category: &'a [String],
    tags: &'a [String],
    options: &'a [String],
    variants: Vec<VariantFacts<'a>>,
    attributes: &'a [Attribute],
    images: &'a [ImageDraft],
}

#[derive(Serialize)]
struct VariantFacts<'a>(&'a str, &'a str, &'a [String], Money, Option<Money>, i64, Option<usize>);

/// A digest of a checked draft: equal for drafts that would make the same product.
pub(crate) fn fingerprint(draft: &ProductDraft) -> Vec<u8> {
    let variants = draft.variants.iter().map(|variant| {
        VariantFacts(
            &variant.sku,
            &variant.barcode,
            &variant.options,
            variant.price,
            variant.compare_at,
            variant.weight_g,
            variant.image,
        )
    });
    let facts = Facts {
        title: &draft.title,
        description: &draft.description,
        brand: &draft.brand,
        status: draft.status,
        category: &draft.category,
        tags: &draft.tags,
        options: &draft.options,
        variants: variants.collect(),
        attributes: &draft.attributes,
        images: &draft.images,
    };
    let mut hasher = blake3::Hasher::new();
    // A checked draft holds nothing that JSON cannot express, and a hasher takes all bytes.
    let written = serde_json::to_writer(&mut hasher, &facts);
    debug_assert!(written.is_ok());
    hasher.finalize().as_bytes()[..16].to_vec()
}
