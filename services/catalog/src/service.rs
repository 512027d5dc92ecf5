use std::sync::Arc;

use async_trait::async_trait;
use souk_contracts::{
    BulkEditId, CategoryId, CollectionId, ImportId, ProductId,
    catalog::{
        Blob, BulkChange, BulkEdit, BulkEditFilter, BulkOutcome, BulkPreview, BulkProduct, BulkSelection, Catalog,
        Category, CategoryDraft, Collection, CollectionDraft, CollectionFilter, CollectionPreview, CollectionSummary,
        Error, ExportChunk, FileFormat, Image, ImageFormat, Import, ImportFilter, Listed, Members, NewBulkEdit,
        NewImport, Offer, Product, ProductDraft, ProductFilter, ProductSummary, Rendition, SlugMatch, Upserted,
    },
    permission::{CATALOG_MANAGE, CATALOG_READ},
};
use souk_types::{Cursor, Cx, Page, PageRequest};

use crate::{categories, collections, core::Core, images, interchange, products};

/// Checks who may, and hands over to where it is done.
pub(crate) struct CatalogService {
    core: Arc<Core>,
}

impl CatalogService {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }
}

#[async_trait]
impl Catalog for CatalogService {
    async fn product(&self, cx: &Cx, id: ProductId) -> Result<Option<Product>, Error> {
        products::product(&self.core, cx, id).await
    }

    async fn product_by_slug(&self, cx: &Cx, slug: String) -> Result<Option<SlugMatch>, Error> {
        products::by_slug(&self.core, cx, slug).await
    }

    async fn products(&self, cx: &Cx, ids: Vec<ProductId>) -> Result<Vec<Product>, Error> {
        products::products(&self.core, cx, ids).await
    }

    async fn offers(&self, cx: &Cx, skus: Vec<String>) -> Result<Vec<Offer>, Error> {
        products::offers(&self.core, cx, skus).await
    }

    async fn known_skus(&self, cx: &Cx, skus: Vec<String>) -> Result<Vec<String>, Error> {
        cx.actor.require(CATALOG_READ)?;
        products::known_skus(&self.core, cx, skus).await
    }

    async fn list(&self, cx: &Cx, filter: ProductFilter, page: PageRequest) -> Result<Page<ProductSummary>, Error> {
        cx.actor.require(CATALOG_READ)?;
        products::list(&self.core, cx, filter, page).await
    }

    async fn ids(&self, cx: &Cx, page: PageRequest) -> Result<Page<ProductId>, Error> {
        cx.actor.require(CATALOG_READ)?;
        products::ids(&self.core, cx, page).await
    }

    async fn listed(&self, cx: &Cx, page: PageRequest) -> Result<Page<Listed>, Error> {
        products::listed(&self.core, cx, page).await
    }

    async fn listed_mark(&self, cx: &Cx, after: Option<Cursor>, count: u32) -> Result<Option<Cursor>, Error> {
        products::listed_mark(&self.core, cx, after, count).await
    }

    async fn newest(
        &self,
        cx: &Cx,
        category: Option<CategoryId>,
        page: PageRequest,
    ) -> Result<Page<ProductSummary>, Error> {
        products::newest(&self.core, cx, category, page).await
    }

    async fn create(&self, cx: &Cx, draft: ProductDraft) -> Result<Product, Error> {
        cx.actor.require(CATALOG_MANAGE)?;
        products::create(&self.core, cx, draft).await
    }

    async fn update(&self, cx: &Cx, id: ProductId, version: i64, draft: ProductDraft) -> Result<Product, Error> {
        cx.actor.require(CATALOG_MANAGE)?;
        products::update(&self.core, cx, id, version, draft).await
    }

    async fn upsert(&self, cx: &Cx, drafts: Vec<ProductDraft>) -> Result<Vec<Upserted>, Error> {
        cx.actor.require(CATALOG_MANAGE)?;
        products::upsert(&self.core, cx, drafts).await
    }

    async fn categories(&self, cx: &Cx) -> Result<Vec<Category>, Error> {
        Ok(self.core.present_tree(cx).await?.in_order())
    }

    async fn save_category(&self, cx: &Cx, draft: CategoryDraft) -> Result<CategoryId, Error> {
        cx.actor.require(CATALOG_MANAGE)?;
        categories::save(&self.core, cx, draft).await
    }

    async fn delete_category(&self, cx: &Cx, id: CategoryId, version: Option<i64>) -> Result<(), Error> {
        cx.actor.require(CATALOG_MANAGE)?;
        categories::delete(&self.core, cx, id, version).await
    }

    async fn collection(&self, cx: &Cx, id: CollectionId) -> Result<Option<Collection>, Error> {
        cx.actor.require(CATALOG_READ)?;
        collections::by_id(&self.core, cx, id).await
    }

