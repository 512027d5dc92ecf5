//! How often a caller may call (draft-ietf-httpapi-ratelimit-headers).
//!
//! Counted in this process, by the minute. Whoever has a key or an account is counted by it; everybody else by
//! address, and so is whoever tries tokens.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use axum::response::Response;
use http::{HeaderName, HeaderValue, StatusCode, header, request::Parts};
use souk_types::Timestamp;

use super::caller::Caller;
use crate::{ApiConfig, address, error::Failure};

/// Seconds in which calls are counted together.
const WINDOW_S: i64 = 60;
/// Callers that are counted apart; more are counted together.
const CALLERS_MAX: usize = 100_000;
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Counts calls.
#[derive(Default)]
pub struct Limits(Mutex<Window>);

#[derive(Default)]
struct Window {
    number: i64,
    calls: HashMap<u64, u32>,
}

/// What a caller may still do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    limit: u32,
    left: u32,
    /// Until the count begins anew.
    seconds: i64,
    spent: bool,
}

impl Limits {
    /// Counts a call.
    pub fn take(&self, who: &str, limit: u32, now: Timestamp) -> Allowance {
        let number = now.as_secs().div_euclid(WINDOW_S);
        let hash = blake3::hash(who.as_bytes());
        let mut who = u64::from_le_bytes(hash.as_bytes().first_chunk().copied().unwrap_or_default());
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if window.number != number {
            *window = Window { number, calls: HashMap::new() };
        }
        if window.calls.len() >= CALLERS_MAX && !window.calls.contains_key(&who) {
            who = 0;
        }
        let calls = window.calls.entry(who).or_default();
        *calls = calls.saturating_add(1);
        Allowance {
            limit,
            left: limit.saturating_sub(*calls),
            seconds: WINDOW_S - now.as_secs().rem_euclid(WINDOW_S),
            spent: *calls > limit,
        }
    }
}

impl Allowance {
    /// Refuses whoever has called too often.
    ///
    /// # Errors
    /// Too many, with how long to wait.
    pub fn check(self) -> Result<(), Failure> {
        if !self.spent {
            return Ok(());
        }
        let text = format!("That is more than {} requests in a minute. Wait {} seconds.", self.limit, self.seconds);
        let failure = Failure::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", text);
        Err(Failure { retry_after_s: u64::try_from(self.seconds).ok(), ..failure })
    }

    /// Tells the caller.
    pub fn onto(self, response: &mut Response) {
        let headers = response.headers_mut();
        let limit = format!("\"minute\";r={};t={}", self.left, self.seconds);
        let policy = format!("\"minute\";q={};w={WINDOW_S}", self.limit);
        for (name, text) in [(LIMIT, limit), (POLICY, policy)] {
            headers.extend(HeaderValue::try_from(text).ok().map(|value| (name, value)));
        }
    }
}

/// By what a caller is counted, and how often they may call in a minute.
pub fn counted(caller: Option<&Caller>, parts: &Parts, config: &ApiConfig) -> (String, u32) {
    match caller {
        Some(Caller::Key(key)) => (key.id.to_string(), config.requests_per_minute_key),
        Some(Caller::Customer(customer, ..)) => (customer.to_string(), config.requests_per_minute_address),
        // Guests are made at will.
        Some(Caller::Anyone | Caller::Guest(_)) | None => {
            (address::of(&parts.headers, &parts.extensions, config.behind_proxy), config.requests_per_minute_address)
        }
    }
}

/// Headers that pages of other origins may read.
pub const EXPOSED: [HeaderName; 8] = [
    header::ETAG,
    header::LINK,
    header::LOCATION,
    header::RETRY_AFTER,
    LIMIT,
    POLICY,
    super::idempotency::REPLAYED,
    HeaderName::from_static("x-request-id"),
];

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_caller_has_so_many_calls_in_a_minute_and_then_again() {
        let (limits, now) = (Limits::default(), Timestamp::EPOCH + Duration::from_secs(90));
        assert_eq!(limits.take("a", 2, now), Allowance { limit: 2, left: 1, seconds: 30, spent: false });
        assert!(limits.take("a", 2, now).check().is_ok());
        let refused = limits.take("a", 2, now).check().unwrap_err();
        assert_eq!((refused.status.as_u16(), refused.retry_after_s), (429, Some(30)));
        assert!(limits.take("b", 2, now).check().is_ok());
        assert!(limits.take("a", 2, now + Duration::from_secs(30)).check().is_ok());
    }
}
