//! How often a caller may call (draft-ietf-httpapi-ratelimit-headers).
//!
//! Counted by the minute. Whoever has a key or an account is counted by it; everybody else by address, and so is whoever
//! tries tokens.

use axum::response::Response;
use http::{HeaderName, HeaderValue, StatusCode, header, request::Parts};
use souk_quota::Taken;

use super::caller::Caller;
use crate::{ApiConfig, address, error::Failure, state::AppState};

/// Seconds in which calls are counted together.
pub const WINDOW_S: u32 = 60;
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// What a caller may still do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    limit: u32,
    left: u32,
    /// Until the count begins anew.
    seconds: u32,
    spent: bool,
}

/// Counts a call.
pub async fn take(state: &AppState, caller: Option<&Caller>, parts: &Parts) -> Allowance {
    let (who, limit) = counted(caller, parts, &state.shop.api);
    Allowance::of(limit, state.quota.take(&who, limit, state.env.now()).await)
}

impl Allowance {
    fn of(limit: u32, taken: Taken) -> Self {
        let Taken { count, ends_in_s } = taken;
        Self { limit, left: limit.saturating_sub(count), seconds: ends_in_s, spent: count > limit }
    }

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
        Err(Failure { retry_after_s: Some(u64::from(self.seconds)), ..failure })
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
fn counted(caller: Option<&Caller>, parts: &Parts, config: &ApiConfig) -> (String, u32) {
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
    use super::*;

    fn after(calls: u32) -> Allowance {
        Allowance::of(2, Taken { count: calls, ends_in_s: 30 })
    }

    #[test]
    fn a_caller_is_told_what_is_left_and_then_how_long_to_wait() {
        assert_eq!(after(1), Allowance { limit: 2, left: 1, seconds: 30, spent: false });
        assert!(after(2).check().is_ok());
        let refused = after(3).check().unwrap_err();
        assert_eq!((refused.status.as_u16(), refused.retry_after_s), (429, Some(30)));
    }
}
