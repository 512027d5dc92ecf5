use http::{StatusCode, header};
use serde_json::json;
use souk_contracts::{
    LocationId, delivery, inventory,
    orders::{self, HistoryEntry, Lifecycle},
    payments,
};
use souk_types::Timestamp;

use super::fakes::{Shop, ok, order, refused};

fn with_order() -> Shop {
    Shop::new(|method, _| match method {
        "orders.by_number" | "orders.ship" | "orders.cancel" | "orders.refund" | "orders.hold" => ok(order()),
        "delivery.track" => ok(json!(null)),
        "delivery.shipments" => ok([parcel(9), parcel(10)]),
        _ => None,
    })
}

fn parcel(id: u128) -> delivery::Shipment {
    delivery::Shipment {
        id: souk_contracts::ShipmentId::from_bits(id),
        customer: order().customer,
        order: order().id,
        lines: Vec::new(),
        status: delivery::ShipmentStatus::LabelCreated,
        carrier: "Post".into(),
        tracking_number: Some("RR1".into()),
        tracking_url: (id == 9).then(|| "https://post.example/RR1".into()),
        by_hand: true,
        expected_at: None,
        events: Vec::new(),
    }
}

#[tokio::test]
async fn the_page_of_an_order_shows_it_without_letting_its_texts_act() {
    let hostile = "<script>alert(1)</script>\"'";
    let shop = Shop::new(move |method, _| match method {
        "orders.by_number" => {
            let mut order = order();
            order.address.name = hostile.into();
            order.email = hostile.into();
            order.lines[0].title = hostile.into();
            order.lines[0].sku = "\"><img src=x>".into();
            ok(order)
        }
        "orders.history" => {
            let entry = |text: &str| HistoryEntry {
                at: Timestamp::EPOCH,
                actor: text.into(),
                what: text.into(),
                detail: text.into(),
            };
            ok(vec![entry(hostile)])
        }
        _ => None,
    });
    let got = shop.get("owner", "/admin/orders/K7P2-9XQ4").await;
    assert_eq!(got.status, StatusCode::OK, "{}", got.body);
    assert!(got.body.contains("&lt;script&gt;alert(1)"));
    assert!(!got.body.contains("<script>alert") && !got.body.contains("<img src=x"));
}

#[tokio::test]
async fn a_transfer_is_offered_only_between_places() {
    for (places, offered) in [(1, false), (2, true)] {
        let place = |number: u128| inventory::Location {
            id: LocationId::from_bits(number),
            version: 1,
            name: format!("Place {number}"),
            priority: 1,
            active: true,
        };
        let shop = Shop::new(move |method, _| match method {
            "inventory.locations" => ok((1..=places).map(place).collect::<Vec<_>>()),
            _ => None,
        });
        let got = shop.get("warehouse", "/admin/stock").await;
        assert_eq!(got.status, StatusCode::OK);
        assert!(got.body.contains("action=\"/admin/stock/adjust\""), "{places}");
        assert_eq!(got.body.contains("action=\"/admin/stock/transfer\""), offered, "{places}");
    }
}

#[tokio::test]
async fn an_order_is_also_told_to_programs() {
    let shop = with_order();
    let request =
        super::fakes::as_staff("support", "GET", "/admin/orders/K7P2-9XQ4").header(header::ACCEPT, "application/json");
    let got = shop.send(request.body(axum::body::Body::empty()).unwrap()).await;
    let told: orders::Order = serde_json::from_str(&got.body).unwrap();
    assert_eq!(told, order());
}

#[tokio::test]
async fn the_page_says_what_it_lacks_when_payments_are_away() {
    let shop = Shop::new(|method, _| match method {
        "orders.by_number" => ok(order()),
        "payments.intents" => refused(&souk_types::Fault::unavailable("gone")),
        _ => None,
    });
    let got = shop.get("owner", "/admin/orders/K7P2-9XQ4").await;
    assert_eq!(got.status, StatusCode::OK);
    assert!(got.body.contains("The payments cannot be read right now"));
}

