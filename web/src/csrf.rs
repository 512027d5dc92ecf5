//! Refuses requests that another site makes a visitor's browser send.
//!
//! Browsers say in `Sec-Fetch-Site` where a request comes from; older ones only in `Origin`. A request with
//! neither does not come from a browser's page, and so carries no cookies that its sender did not choose.

use http::{HeaderMap, Method, StatusCode, header};

use crate::error::Failure;

/// Where requests are not known by cookies, so that nobody can have them sent in a visitor's name.
fn by_token(path: &str) -> bool {
    path.starts_with("/api/v1/") || path == crate::mcp::PATH
}

/// Refuses a request that changes something and comes from another site.
pub fn check(method: &Method, path: &str, headers: &HeaderMap, public_url: &str) -> Result<(), Failure> {
    if method.is_safe() || by_token(path) || comes_from_here(headers, public_url) {
        return Ok(());
    }
    Err(Failure::new(
        StatusCode::FORBIDDEN,
        "cross_site",
        "This request came from another site, so it was not carried out.",
    ))
}

fn comes_from_here(headers: &HeaderMap, public_url: &str) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let Ok(origin) = origin.to_str() else { return false };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let of_origin = origin.split_once("://").map(|(_, host)| host);
    origin == public_url || (of_origin.is_some() && of_origin == host)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn post(pairs: &[(&'static str, &'static str)]) -> bool {
        let headers = pairs
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        check(&Method::POST, "/cart", &headers, "https://shop.example").is_ok()
    }

    #[test]
    fn only_the_shops_own_pages_and_the_visitor_may_post() {
        assert!(post(&[("sec-fetch-site", "same-origin")]));
        assert!(post(&[("sec-fetch-site", "none")]));
        assert!(!post(&[("sec-fetch-site", "same-site")]));
        assert!(!post(&[("sec-fetch-site", "cross-site")]));
    }

    #[test]
    fn an_older_browser_is_judged_by_its_origin() {
        assert!(post(&[("origin", "https://shop.example"), ("host", "inside:8080")]));
        assert!(post(&[("origin", "http://localhost:8080"), ("host", "localhost:8080")]));
        assert!(!post(&[("origin", "https://evil.example"), ("host", "shop.example")]));
        assert!(!post(&[("origin", "null"), ("host", "shop.example")]));
    }

    #[test]
    fn a_program_without_a_page_may_post() {
        assert!(post(&[("host", "shop.example")]));
    }

    #[test]
    fn reading_is_never_refused() {
        let headers = HeaderMap::from_iter([(
            http::HeaderName::from_static("sec-fetch-site"),
            HeaderValue::from_static("cross-site"),
        )]);
        assert!(check(&Method::GET, "/cart", &headers, "https://shop.example").is_ok());
    }

    #[test]
    fn what_is_known_by_its_token_may_come_from_anywhere() {
        let headers = HeaderMap::from_iter([(header::ORIGIN, HeaderValue::from_static("https://client.example"))]);
        assert!(check(&Method::POST, "/api/v1/orders", &headers, "https://shop.example").is_ok());
        assert!(check(&Method::POST, "/api/v2/orders", &headers, "https://shop.example").is_err());
    }
}
