//! The form of a call as an HTTP request: Connect-style unary JSON.
//!
//! `POST /rpc/<service>/<method>` with a JSON object of the arguments. The context goes in headers:
//! - `connect-timeout-ms`: how long the caller will wait;
//! - `traceparent`: the W3C trace;
//! - `idempotency-key`: the key as it is, or as a JSON string when it is not plain ASCII;
//! - `souk-actor`: the actor as ASCII JSON. It is believed, so this must be spoken on the internal
//!   listener only, where the peers are known; the edge never passes this header on.
//! - `souk-unhurried`: there when nobody waits for the answer.
//!
//! The answer is 200 with JSON, or another status with the envelope of [`WireFailure`].

use std::{fmt::Write, num::NonZeroU64, time::Duration};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode,
    header::{CONTENT_TYPE, InvalidHeaderValue},
};
use serde::Serialize;
use souk_types::{Actor, Cx, Env, Fault, TraceId, TraceParent};

use crate::{WireCall, WireError, WireFailure};

/// How long the caller will wait, in milliseconds.
pub const TIMEOUT: HeaderName = HeaderName::from_static("connect-timeout-ms");
/// The W3C trace.
pub const TRACE: HeaderName = HeaderName::from_static("traceparent");
/// The caller's idempotency key.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Who asks, as JSON.
pub const ACTOR: HeaderName = HeaderName::from_static("souk-actor");

/// There when nobody waits for the answer: see [`Cx::unhurried`].
pub const UNHURRIED: HeaderName = HeaderName::from_static("souk-unhurried");

/// How long a call may take whose caller does not say.
pub const WAIT_DEFAULT: Duration = Duration::from_secs(30);
/// How long a call may take, whatever the caller says.
pub const WAIT_MAX: Duration = Duration::from_secs(60 * 60);

/// The form of JSON bodies.
pub const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Makes the request of a call; its URI has a path only.
pub fn request(call: WireCall<'_>, arguments: Bytes) -> Result<Request<Bytes>, Fault> {
    let mut request = Request::new(arguments);
    *request.method_mut() = Method::POST;
    *request.uri_mut() = call.method.path().parse().map_err(Fault::internal)?;
    let headers = request.headers_mut();
    headers.insert(CONTENT_TYPE, JSON);
    write_cx(call.cx, headers).map_err(Fault::internal)?;
    Ok(request)
}

/// Judges an answer by its status.
pub fn answer(status: StatusCode, body: Bytes) -> Result<Bytes, WireError> {
    if status == StatusCode::OK {
        Ok(body)
    } else {
        Err(WireError::Failed(WireFailure { status: status.as_u16(), body }))
    }
}

fn write_cx(cx: &Cx, headers: &mut HeaderMap) -> Result<(), InvalidHeaderValue> {
    write_wait(cx.remaining(), headers)?;
    headers.insert(TRACE, trace_parent(cx).to_string().parse()?);
    headers.insert(ACTOR, ascii_json(&cx.actor).parse()?);
    if cx.unhurried {
        headers.insert(UNHURRIED, HeaderValue::from_static("1"));
    }
    if let Some(key) = &cx.idempotency_key {
        let plain = key.bytes().all(|byte| byte.is_ascii_graphic()) && !key.is_empty() && !key.starts_with('"');
        let text = if plain { HeaderValue::from_str(key)? } else { ascii_json(key).parse()? };
        headers.insert(IDEMPOTENCY_KEY, text);
    }
    Ok(())
}

/// Writes how long the caller will wait. Rounded up: less than a millisecond is not yet nothing. The caller keeps the
/// exact time.
pub(crate) fn write_wait(wait: Duration, headers: &mut HeaderMap) -> Result<(), InvalidHeaderValue> {
    headers.insert(TIMEOUT, wait.as_micros().div_ceil(1_000).to_string().parse()?);
    Ok(())
}