#[tokio::test]
async fn a_form_that_is_sent_twice_makes_one_parcel() {
    let shop = with_order();
    let form =
        [("version", "3"), ("line[RED]", "1"), ("line[BLUE]", "0"), ("carrier", "method"), ("tracking_number", "")];
    for _ in 0..2 {
        let got = shop.post("warehouse", "/admin/orders/K7P2-9XQ4/ship", &form).await;
        assert_eq!((got.status, got.header(header::LOCATION)), (StatusCode::SEE_OTHER, "/admin/orders/K7P2-9XQ4"));
    }
    let next = [("version", "4"), ("line[RED]", "1")];
    shop.post("warehouse", "/admin/orders/K7P2-9XQ4/ship", &next).await;
    let asked = shop.asked("orders.ship");
    assert_eq!(asked[0]["lines"], json!([{ "sku": "RED", "quantity": 1 }]));
    assert_eq!(asked[0]["shipment"], asked[1]["shipment"]);
    assert_ne!(asked[0]["shipment"], asked[2]["shipment"]);
}

#[tokio::test]
async fn a_parcel_goes_by_a_carrier_of_the_staffs_choice() {
    let shop = with_order();
    let form = |carrier: &'static str, name: &'static str| {
        [
            ("version", "3"),
            ("line[RED]", "1"),
            ("carrier", carrier),
            ("carrier_name", name),
            ("tracking_number", "RR1"),
            ("tracking_url", "https://post.example/RR1"),
        ]
    };
    let path = "/admin/orders/K7P2-9XQ4/ship";
    assert_eq!(shop.post("warehouse", path, &form("own", "Post")).await.status, StatusCode::SEE_OTHER);
    let chosen = json!({ "name": "Post", "tracking_number": "RR1", "tracking_url": "https://post.example/RR1" });
    assert_eq!(shop.asked("orders.ship")[0]["carrier"], chosen);
    let nameless = shop.post("warehouse", path, &form("own", "")).await;
    assert_eq!(nameless.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nameless.body.contains("id=\"f-carrier_name-error\""), "{}", nameless.body);
    assert!(nameless.body.contains("<option value=\"own\" selected>"));
    // A number for the method's carrier would be lost: it is refused rather than dropped.
    let misplaced = shop.post("warehouse", path, &form("method", "")).await;
    assert!(misplaced.body.contains("id=\"f-carrier-error\""), "{}", misplaced.body);
    assert_eq!(shop.asked("orders.ship").len(), 1);
}

#[tokio::test]
async fn a_link_that_the_service_refuses_is_said_at_its_field() {
    let shop = Shop::new(|method, _| match method {
        "orders.by_number" => ok(order()),
        "orders.ship" => refused(&souk_types::Fault::invalid("carrier.tracking_url", "must begin with https://")),
        _ => None,
    });
    let form = [
        ("version", "3"),
        ("line[RED]", "1"),
        ("carrier", "own"),
        ("carrier_name", "Post"),
        ("tracking_url", "http://post.example"),
    ];
    let got = shop.post("owner", "/admin/orders/K7P2-9XQ4/ship", &form).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(got.body.contains("id=\"f-tracking_url-error\""), "{}", got.body);
    assert!(got.body.contains("Must begin with https://"));
}

#[tokio::test]
async fn an_empty_parcel_is_refused_in_place_with_what_was_entered() {
    let shop = with_order();
    let form = [("version", "3"), ("line[RED]", "0"), ("line[BLUE]", "x"), ("tracking_number", "<b>1Z")];
    let got = shop.post("owner", "/admin/orders/K7P2-9XQ4/ship", &form).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(got.body.contains("Enter how many of Tote BLUE go into the parcel: 0 to 2."));
    assert!(got.body.contains("value=\"&lt;b&gt;1Z\""));
    assert!(shop.asked("orders.ship").is_empty());
}

