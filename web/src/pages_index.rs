//! Which kept pages show which product.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use souk_contracts::{ProductId, catalog::Product};

/// SKUs that are remembered; beyond, everything is forgotten and begun anew.
const SKUS_MAX: usize = 200_000;

/// Finds the addresses of a product's pages by its id or one of its SKUs.
#[derive(Default)]
pub struct Index(Mutex<Known>);

#[derive(Default)]
struct Known {
    products: HashMap<ProductId, Shown>,
    skus: HashMap<String, ProductId>,
}

struct Shown {
    slug: String,
    skus: Vec<String>,
}

impl Index {
    /// Remembers a product. True when the index was full and has forgotten all others.
    pub fn note(&self, product: &Product) -> bool {
        let mut known = self.lock();
        let full = known.skus.len() + product.variants.len() > SKUS_MAX;
        if full {
            *known = Known::default();
        }
        let skus: Vec<String> = product.variants.iter().map(|variant| variant.sku.clone()).collect();
        if known.products.get(&product.id).is_some_and(|shown| shown.slug == product.slug && shown.skus == skus) {
            return full;
        }
        for sku in &skus {
            known.skus.insert(sku.clone(), product.id);
        }
        known.products.insert(product.id, Shown { slug: product.slug.clone(), skus });
        full
    }

    /// The addresses under which pages of these products may be kept.
    pub fn addresses(&self, products: &[ProductId]) -> Vec<String> {
        let known = self.lock();
        let shown = products.iter().filter_map(|product| known.products.get(product));
        shown.flat_map(Shown::addresses).collect()
    }

    /// The product that a SKU belongs to.
    pub fn product_of(&self, sku: &str) -> Option<ProductId> {
        self.lock().skus.get(sku).copied()
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shown {
    fn addresses(&self) -> impl Iterator<Item = String> {
        let whole = [page_address(&self.slug), json_address(&self.slug)];
        whole.into_iter().chain(self.skus.iter().map(|sku| variant_address(&self.slug, sku)))
    }
}

/// The address of a product's page.
pub fn page_address(slug: &str) -> String {
    format!("/products/{slug}")
}

/// The address of a product as JSON.
pub fn json_address(slug: &str) -> String {
    format!("/products/{slug}.json")
}

/// The address of a product's page with one of its variants chosen.
pub fn variant_address(slug: &str, sku: &str) -> String {
    let query = serde_urlencoded::to_string([("variant", sku)]).unwrap_or_default();
    format!("/products/{slug}?{query}")
}
