//! Several orders at once, what is printed, notes, saved filters and the file.

use http::{StatusCode, header};
use serde_json::{Value, json};
use souk_contracts::{
    OrderId,
    accounts::StaffMember,
    orders::{Error, HistoryEntry, Lifecycle, Order, OrderFilter, OrderSummary, SavedFilter},
    permission::Role,
};
use souk_types::{Cursor, Page, Timestamp};

use super::fakes::{Shop, eur, ok, order, refused};

fn numbered(number: &str, id: u128) -> Order {
    Order { number: number.into(), id: OrderId::from_bits(id), ..order() }
}

fn summary(number: &str) -> OrderSummary {
    let order = order();
    OrderSummary {
        id: order.id,
        customer: order.customer,
        number: number.into(),
        lifecycle: order.lifecycle,
        payment: order.payment,
        fulfilment: order.fulfilment,
        email: "=cmd()@example.com".into(),
        name: "Ana \"A\" Silva".into(),
        pieces: 3,
        total: eur(3_050),
        created_at: Timestamp::EPOCH,
    }
}

/// Two orders, of which the second is on hold.
fn with_two() -> Shop {
    Shop::new(|method, arguments| match method {
        "orders.many" => ok([numbered("AAAA-AAAA", 1), numbered("BBBB-BBBB", 2)]),
        "orders.ship" if arguments["order"] == json!(OrderId::from_bits(2)) => refused(&Error::NotNow {
            lifecycle: Lifecycle::OnHold,
            reason: "the order is on hold; let it go on first".into(),
        }),
        "orders.ship" => ok(order()),
        "orders.list" => ok(Page { items: vec![summary("AAAA-AAAA")], next: None }),
        "orders.saved_filters" => {
            let filter = OrderFilter { lifecycle: Some(Lifecycle::OnHold), ..OrderFilter::default() };
            ok([SavedFilter { name: "To <look> at".into(), filter }])
        }
        "orders.save_filter" | "orders.delete_filter" | "orders.note" => ok(Value::Null),
        "orders.by_number" => ok(order()),
        _ => None,
    })
}

/// What the next page says.
async fn notice(shop: &Shop, got: &super::fakes::Got) -> String {
    let mut cookies = got.headers.get_all(header::SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap());
    let notice = cookies.find(|cookie| cookie.starts_with("souk_notice=")).unwrap().split(';').next().unwrap();
    let request =
        http::Request::builder().uri("/admin/orders").header(header::COOKIE, format!("souk_staff=owner; {notice}"));
    shop.send(request.body(axum::body::Body::empty()).unwrap()).await.body
}

#[tokio::test]
async fn the_chosen_orders_are_shipped_whole_and_those_that_cannot_be_are_named() {
    let shop = with_two();
    let chosen = [("order", "AAAA-AAAA"), ("order", "BBBB-BBBB"), ("back", "/admin/orders?q=a")];
    let got = shop.post("owner", "/admin/orders/ship", &chosen).await;
    assert_eq!((got.status, got.header(header::LOCATION)), (StatusCode::SEE_OTHER, "/admin/orders?q=a"));
    let page = notice(&shop, &got).await;
    assert!(page.contains("1 order is being sent"), "{page}");
    assert!(page.contains("BBBB-BBBB: the order is on hold; let it go on first"), "{page}");
    assert_eq!(shop.asked("orders.many")[0]["numbers"], json!(["AAAA-AAAA", "BBBB-BBBB"]));
    let shipped = &shop.asked("orders.ship")[0];
    assert_eq!(shipped["lines"], json!([{ "sku": "RED", "quantity": 1 }, { "sku": "BLUE", "quantity": 2 }]));
    assert_eq!(shipped["carrier"], Value::Null);
    // The same form again asks for the same parcels.
    shop.post("owner", "/admin/orders/ship", &chosen).await;
    let asked = shop.asked("orders.ship");
    assert_eq!((&asked[0]["shipment"], &asked[1]["shipment"]), (&asked[2]["shipment"], &asked[3]["shipment"]));
    assert_ne!(asked[0]["shipment"], asked[1]["shipment"]);
}

