//! The router, spoken to as curl or a program in another language would.

use std::sync::Arc;

use crate::stall::{Stall, StallError, market_stall_dispatch, market_stall_router};
use axum::{body::Body, body::to_bytes};
use http::{Request, StatusCode};
use serde_json::{Value, json};
use souk_rpc::RPC_BODY_BYTES_MAX;
use tower::ServiceExt;

async fn send(request: Request<Body>) -> (StatusCode, Value) {
    let router = market_stall_router(Arc::new(Stall::default()));
    let (head, body) = router.oneshot(request).await.unwrap().into_parts();
    let bytes = to_bytes(body, RPC_BODY_BYTES_MAX).await.unwrap();
    (head.status, serde_json::from_slice(&bytes).unwrap_or_default())
}

async fn post(method: &str, body: impl Into<Body>) -> (StatusCode, Value) {
    send(Request::post(format!("/rpc/stall/{method}")).body(body.into()).unwrap()).await
}

#[tokio::test]
async fn a_plain_post_is_answered() {
    let body = json!({ "lines": [{ "sku": "figs", "quantity": 2 }], "note": "gift" });
    let answer = post("sell", body.to_string()).await;
    assert_eq!(answer, (StatusCode::OK, json!({ "pieces": 2, "note": "gift" })));
}

#[tokio::test]
async fn an_argument_is_named_as_in_the_trait() {
    let answer = post("price", r#"{ "type": true, "body": 1, "service": "figs" }"#).await;
    assert_eq!(answer, (StatusCode::OK, json!("figs 1")));
}

#[tokio::test]
async fn an_optional_argument_may_be_left_out() {
    let answer = post("sell", r#"{ "lines": [] }"#).await;
    assert_eq!(answer, (StatusCode::OK, json!({ "pieces": 0, "note": null })));
}

#[tokio::test]
async fn a_method_without_arguments_needs_no_body() {
    let (status, seen) = post("look", Body::empty()).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(seen["actor"]["subject"], "anonymous");
}

#[tokio::test]
async fn an_error_has_status_code_message_and_itself() {
    let (status, envelope) = post("sell", r#"{ "lines": [{ "sku": "figs", "quantity": 99 }] }"#).await;
    assert_eq!(status, StatusCode::CONFLICT);
    let error = json!({ "SoldOut": { "sku": "figs", "left": 10 } });
    assert_eq!(envelope, json!({ "code": "sold_out", "message": "sold out", "error": error }));
}

#[tokio::test]
async fn a_missing_argument_is_named() {
    let (status, envelope) = post("sell", r#"{ "note": "gift" }"#).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(envelope["message"], "lines: is missing");
}

#[tokio::test]
async fn a_wrong_argument_is_named_with_what_is_wrong() {
    let (status, envelope) = post("sell", r#"{ "lines": [{ "sku": "figs", "quantity": "two" }] }"#).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(envelope["error"]["Fault"]["fields"][0]["field"], "lines");
    let message = envelope["message"].as_str().unwrap();
    assert!(message.contains(r#"invalid type: string "two", expected u32"#), "{message}");
}

#[tokio::test]
async fn a_body_that_is_no_object_is_refused() {
    for body in ["[]", "{", "nonsense", "{} {}"] {
        let (status, envelope) = post("sell", body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert!(envelope["message"].as_str().unwrap().starts_with("body: "), "{envelope}");
    }
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused() {
    let (status, envelope) = post("sell", vec![b' '; RPC_BODY_BYTES_MAX + 1]).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(envelope["message"].as_str().unwrap().contains("limit"), "{envelope}");
}

#[tokio::test]
async fn a_wrong_header_is_refused_by_name() {
    let request = Request::post("/rpc/stall/look").header("connect-timeout-ms", "soon").body(Body::empty()).unwrap();
    let (status, envelope) = send(request).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(envelope["message"].as_str().unwrap().starts_with("connect-timeout-ms: "), "{envelope}");
}

#[tokio::test]
async fn the_deadline_in_the_header_is_kept() {
    let request = Request::post("/rpc/stall/watch")
        .header("connect-timeout-ms", "20")
        .body(Body::from(r#"{ "span": { "secs": 60, "nanos": 0 } }"#))
        .unwrap();
    assert_eq!(send(request).await.0, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn only_post_is_served() {
    let request = Request::get("/rpc/stall/look").body(Body::empty()).unwrap();
    assert_eq!(send(request).await.0, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_method_of_another_version_is_an_internal_fault() {
    let dispatch = market_stall_dispatch(Arc::new(Stall::default()));
    let cx = crate::stall::cx(std::time::Duration::from_secs(5));
    let failure = dispatch.dispatch("haggle", &cx, "{}".into()).await.unwrap_err();
    assert_eq!(failure.status, 500);
    let error: StallError = failure.into_error();
    assert!(error.to_string().contains("no method \"haggle\""), "{error}");
}
