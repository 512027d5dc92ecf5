//! The catalogue and the search.

use std::sync::atomic::Ordering;

use async_trait::async_trait;
use souk_contracts::{
    BulkEditId, CategoryId, CollectionId, ImportId, ProductId,
    catalog::{self, Catalog, Collection, Listed, SlugMatch},
    search::{self, Brand, Hit, Query, Results, Scope, Search, Suggestions},
};
use souk_types::{Cursor, Cx, Fault, Id, Page, PageRequest, Timestamp};

use super::{Services, absent};
use crate::goods;

fn number(cursor: &Cursor) -> u128 {
    cursor.0.parse::<ProductId>().unwrap().bits()
}

#[async_trait]
impl Catalog for Services {
    async fn product_by_slug(&self, _cx: &Cx, slug: String) -> Result<Option<SlugMatch>, catalog::Error> {
        self.product_reads.fetch_add(1, Ordering::SeqCst);
        if self.lock().catalogue_down {
            return Err(Fault::unavailable("the catalogue is down").into());
        }
        if slug == "old-bag" {
            return Ok(Some(SlugMatch::Moved("canvas-bag".to_owned())));
        }
        let title = self.lock().title.clone();
        let found = goods::products().into_iter().find(|product| product.slug == slug);
        Ok(found.map(|mut product| {
            product.title = title.unwrap_or(product.title);
            SlugMatch::Found(Box::new(product))
        }))
    }
    async fn offers(&self, _cx: &Cx, skus: Vec<String>) -> Result<Vec<catalog::Offer>, catalog::Error> {
        Ok(skus.iter().filter_map(|sku| goods::offer(sku)).collect())
    }
    async fn categories(&self, _cx: &Cx) -> Result<Vec<catalog::Category>, catalog::Error> {
        Ok(goods::categories())
    }
    async fn rendition(
        &self,
        _cx: &Cx,
        hash: String,
        _width: u32,
        format: catalog::ImageFormat,
    ) -> Result<Option<catalog::Rendition>, catalog::Error> {
        let placeholder = hash == "missing";
        let bytes = catalog::Blob(b"<svg/>".to_vec());
        Ok((hash != "none").then_some(catalog::Rendition { bytes, format, placeholder }))
    }
    async fn known_skus(&self, _: &Cx, _: Vec<String>) -> Result<Vec<String>, catalog::Error> {
        absent()
    }
    async fn product(&self, _: &Cx, _: ProductId) -> Result<Option<catalog::Product>, catalog::Error> {
        absent()
    }
    async fn products(&self, _: &Cx, ids: Vec<ProductId>) -> Result<Vec<catalog::Product>, catalog::Error> {
        let products = goods::products();
        Ok(ids.iter().filter_map(|id| products.iter().find(|product| product.id == *id).cloned()).collect())
    }
    async fn listed(&self, _: &Cx, page: PageRequest) -> Result<Page<Listed>, catalog::Error> {
        let rows = u128::try_from(page.rows()?).unwrap();
        let after = page.after.as_ref().map_or(0, number);
        let last = self.lock().listed.unwrap_or(goods::products().len() as u128);
        let listed = |number: u128| Listed {
            id: Id::from_bits(number),
            slug: match number {
                1 => "canvas-bag".to_owned(),
                _ => format!("{}-{number}", "slug".repeat(45)),
            },
            updated_at: Timestamp::from_micros(1_767_225_600_000_000),
        };
        let rows = (after + 1..=last.min(after + rows)).map(listed).collect();
        Ok(Page::from_rows(rows, &page, |listed: &Listed| listed.id.to_string()))
    }
    async fn listed_mark(&self, _: &Cx, after: Option<Cursor>, count: u32) -> Result<Option<Cursor>, catalog::Error> {
        let mark = after.as_ref().map_or(0, number) + u128::from(count);
        let last = self.lock().listed.unwrap_or(0);
        Ok((mark < last).then(|| Cursor(ProductId::from_bits(mark).to_string())))
    }
    async fn collection_by_slug(&self, _: &Cx, slug: String) -> Result<Option<Collection>, catalog::Error> {
        Ok(goods::collections().into_iter().find(|collection| collection.slug == slug))
    }
    async fn list(
        &self,
        _: &Cx,
        _: catalog::ProductFilter,
        _: PageRequest,
    ) -> Result<Page<catalog::ProductSummary>, catalog::Error> {
        absent()
    }
    async fn ids(&self, _: &Cx, _: PageRequest) -> Result<Page<ProductId>, catalog::Error> {
        absent()
    }
    async fn create(&self, _: &Cx, _: catalog::ProductDraft) -> Result<catalog::Product, catalog::Error> {
        absent()
    }
    async fn update(
        &self,
        _: &Cx,
        _: ProductId,
        _: i64,
        _: catalog::ProductDraft,
    ) -> Result<catalog::Product, catalog::Error> {
        absent()
    }
    async fn upsert(&self, _: &Cx, _: Vec<catalog::ProductDraft>) -> Result<Vec<catalog::Upserted>, catalog::Error> {
        absent()
    }
    async fn save_category(&self, _: &Cx, _: catalog::CategoryDraft) -> Result<CategoryId, catalog::Error> {
        absent()
    }
    async fn delete_category(&self, _: &Cx, _: CategoryId, _: Option<i64>) -> Result<(), catalog::Error> {
        absent()
    }
    async fn collection(&self, _: &Cx, _: CollectionId) -> Result<Option<catalog::Collection>, catalog::Error> {
        absent()
    }
    async fn list_collections(
        &self,
        _: &Cx,
        _: catalog::CollectionFilter,
        _: PageRequest,
    ) -> Result<Page<catalog::CollectionSummary>, catalog::Error> {
        absent()
    }
    async fn preview_collection(
        &self,
        _: &Cx,
        _: catalog::Members,
    ) -> Result<catalog::CollectionPreview, catalog::Error> {
        absent()
    }
    async fn delete_collection(&self, _: &Cx, _: CollectionId, _: Option<i64>) -> Result<(), catalog::Error> {
        absent()
    }
    async fn collections(&self, _: &Cx) -> Result<Vec<Collection>, catalog::Error> {
        Ok(goods::collections())
    }
    async fn save_collection(&self, _: &Cx, _: catalog::CollectionDraft) -> Result<CollectionId, catalog::Error> {
        absent()
    }
    async fn newest(
        &self,
        _: &Cx,
        _: Option<CategoryId>,
        _: PageRequest,
    ) -> Result<Page<catalog::ProductSummary>, catalog::Error> {
        absent()
    }
    async fn collection_products(
        &self,
        _: &Cx,
        _: String,
        _: PageRequest,
    ) -> Result<Page<catalog::ProductSummary>, catalog::Error> {
        absent()
    }
    async fn add_image(&self, _: &Cx, _: catalog::Blob, _: String) -> Result<catalog::Image, catalog::Error> {
        absent()
    }
    async fn start_import(&self, _: &Cx, _: catalog::NewImport) -> Result<ImportId, catalog::Error> {
        absent()
    }
    async fn import(&self, _: &Cx, _: ImportId) -> Result<Option<catalog::Import>, catalog::Error> {
        absent()
    }
    async fn imports(
        &self,
        _: &Cx,
        _: catalog::ImportFilter,
        _: PageRequest,
    ) -> Result<Page<catalog::Import>, catalog::Error> {
        absent()
    }
    async fn preview_bulk_edit(
        &self,
        _: &Cx,
        _: catalog::BulkSelection,
        _: Option<catalog::BulkChange>,
    ) -> Result<catalog::BulkPreview, catalog::Error> {
        absent()
    }
    async fn start_bulk_edit(&self, _: &Cx, _: BulkEditId, _: catalog::NewBulkEdit) -> Result<(), catalog::Error> {
        absent()
    }
    async fn stop_bulk_edit(&self, _: &Cx, _: BulkEditId) -> Result<(), catalog::Error> {
        absent()
    }
    async fn undo_bulk_edit(&self, _: &Cx, _: BulkEditId) -> Result<(), catalog::Error> {
        absent()
    }
    async fn bulk_edit(&self, _: &Cx, _: BulkEditId) -> Result<Option<catalog::BulkEdit>, catalog::Error> {
        absent()
    }
    async fn bulk_edits(
        &self,
        _: &Cx,
        _: catalog::BulkEditFilter,
        _: PageRequest,
    ) -> Result<Page<catalog::BulkEdit>, catalog::Error> {
        absent()
    }
    async fn bulk_edit_products(
        &self,
        _: &Cx,
        _: BulkEditId,
        _: catalog::BulkOutcome,
        _: PageRequest,
    ) -> Result<Page<catalog::BulkProduct>, catalog::Error> {
        absent()
    }
    async fn export(
        &self,
        _: &Cx,
        _: catalog::FileFormat,
        _: catalog::ProductFilter,
        _: PageRequest,
    ) -> Result<catalog::ExportChunk, catalog::Error> {
        absent()
    }
}