#[tokio::test]
async fn nothing_is_shipped_when_nothing_is_chosen() {
    let shop = with_two();
    let got = shop.post("owner", "/admin/orders/ship", &[("back", "https://evil.example")]).await;
    assert_eq!((got.status, got.header(header::LOCATION)), (StatusCode::SEE_OTHER, "/admin/orders"));
    assert!(notice(&shop, &got).await.contains("Choose at least one order"));
    assert!(shop.asked("orders.ship").is_empty() && shop.asked("orders.many").is_empty());
    assert_eq!(shop.get("owner", "/admin/orders/pick-list").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_pick_list_gathers_what_is_left_of_all_orders_by_sku() {
    let shop = Shop::new(|method, _| match method {
        "orders.many" => {
            let mut second = numbered("BBBB-BBBB", 2);
            second.lines[0].allocated = 1;
            second.lines[1].allocated = 1;
            ok([numbered("AAAA-AAAA", 1), second])
        }
        _ => None,
    });
    let got = shop.get("support", "/admin/orders/pick-list?order=AAAA-AAAA&order=BBBB-BBBB").await;
    assert_eq!(got.status, StatusCode::OK, "{}", got.body);
    assert!(got.body.contains("AAAA-AAAA × 2, BBBB-BBBB × 1"), "{}", got.body);
    assert!(got.body.contains("2 orders · 4 pieces"), "{}", got.body);
    assert!(got.body.find("BLUE") < got.body.find("RED"), "by SKU");
}

#[tokio::test]
async fn each_chosen_order_has_a_packing_slip_with_what_is_left() {
    let shop = Shop::new(|method, _| match method {
        "orders.many" => {
            let mut second = numbered("BBBB-BBBB", 2);
            second.lines[1].allocated = 2;
            second.address.name = "<b>Bob</b>".into();
            ok([numbered("AAAA-AAAA", 1), second])
        }
        _ => None,
    });
    let got = shop.get("owner", "/admin/orders/packing-slips?order=AAAA-AAAA&order=BBBB-BBBB").await;
    assert_eq!(got.body.matches("class=\"sheet\"").count(), 2);
    assert!(got.body.contains("1 piece; the rest of the order") && got.body.contains("&lt;b&gt;Bob"), "{}", got.body);
    assert_eq!(got.body.matches(">BLUE<").count(), 1, "what was sent is not on the slip of the rest");
}

#[tokio::test]
async fn the_list_leads_to_saved_filters_and_to_its_file() {
    let shop = with_two();
    let got = shop.get("owner", "/admin/orders?lifecycle=on_hold").await;
    assert!(got.body.contains("href=\"/admin/orders?lifecycle=on_hold\" aria-current=\"page\">To &lt;look&gt; at<"));
    assert!(got.body.contains("href=\"/admin/orders/export.csv?lifecycle=on_hold\""), "{}", got.body);
    let form = [("name", "Mine"), ("q", "ann"), ("lifecycle", "placed"), ("payment", ""), ("fulfilment", "")];
    let saved = shop.post("owner", "/admin/orders/filters", &form).await;
    assert_eq!(saved.header(header::LOCATION), "/admin/orders?q=ann&lifecycle=placed");
    let asked = &shop.asked("orders.save_filter")[0]["filter"];
    assert_eq!(
        (&asked["name"], &asked["filter"]["text"], &asked["filter"]["lifecycle"]),
        (&json!("Mine"), &json!("ann"), &json!("placed"))
    );
    shop.post("owner", "/admin/orders/filters/delete", &[("name", "Mine")]).await;
    assert_eq!(shop.asked("orders.delete_filter")[0]["name"], "Mine");
}

#[tokio::test]
async fn the_file_has_every_page_of_the_list_and_no_formula() {
    let shop = Shop::new(|method, arguments| match method {
        "orders.list" => {
            let first = arguments["page"]["after"].is_null();
            let next = first.then(|| Cursor("2".into()));
            ok(Page { items: vec![summary(if first { "AAAA-AAAA" } else { "BBBB-BBBB" })], next })
        }
        _ => None,
    });
    let got = shop.get("owner", "/admin/orders/export.csv?fulfilment=unfulfilled").await;
    assert_eq!(got.header(header::CONTENT_TYPE), "text/csv; charset=utf-8");
    let row =
        "1970-01-01T00:00:00Z,placed,paid,unfulfilled,\"Ana \"\"A\"\" Silva\",\"'=cmd()@example.com\",3,EUR,30.50";
    let head = "number,made_at,order,payment,fulfilment,name,email,items,currency,total";
    assert_eq!(got.body, format!("{head}\r\nAAAA-AAAA,{row}\r\nBBBB-BBBB,{row}\r\n"));
    let asked = shop.asked("orders.list");
    assert!(asked.iter().all(|asked| asked["filter"]["fulfilment"] == "unfulfilled" && asked["page"]["limit"] == 250));
}

#[tokio::test]
async fn a_note_is_left_once_and_names_its_author() {
    let shop = Shop::new(|method, _| match method {
        "orders.by_number" => ok(order()),
        "orders.note" => ok(Value::Null),
        "accounts.staff" => {
            let id = souk_contracts::StaffId::from_bits(9);
            let member =
                StaffMember { id, email: "w@souk.example".into(), name: "Will <W>".into(), role: Role::Support };
            ok(Page { items: vec![member], next: None })
        }
        "orders.history" => {
            let actor = souk_contracts::StaffId::from_bits(9).to_string();
            let note =
                HistoryEntry { at: Timestamp::EPOCH, actor, what: "note".into(), detail: "<i>called</i>".into() };
            ok([note])
        }
        _ => None,
    });
    let page = shop.get("support", "/admin/orders/K7P2-9XQ4").await;
    assert!(page.body.contains("Will &lt;W&gt;") && page.body.contains("&lt;i&gt;called"), "{}", page.body);
    assert!(page.body.contains("name=\"notes\" value=\"1\""));
    let note = [("text", "Called again"), ("notes", "1")];
    let got = shop.post("support", "/admin/orders/K7P2-9XQ4/note", &note).await;
    assert_eq!(got.header(header::LOCATION), "/admin/orders/K7P2-9XQ4");
    assert_eq!(shop.asked("orders.note")[0]["text"], "Called again");
    let empty = shop.post("support", "/admin/orders/K7P2-9XQ4/note", &[("text", " "), ("notes", "1")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.body.contains("Write something."), "{}", empty.body);
    assert_eq!(shop.asked("orders.note").len(), 1);
}