#[tokio::test]
async fn what_the_service_refuses_is_said_in_the_form() {
    let shop = Shop::new(|method, _| match method {
        "orders.by_number" => ok(order()),
        "orders.cancel" => {
            refused(&orders::Error::NotNow { lifecycle: Lifecycle::Placed, reason: "a part is on its way".into() })
        }
        _ => None,
    });
    let form = [("version", "3"), ("reason", "changed their mind")];
    let got = shop.post("owner", "/admin/orders/K7P2-9XQ4/cancel", &form).await;
    assert_eq!(got.status, StatusCode::CONFLICT);
    assert!(got.body.contains("A part is on its way."));
    assert!(got.body.contains("value=\"changed their mind\""));
}

#[tokio::test]
async fn a_refund_is_asked_once_for_what_the_page_showed() {
    let shop = with_order();
    let path = "/admin/orders/K7P2-9XQ4/refund";
    let good = [("version", "3"), ("amount", "12.50"), ("reason", "late")];
    assert_eq!(shop.post("support", path, &good).await.status, StatusCode::SEE_OTHER);
    assert_eq!(shop.asked("orders.refund")[0]["amount"]["minor"], 1_250);
    for (version, amount, status) in [("3", "30.01", 422), ("3", "0", 422), ("3", "ten", 422), ("2", "12.50", 409)] {
        let got = shop.post("support", path, &[("version", version), ("amount", amount), ("reason", "late")]).await;
        assert_eq!(got.status.as_u16(), status, "{version} {amount}");
        assert!(got.body.contains(&format!("value=\"{amount}\"")), "{amount}");
    }
    assert_eq!(shop.asked("orders.refund").len(), 1);
}