#[async_trait]
impl Search for Services {
    async fn search(&self, _cx: &Cx, query: Query) -> Result<Results, search::Error> {
        let nothing = query.text == "zzz";
        self.lock().searched = Some(query.clone());
        let sold_out = self.lock().sold_out;
        let mut hits: Vec<Hit> = if nothing { Vec::new() } else { goods::products().iter().map(goods::hit).collect() };
        hits.iter_mut().for_each(|hit| hit.in_stock &= !sold_out);
        for scope in &query.filters.scope {
            if let Scope::Products(ids) = scope {
                hits.retain(|hit| ids.contains(&hit.product));
            }
        }
        Ok(Results {
            total: if nothing { 0 } else { 60 },
            hits,
            facets: if query.facets { goods::facets() } else { Vec::new() },
            did_you_mean: (query.text == "bga").then(|| "bag".to_owned()),
        })
    }
    async fn brands(&self, _cx: &Cx, page: PageRequest) -> Result<Page<Brand>, search::Error> {
        let after = page.after.clone().map(|cursor| cursor.0).unwrap_or_default();
        let rows = goods::brands().into_iter().filter(|brand| brand.slug > after).collect();
        Ok(Page::from_rows(rows, &page, |brand: &Brand| brand.slug.clone()))
    }
    async fn brand(&self, _cx: &Cx, slug: String) -> Result<Option<Brand>, search::Error> {
        Ok(goods::brands().into_iter().find(|brand| brand.slug == slug))
    }
    async fn suggest(&self, _cx: &Cx, _text: String) -> Result<Suggestions, search::Error> {
        Ok(Suggestions {
            queries: vec!["leather bag".to_owned()],
            categories: vec![("Bags".to_owned(), "bags".to_owned())],
            products: goods::products().iter().map(goods::hit).collect(),
        })
    }
    async fn reindex(&self, _: &Cx) -> Result<search::IndexStatus, search::Error> {
        absent()
    }
    async fn start_reindex(&self, _: &Cx) -> Result<search::IndexStatus, search::Error> {
        absent()
    }
    async fn status(&self, _: &Cx) -> Result<search::IndexStatus, search::Error> {
        absent()
    }
}
