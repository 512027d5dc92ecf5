//! Who may do and see what.

use crate::fixture::{anyone, draft, reader, shops, staff};
use souk_contracts::{
    BulkEditId, CategoryId, CollectionId, ImportId,
    catalog::{
        Blob, BulkChange, BulkEditFilter, BulkOutcome, BulkSelection, CategoryDraft, CollectionDraft, CollectionFilter,
        Error, FileFormat, ImportFilter, Members, NewBulkEdit, NewImport, ProductFilter, ProductStatus,
    },
};
use souk_types::{ErrorKind, PageRequest, ServiceError as _};

fn denied<T: std::fmt::Debug>(outcome: Result<T, Error>) -> bool {
    outcome.is_err_and(|error| error.kind() == ErrorKind::Denied)
}

#[tokio::test(flavor = "multi_thread")]
async fn only_those_who_manage_the_catalogue_change_it() {
    for shop in shops().await {
        let product = shop.create(draft("Mug", "MUG", 1)).await;
        let category = CategoryDraft { id: None, version: None, parent: None, name: "Cups".to_owned(), position: 0 };
        let collection =
            CollectionDraft { id: None, version: None, title: "Cups".to_owned(), members: Members::Picked(Vec::new()) };
        let import = NewImport { file: "x".to_owned(), name: "x".to_owned(), format: FileFormat::JsonLines };
        for cx in [anyone(), reader()] {
            let mug = draft("Mug", "MUG", 1);
            assert!(denied(shop.catalog.create(&cx, mug.clone()).await));
            assert!(denied(shop.catalog.update(&cx, product.id, 1, mug.clone()).await));
            assert!(denied(shop.catalog.upsert(&cx, vec![mug]).await));
            assert!(denied(shop.catalog.save_category(&cx, category.clone()).await));
            assert!(denied(shop.catalog.save_collection(&cx, collection.clone()).await));
            let (some_category, some_collection) = (CategoryId::generate(&shop.env), CollectionId::generate(&shop.env));
            assert!(denied(shop.catalog.delete_category(&cx, some_category, None).await));
            assert!(denied(shop.catalog.delete_collection(&cx, some_collection, None).await));
            assert!(denied(shop.catalog.add_image(&cx, Blob(Vec::new()), String::new()).await));
            assert!(denied(shop.catalog.start_import(&cx, import.clone()).await));
            let edit = BulkEditId::generate(&shop.env);
            let selection = BulkSelection::Matching(ProductFilter::default());
            let change = BulkChange::Status(ProductStatus::Archived);
            assert!(denied(shop.catalog.preview_bulk_edit(&cx, selection.clone(), None).await));
            assert!(denied(shop.catalog.start_bulk_edit(&cx, edit, NewBulkEdit { selection, change }).await));
            assert!(denied(shop.catalog.stop_bulk_edit(&cx, edit).await));
            assert!(denied(shop.catalog.undo_bulk_edit(&cx, edit).await));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_staff_see_lists_imports_and_exports() {
    for shop in shops().await {
        let page = PageRequest::first(10);
        let import = ImportId::generate(&shop.env);
        assert!(denied(shop.catalog.list(&anyone(), ProductFilter::default(), page.clone()).await));
        assert!(denied(shop.catalog.ids(&anyone(), page.clone()).await));
        assert!(denied(shop.catalog.list_collections(&anyone(), CollectionFilter::default(), page.clone()).await));
        assert!(denied(shop.catalog.collection(&anyone(), CollectionId::generate(&shop.env)).await));
        assert!(denied(shop.catalog.preview_collection(&anyone(), Members::Picked(Vec::new())).await));
        assert!(denied(shop.catalog.imports(&anyone(), ImportFilter::default(), page.clone()).await));
        assert!(denied(shop.catalog.import(&anyone(), import).await));
        let edit = BulkEditId::generate(&shop.env);
        assert!(denied(shop.catalog.bulk_edits(&anyone(), BulkEditFilter::default(), page.clone()).await));
        assert!(denied(shop.catalog.bulk_edit(&anyone(), edit).await));
        let nobody = anyone();
        let items = shop.catalog.bulk_edit_products(&nobody, edit, BulkOutcome::Failed, page.clone());
        assert!(denied(items.await));
        let export = shop.catalog.export(&nobody, FileFormat::ShopifyCsv, ProductFilter::default(), page.clone());
        assert!(denied(export.await));
        assert!(shop.catalog.list(&reader(), ProductFilter::default(), page.clone()).await.is_ok());
        assert!(shop.catalog.imports(&reader(), ImportFilter::default(), page).await.is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_staff_see_what_is_not_active() {
    for shop in shops().await {
        let mut hidden = draft("Secret mug", "MUG", 1);
        hidden.status = ProductStatus::Draft;
        let product = shop.create(hidden.clone()).await;
        hidden.slug = "other".to_owned();
        let product = shop.catalog.update(&staff(), product.id, 1, hidden).await.unwrap();
        let picked = Members::Picked(vec![product.id]);
        let collection = CollectionDraft { id: None, version: None, title: "All".to_owned(), members: picked };
        shop.catalog.save_collection(&staff(), collection).await.unwrap();
        for (cx, count) in [(anyone(), 0), (reader(), 1)] {
            let catalog = &shop.catalog;
            assert_eq!(catalog.product(&cx, product.id).await.unwrap().iter().count(), count);
            assert_eq!(catalog.products(&cx, vec![product.id]).await.unwrap().len(), count);
            assert_eq!(catalog.product_by_slug(&cx, "other".to_owned()).await.unwrap().iter().count(), count);
            assert_eq!(catalog.product_by_slug(&cx, "secret-mug".to_owned()).await.unwrap().iter().count(), count);
            let page = catalog.collection_products(&cx, "all".to_owned(), PageRequest::first(9)).await.unwrap();
            assert_eq!(page.items.len(), count);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_are_told_which_skus_any_product_has() {
    for shop in shops().await {
        let mut hidden = draft("Secret mug", "MUG", 1);
        hidden.status = ProductStatus::Draft;
        shop.create(hidden).await;
        let asked = ["NONE", "MUG", "bad\0sku"].map(str::to_owned).to_vec();
        assert!(denied(shop.catalog.known_skus(&anyone(), asked.clone()).await));
        assert_eq!(shop.catalog.known_skus(&reader(), asked).await.unwrap(), ["MUG"]);
    }
}
