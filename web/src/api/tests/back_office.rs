//! What programs of the house do.

use http::{HeaderName, header};
use serde_json::{Value, json};
use souk_contracts::{catalog, inventory};

use super::{
    super::{caller::Access, routes::all},
    ask, content, parsed, request, shop,
};
use crate::{
    activity::Deed,
    admin::tests::fakes::{Got, Shop, ok, order, product, refused},
};

const PRODUCTS: &str = "souk_key_catalog:manage";
const ORDERS: &str = "souk_key_orders:manage";

fn with_product() -> Shop {
    shop(|method, arguments| match method {
        "catalog.product" => ok(product()),
        "catalog.update" if arguments["version"] == json!(product().version) => ok(product()),
        "catalog.update" => refused(&catalog::Error::VersionConflict { current: product().version }),
        "catalog.create" => ok(product()),
        _ => None,
    })
}

fn path() -> String {
    format!("/admin/products/{}", product().id)
}

fn draft() -> Value {
    json!({
        "title": "Mug",
        "status": "draft",
        "variants": [{"sku": "MUG", "price": {"minor": 990, "currency": "EUR"}}],
        "attributes": [
            {"name": "Volume", "value": 0.3, "unit": "l"},
            {"name": "Dishwasher", "value": true},
            {"name": "Colour", "value": "Red"},
        ],
        "images": [{"source": {"stored": "00000001"}, "alt": "A mug"}],
    })
}

async fn replace(shop: &Shop, tag: Option<&str>) -> Got {
    let mut request = request(PRODUCTS, "PUT", &path(), &draft());
    if let Some(tag) = tag {
        request = request.header(header::IF_MATCH, tag);
    }
    shop.send(request.body(content(&draft())).unwrap()).await
}

#[tokio::test]
async fn a_product_is_replaced_only_if_it_still_is_what_was_seen() {
    let shop = with_product();
    let seen = ask(&shop, PRODUCTS, "GET", &path(), Value::Null).await;
    let tag = seen.header(header::ETAG).to_owned();
    assert_eq!(
        (tag.clone(), parsed(&seen)["version"].clone()),
        (format!("\"{0}\"", product().version), json!(product().version))
    );
    assert_eq!(replace(&shop, None).await.status, 428);
    assert!(shop.asked("catalog.update").is_empty());
    let changed = replace(&shop, Some("\"999\"")).await;
    assert_eq!((changed.status.as_u16(), parsed(&changed)["code"].clone()), (412, json!("version_conflict")));
    assert_eq!(replace(&shop, Some("W/\"x\"")).await.status, 412);
    let replaced = replace(&shop, Some(&tag)).await;
    assert_eq!((replaced.status.as_u16(), replaced.header(header::ETAG)), (200, tag.as_str()), "{}", replaced.body);
    let asked = shop.asked("catalog.update").pop().unwrap();
    assert_eq!(
        asked["draft"]["attributes"][0]["value"],
        json!({"type": "number", "value": {"number": 0.3, "unit": "l"}})
    );
    assert_eq!(asked["draft"]["attributes"][1]["value"], json!({"type": "flag", "value": true}));
    assert_eq!(asked["draft"]["images"][0], json!({"source": {"stored": "00000001"}, "alt": "A mug"}));
}

#[tokio::test]
async fn a_part_of_a_product_is_no_version_of_it() {
    let shop = with_product();
    let part = ask(&shop, PRODUCTS, "GET", &format!("{}?fields=title", path()), Value::Null).await;
    assert!(part.header(header::ETAG).starts_with("W/"), "{}", part.header(header::ETAG));
    assert_eq!(parsed(&part), json!({"title": product().title}));
}

#[tokio::test]
async fn a_product_is_added_and_a_foreign_currency_refused() {
    let shop = with_product();
    assert_eq!(ask(&shop, PRODUCTS, "POST", "/admin/products", draft()).await.status, 201);
    let mut foreign = draft();
    foreign["variants"][0]["price"]["currency"] = json!("USD");
    let refused = ask(&shop, PRODUCTS, "POST", "/admin/products", foreign).await;
    assert_eq!(refused.status, 422);
    assert!(parsed(&refused)["errors"]["variants[0].price.currency"].is_string(), "{}", refused.body);
    assert_eq!(shop.asked("catalog.create").len(), 1);
}

