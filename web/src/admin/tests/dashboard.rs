use axum::body::Body;
use http::{Request, StatusCode, header};
use serde_json::json;
use souk_contracts::{
    LocationId,
    inventory::Level,
    orders::{Sales, Waiting},
};
use souk_types::{Env, Fault, Timestamp};

use super::fakes::{Shop, eur, ok, refused};

const DAY_US: i64 = 24 * 3_600_000_000;

/// When the shops of these tests are: the beginning of the day, and now.
fn times() -> (i64, i64) {
    let now = Env::for_tests(1).now().as_micros();
    (now - now.rem_euclid(DAY_US), now)
}

fn busy() -> Shop {
    let (today, _) = times();
    let sale =
        move |at: i64, minor: i64| Sales { at: Timestamp::from_micros(at), orders: 2, pieces: 3, total: eur(minor) };
    Shop::new(move |method, _| match method {
        "orders.sales" => ok(vec![sale(today - 3 * DAY_US, 400_000), sale(today, 123_400)]),
        "orders.waiting" => ok(Waiting { to_ship: 1_000, partly_sent: 0, on_hold: 2 }),
        "inventory.levels" => {
            let level = Level {
                sku: "<RED>".into(),
                location: LocationId::from_bits(1),
                on_hand: 3,
                committed: 1,
                reserved: 0,
                safety: 0,
            };
            ok(json!({ "items": [level], "next": null }))
        }
        _ => None,
    })
}

#[tokio::test]
async fn the_dashboard_shows_todays_sales_and_what_waits() {
    let shop = busy();
    let got = shop.get("owner", "/admin").await;
    assert_eq!(got.status, StatusCode::OK, "{}", got.body);
    for text in
        ["€1,234.00", "€617.00", "1,000+", "/admin/orders?lifecycle=placed&amp;fulfilment=unfulfilled", "2 left"]
    {
        assert!(got.body.contains(text), "{text}: {}", got.body);
    }
    assert!(got.body.contains("&lt;RED&gt;") && !got.body.contains("<RED>"));
    // A parked job waits, and only those who may do something about it are told.
    assert!(got.body.contains("href=\"/admin/dead-letters\"><span class=\"stat-number\">1<"), "{}", got.body);
    let support = shop.get("support", "/admin").await;
    assert!(!support.body.contains("Failed work</span>"), "{}", support.body);
    let asked = &shop.asked("orders.sales")[0]["request"];
    let (today, _) = times();
    assert_eq!((asked["from"].as_i64(), asked["to"].as_i64()), (Some(today - 13 * DAY_US), Some(today + DAY_US)));
}

#[tokio::test]
async fn the_chart_is_drawn_by_the_server_and_told_in_a_table() {
    let got = busy().get("owner", "/admin").await;
    assert_eq!(got.body.matches("<rect class=\"chart-").count(), 14);
    assert!(got.body.contains("role=\"img\" aria-labelledby=\"chart-summary\""));
    assert!(got.body.contains("Sales of 14 days: €1,234.00 today; most on "), "{}", got.body);
    assert!(got.body.contains("height=\"800\""), "four of the five thousand that the axis has");
    assert_eq!(got.body.matches("<td class=\"number\">€4,000.00</td>").count(), 1);
}

#[tokio::test]
async fn what_cannot_be_read_is_said_and_the_rest_is_shown() {
    let shop = Shop::new(|method, _| match method {
        "orders.sales" | "inventory.levels" => refused(&Fault::unavailable("away")),
        "orders.waiting" => ok(Waiting { to_ship: 7, partly_sent: 0, on_hold: 0 }),
        _ => None,
    });
    let got = shop.get("owner", "/admin").await;
    assert_eq!(got.status, StatusCode::OK);
    assert!(got.body.contains("The sales and stock cannot be read right now"), "{}", got.body);
    assert!(got.body.contains("<span class=\"stat-number\">7</span>") && !got.body.contains("<svg class=\"chart"));
}

#[tokio::test]
async fn who_is_in_the_shop_is_counted_by_browser_and_told_again_and_again() {
    let shop = busy();
    let look = async |path: &str, browser: &str| {
        let request = Request::get(path).header(header::ACCEPT, "text/html").header(header::USER_AGENT, browser);
        shop.send(request.body(Body::empty()).unwrap()).await
    };
    let nobody = shop.get("owner", "/admin").await.body;
    assert!(nobody.contains("In the shop now</h2>\n  <p class=\"stat-number\">0</p>"), "{nobody}");
    for (path, browser) in [("/", "one"), ("/offline", "one"), ("/cart", "two"), ("/checkout", "three"), ("/", "a bot")]
    {
        look(path, browser).await;
    }
    let page = shop.get("owner", "/admin").await.body;
    let alone = shop.get("warehouse", "/admin/visitors").await.body;
    for body in [&page, &alone] {
        assert!(body.contains("<p class=\"stat-number\">3</p>"), "{body}");
        assert!(body.contains("1 at the cart, 1 at the checkout. Who saw a page in the last 5 minutes."), "{body}");
        assert!(body.contains("data-refresh=\"/admin/visitors\" data-every=\"10\""), "{body}");
    }
    assert!(!alone.contains("<h1>"));
}
