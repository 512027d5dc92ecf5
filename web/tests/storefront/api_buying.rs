//! The public API: what shoppers' programs do, and that it is done once.

use std::{sync::Arc, time::Duration};

use axum::body::Body;
use http::{Method, header};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use souk_contracts::{
    inventory::AvailabilityChanged,
    orders::{OrderClosed, OrderRef},
};
use souk_types::{Id, Timestamp};
use tokio::sync::Notify;
use tower::ServiceExt as _;

use crate::{
    fakes::{Fate, TOKEN},
    rig::{Answer, Browser, Rig, request, rig},
};

/// A program with a token.
struct Program {
    browser: Browser,
    token: Option<String>,
}

impl Program {
    fn of(rig: &Rig, token: &str) -> Self {
        Self { browser: rig.browser(), token: Some(token.to_owned()) }
    }

    async fn guest(rig: &Rig) -> Self {
        let nobody = Self { browser: rig.browser(), token: None };
        let guest = nobody.post("/guests", None, Value::Null).await;
        guest.is(201);
        Self::of(rig, guest.json()["token"].as_str().unwrap())
    }

    async fn send(&self, method: Method, path: &str, key: Option<&str>, body: Value) -> Answer {
        let mut request = request(method, &format!("/api/v1{path}"));
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let body = match body {
            Value::Null => Body::empty(),
            body => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
        };
        self.browser.send(request.body(body).unwrap()).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, Value::Null).await
    }

    async fn post(&self, path: &str, key: Option<&str>, body: Value) -> Answer {
        self.send(Method::POST, path, key, body).await
    }

    /// Puts a bag in the cart, and answers the order of it as it is wished for.
    async fn with_wish(&self) -> Value {
        self.post("/cart/lines", Some("line"), json!({"sku": "BAG-RED-S"})).await.is(201);
        self.wish().await
    }

    async fn wish(&self) -> Value {
        let quote = self.get("/cart/quote?country=PT&method=express").await.json();
        json!({
            "cart": quote["cart"]["id"],
            "email": "ana@example.com",
            "address": {"name": "Ana", "line1": "Rua 1", "city": "Porto", "postal_code": "4000-001", "country": "PT"},
            "method": quote["method"],
            "expected_total": quote["totals"]["total"],
            "payment_token": "tok_1",
        })
    }
}

#[tokio::test]
async fn a_guest_fills_a_cart_buys_it_and_follows_the_order() {
    let rig = rig();
    let guest = Program::guest(&rig).await;
    let added = guest.post("/cart/lines", Some("a"), json!({"sku": "BAG-RED-S", "quantity": 2})).await;
    added.is(201);
    assert_eq!(added.json()["lines"][0]["quantity"], 2);
    let set = guest.send(Method::PUT, "/cart/lines/BAG-RED-S", None, json!({"quantity": 3})).await;
    assert_eq!((set.status.as_u16(), set.json()["pieces"].clone()), (200, json!(3)));
    guest.send(Method::PUT, "/cart/lines/BAG-BLUE-S", None, json!({"quantity": 1})).await.is(200);
    guest.send(Method::DELETE, "/cart/lines/BAG-RED-S", None, Value::Null).await.is(200);
    let cart = guest.get("/cart").await;
    assert_eq!((cart.json()["pieces"].clone(), cart.header("cache-control")), (json!(1), "private, no-cache"));

    let placed = guest.post("/orders", Some("b"), guest.wish().await).await;
    placed.is(201);
    let (state, order) = (placed.json()["state"].clone(), placed.json()["order"].clone());
    assert_eq!((state, order["lifecycle"].clone()), (json!("placed"), json!("placed")));
    let path = format!("/orders/{}", order["number"].as_str().unwrap());
    assert_eq!(guest.get(&path).await.json()["lines"][0]["sku"], "BAG-BLUE-S");
    let nobody = Program { browser: rig.browser(), token: None };
    nobody.get(&path).await.is(404);
    nobody.get(&format!("{path}?key=k3y")).await.is(200);
    Program::guest(&rig).await.post(&format!("{path}/cancel"), Some("c"), json!({"reason": "x"})).await.is(404);
    let cancelled = guest.post(&format!("{path}/cancel"), Some("c"), json!({"reason": "changed my mind"})).await;
    assert_eq!(cancelled.json()["lifecycle"], "cancelled");
}

#[tokio::test]
async fn whoever_is_not_known_is_told_to_send_a_token() {
    let rig = rig();
    let nobody = Program { browser: rig.browser(), token: None };
    let refused = nobody.get("/cart").await;
    refused.is(401);
    assert_eq!(
        (refused.header("www-authenticate"), refused.json()["code"].clone()),
        ("Bearer", json!("token_missing"))
    );
    for token in ["x", "souk_guest_x", "souk_session_x", "souk_key_x"] {
        let unknown = Program::of(&rig, token).get("/cart").await;
        unknown.is(401);
        assert_eq!(unknown.json()["code"], "token_unknown");
    }
    let guest = Program::guest(&rig).await.get("/customer").await;
    guest.is(403);
    assert_eq!(guest.json()["code"], "token_not_enough");
    // The cookie of a guest is not looked at: another site could have a browser send it.
    let browser = rig.browser().with_bag().await;
    browser.get("/api/v1/cart").await.is(401);
}

