//! What shoppers are told when the shop is closed or cannot be reached.

use http::Method;

use crate::rig::{request, rig, rig_closed};

#[tokio::test]
async fn a_closed_shop_says_when_to_come_back_and_keeps_what_is_paid_for_going() {
    let rig = rig_closed();
    let browser = rig.browser();
    for path in ["/", "/products/canvas-bag", "/cart", "/search?q=bag", "/nothing"] {
        let page = browser.get(path).await;
        page.is(503).shows("We will be back soon").hides("href=\"/cart\"");
        assert_eq!((page.header("retry-after"), page.header("cache-control")), ("300", "private, no-store"), "{path}");
    }
    let added = browser.post("/cart/lines", &[("variant", "BAG-RED-S"), ("quantity", "1")]).await;
    added.is(503);
    let program = browser.get_json("/api/v1/products").await;
    assert_eq!(
        (program.is(503).header("content-type"), &program.json()["code"]),
        ("application/problem+json", &"maintenance".into())
    );
    browser.get("/admin/sign-in").await.is(200);
    for path in ["/webhooks/payments/sandbox", "/checkout/return", "/checkout/pay-return"] {
        let method = if path.starts_with("/webhooks") { Method::POST } else { Method::GET };
        let answer = browser.send(request(method, path).body(axum::body::Body::empty()).unwrap()).await;
        assert_ne!(answer.status.as_u16(), 503, "{path}: {}", answer.body);
    }
}

#[tokio::test]
async fn browsers_may_keep_the_page_for_the_offline_and_nothing_about_anybody() {
    let browser = rig().browser().with_bag().await;
    let page = browser.get("/offline").await;
    page.is(200).shows("You are offline").hides("BAG-RED-S");
    assert_eq!(page.header("set-cookie"), "");
    let worker = browser.get("/sw.js").await;
    assert_eq!(worker.is(200).header("cache-control"), "no-cache");
    let list = worker.body.lines().next().unwrap().trim_start_matches("const KEPT = ").trim_end_matches(';');
    let kept: Vec<String> = serde_json::from_str(list).unwrap();
    assert_eq!(kept[..2], ["/offline", "/favicon.svg"]);
    assert_eq!(kept.len(), 4);
    for path in kept {
        let answer = browser.get(&path).await;
        assert!(answer.is(200).header("cache-control").starts_with("public"), "{path}");
    }
    let home = browser.get("/").await;
    let script = home.body.split('"').find(|text| text.starts_with("/assets/store.") && text.ends_with(".js")).unwrap();
    assert!(browser.get(script).await.body.len() + worker.body.len() < 30_000, "scripts of a page grow");
}