#[tokio::test]
async fn orders_are_listed_shipped_and_refunded() {
    let shop = shop(|method, _| match method {
        "orders.by_number" | "orders.ship" | "orders.refund" | "orders.cancel" => ok(order()),
        _ => None,
    });
    let list = ask(&shop, ORDERS, "GET", "/admin/orders?lifecycle=placed&limit=10", Value::Null).await;
    assert_eq!(parsed(&list), json!({"items": [], "next": null}));
    assert_eq!(shop.asked("orders.list")[0]["filter"]["lifecycle"], "placed");
    let parcel = json!({"lines": [{"sku": "RED", "quantity": 1}], "carrier": {"name": "Post"}});
    let shipped = ask(&shop, ORDERS, "POST", "/admin/orders/X/shipments", parcel.clone()).await;
    assert_eq!(shipped.status, 201, "{}", shipped.body);
    assert_eq!(shop.asked("orders.ship")[0]["carrier"]["name"], "Post");
    let again = ask(&shop, ORDERS, "POST", "/admin/orders/X/shipments", parcel).await;
    let replayed = again.header(HeaderName::from_static("idempotency-replayed"));
    assert_eq!((replayed, shop.asked("orders.ship").len()), ("true", 1));
    let refund = json!({"amount": {"minor": 100, "currency": "EUR"}, "reason": "scratched"});
    assert_eq!(ask(&shop, ORDERS, "POST", "/admin/orders/X/refunds", refund.clone()).await.status, 403);
    assert_eq!(ask(&shop, "souk_key_refunds", "POST", "/admin/orders/X/refunds", refund).await.status, 201);
    assert_eq!(shop.asked("orders.refund")[0]["amount"], json!({"minor": 100, "currency": "EUR"}));
}

#[tokio::test]
async fn stock_is_adjusted_by_those_who_say_how() {
    let location = "loc_00000000000000000000000001";
    let shop = shop(move |method, _| match method {
        "catalog.known_skus" => ok(["RED"]),
        "inventory.adjust" => ok(json!({
            "sku": "RED", "location": location, "on_hand": 12, "committed": 1, "reserved": 1, "safety": 0
        })),
        _ => None,
    });
    let key = "souk_key_stock:manage";
    let adjustment =
        |change: Value| json!({"sku": "RED", "location": location, "change": change, "reason": "delivery"});
    let done =
        ask(&shop, key, "POST", "/admin/stock/adjustments", adjustment(json!({"kind": "receive", "pieces": 5}))).await;
    assert_eq!((done.status.as_u16(), parsed(&done)["available"].clone()), (201, json!(10)));
    assert_eq!(shop.asked("inventory.adjust")[0]["adjustment"]["change"], json!({"receive": 5}));
    for wrong in
        [json!({"kind": "receive", "pieces": 0}), json!({"kind": "lose"}), json!({"kind": "by", "pieces": 1, "x": 1})]
    {
        let refused = ask(&shop, key, "POST", "/admin/stock/adjustments", adjustment(wrong.clone())).await;
        assert_eq!(refused.status, 422, "{wrong}: {}", refused.body);
    }
    assert_eq!(shop.asked("inventory.adjust").len(), 1);
}

