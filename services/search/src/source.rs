//! Reads from the other services what search keeps of a product.

use std::collections::HashMap;

use souk_contracts::{
    CategoryId, ProductId,
    catalog::{CatalogClient, Category, ProductStatus},
    inventory::InventoryClient,
};
use souk_store::Store;
use souk_types::{Cx, Fault, Page, PageRequest, ServiceError};
use tokio::sync::Semaphore;

use crate::{
    entry::Entry,
    index::{Change, Engine},
    store,
};

/// Products that are asked for at a time.
pub const BATCH_MAX: usize = 250;
/// SKUs whose stock is asked for at a time.
const SKUS_MAX: usize = 2_000;
/// Batches in memory at a time: an event may name 500 products, and many events may come at once.
const BATCHES_MAX: usize = 4;

/// Where products come from.
pub struct Source {
    catalog: CatalogClient,
    inventory: InventoryClient,
    store: Store,
    batches: Semaphore,
}

impl Source {
    /// Reads from these.
    pub fn new(catalog: CatalogClient, inventory: InventoryClient, store: Store) -> Self {
        Self { catalog, inventory, store, batches: Semaphore::new(BATCHES_MAX) }
    }

    /// What the index must change for these products, at most [`BATCH_MAX`], to be as they are now.
    pub async fn changes(&self, cx: &Cx, engine: &Engine, ids: &[ProductId]) -> Result<Vec<Change>, Fault> {
        let _room = self.batches.acquire().await.map_err(Fault::unavailable)?;
        // Whatever is heard of stock from here on is newer than what is read below.
        let moment = engine.moment();
        let mut products = self.catalog.products(cx, ids.to_vec()).await.map_err(|error| fault(&error))?;
        let skus: Vec<String> = products
            .iter()
            .filter(|product| product.status == ProductStatus::Active)
            .flat_map(|product| product.variants.iter().map(|variant| variant.sku.clone()))
            .collect();
        let mut stock = self.stock(cx, &skus).await?;
        let owned = ids.to_vec();
        let sold = self.store.read(cx, move |tx| store::sold(tx, &owned)).await?;
        let mut changes: Vec<Change> = ids
            .iter()
            .filter(|id| !products.iter().any(|product| product.id == **id))
            .map(|id| Change::Remove(*id, None))
            .collect();
        for product in products.drain(..) {
            let (id, version) = (product.id, product.version);
            let in_stock = |sku: &str| stock.get(sku).copied().unwrap_or(false);
            changes.push(match Entry::of(product, sold.get(&id).copied().unwrap_or(0), in_stock) {
                Some(entry) => Change::Put(Box::new(entry), moment),
                None => Change::Remove(id, Some(version)),
            });
        }
        stock.clear();
        Ok(changes)
    }

    /// Whether these SKUs can be bought; those without any stock are left out.
    pub async fn stock(&self, cx: &Cx, skus: &[String]) -> Result<HashMap<String, bool>, Fault> {
        let mut stock = HashMap::with_capacity(skus.len());
        for some in skus.chunks(SKUS_MAX) {
            let known = self.inventory.availability(cx, some.to_vec()).await.map_err(|error| fault(&error))?;
            stock.extend(known.into_iter().map(|known| (known.sku, known.available > 0)));
        }
        Ok(stock)
    }

    /// A page of the ids of all products.
    pub async fn ids(&self, cx: &Cx, page: PageRequest) -> Result<Page<ProductId>, Fault> {
        self.catalog.ids(cx, page).await.map_err(|error| fault(&error))
    }

    /// The slugs and names of each category and those above it, from the root down.
    pub async fn category_paths(&self, cx: &Cx) -> Result<Vec<Vec<(String, String)>>, Fault> {
        let categories = self.catalog.categories(cx).await.map_err(|error| fault(&error))?;
        let by_id: HashMap<CategoryId, &Category> = categories.iter().map(|category| (category.id, category)).collect();
        let path = |category: &Category| {
            let above = |category: &&Category| category.parent.and_then(|parent| by_id.get(&parent).copied());
            let mut path: Vec<(String, String)> = std::iter::successors(Some(category), above)
                .take(by_id.len())
                .map(|category| (category.slug.clone(), category.name.clone()))
                .collect();
            path.reverse();
            path
        };
        Ok(categories.iter().map(path).collect())
    }
}

fn fault(error: &impl ServiceError) -> Fault {
    Fault::new(error.kind(), error.public_message()).because(error)
}
