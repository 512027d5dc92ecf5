//! The shop for assistants: the Model Context Protocol at `/mcp` (streamable HTTP, without sessions, so that any
//! instance can answer any request).
//!
//! A tool is an operation of the public API under another name ([`tools`]): who may do what, how often, once or again,
//! and which arguments are good, is decided there and nowhere else.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    response::{IntoResponse as _, Response},
    routing::any,
};
use http::HeaderName;
use rmcp::transport::{
    StreamableHttpServerConfig, StreamableHttpService, streamable_http_server::session::never::NeverSessionManager,
};
use souk_types::limits::BODY_BYTES_MAX;

use crate::{api::answer, error::Failure, state::AppState};

mod assistant;
#[cfg(test)]
mod tests;
mod tools;

use assistant::Assistant;

/// Where it is.
pub const PATH: &str = "/mcp";
/// The protocol's version, in every request after the first.
pub const VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
/// What is asked.
pub const METHOD: HeaderName = HeaderName::from_static("mcp-method");
/// Which tool is called.
pub const NAME: HeaderName = HeaderName::from_static("mcp-name");

type Protocol = StreamableHttpService<Assistant, NeverSessionManager>;

/// The address of the protocol.
pub fn router(state: &AppState) -> Router<AppState> {
    let assistant = Assistant::new(state);
    let protocol = Protocol::new(move || Ok(assistant.clone()), Arc::default(), config(&state.shop));
    let serve = move |State(state): State<AppState>, request: Request| serve(state, protocol.clone(), request);
    Router::new().route(PATH, any(serve))
}

/// A page whose name was made to point at this machine (DNS rebinding) is told by its `Origin`, which browsers send
/// with every POST: it is neither the shop's, nor a configured one, nor this machine's own. `Host` is not looked at,
/// because a proxy in front may name the shop as it likes.
fn config(shop: &crate::ShopConfig) -> StreamableHttpServerConfig {
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_max_request_body_bytes(BODY_BYTES_MAX)
        .disable_allowed_hosts();
    if shop.api.origins.iter().any(|origin| origin == "*") {
        return config;
    }
    let own = ["http://localhost:*", "http://127.0.0.1:*", "http://[::1]:*"].map(ToOwned::to_owned);
    let named = shop.api.origins.iter().chain([&shop.public_url]).map(|origin| with_port(origin));
    config.with_allowed_origins(own.into_iter().chain(named)).enforce_origin_validation()
}

/// An origin with its port, which is left out where it is the usual one.
fn with_port(origin: &str) -> String {
    let (scheme, host) = origin.split_once("://").unwrap_or(("https", origin));
    let after = host.rsplit_once(']').map_or(host, |(_, after)| after);
    match (after.contains(':'), scheme) {
        (true, _) => origin.to_owned(),
        (false, "http") => format!("{origin}:80"),
        (false, _) => format!("{origin}:443"),
    }
}

/// Answers a message: finds out by the token who sends it, as the API does, and hands it to the protocol.
async fn serve(state: AppState, protocol: Protocol, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let (allowance, caller) = answer::admit(&state, &parts).await;
    let mut response = match caller {
        Ok(caller) => {
            parts.extensions.insert(allowance);
            parts.extensions.insert(caller);
            protocol.handle(Request::from_parts(parts, body)).await.map(Body::new)
        }
        Err(refused) => Failure::into_response(refused),
    };
    answer::complete(&mut response, allowance);
    response
}
