//! Lists in the order that a program asks for.

use serde_json::{Value, json};
use souk_contracts::{accounts::CustomerSort, catalog::ProductSort, inventory::LevelSort, orders::OrderSort};

use super::{super::openapi::DOCUMENT, ask, parsed, shop};
use crate::admin::tests::fakes::{Shop, ok};

/// A list: the scope that it takes, its address, what it asks, its orders with its own first, and a filter that excludes
/// some of them, with those that it leaves.
struct List {
    scope: &'static str,
    path: &'static str,
    asks: &'static str,
    orders: Vec<&'static str>,
    narrow: Option<(&'static str, [&'static str; 2])>,
}

fn words<S: Copy + Into<&'static str>>(orders: &[S]) -> Vec<&'static str> {
    orders.iter().map(|order| (*order).into()).collect()
}

fn lists() -> [List; 4] {
    [
        List {
            scope: "souk_key_catalog:read",
            path: "/admin/products",
            asks: "catalog.list",
            orders: words(ProductSort::ALL),
            narrow: None,
        },
        List {
            scope: "souk_key_orders:read",
            path: "/admin/customers",
            asks: "accounts.customers",
            orders: words(CustomerSort::ALL),
            narrow: Some(("email=ann", ["email", "-email"])),
        },
        List {
            scope: "souk_key_orders:read",
            path: "/admin/orders",
            asks: "orders.list",
            orders: words(OrderSort::ALL),
            narrow: Some(("lifecycle=placed", ["-placed", "placed"])),
        },
        List {
            scope: "souk_key_stock:read",
            path: "/admin/stock",
            asks: "inventory.levels",
            orders: words(LevelSort::ALL),
            narrow: Some(("sku=RED", ["sku", "-sku"])),
        },
    ]
}

/// Where a page ends: behind a long title.
fn place() -> String {
    "x".repeat(1_000)
}

/// A shop with more than a page of everything.
fn with_lists() -> Shop {
    shop(|method, _| {
        let known = lists().iter().any(|list| list.asks == method);
        known.then(|| ok(json!({"items": [], "next": place()})).unwrap())
    })
}

#[tokio::test]
async fn a_list_is_read_in_any_of_its_orders() {
    for list in lists() {
        let shop = with_lists();
        for order in &list.orders {
            let got = ask(&shop, list.scope, "GET", &format!("{}?sort={order}", list.path), Value::Null).await;
            assert_eq!(got.status, 200, "{} by {order}: {}", list.path, got.body);
        }
        let sent: Vec<Value> = shop.asked(list.asks).iter().map(|asked| asked["filter"]["sort"].clone()).collect();
        // Its own needs no word.
        let mut wanted: Vec<Value> = list.orders.iter().map(|order| json!(order)).collect();
        wanted[0] = Value::Null;
        assert_eq!(sent, wanted, "{}", list.path);
    }
}

#[tokio::test]
async fn an_order_that_a_list_does_not_have_is_refused_by_name_and_the_others_are_told() {
    for list in lists() {
        let shop = with_lists();
        let refused = async |query: String| {
            let got = ask(&shop, list.scope, "GET", &format!("{}?{query}", list.path), Value::Null).await;
            assert_eq!(got.status.as_u16(), 422, "{} {query}: {}", list.path, got.body);
            parsed(&got)["errors"]["sort"].as_str().unwrap().to_owned()
        };
        let told = refused("sort=colour".to_owned()).await;
        assert!(list.orders.iter().all(|order| told.contains(order)), "{told}");
        let Some((filter, left)) = list.narrow else { continue };
        for order in list.orders.iter().filter(|order| !left.contains(order)) {
            let told = refused(format!("{filter}&sort={order}")).await;
            assert!(told.contains(&left.join(" or ")), "{told}");
        }
        assert!(shop.asked(list.asks).is_empty(), "{}", list.path);
        for order in left {
            let query = format!("{}?{filter}&sort={order}", list.path);
            assert_eq!(ask(&shop, list.scope, "GET", &query, Value::Null).await.status, 200, "{query}");
        }
        assert_eq!(shop.asked(list.asks)[0]["filter"]["sort"], Value::Null, "the first is its own then");
        assert_eq!(shop.asked(list.asks)[1]["filter"]["sort"], left[1]);
    }
}

#[tokio::test]
async fn a_cursor_is_good_for_the_order_that_it_was_made_in() {
    for list in lists() {
        let shop = with_lists();
        let page =
            async |query: &str| ask(&shop, list.scope, "GET", &format!("{}?{query}", list.path), Value::Null).await;
        let (own, other) = (list.orders[0], list.orders[2]);
        let first = parsed(&page(&format!("sort={other}")).await);
        let cursor = first["next"].as_str().unwrap();
        let rest = page(&format!("sort={other}&cursor={cursor}")).await;
        assert_eq!(rest.status, 200, "{}", rest.body);
        let asked = shop.asked(list.asks).pop().unwrap();
        assert_eq!((&asked["page"]["after"], &asked["filter"]["sort"]), (&json!(place()), &json!(other)));
        for elsewhere in [format!("cursor={cursor}"), format!("sort={}&cursor={cursor}", list.orders[3])] {
            let lost = page(&elsewhere).await;
            assert_eq!((lost.status.as_u16(), parsed(&lost)["code"].clone()), (404, json!("cursor_unknown")));
            assert!(parsed(&lost)["errors"]["cursor"].is_string(), "{}", lost.body);
        }
        // Its own is the same with and without its word.
        let first = parsed(&page("").await);
        let rest = page(&format!("sort={own}&cursor={}", first["next"].as_str().unwrap())).await;
        assert_eq!(rest.status, 200, "{}", rest.body);
    }
}

#[test]
fn the_orders_are_described() {
    for list in lists() {
        let described = DOCUMENT["paths"][list.path]["get"]["parameters"].as_array().unwrap();
        let sort = described.iter().find(|parameter| parameter["name"] == "sort").unwrap();
        assert_eq!((&sort["required"], &sort["schema"]["enum"]), (&json!(false), &json!(list.orders)), "{}", list.path);
    }
}
