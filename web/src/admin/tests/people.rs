//! Customers, the box that finds everything, and money given back by line.

use http::{StatusCode, header};
use serde_json::json;
use souk_contracts::{
    CustomerId,
    accounts::Customer,
    orders::{Error, OrderSummary, Refundable, RefundableLine},
};
use souk_types::{Fault, FieldError, Page, Timestamp};

use super::fakes::{Shop, as_staff, eur, ok, order, refused};

fn ana() -> Customer {
    Customer {
        id: CustomerId::from_bits(6),
        email: "ana@example.com".into(),
        name: "Ana <Silva>".into(),
        created_at: Timestamp::EPOCH,
    }
}

fn summary() -> OrderSummary {
    let order = order();
    OrderSummary {
        id: order.id,
        customer: order.customer,
        number: order.number,
        lifecycle: order.lifecycle,
        payment: order.payment,
        fulfilment: order.fulfilment,
        email: order.email,
        name: order.address.name,
        pieces: 3,
        total: order.totals.total,
        created_at: order.created_at,
    }
}

fn shop() -> Shop {
    Shop::new(|method, arguments| match method {
        "accounts.customers" => ok(Page { items: vec![ana()], next: None }),
        "accounts.customer" if arguments["id"] == json!(CustomerId::from_bits(6)) => ok(ana()),
        "accounts.customer" => ok(json!(null)),
        "orders.of_customer" if arguments["customer"] == json!(CustomerId::from_bits(8)) => {
            ok(Page::<OrderSummary> { items: vec![], next: None })
        }
        "orders.of_customer" | "orders.list" => ok(Page { items: vec![summary()], next: None }),
        _ => None,
    })
}

#[tokio::test]
async fn customers_are_found_by_email_and_have_their_orders() {
    let shop = shop();
    let list = shop.get("support", "/admin/customers?q=ana").await;
    let path = format!("/admin/customers/{}", CustomerId::from_bits(6));
    assert!(list.body.contains("Ana &lt;Silva&gt;") && list.body.contains(&path), "{}", list.body);
    assert_eq!(shop.asked("accounts.customers")[0]["filter"]["email"], "ana");
    let page = shop.get("support", &path).await;
    assert!(page.body.contains("registered") && page.body.contains("K7P2-9XQ4"), "{}", page.body);
    let guest = shop.get("support", &format!("/admin/customers/{}", CustomerId::from_bits(7))).await;
    assert!(guest.body.contains("guest") && guest.body.contains("Ana Silva"), "{}", guest.body);
    let nobody = shop.get("support", &format!("/admin/customers/{}", CustomerId::from_bits(8))).await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn one_box_finds_orders_products_and_customers_for_people_and_for_the_palette() {
    let shop = shop();
    let page = shop.get("support", "/admin/find?q=ana").await;
    for text in ["<h2>Orders</h2>", "<h2>Customers</h2>", "href=\"/admin/orders/K7P2-9XQ4\""] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    assert!(!page.body.contains("<h2>Products</h2>"), "none was found");
    let program = as_staff("support", "GET", "/admin/find?q=ana").header(header::ACCEPT, "application/json");
    let got = shop.send(program.body(axum::body::Body::empty()).unwrap()).await;
    let groups: serde_json::Value = serde_json::from_str(&got.body).unwrap();
    assert_eq!(groups[0]["items"][0]["url"], "/admin/orders/K7P2-9XQ4");
    let nothing = shop.get("support", "/admin/find").await;
    assert_eq!(nothing.status, StatusCode::OK);
    assert_eq!(shop.asked("orders.list").len(), 2, "nothing is looked for where nothing was typed");
}

#[tokio::test]
async fn what_cannot_be_searched_is_said() {
    let shop = Shop::new(|method, _| match method {
        "orders.list" => refused(&Fault::unavailable("away")),
        "accounts.customers" => ok(Page { items: vec![ana()], next: None }),
        _ => None,
    });
    let got = shop.get("support", "/admin/find?q=ana").await;
    assert!(got.body.contains("The orders cannot be searched right now.") && got.body.contains("ana@example.com"));
}

fn with_refundable(outcome: Option<Error>) -> Shop {
    Shop::new(move |method, _| match (method, &outcome) {
        ("orders.by_number", _) => ok(order()),
        ("orders.refundable", _) => {
            let line = RefundableLine { sku: "BLUE".into(), quantity: 2, amount: eur(2_000) };
            ok(Refundable { lines: vec![line], delivery: eur(490), most: eur(3_000) })
        }
        ("orders.refund_lines", Some(error)) => refused(error),
        ("orders.refund_lines", None) => {
            let mut after = order();
            after.money.refunded = eur(1_490);
            ok(after)
        }
        _ => None,
    })
}

#[tokio::test]
async fn money_is_given_back_by_line() {
    let shop = with_refundable(None);
    let page = shop.get("support", "/admin/orders/K7P2-9XQ4/refund").await;
    assert!(page.body.contains("€20.00 for 2") && page.body.contains("The delivery: €4.90"), "{}", page.body);
    assert!(page.body.contains("name=\"line[BLUE]\"") && !page.body.contains("name=\"line[RED]\""));
    let path = "/admin/orders/K7P2-9XQ4/refund-lines";
    let form = [("version", "3"), ("line[BLUE]", "1"), ("delivery", "1"), ("reason", "broken")];
    let got = shop.post("support", path, &form).await;
    assert_eq!(got.header(header::LOCATION), "/admin/orders/K7P2-9XQ4");
    let asked = &shop.asked("orders.refund_lines")[0]["refund"];
    let lines = json!([{ "sku": "BLUE", "quantity": 1 }]);
    assert_eq!(*asked, json!({ "lines": lines, "delivery": true, "reason": "broken" }));
    let empty = shop.post("support", path, &[("version", "3"), ("line[BLUE]", "0"), ("reason", "")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.body.contains("Choose at least one piece") && empty.body.contains("Say why"), "{}", empty.body);
    let denied = shop.post("warehouse", path, &form).await;
    assert_eq!(denied.status, StatusCode::FORBIDDEN);
    assert_eq!(shop.asked("orders.refund_lines").len(), 1);
}

#[tokio::test]
async fn a_refund_that_is_refused_keeps_what_was_entered() {
    let wrong = FieldError::new("lines[0].quantity", "the money for only 1 of BLUE can still be given back");
    let fault = Fault { fields: vec![wrong], ..Fault::invalid("lines", "no") };
    let shop = with_refundable(Some(fault.into()));
    let form = [("version", "3"), ("line[BLUE]", "2"), ("reason", "broken")];
    let got = shop.post("support", "/admin/orders/K7P2-9XQ4/refund-lines", &form).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(got.body.contains("The money for only 1 of BLUE can still be given back."), "{}", got.body);
    assert!(got.body.contains("name=\"line[BLUE]\" value=\"2\"") && got.body.contains("value=\"broken\""));
}