#[tokio::test]
async fn a_location_is_added_and_changed_only_if_it_still_is_what_was_seen() {
    let key = "souk_key_stock:manage";
    let place = "loc_00000000000000000000000002";
    let stored = json!({"id": place, "version": 3, "name": "Attic", "priority": 5, "active": true});
    let shop = shop(move |method, arguments| match (method, &arguments["location"]) {
        ("inventory.locations", _) => ok([stored.clone()]),
        ("inventory.save_location", wanted) if wanted["version"] == json!(2) => {
            refused(&inventory::Error::VersionConflict { current: 3 })
        }
        ("inventory.save_location", wanted) if wanted["active"] == json!(false) => {
            refused(&inventory::Error::StillStocked { skus: 1, pieces: 2, held: 0 })
        }
        ("inventory.save_location", wanted) => ok(wanted),
        _ => None,
    });
    let path = format!("/admin/locations/{place}");
    let seen = ask(&shop, key, "GET", &path, Value::Null).await;
    assert_eq!((seen.header(header::ETAG), &parsed(&seen)["default"]), ("\"3\"", &json!(false)));
    let unknown = ask(&shop, key, "GET", "/admin/locations/loc_00000000000000000000000009", Value::Null).await;
    assert_eq!(unknown.status, 404);
    let put = async |tag: Option<&str>, body: Value| {
        let mut request = request(key, "PUT", &path, &body);
        if let Some(tag) = tag {
            request = request.header(header::IF_MATCH, tag);
        }
        let got = shop.send(request.body(content(&body)).unwrap()).await;
        (got.status.as_u16(), parsed(&got)["code"].as_str().unwrap_or_default().to_owned())
    };
    let attic = || json!({"name": "Loft", "priority": 1});
    assert_eq!(put(None, attic()).await, (428, "version_missing".into()));
    for stale in ["\"2\"", "\"0\"", "\"x\""] {
        assert_eq!(put(Some(stale), attic()).await, (412, "version_conflict".into()), "{stale}");
    }
    assert_eq!(put(Some("\"3\""), attic()).await.0, 200);
    assert_eq!(put(Some("\"3\""), json!({"name": "Loft", "active": false})).await, (409, "location_stocked".into()));
    for wrong in [json!({"name": ""}), json!({"name": "A", "priority": 1_000_001}), json!({"name": "A", "x": 1})] {
        assert_eq!(put(Some("\"3\""), wrong.clone()).await.0, 422, "{wrong}");
    }
    let added = ask(&shop, key, "POST", "/admin/locations", json!({"name": "Porto"})).await;
    assert_eq!((added.status.as_u16(), added.header(header::ETAG)), (201, "\"0\""), "{}", added.body);
    let asked = shop.asked("inventory.save_location");
    let sent: Vec<_> = asked.iter().map(|asked| asked["location"]["version"].clone()).collect();
    assert_eq!(sent, [2, 3, 3, 0]);
    assert_eq!(asked[3]["location"]["id"], parsed(&added)["id"]);
    assert_eq!(asked[3]["location"]["active"], json!(true));
    let entries = shop.asked("accounts.record_activity");
    let recorded: Vec<_> = entries.iter().map(|asked| asked["done"]["action"].clone()).collect();
    assert_eq!(recorded, ["location_changed", "location_added"]);
}

#[tokio::test]
async fn what_a_key_has_changed_is_recorded_once_and_what_it_read_is_not() {
    let shop = with_product();
    ask(&shop, PRODUCTS, "GET", &path(), Value::Null).await;
    replace(&shop, Some("\"999\"")).await;
    assert!(shop.asked("accounts.record_activity").is_empty(), "nothing was changed");
    replace(&shop, Some(&format!("\"{}\"", product().version))).await;
    for _ in 0..2 {
        assert_eq!(ask(&shop, PRODUCTS, "POST", "/admin/products", draft()).await.status, 201);
    }
    let recorded = shop.asked("accounts.record_activity");
    let done: Vec<_> = recorded.iter().map(|asked| asked["done"].clone()).collect();
    let entry = |action: &str| json!({"name": "Test", "kind": "catalog", "action": action, "object": product().id});
    assert_eq!(done, [entry("product_changed"), entry("product_created")]);
}

#[test]
fn every_change_by_a_key_has_words_in_the_log() {
    let changes = all()
        .into_iter()
        .filter(|route| matches!(route.access, Access::Key(scope) if !scope.only_sees()) && route.changes);
    let unnamed: Vec<&str> = changes.map(|route| route.name).filter(|name| Deed::by_way(name).is_none()).collect();
    assert!(unnamed.is_empty(), "give these a row in web/src/activity/deeds.rs: {unnamed:#?}");
}
