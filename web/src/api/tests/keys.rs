//! Keys on the page where the owner makes them, and pages of other origins.

use axum::body::Body;
use http::{HeaderName, Request, StatusCode, header};
use serde_json::{Value, json};

use super::shop;
use crate::admin::tests::fakes::{Shop, ok};

fn key(name: &str) -> Value {
    json!({
        "id": "key_00000000000000000000000001",
        "name": name,
        "scopes": ["orders:read", "refunds"],
        "hint": "wxyz",
        "created_by": "stf_1",
        "created_at": 0,
        "last_used_at": null,
    })
}

fn with_keys() -> Shop {
    shop(|method, _| match method {
        "accounts.api_keys" => ok(json!({"items": [key("<Scanner>")], "next": null})),
        "accounts.create_api_key" => ok(json!({"token": "s3cret", "key": key("Scanner")})),
        "accounts.revoke_api_key" => ok(Value::Null),
        _ => None,
    })
}

#[tokio::test]
async fn the_owner_makes_a_key_and_sees_its_secret_once() {
    let shop = with_keys();
    let made = shop
        .post("owner", "/admin/api-keys", &[("name", "Scanner"), ("scope", "orders:read"), ("scope", "refunds")])
        .await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.body);
    assert!(made.body.contains("souk_key_s3cret"));
    assert_eq!(shop.asked("accounts.create_api_key")[0]["scopes"], json!(["orders:read", "refunds"]));
    let later = shop.get("owner", "/admin/api-keys").await;
    assert!(!later.body.contains("s3cret") && later.body.contains("…wxyz") && later.body.contains("Never used"));
    assert!(later.body.contains("&lt;Scanner&gt;"));
    let revoked = shop.post("owner", "/admin/api-keys/key_00000000000000000000000001/revoke", &[]).await;
    assert_eq!(revoked.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_key_for_nothing_is_refused_in_place_and_what_was_chosen_stays() {
    let shop = with_keys();
    let nameless = shop.post("owner", "/admin/api-keys", &[("name", ""), ("scope", "refunds")]).await;
    assert_eq!(nameless.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nameless.body.contains("Say what the key is for."));
    assert!(nameless.body.contains("value=\"refunds\" checked"));
    let scopeless = shop.post("owner", "/admin/api-keys", &[("name", "x")]).await;
    assert!(scopeless.body.contains("Choose what the key is good for."));
    assert!(shop.asked("accounts.create_api_key").is_empty());
}

async fn from_origin(shop: &Shop, method: &str, origin: &str) -> (StatusCode, String) {
    let request = Request::builder().method(method).uri("/api/v1/guests").header(header::ORIGIN, origin);
    let request = request.header("access-control-request-method", "POST").header("sec-fetch-site", "cross-site");
    let got = shop.send(request.body(Body::empty()).unwrap()).await;
    let allowed = got.header(header::ACCESS_CONTROL_ALLOW_ORIGIN).to_owned();
    assert_eq!(got.header(HeaderName::from_static("access-control-allow-credentials")), "");
    (got.status, allowed)
}

#[tokio::test]
async fn pages_of_configured_origins_may_use_the_api() {
    let shop = with_keys();
    let friend = "https://client.example";
    assert_eq!(from_origin(&shop, "OPTIONS", friend).await, (StatusCode::OK, friend.to_owned()));
    assert_eq!(from_origin(&shop, "POST", friend).await, (StatusCode::CREATED, friend.to_owned()));
    assert_eq!(from_origin(&shop, "OPTIONS", "https://evil.example").await.1, "");
    let page = Request::builder().uri("/").header(header::ORIGIN, friend);
    let page = shop.send(page.body(Body::empty()).unwrap()).await;
    assert_eq!(page.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), "", "only the API is for other origins");
}
