//! What crawlers may look at.

use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::header;

use super::KEEP;
use crate::state::AppState;

/// What is about one visitor, or without end.
const CLOSED: [&str; 8] =
    ["/account", "/admin", "/cart", "/checkout", "/orders", "/search", "/recently-viewed", "/wish-list"];

/// `GET /robots.txt`.
pub async fn robots(State(state): State<AppState>) -> Response {
    let mut text = "User-agent: *\n".to_owned();
    for path in CLOSED {
        text.push_str("Disallow: ");
        text.push_str(path);
        text.push('\n');
    }
    text.push_str(&format!("\nSitemap: {}/sitemap.xml\n", state.shop.public_url));
    ([(header::CACHE_CONTROL, KEEP)], text).into_response()
}
