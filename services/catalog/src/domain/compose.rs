use std::collections::{HashMap, HashSet};

use souk_contracts::{
    CategoryId, VariantId,
    catalog::{ProductDraft, ProductOption, Variant, VariantDraft},
};
use souk_types::Env;

use super::product::{Document, Picture};

/// Makes a product's document of a checked draft. A variant that was there before, by SKU or else by its choice of
/// options, keeps its id.
pub(crate) fn document(
    draft: &ProductDraft,
    old: Option<&Document>,
    category: Option<CategoryId>,
    pictures: Vec<Picture>,
    env: &Env,
) -> Document {
    let known = Known::new(draft, old);
    let variant = |variant: &VariantDraft| Variant {
        id: known.id(variant).unwrap_or_else(|| VariantId::generate(env)),
        sku: variant.sku.clone(),
        barcode: variant.barcode.clone(),
        options: variant.options.clone(),
        price: variant.price,
        compare_at: variant.compare_at,
        weight_g: variant.weight_g,
        image: variant.image,
    };
    Document {
        description: draft.description.clone(),
        category,
        tags: draft.tags.clone(),
        options: options(draft),
        variants: draft.variants.iter().map(variant).collect(),
        attributes: draft.attributes.clone(),
        pictures,
    }
}

/// Gives variants without a SKU the one that the same choice of options had before.
pub(crate) fn keep_skus(draft: &mut ProductDraft, old: &Document) {
    let old: HashMap<&[String], &str> =
        old.variants.iter().map(|variant| (variant.options.as_slice(), variant.sku.as_str())).collect();
    let given: HashSet<String> = draft.variants.iter().map(|variant| variant.sku.trim().to_owned()).collect();
    for variant in draft.variants.iter_mut().filter(|variant| variant.sku.trim().is_empty()) {
        if let Some(sku) = old.get(variant.options.as_slice()).filter(|sku| !given.contains(**sku)) {
            variant.sku = (*sku).to_owned();
        }
    }
}

struct Known<'a> {
    by_sku: HashMap<&'a str, VariantId>,
    by_options: HashMap<&'a [String], VariantId>,
}

impl<'a> Known<'a> {
    fn new(draft: &'a ProductDraft, old: Option<&'a Document>) -> Self {
        let old = old.map(|old| old.variants.as_slice()).unwrap_or_default();
        let stays: HashSet<&str> = if old.is_empty() {
            HashSet::new()
        } else {
            draft.variants.iter().map(|variant| variant.sku.as_str()).collect()
        };
        let gone = old.iter().filter(|variant| !stays.contains(variant.sku.as_str()));
        Self {
            by_sku: old.iter().map(|variant| (variant.sku.as_str(), variant.id)).collect(),
            by_options: gone.map(|variant| (variant.options.as_slice(), variant.id)).collect(),
        }
    }

    fn id(&self, variant: &VariantDraft) -> Option<VariantId> {
        let by_options = || self.by_options.get(variant.options.as_slice());
        self.by_sku.get(variant.sku.as_str()).or_else(by_options).copied()
    }
}

/// The options with their values in order of appearance.
fn options(draft: &ProductDraft) -> Vec<ProductOption> {
    let values = |place: usize| {
        let mut seen = HashSet::new();
        let values = draft.variants.iter().filter_map(move |variant| variant.options.get(place));
        values.filter(|value| seen.insert(value.as_str())).cloned().collect()
    };
    draft
        .options
        .iter()
        .enumerate()
        .map(|(place, name)| ProductOption { name: name.clone(), values: values(place) })
        .collect()
}
