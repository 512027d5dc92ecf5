//! Lists as files.

use http::{StatusCode, header};
use serde_json::json;
use souk_contracts::{
    CustomerId, LocationId, ProductId, VariantId,
    accounts::Customer,
    catalog::{ExportChunk, Offer},
    inventory::{Level, Location},
};
use souk_types::{Cursor, Fault, Page, Timestamp};

use super::fakes::{Shop, eur, ok, refused};

fn page<T>(first: bool, item: T) -> Page<T> {
    Page { items: vec![item], next: first.then(|| Cursor("2".into())) }
}

fn place() -> LocationId {
    LocationId::from_bits(4)
}

fn shop() -> Shop {
    Shop::new(|method, arguments| {
        let first = arguments["page"]["after"].is_null();
        match method {
            "catalog.export" => {
                let text = if first { "Handle,Title\ntote,Tote\n" } else { "mug,'=Mug\n" }.into();
                ok(ExportChunk { text, next: first.then(|| Cursor("2".into())) })
            }
            "accounts.customers" => ok(page(
                first,
                Customer {
                    id: CustomerId::from_bits(6),
                    email: if first { "a@b.example" } else { "c@d.example" }.into(),
                    name: "=cmd(\"x\")".into(),
                    created_at: Timestamp::EPOCH,
                },
            )),
            "inventory.levels" => {
                let sku = if first { "-RED" } else { "BLUE" }.into();
                ok(page(first, Level { sku, location: place(), on_hand: 9, committed: 2, reserved: 1, safety: 1 }))
            }
            "inventory.locations" => {
                ok([Location { id: place(), version: 1, name: "@Main".into(), priority: 0, active: true }])
            }
            "catalog.offers" if arguments["skus"] == json!(["-RED"]) => ok([Offer {
                product: ProductId::from_bits(1),
                variant: VariantId::from_bits(2),
                sku: "-RED".into(),
                slug: "tote".into(),
                title: "Tote".into(),
                variant_title: "Red".into(),
                price: eur(1_000),
                compare_at: None,
                weight_g: 1,
                image: None,
            }]),
            _ => None,
        }
    })
}

#[tokio::test]
async fn the_file_of_products_is_that_which_an_import_reads_of_what_the_list_shows() {
    let shop = shop();
    let got = shop.get("warehouse", "/admin/products/export.csv?q=to&status=draft").await;
    assert_eq!(got.header(header::CONTENT_DISPOSITION), "attachment; filename=\"products.csv\"");
    assert_eq!(got.body, "Handle,Title\ntote,Tote\nmug,'=Mug\n");
    let asked = shop.asked("catalog.export");
    assert_eq!(asked.len(), 2);
    for asked in asked {
        assert_eq!(
            (&asked["format"], &asked["filter"]),
            (&json!("shopify_csv"), &json!({ "status": "draft", "text": "to" }))
        );
    }
    let list = shop.get("warehouse", "/admin/products?q=to&status=draft").await.body;
    assert!(list.contains("href=\"/admin/products/export.csv?q=to&amp;status=draft\" download"), "{list}");
}

#[tokio::test]
async fn the_file_of_customers_has_all_pages_and_no_formula() {
    let shop = shop();
    let got = shop.get("support", "/admin/customers/export.csv?q=a%26b").await;
    let row = |email: &str| format!("\"'=cmd(\"\"x\"\")\",\"{email}\",1970-01-01T00:00:00Z\r\n");
    assert_eq!(got.body, format!("name,email,registered_at\r\n{}{}", row("a@b.example"), row("c@d.example")));
    assert!(shop.asked("accounts.customers").iter().all(|asked| asked["filter"]["email"] == "a&b"));
    let list = shop.get("support", "/admin/customers?q=a%26b").await.body;
    assert!(list.contains("href=\"/admin/customers/export.csv?q=a%26b\" download"), "{list}");
}

#[tokio::test]
async fn the_file_of_stock_has_what_is_filtered_with_titles_and_places() {
    let shop = shop();
    let query = format!("q=R&location={}&low=1", place());
    let got = shop.get("warehouse", &format!("/admin/stock/export.csv?{query}")).await;
    let head = "sku,title,location,on_hand,committed,reserved,safety,available";
    let first = "\"'-RED\",\"Tote (Red)\",\"'@Main\",9,2,1,1,5";
    assert_eq!(got.body, format!("{head}\r\n{first}\r\n\"BLUE\",\"\",\"'@Main\",9,2,1,1,5\r\n"));
    for asked in shop.asked("inventory.levels") {
        let filter = json!({ "sku_prefix": "R", "available_max": 5, "location": place() });
        assert_eq!((&asked["filter"], &asked["page"]["limit"]), (&filter, &json!(250)));
    }
    let list = shop.get("warehouse", &format!("/admin/stock?{query}")).await.body;
    assert!(list.contains(&format!("/admin/stock/export.csv?{}\" download", query.replace('&', "&amp;"))), "{list}");
    let wrong = shop.get("warehouse", "/admin/stock/export.csv?location=x").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_file_that_cannot_begin_is_a_page_that_says_why() {
    let shop = Shop::new(|method, _| match method {
        "catalog.export" => refused(&Fault::unavailable("the catalogue is away")),
        _ => None,
    });
    let got = shop.get("owner", "/admin/products/export.csv").await;
    assert_eq!(got.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!got.headers.contains_key(header::CONTENT_DISPOSITION));
}
