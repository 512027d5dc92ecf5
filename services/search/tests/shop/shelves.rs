//! The catalogue and the stock, as search knows them.

use std::sync::{Arc, atomic::Ordering};

use souk_contracts::{
    BulkEditId, CategoryId, CollectionId, ImportId, ProductId,
    catalog::{self, *},
    inventory::{self, *},
};
use souk_rpc::async_trait;
use souk_types::{Cursor, Cx, Fault, Page, PageRequest, Timestamp};

use super::World;

pub struct Shelves(pub Arc<World>);

impl Shelves {
    fn check(&self) -> Result<(), Fault> {
        if self.0.is_down.load(Ordering::SeqCst) { Err(Fault::unavailable("down")) } else { Ok(()) }
    }
}

fn not_here<T, E: From<Fault>>() -> Result<T, E> {
    Err(Fault::internal("search does not ask for this").into())
}

#[async_trait]
impl Catalog for Shelves {
    async fn products(&self, _cx: &Cx, ids: Vec<ProductId>) -> Result<Vec<Product>, catalog::Error> {
        self.check()?;
        assert!(ids.len() <= 500);
        let products = self.0.products.lock().unwrap();
        let maker = *self.0.maker.lock().unwrap();
        let made = |id| maker.map(|make| make(id));
        Ok(ids.iter().filter_map(|id| products.get(id).cloned().or_else(|| made(*id))).collect())
    }

    async fn ids(&self, _cx: &Cx, page: PageRequest) -> Result<Page<ProductId>, catalog::Error> {
        self.check()?;
        let rows = usize::try_from(page.rows()?).unwrap();
        let after: Option<ProductId> = page.after.as_ref().map(|cursor| cursor.0.parse().unwrap());
        let products = self.0.products.lock().unwrap();
        let ids = products.keys().copied().filter(|id| after.is_none_or(|after| *id > after)).take(rows).collect();
        Ok(Page::from_rows(ids, &page, |id| Cursor(id.to_string()).0))
    }

    async fn categories(&self, _cx: &Cx) -> Result<Vec<Category>, catalog::Error> {
        Ok(self.0.categories.lock().unwrap().clone())
    }