/// Reads the context of a call. A caller may leave anything out, and is then anonymous, with a new trace and
/// [`WAIT_DEFAULT`].
pub fn read_cx(headers: &HeaderMap) -> Result<Cx, Fault> {
    let wait = match text(headers, &TIMEOUT)? {
        Some(ms) => ms
            .parse()
            .map(Duration::from_millis)
            .map_err(|error| Fault::invalid(TIMEOUT.as_str(), error.to_string()))?,
        None => WAIT_DEFAULT,
    };
    let actor = match text(headers, &ACTOR)? {
        Some(json) => serde_json::from_str(json).map_err(|error| Fault::invalid(ACTOR.as_str(), error.to_string()))?,
        None => Actor::ANONYMOUS,
    };
    let parent: Option<TraceParent> = text(headers, &TRACE)?.and_then(|text| text.parse().ok());
    let trace = parent.map_or_else(|| TraceId::generate(&Env::system()), |parent| parent.trace);
    let mut cx = Cx::new(actor, wait.min(WAIT_MAX), trace).going_on_from(parent);
    cx.unhurried = headers.contains_key(UNHURRIED);
    cx.idempotency_key = match text(headers, &IDEMPOTENCY_KEY)? {
        Some(json) if json.starts_with('"') => Some(
            serde_json::from_str(json).map_err(|error| Fault::invalid(IDEMPOTENCY_KEY.as_str(), error.to_string()))?,
        ),
        plain => plain.map(str::to_owned),
    };
    Ok(cx)
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h str>, Fault> {
    headers
        .get(name)
        .map(|value| value.to_str().map_err(|error| Fault::invalid(name.as_str(), error.to_string())))
        .transpose()
}

/// The span that the call is made in. Where no spans are kept, the one that it goes on from; else one that nobody has,
/// drawn from the trace: a trace is told by a parent in it.
fn trace_parent(cx: &Cx) -> TraceParent {
    TraceParent::here().or(cx.parent).unwrap_or_else(|| {
        #[expect(clippy::cast_possible_truncation, reason = "the lower half is what is wanted")]
        let low = cx.trace.to_bits() as u64;
        TraceParent { trace: cx.trace, span: NonZeroU64::new(low).unwrap_or(NonZeroU64::MIN), sampled: false }
    })
}

/// JSON with everything but visible ASCII escaped, so that it can stand in a header.
fn ascii_json<T: Serialize>(value: &T) -> String {
    // The values are strings and plain enums, which always have a JSON form.
    let json = serde_json::to_string(value).unwrap_or_default();
    let mut ascii = String::with_capacity(json.len());
    for letter in json.chars() {
        if letter.is_ascii() && letter != '\u{7f}' {
            ascii.push(letter);
        } else {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(ascii, "\\u{unit:04x}");
            }
        }
    }
    ascii
}

#[cfg(test)]
mod tests {
    use souk_types::Permissions;

    use super::*;

    fn there_and_back(cx: &Cx) -> Cx {
        let mut headers = HeaderMap::new();
        write_cx(cx, &mut headers).unwrap();
        read_cx(&headers).unwrap()
    }

    fn cx() -> Cx {
        let actor = Actor::person("cus_żółw\u{7f}🐢", Permissions::bit(3));
        Cx::new(actor, Duration::from_secs(5), TraceId::from_bits(0xABC << 100))
    }

    #[test]
    fn actor_and_trace_survive_the_headers() {
        let (sent, read) = (cx(), there_and_back(&cx()));
        assert_eq!(read.actor, sent.actor);
        assert_eq!(read.trace, sent.trace);
    }

    #[test]
    fn whether_somebody_waits_survives_the_headers() {
        assert!(!there_and_back(&cx()).unhurried);
        assert!(there_and_back(&cx().unhurried()).unhurried);
    }

    #[test]
    fn any_idempotency_key_survives_the_headers() {
        for key in ["plain-key_1", "", "with spaces ", "\"quoted\"", "line\nbreak", "ключ"] {
            let read = there_and_back(&cx().with_idempotency_key(key));
            assert_eq!(read.idempotency_key.as_deref(), Some(key));
        }
        assert_eq!(there_and_back(&cx()).idempotency_key, None);
    }

    #[test]
    fn the_deadline_survives_to_the_millisecond() {
        let sent = cx();
        let read = there_and_back(&sent);
        let moved = read.deadline.saturating_duration_since(sent.deadline)
            + sent.deadline.saturating_duration_since(read.deadline);
        assert!(moved < Duration::from_millis(100), "{moved:?}");
    }

    #[test]
    fn a_caller_who_says_nothing_is_anonymous_and_in_a_trace_of_its_own() {
        let read = read_cx(&HeaderMap::new()).unwrap();
        assert_eq!(read.actor, Actor::ANONYMOUS);
        assert_ne!(read.trace, TraceId::from_bits(0));
        assert!(read.remaining() <= WAIT_DEFAULT && read.remaining() > WAIT_DEFAULT / 2);
    }

    #[test]
    fn nobody_may_wait_for_ever() {
        let mut headers = HeaderMap::new();
        headers.insert(TIMEOUT, u64::MAX.into());
        assert!(read_cx(&headers).unwrap().remaining() <= WAIT_MAX);
    }

    #[test]
    fn a_wrong_header_is_named() {
        for name in [TIMEOUT, ACTOR] {
            let mut headers = HeaderMap::new();
            headers.insert(&name, HeaderValue::from_static("nonsense"));
            assert_eq!(read_cx(&headers).unwrap_err().fields[0].field, name.as_str());
        }
    }

    #[test]
    fn a_call_goes_on_from_where_its_caller_did() {
        let parent = "00-00000000000000000000000000000abc-00000000000000de-01";
        let read = there_and_back(&cx().going_on_from(parent.parse().ok()));
        assert_eq!(read.parent.map(|parent| parent.to_string()).as_deref(), Some(parent));
        assert_eq!(read.trace, TraceId::from_bits(0xABC));
    }

    #[test]
    fn a_strange_trace_counts_as_absent() {
        let mut headers = HeaderMap::new();
        headers.insert(TRACE, HeaderValue::from_static("nonsense"));
        assert_eq!(read_cx(&headers).unwrap().parent, None);
    }
}