#[tokio::test]
async fn a_customer_signs_in_with_the_guests_cart_and_out_again() {
    let rig = rig();
    let guest = Program::guest(&rig).await;
    guest.with_wish().await;
    let wrong = guest.post("/sessions", None, json!({"email": "ana@example.com", "password": "nope"})).await;
    assert_eq!((wrong.status.as_u16(), wrong.json()["code"].clone()), (403, json!("wrong_credentials")));
    let right = json!({"email": "ana@example.com", "password": " correct horse "});
    let session = guest.post("/sessions", None, right).await;
    session.is(201);
    let token = session.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(token, format!("souk_session_{TOKEN}"));
    let ana = Program::of(&rig, &token);
    assert_eq!(ana.get("/cart").await.json()["pieces"], 1);
    assert_eq!(ana.get("/customer").await.json()["email"], "ana@example.com");
    ana.post("/orders", Some("a"), ana.wish().await).await.is(201);
    assert_eq!(ana.get("/customer/orders?limit=5").await.json()["items"][0]["lifecycle"], "placed");
    ana.send(Method::DELETE, "/sessions/current", None, Value::Null).await.is(204);
}

#[tokio::test]
async fn the_same_request_sent_again_is_carried_out_once() {
    let rig = rig();
    let guest = Program::guest(&rig).await;
    let line = json!({"sku": "BAG-RED-S", "quantity": 1});
    let first = guest.post("/cart/lines", Some("key-1"), line.clone()).await;
    let again = guest.post("/cart/lines", Some("key-1"), line.clone()).await;
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), ("", "true"));
    assert_eq!(again.header("content-type"), "application/json");
    assert_eq!(guest.get("/cart").await.json()["pieces"], 1);

    let other = guest.post("/cart/lines", Some("key-1"), json!({"sku": "BAG-BLUE-S"})).await;
    assert_eq!((other.status.as_u16(), other.json()["code"].clone()), (422, json!("idempotency_key_reused")));
    let none = guest.post("/cart/lines", None, line.clone()).await;
    assert_eq!((none.status.as_u16(), none.json()["code"].clone()), (400, json!("idempotency_key_missing")));
    let stranger = Program::guest(&rig).await;
    let theirs = stranger.post("/cart/lines", Some("key-1"), line.clone()).await;
    assert_eq!(theirs.header("idempotency-replayed"), "", "keys are each caller's own");

    rig.clock.advance(Duration::from_secs(24 * 3600));
    guest.post("/cart/lines", Some("key-1"), line).await.is(201);
    assert_eq!(guest.get("/cart").await.json()["pieces"], 2, "a day later the key is free");
}

#[tokio::test]
async fn a_refusal_is_repeated_and_a_failure_on_our_side_is_not() {
    let rig = rig();
    let guest = Program::guest(&rig).await;
    let wish = guest.with_wish().await;
    rig.services.lock().fate = Fate::Away;
    guest.post("/orders", Some("a"), wish.clone()).await.is(503);
    rig.services.lock().fate = Fate::Declined;
    let declined = guest.post("/orders", Some("a"), wish.clone()).await;
    assert_eq!((declined.status.as_u16(), declined.json()["code"].clone()), (402, json!("payment_declined")));
    rig.services.lock().fate = Fate::Placed;
    let again = guest.post("/orders", Some("a"), wish).await;
    assert_eq!((again.status.as_u16(), again.header("idempotency-replayed")), (402, "true"));
    assert_eq!(again.header("content-type"), "application/problem+json");
    assert_eq!(again.json(), declined.json(), "down to the id of the request that was refused");
    guest.post("/orders", Some("b"), guest.wish().await).await.is(201);
    assert_eq!(rig.services.lock().placed, 1);
}

#[tokio::test]
async fn while_a_request_is_under_way_the_same_one_waits_and_goes_on_without_its_caller() {
    let rig = rig();
    let guest = Program::guest(&rig).await;
    let gate = Arc::new(Notify::new());
    rig.services.lock().gate = Some(gate.clone());
    let line = json!({"sku": "BAG-RED-S"});
    let waiting = guest.post("/cart/lines", Some("a"), line.clone());
    let gone = tokio::time::timeout(Duration::from_millis(300), waiting).await;
    assert!(gone.is_err(), "the caller went away");
    let busy = guest.post("/cart/lines", Some("a"), line.clone()).await;
    assert_eq!((busy.status.as_u16(), busy.json()["code"].clone()), (409, json!("request_under_way")));
    assert_eq!(busy.header("retry-after"), "1");
    rig.services.lock().gate = None;
    gate.notify_one();
    let mut answer = guest.post("/cart/lines", Some("a"), line.clone()).await;
    for _ in 0..100 {
        if answer.status != 409 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
        answer = guest.post("/cart/lines", Some("a"), line.clone()).await;
    }
    assert_eq!((answer.status.as_u16(), answer.header("idempotency-replayed")), (201, "true"));
    assert_eq!(guest.get("/cart").await.json()["pieces"], 1);
}

