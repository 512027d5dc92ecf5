use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};

use crate::{Health, Telemetry, process};

/// The routes for operators: `/metrics` for Prometheus, `/healthz` (alive), `/readyz` (the checks as JSON;
/// 503 when one fails). They tell about the inside and belong on an address that only operators reach.
pub fn router(telemetry: Telemetry, health: Health) -> Router {
    let metrics = Router::new().route("/metrics", get(metrics)).with_state(telemetry);
    let ready = Router::new().route("/readyz", get(readyz)).with_state(health);
    Router::new().route("/healthz", get(|| async { "ok\n" })).merge(metrics).merge(ready)
}

async fn metrics(State(telemetry): State<Telemetry>) -> impl IntoResponse {
    process::record();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], telemetry.metrics())
}

async fn readyz(State(health): State<Health>) -> impl IntoResponse {
    let readiness = health.readiness().await;
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(readiness))
}
