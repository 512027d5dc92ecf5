//! Following an order.

use futures::StreamExt as _;
use http::Method;
use souk_contracts::orders::{OrderClosed, OrderRef};
use souk_types::{Id, Timestamp};
use tower::ServiceExt as _;

use crate::{
    fakes::Fate,
    rig::{Answer, Browser, Rig, request, rig},
};

pub async fn bought(rig: &Rig) -> (Browser, String) {
    let browser = rig.browser().with_bag().await;
    let quote = browser.get_json("/checkout").await.json();
    let body = serde_json::json!({
        "email": "ana@example.com",
        "address": {"name": "Ana", "line1": "Rua 1", "city": "Porto", "country": "PT"},
        "method": "standard",
        "expected_total": quote["totals"]["total"],
        "payment_token": "tok_1",
    });
    let placed: Answer = browser.post_json("/checkout", &body).await;
    placed.is(200);
    let number = placed.json()["number"].as_str().unwrap().to_owned();
    (browser, number)
}

#[tokio::test]
async fn an_order_shows_its_parcels_and_what_happened() {
    let rig = rig();
    let (_, number) = bought(&rig).await;
    let page = rig.browser().get(&format!("/orders/{number}?key=k3y")).await;
    page.is(200)
        .shows("On its way to you")
        .shows("<a href=\"https://post.example/TRACK-1\" rel=\"noreferrer\">TRACK-1</a>")
        .shows("1 × Canvas bag")
        .shows("&lt;i&gt;Sorted")
        .shows("Porto");
    page.shows("Expected on 3 January").shows("data-stream").shows("€17.40");
    let part = rig.browser().get(&format!("/orders/{number}/timeline?key=k3y")).await;
    part.is(200).shows("id=\"timeline\"").hides("<html");
}

/// The steps up to the one that the order is at, which is said to be current.
fn reached(page: &Answer) -> Vec<&str> {
    let steps = page.body.split("<li class=\"steps-").skip(1).filter(|step| !step.starts_with("todo"));
    steps.filter_map(|step| step.split("steps-label\">").nth(1)?.split('<').next()).collect()
}

#[tokio::test]
async fn what_is_said_of_an_order_and_the_steps_agree() {
    let rig = rig();
    let (browser, number) = bought(&rig).await;
    let page = browser.get(&format!("/orders/{number}")).await;
    assert_eq!(
        reached(page.is(200).shows(">On its way to you<")),
        ["Placed", "Packed", "Sent", "On its way", "Out for delivery"]
    );
    rig.services.lock().unpacked = 1;
    let (browser, number) = bought(&rig).await;
    let page = browser.get(&format!("/orders/{number}")).await;
    page.is(200).shows(">A part of your order is on its way to you<").hides(">On its way to you<");
    page.shows("Expected on 3 January. We are packing the rest.");
    assert_eq!(reached(&page), ["Placed", "Packed"]);
}

#[tokio::test]
async fn an_order_is_shown_only_to_its_customer_and_to_whoever_holds_its_key() {
    let rig = rig();
    let (browser, number) = bought(&rig).await;
    browser.get(&format!("/orders/{number}")).await.is(200);
    let stranger = rig.browser();
    for path in ["", "?key=", "?key=wrong", "/timeline", "/stream", "/confirmation?key=wrong"] {
        stranger.get(&format!("/orders/{number}{path}")).await.is(404).hides("ana@example.com");
    }
    stranger.get("/orders/NOPE-1?key=k3y").await.is(404);
}

#[tokio::test]
async fn an_order_that_waits_for_its_payment_has_no_confirmation_yet() {
    let rig = rig();
    rig.services.lock().fate = Fate::Pending;
    let (browser, number) = bought(&rig).await;
    let early = browser.get(&format!("/orders/{number}/confirmation?key=k3y")).await;
    assert_eq!(early.location(), format!("/orders/{number}?key=k3y"));
}

#[tokio::test]
async fn a_page_that_listens_is_told_when_its_order_moves() {
    let rig = rig();
    let (browser, number) = bought(&rig).await;
    let order = browser.get_json(&format!("/orders/{number}?key=k3y")).await.json();
    let stream =
        request(Method::GET, &format!("/orders/{number}/stream?key=k3y")).body(axum::body::Body::empty()).unwrap();
    let response = rig.router.clone().oneshot(stream).await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut messages = response.into_body().into_data_stream();
    let moved = |order| OrderClosed {
        of: OrderRef {
            order,
            customer: Id::from_bits(1),
            number: number.clone(),
            cart: Id::from_bits(1),
            email: String::new(),
        },
        at: Timestamp::EPOCH,
    };
    rig.happen(&moved(Id::from_bits(999_999))).await;
    rig.happen(&moved(order["id"].as_str().unwrap().parse().unwrap())).await;
    let message =
        tokio::time::timeout(std::time::Duration::from_secs(5), messages.next()).await.unwrap().unwrap().unwrap();
    let text = String::from_utf8(message.to_vec()).unwrap();
    assert!(text.contains("\"status\":\"placed\"") && text.contains("On its way to you"), "{text}");
}

#[tokio::test]
async fn a_page_that_listens_does_not_keep_the_shop_from_stopping() {
    let rig = rig();
    let (_, number) = bought(&rig).await;
    let stream =
        request(Method::GET, &format!("/orders/{number}/stream?key=k3y")).body(axum::body::Body::empty()).unwrap();
    let mut messages = rig.router.clone().oneshot(stream).await.unwrap().into_body().into_data_stream();
    rig.leaving.cancel();
    let end = tokio::time::timeout(std::time::Duration::from_secs(5), messages.next()).await;
    assert!(end.unwrap().is_none(), "the stream has ended");
}

#[tokio::test]
async fn a_gateways_message_reaches_payments_as_it_is() {
    let rig = rig();
    let post = |signature: &str| {
        request(Method::POST, "/webhooks/payments/sandbox")
            .header("X-Signature", signature)
            .body(axum::body::Body::from("{ \"id\" : 1 }"))
            .unwrap()
    };
    rig.browser().send(post("right")).await.is(204);
    rig.browser().send(post("wrong")).await.is(403);
}
