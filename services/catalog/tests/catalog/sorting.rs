//! The list of products in each of its orders.

use std::cmp::Ordering;

use souk_contracts::catalog::{Error, ProductFilter, ProductSort, ProductStatus, ProductSummary};
use souk_types::{Cursor, Page, PageRequest, ServiceError as _};

use crate::fixture::{Shop, draft, shops, staff, variant};

/// Products with the same title, price and moment of change, and titles that differ in case and beyond ASCII.
async fn fill(shop: &Shop) {
    let products = [
        ("mug", 900),
        ("Mug", 900),
        ("MUG", 500),
        ("Mug. 2", 900),
        ("anvil mug", 100),
        ("Zebra", 100),
        ("Éclair mug", 900),
        ("mug | %", 700),
    ];
    for (number, (title, price)) in products.into_iter().enumerate() {
        if number % 3 == 0 {
            shop.clock.advance(std::time::Duration::from_secs(1));
        }
        let mut product = draft(title, &format!("SKU-{number}"), price);
        product.slug = format!("product-{number}");
        product.status = [ProductStatus::Active, ProductStatus::Draft, ProductStatus::Archived][number % 3];
        shop.create(product).await;
    }
}

async fn page(shop: &Shop, filter: &ProductFilter, page: PageRequest) -> Result<Page<ProductSummary>, Error> {
    shop.catalog.list(&staff(), filter.clone(), page).await
}

/// All that a list has, read two by two.
async fn all(shop: &Shop, filter: &ProductFilter) -> Vec<ProductSummary> {
    let (mut found, mut request) = (Vec::new(), PageRequest::first(2));
    loop {
        let page = page(shop, filter, request.clone()).await.unwrap();
        found.extend(page.items);
        let Some(next) = page.next else { return found };
        request.after = Some(next);
    }
}

fn compare(sort: ProductSort, a: &ProductSummary, b: &ProductSummary) -> Ordering {
    let by = match sort.as_str().trim_start_matches('-') {
        "title" => a.title.to_lowercase().cmp(&b.title.to_lowercase()),
        "price" => a.price_min.minor.cmp(&b.price_min.minor),
        _ => a.updated_at.cmp(&b.updated_at),
    };
    let by = by.then_with(|| a.id.to_string().cmp(&b.id.to_string()));
    if sort.as_str().starts_with('-') { by.reverse() } else { by }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_order_has_every_product_once_whatever_is_filtered() {
    for shop in shops().await {
        fill(&shop).await;
        let known = all(&shop, &ProductFilter::default()).await;
        assert_eq!(known.len(), 8);
        let status = [None, Some(ProductStatus::Draft)];
        let text = [None, Some("mug".to_owned()), Some("sku-".to_owned())];
        for sort in ProductSort::ALL {
            for (status, text) in status.into_iter().flat_map(|status| text.iter().map(move |text| (status, text))) {
                let filter = ProductFilter { status, text: text.clone(), sort: Some(*sort) };
                let is_meant = |product: &&ProductSummary| {
                    status.is_none_or(|status| product.status == status)
                        && (text.as_deref() != Some("mug") || product.title.to_lowercase().contains("mug"))
                };
                let mut expected: Vec<_> = known.iter().filter(is_meant).cloned().collect();
                expected.sort_by(|a, b| compare(*sort, a, b));
                assert_eq!(all(&shop, &filter).await, expected, "{filter:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_thousands_of_skus_begin_with_is_found_in_every_order() {
    for shop in shops().await {
        fill(&shop).await;
        for number in 0..21 {
            let mut tiles = draft(&format!("Tiles {}", number * 7 % 10), "", 500 + number % 3);
            tiles.options = vec!["Glaze".to_owned()];
            tiles.variants = (0..100)
                .map(|glaze| variant(&format!("MUG-{number}-{glaze}"), &[&glaze.to_string()], 500 + number % 3))
                .collect();
            shop.create(tiles).await;
        }
        let known = all(&shop, &ProductFilter::default()).await;
        let is_meant = |product: &&ProductSummary| {
            let title = product.title.to_lowercase();
            title.contains("mug") || title.contains("tiles")
        };
        for sort in ProductSort::ALL {
            let mut expected: Vec<_> = known.iter().filter(is_meant).cloned().collect();
            expected.sort_by(|a, b| compare(*sort, a, b));
            assert_eq!(expected.len(), 28);
            let filter = ProductFilter { status: None, text: Some("mug".to_owned()), sort: Some(*sort) };
            assert_eq!(all(&shop, &filter).await, expected, "{sort}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_order_what_was_changed_last_comes_first() {
    for shop in shops().await {
        fill(&shop).await;
        let own = all(&shop, &ProductFilter::default()).await;
        let sort = Some(ProductSort::ChangedLast);
        assert_eq!(own, all(&shop, &ProductFilter { sort, ..ProductFilter::default() }).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_in_one_order_is_none_in_another() {
    for shop in shops().await {
        fill(&shop).await;
        let sorted = |sort| ProductFilter { sort: Some(sort), ..ProductFilter::default() };
        let first = page(&shop, &sorted(ProductSort::Title), PageRequest::first(2)).await.unwrap();
        let id = first.items[0].id;
        let on = |after| PageRequest { limit: 2, after: Some(after) };
        for other in ProductSort::ALL.iter().filter(|sort| **sort != ProductSort::Title) {
            let refused = page(&shop, &sorted(*other), on(first.next.clone().unwrap())).await.unwrap_err();
            assert_eq!(refused.fields()[0].field, "after", "{other}");
        }
        for nonsense in ["", "x", "price.", "price.x", &format!("price.{id}.dear"), &format!("price.{id}"), "price..5"]
        {
            let refused = page(&shop, &sorted(ProductSort::Cheapest), on(Cursor(nonsense.into()))).await.unwrap_err();
            assert_eq!(refused.fields()[0].field, "after", "{nonsense}");
        }
    }
}
