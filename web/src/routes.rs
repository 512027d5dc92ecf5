//! All addresses of the gateway.

use std::time::Duration;

use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request},
    middleware::{self, Next},
    response::{Redirect, Response},
    routing::{get, post},
};
use http::{HeaderValue, Method, StatusCode, header};
use metrics::histogram;
use souk_types::{limits::BODY_BYTES_MAX, trace};
use tokio::time::Instant;
use tower_http::{
    CompressionLevel,
    compression::{CompressionLayer, Predicate},
    cors::{AllowOrigin, CorsLayer},
};
use tracing::Span;

use crate::{admin, api, assets, edge::Edge, error::Failure, feeds, mcp, state::AppState, storefront, webhooks};

/// How long a browser may remember what other origins may do.
const CORS_KEPT: Duration = Duration::from_secs(3600);

/// Puts all addresses together, behind the edge.
pub fn router(state: AppState) -> Router {
    let inner = Router::new()
        .merge(storefront::router())
        .merge(feeds::router())
        .nest("/admin", admin::router())
        // Its own answer to a wrong method, below the layer: that is where other origins first ask what they may do.
        .nest("/api", api::router().method_not_allowed_fallback(wrong_method).layer(cors(&state.shop.api.origins)))
        .merge(mcp::router(&state).layer(cors(&state.shop.api.origins)))
        .route("/webhooks/payments/{gateway}", post(webhooks::payment))
        .route("/assets/{name}", get(assets::asset))
        .route("/favicon.svg", get(assets::favicon))
        .route("/sw.js", get(assets::worker))
        .route("/favicon.ico", get(|| async { Redirect::permanent("/favicon.svg") }))
        .fallback(|| async { Failure::not_found() })
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(Pages))
        .route_layer(middleware::from_fn(measure))
        .with_state(state.clone());
    Router::new().fallback_service(Edge::new(state, inner))
}

async fn wrong_method() -> Failure {
    Failure::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "This address does not do that.")
}

/// Lets pages of the configured origins use the API. Their requests carry a token or nothing: never cookies.
fn cors(origins: &[String]) -> CorsLayer {
    let origins = match origins {
        [all] if all == "*" => AllowOrigin::any(),
        some => AllowOrigin::list(some.iter().filter_map(|origin| HeaderValue::from_str(origin).ok())),
    };
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers([
            mcp::VERSION,
            mcp::METHOD,
            mcp::NAME,
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            api::idempotency::KEY,
        ])
        .expose_headers(api::limits::EXPOSED)
        .max_age(CORS_KEPT)
}

async fn measure(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("other", MatchedPath::as_str).to_owned();
    let span = Span::current();
    span.record("http.route", route.as_str());
    trace::rename(&span, || format!("{} {route}", request.method()));
    let started = Instant::now();
    let response = next.run(request).await;
    let status = match response.status().as_u16() / 100 {
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    };
    histogram!("souk_web_request_duration_seconds", "route" => route, "status" => status).record(started.elapsed());
    response
}

/// Compresses pages and data that are made for one visitor, and documents as they are sent; everything else is small,
/// compressed already, or a stream of events.
#[derive(Debug, Clone, Copy)]
struct Pages;

impl Predicate for Pages {
    fn should_compress<B: axum::body::HttpBody>(&self, response: &http::Response<B>) -> bool {
        let kind = response.headers().get(header::CONTENT_TYPE);
        let worth = [&b"text/html"[..], b"application/json", b"application/xml", b"application/rss+xml"];
        let worth = |kind: &HeaderValue| worth.iter().any(|worth| kind.as_bytes().starts_with(worth));
        kind.is_some_and(worth) && response.body().size_hint().upper().is_none_or(|bytes| bytes > 2_048)
    }
}
