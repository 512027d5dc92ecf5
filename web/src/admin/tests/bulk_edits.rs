//! Changes of many products at once.

use http::{StatusCode, header};
use serde_json::{Value, json};
use souk_contracts::{
    BulkEditId, ProductId,
    catalog::{
        BulkChange, BulkEdit, BulkEditState, BulkExample, BulkFacts, BulkOutcome, BulkPreview, BulkProduct,
        ProductStatus,
    },
};
use souk_types::{Fault, Page, Timestamp};

use super::fakes::{Shop, eur, ok, refused};

fn facts(price: i64) -> BulkFacts {
    BulkFacts {
        status: ProductStatus::Active,
        brand: "Acme".into(),
        tags: Vec::new(),
        price_min: eur(price),
        price_max: eur(price),
    }
}

fn edit(state: BulkEditState) -> BulkEdit {
    BulkEdit {
        id: BulkEditId::from_bits(3),
        filter: None,
        change: BulkChange::AddTag("sale".into()),
        state,
        total: Some(4),
        changed: 2,
        unchanged: 0,
        failed: 1,
        restored: 0,
        kept: 0,
        failure: None,
        actor: "staff:1".into(),
        created_at: Timestamp::EPOCH,
        finished_at: None,
        undo_until: Timestamp::from_micros(i64::MAX),
    }
}

fn shop(state: BulkEditState) -> Shop {
    Shop::new(move |method, _| match method {
        "catalog.preview_bulk_edit" => ok(BulkPreview {
            count: 1_200,
            more: false,
            examples: vec![BulkExample {
                product: ProductId::from_bits(1),
                title: "Tote <1>".into(),
                before: facts(1_000),
                after: facts(900),
                refusal: None,
            }],
        }),
        "catalog.start_bulk_edit" | "catalog.stop_bulk_edit" | "catalog.undo_bulk_edit" => ok(Value::Null),
        "catalog.bulk_edit" => ok(edit(state)),
        "catalog.bulk_edits" => ok(Page { items: vec![edit(state)], next: None }),
        "catalog.bulk_edit_products" => ok(Page {
            items: vec![BulkProduct {
                product: ProductId::from_bits(1),
                title: "Tote <1>".into(),
                outcome: BulkOutcome::Failed,
                reason: "its price would be zero".into(),
            }],
            next: None,
        }),
        _ => None,
    })
}

#[tokio::test]
async fn what_a_change_does_is_shown_before_it_is_made() {
    let shop = shop(BulkEditState::Finished);
    let asked = shop.get("owner", "/admin/products/bulk?all=1&q=tote&status=active").await;
    assert!(asked.body.contains("All that match: 1,200 products"), "{}", asked.body);
    assert!(!asked.body.contains("Change 1,200 products"), "nothing was chosen to be changed");
    let preview = "/admin/products/bulk?all=1&q=tote&change=price&percent=-10&rounding=just_below";
    let preview = shop.get("owner", preview).await;
    assert!(preview.body.contains("Tote &lt;1&gt;") && preview.body.contains("Change 1,200 products"));
    assert!(preview.body.contains("name=\"percent\" value=\"-10\""), "{}", preview.body);
    let asked = &shop.asked("catalog.preview_bulk_edit")[1];
    assert_eq!(asked["selection"], json!({ "type": "matching", "value": { "status": null, "text": "tote" } }));
    let price = json!({ "type": "price", "value": { "basis_points": -1_000, "rounding": "just_below" } });
    assert_eq!(asked["change"], price);
}

#[tokio::test]
async fn a_change_is_started_once_and_leads_to_its_progress() {
    let shop = shop(BulkEditState::Running);
    let (id, tote) = (BulkEditId::from_bits(3).to_string(), ProductId::from_bits(1).to_string());
    let form = [("id", id.as_str()), ("product", &tote), ("change", "add_tag"), ("add_tag", "sale")];
    let got = shop.post("owner", "/admin/products/bulk", &form).await;
    assert_eq!(got.header(header::LOCATION), format!("/admin/bulk-edits/{id}"));
    let asked = &shop.asked("catalog.start_bulk_edit")[0];
    assert_eq!(asked["edit"]["selection"], json!({ "type": "chosen", "value": [tote] }));
    let page = shop.get("owner", &format!("/admin/bulk-edits/{id}")).await;
    assert!(page.body.contains("data-refresh=\"/admin/bulk-edits/") && page.body.contains("Stop and undo"));
    assert!(page.body.contains("value=\"75\"") && page.body.contains("Its price would be zero."), "{}", page.body);
    let part = shop.get("owner", &format!("/admin/bulk-edits/{id}/progress")).await;
    assert!(part.body.trim_start().starts_with("<div") && !part.body.contains("<html"));
    let list = shop.get("support", "/admin/bulk-edits").await;
    assert!(list.body.contains("Add the tag “sale”"), "{}", list.body);
}

#[tokio::test]
async fn what_is_missing_is_named_beside_its_field() {
    let shop = shop(BulkEditState::Finished);
    let tote = ProductId::from_bits(1).to_string();
    let wrong = format!("/admin/products/bulk?product={tote}&change=price&percent=ten&rounding=whole");
    let wrong = shop.get("owner", &wrong).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("Enter a percentage like -10 or 2.5.") && wrong.body.contains("value=\"ten\""));
    let none = shop.get("owner", "/admin/products/bulk").await;
    assert_eq!(none.header(header::LOCATION), "/admin/products");
    let id = BulkEditId::from_bits(3).to_string();
    let nothing = [("id", id.as_str()), ("product", &tote), ("change", "")];
    let nothing = shop.post("owner", "/admin/products/bulk", &nothing).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nothing.body.contains("Choose what to change."), "{}", nothing.body);
    assert!(shop.asked("catalog.start_bulk_edit").is_empty());
}

#[tokio::test]
async fn an_edit_is_stopped_while_it_runs() {
    let path = format!("/admin/bulk-edits/{}", BulkEditId::from_bits(3));
    let button = format!("action=\"{path}/stop\"");
    let running = shop(BulkEditState::Running);
    assert!(running.get("owner", &path).await.body.contains(&button));
    assert!(!running.get("support", &path).await.body.contains(&button), "support may only look");
    let got = running.post("owner", &format!("{path}/stop"), &[]).await;
    assert_eq!((got.header(header::LOCATION), running.asked("catalog.stop_bulk_edit").len()), (path.as_str(), 1));
    let stopped = shop(BulkEditState::Stopped).get("owner", &path).await;
    assert!(!stopped.body.contains(&button) && stopped.body.contains(&format!("action=\"{path}/undo\"")));
}

#[tokio::test]
async fn an_edit_is_undone_by_who_may_change_products() {
    let shop = shop(BulkEditState::Finished);
    let path = format!("/admin/bulk-edits/{}", BulkEditId::from_bits(3));
    assert!(shop.get("owner", &path).await.body.contains(&format!("action=\"{path}/undo\"")));
    assert!(!shop.get("support", &path).await.body.contains("/undo\""), "support may only look");
    let got = shop.post("owner", &format!("{path}/undo"), &[]).await;
    assert_eq!(got.header(header::LOCATION), path);
    assert_eq!(shop.asked("catalog.undo_bulk_edit").len(), 1);
    let late = Shop::new(|method, _| match method {
        "catalog.undo_bulk_edit" => refused(&Fault::conflict("what the products had before is not kept any more")),
        _ => None,
    });
    assert_eq!(late.post("owner", &format!("{path}/undo"), &[]).await.status, StatusCode::CONFLICT);
}
