//! Changes of many products, by programs of the house.

use http::StatusCode;
use serde_json::{Value, json};
use souk_contracts::{
    BulkEditId, ProductId,
    catalog::{
        self, BulkChange, BulkEdit, BulkEditState, BulkExample, BulkFacts, BulkOutcome, BulkPreview, BulkProduct,
        ProductFilter, ProductStatus,
    },
};
use souk_types::{Fault, Page, Timestamp};

use super::{ask, parsed, shop};
use crate::admin::tests::fakes::{Shop, eur, ok, refused};

const KEY: &str = "souk_key_catalog:manage";
const READER: &str = "souk_key_catalog:read";
const PRODUCT: &str = "prd_00000000000000000000000001";

fn edit(state: BulkEditState) -> BulkEdit {
    BulkEdit {
        id: BulkEditId::from_bits(3),
        filter: Some(ProductFilter { status: Some(ProductStatus::Active), ..ProductFilter::default() }),
        change: BulkChange::AddTag("sale".into()),
        state,
        total: Some(4),
        changed: 2,
        unchanged: 0,
        failed: 1,
        restored: 0,
        kept: 0,
        failure: None,
        actor: "key_1".into(),
        created_at: Timestamp::EPOCH,
        finished_at: None,
        undo_until: Timestamp::EPOCH,
    }
}

fn facts(price: i64) -> BulkFacts {
    BulkFacts {
        status: ProductStatus::Active,
        brand: "Acme".into(),
        tags: Vec::new(),
        price_min: eur(price),
        price_max: eur(price),
    }
}

fn with_edits() -> Shop {
    shop(|method, arguments| match method {
        "catalog.preview_bulk_edit" if arguments["change"]["value"] == "a,b" => {
            refused(&catalog::Error::from(Fault::invalid("change.tag", "must not contain a comma")))
        }
        "catalog.preview_bulk_edit" if arguments["change"]["value"]["basis_points"] == 0 => {
            refused(&catalog::Error::from(Fault::invalid("change.percent", "must not be 0")))
        }
        "catalog.preview_bulk_edit" => ok(BulkPreview {
            count: 1_200,
            more: false,
            examples: vec![BulkExample {
                product: ProductId::from_bits(1),
                title: "Tote".into(),
                before: facts(1_000),
                after: facts(900),
                refusal: None,
            }],
        }),
        "catalog.start_bulk_edit" | "catalog.stop_bulk_edit" => ok(Value::Null),
        "catalog.undo_bulk_edit" => refused(&catalog::Error::from(Fault::conflict("is not kept any more"))),
        "catalog.bulk_edit" if arguments["id"] == "ble_00000000000000000000000009" => ok(Value::Null),
        "catalog.bulk_edit" => ok(edit(BulkEditState::Running)),
        "catalog.bulk_edits" => ok(Page { items: vec![edit(BulkEditState::Stopped)], next: None }),
        "catalog.bulk_edit_products" => ok(Page {
            items: vec![BulkProduct {
                product: ProductId::from_bits(1),
                title: "Tote".into(),
                outcome: BulkOutcome::Failed,
                reason: "its price would be zero".into(),
            }],
            next: Some(souk_types::Cursor("x".into())),
        }),
        _ => None,
    })
}

fn tenth_off() -> Value {
    json!({
        "selection": {"by": "filter", "status": "active", "text": null},
        "change": {"kind": "price", "basis_points": -1000, "rounding": "just_below"},
    })
}

#[tokio::test]
async fn what_a_change_does_is_told_before_it_is_made_and_nothing_is_logged() {
    let shop = with_edits();
    let preview = ask(&shop, KEY, "POST", "/admin/bulk-edits/preview", tenth_off()).await;
    let told = parsed(&preview);
    assert_eq!((preview.status, &told["count"]), (StatusCode::OK, &json!(1_200)), "{}", preview.body);
    assert_eq!(told["examples"][0]["after"]["price_min"], json!({"minor": 900, "currency": "EUR"}));
    let asked = &shop.asked("catalog.preview_bulk_edit")[0];
    assert_eq!(asked["selection"], json!({"type": "matching", "value": {"status": "active", "text": null}}));
    let price = json!({"type": "price", "value": {"basis_points": -1_000, "rounding": "just_below"}});
    assert_eq!(asked["change"], price);
    assert!(shop.asked("accounts.record_activity").is_empty());
}

