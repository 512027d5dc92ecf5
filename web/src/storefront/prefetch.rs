//! Which pages browsers may fetch before they are asked for.
//!
//! The rules are a document of their own, named in a header, so that no page needs an inline script.

use axum::response::{IntoResponse as _, Response};
use http::header;

/// Pages that are the same for everybody, once somebody seems about to go there. They are sent from memory; what is
/// about one visitor, and lists narrowed down, are left alone.
const RULES: &str = r#"{"prefetch":[{"where":{"and":[
{"href_matches":["/products/*","/c/*","/brands/*","/collections/*"]},
{"not":{"selector_matches":"[rel~=nofollow],.chip"}}]},
"eagerness":"moderate"}]}"#;

/// `GET /speculation-rules.json`.
pub async fn rules() -> Response {
    let headers =
        [(header::CONTENT_TYPE, "application/speculationrules+json"), (header::CACHE_CONTROL, "public, max-age=86400")];
    (headers, RULES).into_response()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_rules_are_json() {
        let rules: serde_json::Value = serde_json::from_str(super::RULES).unwrap();
        assert_eq!(rules["prefetch"][0]["eagerness"], "moderate");
    }
}
