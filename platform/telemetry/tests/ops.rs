#![expect(clippy::unwrap_used, reason = "the helpers of tests may")]

use std::{future::pending, time::Duration};

use axum::{Router, body::Body, http::Request};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use souk_telemetry::{Health, LogFormat, init, router};
use tower::ServiceExt as _;

const LIMIT: Duration = Duration::from_millis(20);

fn app(health: &Health) -> Router {
    router(init(LogFormat::Human, "warn", std::io::stderr).unwrap(), health.clone())
}

async fn get(app: Router, path: &str) -> (u16, String) {
    let response = app.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn readyz(health: &Health) -> (u16, Value) {
    let (status, body) = get(app(health), "/readyz").await;
    (status, serde_json::from_str(&body).unwrap())
}

#[tokio::test]
async fn a_second_init_gives_the_same_metrics() {
    let first = init(LogFormat::Human, "warn", std::io::stderr).unwrap();
    metrics::counter!("twice_total").increment(3);
    let second = init(LogFormat::Json, "debug", std::io::stderr).unwrap();
    assert!(first.metrics().contains("twice_total 3"));
    assert!(second.metrics().contains("twice_total 3"));
}

#[tokio::test]
async fn metrics_are_in_the_prometheus_text_format() {
    let app = app(&Health::new());
    metrics::counter!("orders_total", "kind" => "guest").increment(2);
    metrics::histogram!("request_seconds").record(0.004);
    let (status, body) = get(app, "/metrics").await;
    assert_eq!(status, 200);
    assert!(body.contains("# TYPE orders_total counter"), "{body}");
    assert!(body.contains("orders_total{kind=\"guest\"} 2"), "{body}");
    assert!(body.contains("request_seconds_bucket{le=\"0.005\"} 1"), "{body}");
    assert!(body.contains("request_seconds_bucket{le=\"0.0025\"} 0"), "{body}");
    if cfg!(target_os = "linux") {
        assert!(body.contains("process_resident_memory_bytes ") && body.contains("process_open_fds "), "{body}");
    }
}

#[tokio::test]
async fn a_process_that_is_not_ready_is_still_alive() {
    let health = Health::new();
    health.add("store", LIMIT, || async { Err("disk full".to_owned()) });
    assert_eq!(get(app(&health), "/healthz").await, (200, "ok\n".to_owned()));
    assert_eq!(readyz(&health).await.0, 503);
}

#[tokio::test]
async fn readiness_names_every_check() {
    let health = Health::new();
    assert_eq!(readyz(&health).await, (200, json!({"ready": true, "leaving": false, "checks": {}})));
    health.add("store", LIMIT, || async { Ok(()) });
    assert_eq!(readyz(&health).await, (200, json!({"ready": true, "leaving": false, "checks": {"store": "ok"}})));
    health.add("search", LIMIT, || async { Err("index is locked".to_owned()) });
    let checks = json!({"store": "ok", "search": "index is locked"});
    assert_eq!(readyz(&health).await, (503, json!({"ready": false, "leaving": false, "checks": checks})));
}

#[tokio::test]
async fn a_check_that_hangs_fails() {
    let health = Health::new();
    health.add("store", LIMIT, pending);
    let (status, body) = readyz(&health).await;
    assert_eq!(status, 503);
    assert_eq!(body["checks"]["store"], "no answer within 20ms");
}

#[tokio::test]
async fn a_process_that_leaves_is_not_ready() {
    let health = Health::new();
    health.leave();
    assert_eq!(readyz(&health).await, (503, json!({"ready": false, "leaving": true, "checks": {}})));
}

#[test]
fn a_wrong_log_format_is_refused_by_name() {
    assert_eq!("json".parse(), Ok(LogFormat::Json));
    let refused = "xml".parse::<LogFormat>().unwrap_err();
    assert_eq!(refused.to_string(), "a log format is human or json, not \"xml\"");
}