#[tokio::test]
async fn a_change_is_started_once_followed_stopped_and_undone() {
    let shop = with_edits();
    let wish =
        json!({"selection": {"by": "hand", "products": [PRODUCT]}, "change": {"kind": "add_tag", "tag": "sale"}});
    for _ in 0..2 {
        let begun = ask(&shop, KEY, "POST", "/admin/bulk-edits", wish.clone()).await;
        assert_eq!(
            (begun.status, &parsed(&begun)["state"]),
            (StatusCode::CREATED, &json!("running")),
            "{}",
            begun.body
        );
    }
    let asked = shop.asked("catalog.start_bulk_edit");
    assert_eq!((asked.len(), &asked[0]["edit"]["selection"]["value"]), (1, &json!([PRODUCT])));
    let path = format!("/admin/bulk-edits/{}", BulkEditId::from_bits(3));
    let read = parsed(&ask(&shop, READER, "GET", &path, Value::Null).await);
    assert_eq!((&read["changed"], &read["total"]), (&json!(2), &json!(4)));
    assert_eq!(read["change"], json!({"kind": "add_tag", "tag": "sale"}));
    let list = parsed(&ask(&shop, READER, "GET", "/admin/bulk-edits", Value::Null).await);
    assert_eq!(list["items"][0]["state"], "stopped");

    let products = format!("{path}/products?outcome=failed&limit=1");
    let failed = parsed(&ask(&shop, READER, "GET", &products, Value::Null).await);
    assert_eq!(failed["items"][0]["reason"], "its price would be zero");
    let rest = format!("{products}&cursor={}", failed["next"].as_str().unwrap());
    ask(&shop, READER, "GET", &rest, Value::Null).await;
    assert_eq!(shop.asked("catalog.bulk_edit_products")[1]["page"]["after"], "x");
    let other = format!("{path}/products?outcome=kept&cursor={}", failed["next"].as_str().unwrap());
    assert_eq!(ask(&shop, READER, "GET", &other, Value::Null).await.status, StatusCode::NOT_FOUND);
    let absent = "/admin/bulk-edits/ble_00000000000000000000000009/products?outcome=failed";
    assert_eq!(ask(&shop, READER, "GET", absent, Value::Null).await.status, StatusCode::NOT_FOUND);

    let stopped = ask(&shop, KEY, "POST", &format!("{path}/stop"), Value::Null).await;
    assert_eq!((stopped.status, shop.asked("catalog.stop_bulk_edit").len()), (StatusCode::OK, 1), "{}", stopped.body);
    let late = ask(&shop, KEY, "POST", &format!("{path}/undo"), Value::Null).await;
    assert_eq!((late.status, &parsed(&late)["code"]), (StatusCode::CONFLICT, &json!("conflict")));
    let recorded = shop.asked("accounts.record_activity");
    let actions: Vec<_> = recorded.iter().map(|asked| asked["done"]["action"].clone()).collect();
    assert_eq!(actions, ["products_changed", "products_change_stopped"]);
    assert_eq!(recorded[0]["done"]["object"], json!(BulkEditId::from_bits(3)));
}

#[tokio::test]
async fn what_is_wrong_with_a_change_is_named_as_it_was_sent() {
    let shop = with_edits();
    let all = json!({"by": "filter"});
    let wrong = async |selection: &Value, change: Value| {
        let body = json!({"selection": selection, "change": change});
        let got = ask(&shop, KEY, "POST", "/admin/bulk-edits/preview", body).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", got.body);
        parsed(&got)["errors"].as_object().unwrap().keys().next().unwrap().clone()
    };
    let tag = || json!({"kind": "remove_tag", "tag": "x"});
    assert_eq!(wrong(&json!({"by": "hand", "products": []}), tag()).await, "selection.products");
    assert_eq!(wrong(&json!({"by": "filter", "status": "gone"}), tag()).await, "selection.status");
    assert!(wrong(&json!({"by": "magic"}), tag()).await.starts_with("selection"));
    assert_eq!(wrong(&all, json!({"kind": "add_tag", "tag": ""})).await, "change.tag");
    assert_eq!(wrong(&all, json!({"kind": "add_tag", "tag": "a,b"})).await, "change.tag");
    let percent = |basis_points: i64| json!({"kind": "price", "basis_points": basis_points, "rounding": "whole"});
    assert_eq!(wrong(&all, percent(0)).await, "change.basis_points");
    assert_eq!(wrong(&all, percent(-10_000)).await, "change.basis_points");
    assert!(wrong(&all, json!({"kind": "status", "status": "active", "x": 1})).await.starts_with("change"));
}