#[tokio::test]
async fn what_is_wrong_with_a_body_is_told_by_field() {
    let rig = rig();
    let guest = Program::guest(&rig).await;
    let wish = guest.with_wish().await;
    for (field, value, told) in [
        ("cart", json!("crt_x"), "cart"),
        ("email", json!(""), "email"),
        ("address", json!({"name": "Ana", "line1": "", "city": "Porto", "country": "PT"}), "address.line1"),
        ("expected_total", json!({"minor": 1, "currency": "USD"}), "expected_total.currency"),
        ("expected_total", json!(1), "expected_total"),
        ("colour", json!("red"), "colour"),
    ] {
        let mut wrong = wish.clone();
        wrong[field] = value;
        let refused = guest.post("/orders", Some(&format!("{field}-{told}")), wrong).await;
        refused.is(422);
        assert!(refused.json()["errors"][told].is_string(), "{field}: {}", refused.body);
    }
    let garbage = request(Method::POST, "/api/v1/orders")
        .header(header::AUTHORIZATION, format!("Bearer {}", guest.token.clone().unwrap()))
        .header("idempotency-key", "garbage")
        .header(header::CONTENT_TYPE, "application/json");
    guest.browser.send(garbage.body(Body::from("{")).unwrap()).await.is(400);
    let form = request(Method::POST, "/api/v1/orders")
        .header(header::AUTHORIZATION, format!("Bearer {}", guest.token.clone().unwrap()))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    guest.browser.send(form.body(Body::from("a=b")).unwrap()).await.is(415);
    let changed = guest.post("/orders", Some("total"), {
        let mut other = wish;
        other["expected_total"]["minor"] = json!(1);
        other
    });
    assert_eq!(changed.await.json()["code"], "total_changed");
    assert_eq!(rig.services.lock().placed, 0);
}

/// The first events of a stream.
async fn events(rig: &Rig, path: &str, happen: impl AsyncFn()) -> Vec<Value> {
    let request = request(Method::GET, &format!("/api/v1{path}")).body(Body::empty()).unwrap();
    let response = rig.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut body = response.into_body();
    let mut seen = Vec::new();
    for turn in 0..2 {
        let frame = tokio::time::timeout(Duration::from_secs(5), body.frame()).await.unwrap().unwrap().unwrap();
        let text = String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap();
        seen.push(serde_json::from_str(text.trim().strip_prefix("data: ").unwrap()).unwrap());
        if turn == 0 {
            happen().await;
        }
    }
    seen
}

#[tokio::test]
async fn an_order_is_followed_as_it_changes() {
    let rig = rig();
    let guest = Program::guest(&rig).await;
    let wish = guest.with_wish().await;
    let placed = guest.post("/orders", Some("a"), wish).await.json();
    let number = placed["order"]["number"].as_str().unwrap();
    let seen = events(&rig, &format!("/orders/{number}/events?key=k3y"), async || {
        guest.post(&format!("/orders/{number}/cancel"), Some("b"), json!({"reason": "x"})).await.is(200);
        let of = OrderRef {
            order: placed["order"]["id"].as_str().unwrap().parse().unwrap(),
            customer: Id::from_bits(1),
            number: number.to_owned(),
            cart: Id::from_bits(1),
            email: String::new(),
        };
        rig.happen(&OrderClosed { of, at: Timestamp::EPOCH }).await;
    })
    .await;
    assert_eq!((&seen[0]["lifecycle"], &seen[1]["lifecycle"]), (&json!("placed"), &json!("cancelled")));
    Program { browser: rig.browser(), token: None }.get(&format!("/orders/{number}/events?key=x")).await.is(404);
}

#[tokio::test]
async fn stock_is_followed_as_it_sells_out() {
    let rig = rig();
    let seen = events(&rig, "/stock/events?sku=BAG-RED-S", async || {
        rig.happen(&AvailabilityChanged { sku: "OTHER".to_owned(), in_stock: false }).await;
        rig.happen(&AvailabilityChanged { sku: "BAG-RED-S".to_owned(), in_stock: false }).await;
    })
    .await;
    assert_eq!(seen, [json!({"sku": "BAG-RED-S", "in_stock": true}), json!({"sku": "BAG-RED-S", "in_stock": false})]);
}
