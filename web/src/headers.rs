//! Headers that every answer has.

use http::{HeaderMap, HeaderName, HeaderValue, header};

/// Everything comes from the shop itself; nothing may frame it, and forms go nowhere else.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; \
     form-action 'self'; base-uri 'none'; object-src 'none'";

const SECURITY: [(HeaderName, HeaderValue); 6] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=()"),
    ),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
];

/// `Cache-Control` of everything that is about one visitor.
pub const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-store");
/// `Cache-Control` of what never changes under its address.
pub const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// `Cache-Control` of pages for everybody: short, because prices and stock change; an old page is better than none.
pub const SHARED: HeaderValue =
    HeaderValue::from_static("public, max-age=5, stale-while-revalidate=30, stale-if-error=3600");
/// `Cache-Control` of pages for everybody that are not as they should be, because something is away: caches in front ask
/// again each time, and go on with the last good page that they have.
pub const PASSING: HeaderValue = HeaderValue::from_static("no-cache");
/// Tells that the page was kept for longer than it should, because no newer one could be made (RFC 9211).
pub const OUTDATED: (HeaderName, HeaderValue) =
    (HeaderName::from_static("cache-status"), HeaderValue::from_static("souk; hit; detail=stale-if-error"));
/// Words by which caches in front can be told to drop a page, several with spaces between.
pub const SURROGATE_KEY: HeaderName = HeaderName::from_static("surrogate-key");

/// Tells browsers where it says which pages are likely next; see [`prefetch`](crate::storefront::prefetch).
pub const SPECULATION_RULES: (HeaderName, HeaderValue) =
    (HeaderName::from_static("speculation-rules"), HeaderValue::from_static("\"/speculation-rules.json\""));

/// Adds the security headers, where the handler has not set its own.
pub fn secure(headers: &mut HeaderMap) {
    for (name, value) in &SECURITY {
        headers.entry(name).or_insert_with(|| value.clone());
    }
}

/// The policy of a page that pays by somebody else's site: its card form may talk to the gateway's origins, and
/// its form may lead on to the bank, whose address only the gateway knows.
pub fn paying_policy(origins: &[String]) -> Option<HeaderValue> {
    if origins.is_empty() {
        return None;
    }
    let policy = CONTENT_SECURITY_POLICY.replace("form-action 'self'", "form-action 'self' https:");
    HeaderValue::from_str(&format!("{policy}; connect-src 'self' {}", origins.join(" "))).ok()
}

/// Sees to it that nothing about one visitor is kept by a cache: whatever sets a cookie, and whatever does not
/// say that it may be kept.
pub fn forbid_caching(headers: &mut HeaderMap) {
    if headers.contains_key(header::SET_COOKIE) || !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, PRIVATE);
    }
}