#[tokio::test]
async fn an_order_is_held_with_a_reason_and_released_without() {
    let shop = with_order();
    let path = "/admin/orders/K7P2-9XQ4";
    assert_eq!(
        shop.post("owner", &format!("{path}/hold"), &[("version", "3")]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    shop.post("owner", &format!("{path}/hold"), &[("version", "3"), ("reason", "fraud?")]).await;
    shop.post("owner", &format!("{path}/release"), &[("version", "3")]).await;
    let held: Vec<_> = shop.asked("orders.hold").iter().map(|asked| asked["held"].clone()).collect();
    assert_eq!(held, [json!(true), json!(false)]);
}

#[tokio::test]
async fn a_notice_is_shown_once_after_an_action() {
    let shop = with_order();
    let done = shop.post("owner", "/admin/orders/K7P2-9XQ4/hold", &[("version", "3"), ("reason", "x")]).await;
    let notice = done.header(header::SET_COOKIE).split(';').next().unwrap().to_owned();
    let request =
        http::Request::builder().uri("/admin/orders").header(header::COOKIE, format!("souk_staff=owner; {notice}"));
    let page = shop.send(request.body(axum::body::Body::empty()).unwrap()).await;
    assert!(page.body.contains("The order is on hold"));
    assert!(page.header(header::SET_COOKIE).starts_with("souk_notice=; "));
}

#[tokio::test]
async fn a_parcels_status_is_recorded_by_hand() {
    let shop = with_order();
    let shipment = souk_contracts::ShipmentId::from_bits(9);
    let path = format!("/admin/orders/K7P2-9XQ4/shipments/{shipment}/track");
    let got = shop
        .post("warehouse", &path, &[("status", "delivered"), ("description", "Handed over"), ("place", "Porto")])
        .await;
    assert_eq!(got.status, StatusCode::SEE_OTHER);
    assert_eq!(shop.asked("delivery.track")[0]["event"]["status"], "delivered");
    let bad = shop.post("warehouse", &path, &[("status", "lost"), ("description", "")]).await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    // The form that failed is the open one, with its faults; the other parcel's is closed.
    assert_eq!(bad.body.matches("Record where it is").count(), 2);
    assert_eq!(bad.body.matches("Say what happened.").count(), 1);
    assert!(bad.body.contains(&format!("id=\"f-track-{shipment}-status-error\"")), "{}", bad.body);
    assert!(bad.body.contains("<a href=\"https://post.example/RR1\" rel=\"noreferrer\">RR1</a>"));
}

#[tokio::test]
async fn stock_is_changed_by_each_form() {
    let place = LocationId::from_bits(4).to_string();
    let level = inventory::Level {
        sku: "RED".into(),
        location: LocationId::from_bits(4),
        on_hand: 10,
        committed: 0,
        reserved: 0,
        safety: 0,
    };
    let shop = Shop::new(move |method, _| match method {
        "catalog.known_skus" => ok(["RED"]),
        "inventory.adjust" => ok(&level),
        "inventory.transfer" => refused(&inventory::Error::WouldGoNegative { available: 1 }),
        _ => None,
    });
    let at = [("sku", "RED"), ("location", place.as_str())];
    let forms: [(&str, &[(&str, &str)]); 4] = [
        ("adjust", &[("quantity", "-3"), ("reason", "Damaged"), ("note", "wet")]),
        ("receive", &[("quantity", "5")]),
        ("count", &[("expected", "9"), ("counted", "10")]),
        ("safety", &[("quantity", "2")]),
    ];
    for (name, fields) in forms {
        let got = shop.post("warehouse", &format!("/admin/stock/{name}"), &[&at[..], fields].concat()).await;
        assert_eq!((got.status, got.header(header::LOCATION)), (StatusCode::SEE_OTHER, "/admin/stock?q=RED"), "{name}");
    }
    let asked = shop.asked("inventory.adjust");
    assert_eq!(asked[0]["adjustment"]["change"], json!({ "by": -3 }));
    assert_eq!(asked[0]["adjustment"]["reason"], "Damaged: wet");
    assert_eq!(asked[2]["adjustment"]["change"], json!({ "count": { "expected": 9, "counted": 10 } }));
    let transfer = [("sku", "RED"), ("from", place.as_str()), ("to", place.as_str()), ("quantity", "2")];
    let got = shop.post("warehouse", "/admin/stock/transfer", &transfer).await;
    assert_eq!(got.status, StatusCode::CONFLICT);
    assert!(got.body.contains("Only 1 are free to take away."));
    let got = shop.post("warehouse", "/admin/stock/adjust", &[("sku", "RED"), ("quantity", "many")]).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(got.body.contains("value=\"many\""));
}

#[tokio::test]
async fn the_list_of_one_place_is_asked_for_as_such() {
    let at = LocationId::from_bits(4);
    let (sku, place) = ("RED".to_owned(), at.to_string());
    let level = inventory::Level { sku, location: at, on_hand: 1, committed: 0, reserved: 0, safety: 0 };
    let shop = Shop::new(move |method, _| match method {
        "inventory.levels" => ok(json!({ "items": [level], "next": "more" })),
        _ => None,
    });
    let got = shop.get("warehouse", &format!("/admin/stock?location={place}&low=1")).await;
    assert_eq!(got.status, StatusCode::OK);
    assert_eq!(shop.asked("inventory.levels")[0]["filter"]["location"], place.as_str());
    assert!(got.body.contains(&format!("location={place}")), "the next page is of the same place: {}", got.body);
    let wrong = shop.get("warehouse", "/admin/stock?location=cellar").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_count_of_a_level_that_moved_comes_again_with_the_level_as_it_is() {
    let place = LocationId::from_bits(4).to_string();
    let shop = Shop::new(|method, _| match method {
        "catalog.known_skus" => ok(["RED"]),
        "inventory.adjust" => refused(&inventory::Error::Changed { on_hand: 7 }),
        _ => None,
    });
    let fields = [("sku", "RED"), ("location", place.as_str()), ("expected", "9"), ("counted", "8")];
    let got = shop.post("warehouse", "/admin/stock/count", &fields).await;
    assert_eq!(got.status, StatusCode::CONFLICT);
    assert!(got.body.contains("7 are on hand now"), "{}", got.body);
    let value =
        |id: &str| got.body.split(&format!("id=\"{id}\"")).nth(1).and_then(|rest| rest.split("value=\"").nth(1));
    assert!(value("count-expected").is_some_and(|rest| rest.starts_with("7\"")));
    assert!(value("count-counted").is_some_and(|rest| rest.starts_with("8\"")));
}

#[tokio::test]
async fn movements_tell_what_was_on_hand_from_page_to_page() {
    let movement = |on_hand: i64| inventory::Movement {
        id: souk_contracts::MovementId::from_bits(1),
        sku: "RED".into(),
        location: LocationId::from_bits(4),
        kind: inventory::MovementKind::Adjusted,
        on_hand,
        committed: 0,
        reserved: 0,
        order: None,
        reason: "Counted".into(),
        actor: "stf_x".into(),
        at: Timestamp::EPOCH,
    };
    let shop = Shop::new(move |method, arguments| match method {
        "inventory.levels" => ok(
            json!({ "items": [{ "sku": "RED", "location": LocationId::from_bits(4), "on_hand": 77, "committed": 0, "reserved": 0, "safety": 0 }], "next": null }),
        ),
        "inventory.movements" if arguments["page"]["after"].is_null() => {
            ok(json!({ "items": [movement(-3), movement(30)], "next": "n" }))
        }
        "inventory.movements" => ok(json!({ "items": [movement(50)], "next": null })),
        _ => None,
    });
    let first = shop.get("owner", "/admin/stock/RED/movements").await;
    assert!(first.body.contains(">77<") && first.body.contains(">80<"), "{}", first.body);
    let link =
        first.body.split("rel=\"next\" href=\"").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
    let second = shop.get("owner", &link).await;
    assert!(second.body.contains(">50<"), "{}", second.body);
    let lost = shop.get("owner", "/admin/stock/RED/movements?after=n").await;
    assert_eq!(lost.header(header::LOCATION), "/admin/stock/RED/movements");
}

#[tokio::test]
async fn a_payment_at_the_sandbox_is_marked_as_one() {
    for (gateway, marked) in [("sandbox", true), ("stripe", false)] {
        let shop = Shop::new(move |method, _| match method {
            "orders.by_number" => ok(order()),
            "payments.intents" => ok(vec![payments::Intent {
                id: souk_types::Id::from_bits(1),
                customer: order().customer,
                order: order().id,
                attempt: 1,
                amount: order().totals.total,
                state: payments::IntentState::Captured,
                captured: order().totals.total,
                refunded: order().totals.delivery,
                gateway: gateway.into(),
                gateway_reference: None,
                action_url: None,
                failure_code: None,
                failure_reason: None,
                instrument: "Visa •••• 4242".into(),
                refunds: Vec::new(),
                created_at: Timestamp::EPOCH,
            }]),
            _ => None,
        });
        let got = shop.get("owner", "/admin/orders/K7P2-9XQ4").await;
        assert_eq!(got.body.contains("Sandbox payment: no real money moved"), marked, "{}", got.body);
    }
}

#[tokio::test]
async fn no_stock_is_kept_of_what_no_product_has() {
    let place = LocationId::from_bits(4);
    let level = move |sku: &str| inventory::Level {
        sku: sku.into(),
        location: place,
        on_hand: 10,
        committed: 0,
        reserved: 0,
        safety: 0,
    };
    // GONE was a variant once, and there is stock of it; TYPO is only the beginning of another.
    let shop = Shop::new(move |method, asked| match method {
        "catalog.known_skus" => ok(json!([])),
        "inventory.levels" if asked["filter"]["sku_prefix"] == "GONE" => {
            ok(json!({ "items": [level("GONE")], "next": null }))
        }
        "inventory.levels" => ok(json!({ "items": [level("TYPO-2")], "next": null })),
        "inventory.adjust" => ok(level("GONE")),
        _ => None,
    });
    let place = place.to_string();
    for (name, number) in [("receive", "quantity"), ("adjust", "quantity"), ("safety", "quantity")] {
        let fields = [("sku", "TYPO"), ("location", place.as_str()), (number, "5"), ("reason", "Found")];
        let got = shop.post("warehouse", &format!("/admin/stock/{name}"), &fields).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(got.body.contains(&format!("id=\"{name}-sku-error\"")), "{}", got.body);
        assert!(got.body.contains("No product has this SKU."), "{}", got.body);
    }
    assert!(shop.asked("inventory.adjust").is_empty());
    let fields = [("sku", "GONE"), ("location", place.as_str()), ("quantity", "-10"), ("reason", "Lost")];
    let got = shop.post("warehouse", "/admin/stock/adjust", &fields).await;
    assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
}
