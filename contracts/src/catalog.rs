//! The catalogue: products, variants, categories, collections, images; import and export.

mod bulk;
mod events;
mod import;
mod product;
mod tree;

pub use bulk::*;
pub use events::*;
pub use import::*;
pub use product::*;
use souk_rpc::rpc;
use souk_types::{Cursor, Cx, Page, PageRequest};
pub use tree::*;

use crate::{BulkEditId, CategoryId, CollectionId, ImportId, ProductId, error::service_errors};

service_errors! {
    /// Somebody else has changed it since the caller looked.
    VersionConflict { current: i64 } = Conflict, "version_conflict",
        "somebody else changed this meanwhile (it is now at version {current}); reload and try again";
    /// Another product has this SKU.
    SkuTaken { sku: String } = Conflict, "sku_taken", "another product has the SKU {sku}";
}

/// Keeps products and all that describes them.
#[rpc]
pub trait Catalog {
    /// Returns one product in any status to staff, and only an active one to everybody else.
    #[read]
    async fn product(&self, cx: &Cx, id: ProductId) -> Result<Option<Product>, Error>;

    /// Finds a product by the slug in its address; an old slug answers where it has moved to.
    #[read]
    async fn product_by_slug(&self, cx: &Cx, slug: String) -> Result<Option<SlugMatch>, Error>;

    /// Returns the products that exist, in the order asked; at most [`souk_types::limits::PAGE_ITEMS_MAX`] × 2.
    #[read]
    async fn products(&self, cx: &Cx, ids: Vec<ProductId>) -> Result<Vec<Product>, Error>;

    /// Returns what can be bought under these SKUs, with present prices; unknown and inactive ones are left out.
    #[read]
    async fn offers(&self, cx: &Cx, skus: Vec<String>) -> Result<Vec<Offer>, Error>;

    /// Says to staff which of these SKUs a product has, in whatever status.
    #[read]
    async fn known_skus(&self, cx: &Cx, skus: Vec<String>) -> Result<Vec<String>, Error>;

    /// Lists products for staff, by itself newest change first.
    #[read]
    async fn list(&self, cx: &Cx, filter: ProductFilter, page: PageRequest) -> Result<Page<ProductSummary>, Error>;

    /// Lists all product ids in a stable order, for those who keep a copy (search).
    #[read]
    async fn ids(&self, cx: &Cx, page: PageRequest) -> Result<Page<ProductId>, Error>;

    /// Lists the products that everybody sees, in a stable order, for sitemaps and feeds.
    #[read]
    async fn listed(&self, cx: &Cx, page: PageRequest) -> Result<Page<Listed>, Error>;

    /// The place in [`listed`](Self::listed) behind the next `count` products (1 to 50,000), for those who cut the list
    /// into pieces; `None` when nothing comes behind them.
    #[read]
    async fn listed_mark(&self, cx: &Cx, after: Option<Cursor>, count: u32) -> Result<Option<Cursor>, Error>;

    /// Lists the products that everybody sees, the newest first: all, or those in a category and below it, category by
    /// category. None of an unknown category.
    #[read]
    async fn newest(
        &self,
        cx: &Cx,
        category: Option<CategoryId>,
        page: PageRequest,
    ) -> Result<Page<ProductSummary>, Error>;

    /// Adds a product.
    async fn create(&self, cx: &Cx, draft: ProductDraft) -> Result<Product, Error>;

    /// Replaces a product; refused when `version` is not the present one.
    async fn update(&self, cx: &Cx, id: ProductId, version: i64, draft: ProductDraft) -> Result<Product, Error>;

    /// Adds or replaces many products by slug, each by itself; unchanged ones are left alone.
    #[idempotent]
    async fn upsert(&self, cx: &Cx, drafts: Vec<ProductDraft>) -> Result<Vec<Upserted>, Error>;

    /// Returns the whole category tree, parents before children.
    #[read]
    async fn categories(&self, cx: &Cx) -> Result<Vec<Category>, Error>;

    /// Adds (without id) or changes a category; refused when it is not in the version that was seen.
    async fn save_category(&self, cx: &Cx, draft: CategoryDraft) -> Result<CategoryId, Error>;

    /// Removes a category that nothing is in: neither products, nor categories, nor a collection's rule. Refused when
    /// `version` is told and is not the present one.
    async fn delete_category(&self, cx: &Cx, id: CategoryId, version: Option<i64>) -> Result<(), Error>;

    /// Returns a collection to staff.
    #[read]
    async fn collection(&self, cx: &Cx, id: CollectionId) -> Result<Option<Collection>, Error>;