    async fn product(&self, _: &Cx, _: ProductId) -> Result<Option<Product>, catalog::Error> {
        not_here()
    }
    async fn product_by_slug(&self, _: &Cx, _: String) -> Result<Option<SlugMatch>, catalog::Error> {
        not_here()
    }
    async fn offers(&self, _: &Cx, _: Vec<String>) -> Result<Vec<Offer>, catalog::Error> {
        not_here()
    }
    async fn known_skus(&self, _: &Cx, _: Vec<String>) -> Result<Vec<String>, catalog::Error> {
        not_here()
    }
    async fn list(&self, _: &Cx, _: ProductFilter, _: PageRequest) -> Result<Page<ProductSummary>, catalog::Error> {
        not_here()
    }
    async fn listed(&self, _: &Cx, _: PageRequest) -> Result<Page<Listed>, catalog::Error> {
        not_here()
    }
    async fn listed_mark(&self, _: &Cx, _: Option<Cursor>, _: u32) -> Result<Option<Cursor>, catalog::Error> {
        not_here()
    }
    async fn create(&self, _: &Cx, _: ProductDraft) -> Result<Product, catalog::Error> {
        not_here()
    }
    async fn update(&self, _: &Cx, _: ProductId, _: i64, _: ProductDraft) -> Result<Product, catalog::Error> {
        not_here()
    }
    async fn upsert(&self, _: &Cx, _: Vec<ProductDraft>) -> Result<Vec<Upserted>, catalog::Error> {
        not_here()
    }
    async fn save_category(&self, _: &Cx, _: CategoryDraft) -> Result<CategoryId, catalog::Error> {
        not_here()
    }
    async fn delete_category(&self, _: &Cx, _: CategoryId, _: Option<i64>) -> Result<(), catalog::Error> {
        not_here()
    }
    async fn collection(&self, _: &Cx, _: CollectionId) -> Result<Option<Collection>, catalog::Error> {
        not_here()
    }
    async fn list_collections(
        &self,
        _: &Cx,
        _: CollectionFilter,
        _: PageRequest,
    ) -> Result<Page<catalog::CollectionSummary>, catalog::Error> {
        not_here()
    }
    async fn preview_collection(
        &self,
        _: &Cx,
        _: catalog::Members,
    ) -> Result<catalog::CollectionPreview, catalog::Error> {
        not_here()
    }
    async fn delete_collection(&self, _: &Cx, _: CollectionId, _: Option<i64>) -> Result<(), catalog::Error> {
        not_here()
    }
    async fn collections(&self, _: &Cx) -> Result<Vec<Collection>, catalog::Error> {
        not_here()
    }
    async fn collection_by_slug(&self, _: &Cx, _: String) -> Result<Option<Collection>, catalog::Error> {
        not_here()
    }
    async fn save_collection(&self, _: &Cx, _: CollectionDraft) -> Result<CollectionId, catalog::Error> {
        not_here()
    }
    async fn newest(
        &self,
        _: &Cx,
        _: Option<CategoryId>,
        _: PageRequest,
    ) -> Result<Page<ProductSummary>, catalog::Error> {
        not_here()
    }
    async fn collection_products(
        &self,
        _: &Cx,
        _: String,
        _: PageRequest,
    ) -> Result<Page<ProductSummary>, catalog::Error> {
        not_here()
    }
    async fn add_image(&self, _: &Cx, _: Blob, _: String) -> Result<Image, catalog::Error> {
        not_here()
    }
    async fn rendition(&self, _: &Cx, _: String, _: u32, _: ImageFormat) -> Result<Option<Rendition>, catalog::Error> {
        not_here()
    }
    async fn start_import(&self, _: &Cx, _: NewImport) -> Result<ImportId, catalog::Error> {
        not_here()
    }
    async fn import(&self, _: &Cx, _: ImportId) -> Result<Option<Import>, catalog::Error> {
        not_here()
    }
    async fn imports(&self, _: &Cx, _: ImportFilter, _: PageRequest) -> Result<Page<Import>, catalog::Error> {
        not_here()
    }
    async fn preview_bulk_edit(
        &self,
        _: &Cx,
        _: BulkSelection,
        _: Option<BulkChange>,
    ) -> Result<BulkPreview, catalog::Error> {
        not_here()
    }
    async fn start_bulk_edit(&self, _: &Cx, _: BulkEditId, _: NewBulkEdit) -> Result<(), catalog::Error> {
        not_here()
    }
    async fn stop_bulk_edit(&self, _: &Cx, _: BulkEditId) -> Result<(), catalog::Error> {
        not_here()
    }
    async fn undo_bulk_edit(&self, _: &Cx, _: BulkEditId) -> Result<(), catalog::Error> {
        not_here()
    }
    async fn bulk_edit(&self, _: &Cx, _: BulkEditId) -> Result<Option<BulkEdit>, catalog::Error> {
        not_here()
    }
    async fn bulk_edits(&self, _: &Cx, _: BulkEditFilter, _: PageRequest) -> Result<Page<BulkEdit>, catalog::Error> {
        not_here()
    }
    async fn bulk_edit_products(
        &self,
        _: &Cx,
        _: BulkEditId,
        _: BulkOutcome,
        _: PageRequest,
    ) -> Result<Page<BulkProduct>, catalog::Error> {
        not_here()
    }
    async fn export(
        &self,
        _: &Cx,
        _: FileFormat,
        _: ProductFilter,
        _: PageRequest,
    ) -> Result<ExportChunk, catalog::Error> {
        not_here()
    }
}

#[async_trait]
impl Inventory for Shelves {
    async fn availability(&self, _cx: &Cx, skus: Vec<String>) -> Result<Vec<Availability>, inventory::Error> {
        self.check()?;
        let stock = self.0.stock.lock().unwrap();
        Ok(skus.into_iter().map(|sku| Availability { available: stock.get(&sku).copied().unwrap_or(0), sku }).collect())
    }

    async fn reserve(
        &self,
        _: &Cx,
        _: souk_contracts::OrderId,
        _: Vec<StockLine>,
        _: Timestamp,
    ) -> Result<(), inventory::Error> {
        not_here()
    }
    async fn commit(&self, _: &Cx, _: souk_contracts::OrderId, _: Vec<StockLine>) -> Result<(), inventory::Error> {
        not_here()
    }
    async fn release(&self, _: &Cx, _: souk_contracts::OrderId, _: Vec<StockLine>) -> Result<(), inventory::Error> {
        not_here()
    }
    async fn levels(&self, _: &Cx, _: LevelFilter, _: PageRequest) -> Result<Page<Level>, inventory::Error> {
        not_here()
    }
    async fn movements(&self, _: &Cx, _: String, _: PageRequest) -> Result<Page<Movement>, inventory::Error> {
        not_here()
    }
    async fn locations(&self, _: &Cx) -> Result<Vec<Location>, inventory::Error> {
        not_here()
    }
    async fn save_location(&self, _: &Cx, _: Location) -> Result<Location, inventory::Error> {
        not_here()
    }
    async fn adjust(&self, _: &Cx, _: Adjustment) -> Result<Level, inventory::Error> {
        not_here()
    }
    async fn transfer(&self, _: &Cx, _: Transfer) -> Result<(), inventory::Error> {
        not_here()
    }
    async fn audit(&self, _: &Cx) -> Result<Vec<String>, inventory::Error> {
        not_here()
    }
    async fn holdings(&self, _: &Cx, _: PageRequest) -> Result<Page<inventory::Holding>, inventory::Error> {
        not_here()
    }
}