    async fn list_collections(
        &self,
        cx: &Cx,
        filter: CollectionFilter,
        page: PageRequest,
    ) -> Result<Page<CollectionSummary>, Error> {
        cx.actor.require(CATALOG_READ)?;
        collections::page(&self.core, cx, filter, page).await
    }

    async fn preview_collection(&self, cx: &Cx, members: Members) -> Result<CollectionPreview, Error> {
        cx.actor.require(CATALOG_READ)?;
        collections::preview(&self.core, cx, members).await
    }

    async fn delete_collection(&self, cx: &Cx, id: CollectionId, version: Option<i64>) -> Result<(), Error> {
        cx.actor.require(CATALOG_MANAGE)?;
        collections::delete(&self.core, cx, id, version).await
    }

    async fn collections(&self, cx: &Cx) -> Result<Vec<Collection>, Error> {
        collections::list(&self.core, cx).await
    }

    async fn collection_by_slug(&self, cx: &Cx, slug: String) -> Result<Option<Collection>, Error> {
        collections::by_slug(&self.core, cx, slug).await
    }

    async fn save_collection(&self, cx: &Cx, draft: CollectionDraft) -> Result<CollectionId, Error> {
        cx.actor.require(CATALOG_MANAGE)?;
        collections::save(&self.core, cx, draft).await
    }

    async fn collection_products(
        &self,
        cx: &Cx,
        slug: String,
        page: PageRequest,
    ) -> Result<Page<ProductSummary>, Error> {
        products::in_collection(&self.core, cx, slug, page).await
    }

    async fn add_image(&self, cx: &Cx, bytes: Blob, alt: String) -> Result<Image, Error> {
        cx.actor.require(CATALOG_MANAGE)?;
        images::add_image(&self.core, cx, bytes.0, alt).await
    }

    async fn rendition(
        &self,
        cx: &Cx,
        hash: String,
        width: u32,
        format: ImageFormat,
    ) -> Result<Option<Rendition>, Error> {
        images::rendition(&self.core, cx, hash, width, format).await
    }

    async fn start_import(&self, cx: &Cx, import: NewImport) -> Result<ImportId, Error> {
        cx.actor.require(CATALOG_MANAGE)?;
        interchange::start_import(&self.core, cx, import).await
    }

    async fn import(&self, cx: &Cx, id: ImportId) -> Result<Option<Import>, Error> {
        cx.actor.require(CATALOG_READ)?;
        interchange::import(&self.core, cx, id).await
    }

    async fn imports(&self, cx: &Cx, filter: ImportFilter, page: PageRequest) -> Result<Page<Import>, Error> {
        cx.actor.require(CATALOG_READ)?;
        interchange::imports(&self.core, cx, filter, page).await
    }

    async fn preview_bulk_edit(
        &self,
        cx: &Cx,
        selection: BulkSelection,
        change: Option<BulkChange>,
    ) -> Result<BulkPreview, Error> {
        cx.actor.require(CATALOG_MANAGE)?;
        products::bulk::preview(&self.core, cx, selection, change).await
    }

    async fn start_bulk_edit(&self, cx: &Cx, id: BulkEditId, edit: NewBulkEdit) -> Result<(), Error> {
        cx.actor.require(CATALOG_MANAGE)?;
        products::bulk::start(&self.core, cx, id, edit).await
    }

    async fn stop_bulk_edit(&self, cx: &Cx, id: BulkEditId) -> Result<(), Error> {
        cx.actor.require(CATALOG_MANAGE)?;
        products::bulk::stop(&self.core, cx, id).await
    }

    async fn undo_bulk_edit(&self, cx: &Cx, id: BulkEditId) -> Result<(), Error> {
        cx.actor.require(CATALOG_MANAGE)?;
        products::bulk::undo(&self.core, cx, id).await
    }

    async fn bulk_edit(&self, cx: &Cx, id: BulkEditId) -> Result<Option<BulkEdit>, Error> {
        cx.actor.require(CATALOG_READ)?;
        products::bulk::by_id(&self.core, cx, id).await
    }

    async fn bulk_edits(&self, cx: &Cx, filter: BulkEditFilter, page: PageRequest) -> Result<Page<BulkEdit>, Error> {
        cx.actor.require(CATALOG_READ)?;
        products::bulk::list(&self.core, cx, filter, page).await
    }

    async fn bulk_edit_products(
        &self,
        cx: &Cx,
        id: BulkEditId,
        outcome: BulkOutcome,
        page: PageRequest,
    ) -> Result<Page<BulkProduct>, Error> {
        cx.actor.require(CATALOG_READ)?;
        products::bulk::items(&self.core, cx, id, outcome, page).await
    }

    async fn export(
        &self,
        cx: &Cx,
        format: FileFormat,
        filter: ProductFilter,
        page: PageRequest,
    ) -> Result<ExportChunk, Error> {
        cx.actor.require(CATALOG_READ)?;
        interchange::export(&self.core, cx, format, filter, page).await
    }
}