    /// Lists collections for staff, by itself by title.
    #[read]
    async fn list_collections(
        &self,
        cx: &Cx,
        filter: CollectionFilter,
        page: PageRequest,
    ) -> Result<Page<CollectionSummary>, Error>;

    /// Says to staff what a collection with these members would have in it, as far as a look at the newest products
    /// tells.
    #[read]
    async fn preview_collection(&self, cx: &Cx, members: Members) -> Result<CollectionPreview, Error>;

    /// Removes a collection; its products stay. Refused when `version` is told and is not the present one.
    #[idempotent]
    async fn delete_collection(&self, cx: &Cx, id: CollectionId, version: Option<i64>) -> Result<(), Error>;

    /// Lists collections.
    #[read]
    async fn collections(&self, cx: &Cx) -> Result<Vec<Collection>, Error>;

    /// Finds a collection by the slug in its address.
    #[read]
    async fn collection_by_slug(&self, cx: &Cx, slug: String) -> Result<Option<Collection>, Error>;

    /// Adds (without id) or changes a collection; refused when it is not in the version that was seen.
    async fn save_collection(&self, cx: &Cx, draft: CollectionDraft) -> Result<CollectionId, Error>;

    /// Lists the products of a collection, picked by hand or matched by its rule.
    #[read]
    async fn collection_products(
        &self,
        cx: &Cx,
        slug: String,
        page: PageRequest,
    ) -> Result<Page<ProductSummary>, Error>;

    /// Takes an uploaded picture (JPEG, PNG or WebP), stores it by content hash and returns it.
    #[idempotent]
    async fn add_image(&self, cx: &Cx, bytes: Blob, alt: String) -> Result<Image, Error>;

    /// Returns a picture in one of [`IMAGE_WIDTHS`] and a format; a drawn placeholder when the original is missing.
    #[read]
    async fn rendition(
        &self,
        cx: &Cx,
        hash: String,
        width: u32,
        format: ImageFormat,
    ) -> Result<Option<Rendition>, Error>;

    /// Starts an import of a file in the import folder; it runs in the background.
    async fn start_import(&self, cx: &Cx, import: NewImport) -> Result<ImportId, Error>;

    /// Says how far an import is.
    #[read]
    async fn import(&self, cx: &Cx, id: ImportId) -> Result<Option<Import>, Error>;

    /// Lists imports, by itself newest first.
    #[read]
    async fn imports(&self, cx: &Cx, filter: ImportFilter, page: PageRequest) -> Result<Page<Import>, Error>;

    /// Says to staff how many products a bulk edit is for, and what it would do to the first few.
    #[read]
    async fn preview_bulk_edit(
        &self,
        cx: &Cx,
        selection: BulkSelection,
        change: Option<BulkChange>,
    ) -> Result<BulkPreview, Error>;

    /// Starts a bulk edit under an id that the caller has made; it runs in the background. The same again is one edit.
    #[idempotent]
    async fn start_bulk_edit(&self, cx: &Cx, id: BulkEditId, edit: NewBulkEdit) -> Result<(), Error>;

    /// Stops a bulk edit where it is; one that does not run any more stays as it is. What it has changed stays, and can
    /// be undone.
    #[idempotent]
    async fn stop_bulk_edit(&self, cx: &Cx, id: BulkEditId) -> Result<(), Error>;

    /// Stops a bulk edit if it still runs, and has the background give every product back what the edit took from it,
    /// unless it was changed since.
    #[idempotent]
    async fn undo_bulk_edit(&self, cx: &Cx, id: BulkEditId) -> Result<(), Error>;

    /// Says how far a bulk edit is.
    #[read]
    async fn bulk_edit(&self, cx: &Cx, id: BulkEditId) -> Result<Option<BulkEdit>, Error>;

    /// Lists bulk edits, by itself newest first.
    #[read]
    async fn bulk_edits(&self, cx: &Cx, filter: BulkEditFilter, page: PageRequest) -> Result<Page<BulkEdit>, Error>;

    /// Lists the products with which a bulk edit had this outcome.
    #[read]
    async fn bulk_edit_products(
        &self,
        cx: &Cx,
        id: BulkEditId,
        outcome: BulkOutcome,
        page: PageRequest,
    ) -> Result<Page<BulkProduct>, Error>;

    /// Returns the next piece of an export of the products that match; start without a cursor, go on until `next` is
    /// `None`.
    #[read]
    async fn export(
        &self,
        cx: &Cx,
        format: FileFormat,
        filter: ProductFilter,
        page: PageRequest,
    ) -> Result<ExportChunk, Error>;
}
