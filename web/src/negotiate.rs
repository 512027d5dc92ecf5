//! What the visitor's program understands.

use http::{HeaderMap, header};

/// Says whether JSON is wanted rather than a page: `application/json` is accepted, and not after `text/html`.
pub fn prefers_json(headers: &HeaderMap) -> bool {
    let Some(accept) = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let json = accept.find("application/json").or_else(|| accept.find("application/problem+json"));
    match (json, accept.find("text/html")) {
        (Some(json), Some(html)) => json < html,
        (Some(_), None) => true,
        (None, _) => false,
    }
}

/// Says whether the answer may be gzipped.
pub fn accepts_gzip(headers: &HeaderMap) -> bool {
    let Some(accept) = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    accept.split(',').any(|item| {
        let (coding, quality) = item.split_once(';').unwrap_or((item, ""));
        coding.trim().eq_ignore_ascii_case("gzip") && !matches!(quality.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, http::HeaderValue::from_static(value))])
    }

    #[test]
    fn a_browser_gets_a_page_and_a_program_json() {
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        assert!(!prefers_json(&headers(header::ACCEPT, browser)));
        assert!(!prefers_json(&headers(header::ACCEPT, "*/*")));
        assert!(!prefers_json(&HeaderMap::new()));
        assert!(prefers_json(&headers(header::ACCEPT, "application/json")));
        assert!(prefers_json(&headers(header::ACCEPT, "application/json, text/html;q=0.5")));
    }

    #[test]
    fn gzip_is_used_only_when_it_is_accepted() {
        assert!(accepts_gzip(&headers(header::ACCEPT_ENCODING, "gzip, deflate, br")));
        assert!(accepts_gzip(&headers(header::ACCEPT_ENCODING, "br;q=1.0, gzip;q=0.8")));
        assert!(!accepts_gzip(&headers(header::ACCEPT_ENCODING, "br, gzip;q=0")));
        assert!(!accepts_gzip(&HeaderMap::new()));
    }
}
