//! Lists whose columns' heads sort them.

use http::{StatusCode, header};
use serde_json::{Value, json};
use souk_contracts::{
    ProductId,
    catalog::{ProductStatus, ProductSummary},
};
use souk_types::{Cursor, Page, Timestamp};

use super::fakes::{Shop, as_staff, eur, ok};

fn product() -> ProductSummary {
    ProductSummary {
        id: ProductId::from_bits(1),
        slug: "tote".into(),
        title: "Tote".into(),
        brand: "Acme".into(),
        status: ProductStatus::Active,
        variants: 1,
        price_min: eur(1_000),
        price_max: eur(1_000),
        image: None,
        updated_at: Timestamp::EPOCH,
    }
}

fn page<T>(item: T) -> Page<T> {
    Page { items: vec![item], next: Some(Cursor("on & on".into())) }
}

fn shop() -> Shop {
    Shop::new(|method, _| match method {
        "catalog.list" => ok(page(product())),
        _ => None,
    })
}

/// The head of a column as it stands in a page.
fn head<'p>(page: &'p str, column: &str) -> &'p str {
    let heads = page.split("<thead>").nth(1).unwrap().split("</thead>").next().unwrap();
    heads
        .split("<th ")
        .find(|head| head.contains(&format!(">{column}<")))
        .unwrap_or_else(|| panic!("{column}: {heads}"))
}

#[tokio::test]
async fn a_columns_head_sorts_and_says_how_the_list_is_sorted() {
    let shop = shop();
    let own = shop.get("warehouse", "/admin/products").await.body;
    assert_eq!(shop.asked("catalog.list")[0]["filter"]["sort"], Value::Null);
    assert!(
        head(&own, "Changed")
            .contains("aria-sort=\"descending\"><a class=\"sort-head\" href=\"/admin/products?sort=changed\"")
    );
    assert!(head(&own, "Product").contains("<a class=\"sort-head\" href=\"/admin/products?sort=title\""), "{own}");
    assert_eq!(own.matches("aria-sort").count(), 1);
    assert!(!head(&own, "Status").contains("<a"), "nobody sorts by status");
    let sorted = shop.get("warehouse", "/admin/products?sort=title").await.body;
    assert_eq!(shop.asked("catalog.list")[1]["filter"]["sort"], "title");
    assert!(
        head(&sorted, "Product")
            .contains("aria-sort=\"ascending\"><a class=\"sort-head\" href=\"/admin/products?sort=-title\"")
    );
    assert!(head(&sorted, "Changed").contains("href=\"/admin/products\""), "{sorted}");
    assert!(sorted.contains("sorted by: Title, A to Z</caption>"), "{sorted}");
    let backwards = shop.get("warehouse", "/admin/products?sort=-title").await.body;
    assert!(
        head(&backwards, "Product")
            .contains("aria-sort=\"descending\"><a class=\"sort-head\" href=\"/admin/products?sort=title\"")
    );
}

#[tokio::test]
async fn order_and_filters_keep_each_other() {
    let shop = shop();
    let page = shop.get("owner", "/admin/products?q=to+te&status=active&sort=-price&after=here").await.body;
    let asked = &shop.asked("catalog.list")[0];
    assert_eq!(asked["filter"], json!({ "status": "active", "text": "to te", "sort": "-price" }));
    assert_eq!(asked["page"]["after"], "here");
    // Heads keep what is filtered, and begin at the first page.
    assert!(
        head(&page, "Price").contains("href=\"/admin/products?q=to+te&amp;status=active&amp;sort=price\""),
        "{page}"
    );
    assert!(head(&page, "Product").contains("href=\"/admin/products?q=to+te&amp;status=active&amp;sort=title\""));
    // Pages keep the order, and so do the filters, without a script and where the heads are out of sight.
    assert!(page.contains("href=\"/admin/products?q=to+te&amp;status=active&amp;sort=-price&amp;after=on+%26+on\""));
    assert!(page.contains("href=\"/admin/products?q=to+te&amp;status=active&amp;sort=-price\">First"), "{page}");
    assert!(page.contains("<option value=\"-price\" selected>Price, highest first</option>"), "{page}");
    // What is done with all that match, or written to a file, is the same in any order.
    assert!(page.contains("href=\"/admin/products/export.csv?q=to+te&amp;status=active\""), "{page}");
    assert!(page.contains("href=\"/admin/products/bulk?all=1&amp;q=to+te&amp;status=active\""), "{page}");
}

#[tokio::test]
async fn an_order_that_there_is_not_is_refused_like_any_other_wrong_parameter() {
    let shop = shop();
    for path in ["/admin/products?sort=status", "/admin/products?sort=--title", "/admin/products?sort=title;drop"] {
        let got = shop.get("owner", path).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        let program = as_staff("owner", "GET", path).header(header::ACCEPT, "application/json");
        let got = shop.send(program.body(axum::body::Body::empty()).unwrap()).await;
        assert!(got.body.contains("\"sort\""), "{}", got.body);
    }
    assert_eq!(shop.asked("catalog.list").len(), 0);
}
