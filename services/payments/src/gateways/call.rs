//! One call to a gateway: its limit, its span and its measure.

use std::{future::Future, time::Duration};

use metrics::histogram;
use souk_types::Cx;
use tokio::time::{Instant, timeout};
use tracing::{Instrument as _, field::Empty};

use super::{Answer, Found, RefundAnswer};

/// The longest that one call to a gateway is waited for.
const CALL_MAX: Duration = Duration::from_secs(15);

/// What a gateway says, and may leave open.
pub trait Said {
    /// Whether it said anything.
    fn is_known(&self) -> bool;
}

impl Said for Answer {
    fn is_known(&self) -> bool {
        !matches!(self, Self::Unknown { .. })
    }
}

impl Said for RefundAnswer {
    fn is_known(&self) -> bool {
        !matches!(self, Self::Unknown { .. })
    }
}

impl Said for Found {
    fn is_known(&self) -> bool {
        !matches!(self, Self::Unknown { .. })
    }
}

/// Waits for a call; `None` when it took too long. `souk_gateway_seconds` says how long by gateway, call and outcome:
/// `answered`, `unknown` or `late`.
pub async fn timed<T: Said>(
    cx: &Cx,
    gateway: &'static str,
    call: &'static str,
    work: impl Future<Output = T>,
) -> Option<T> {
    let started = Instant::now();
    let span = tracing::debug_span!(
        "gateway",
        otel.name = format_args!("{gateway} {call}"),
        otel.kind = "client",
        otel.status_code = Empty,
        gateway,
        call,
    );
    let said = timeout(cx.remaining().min(CALL_MAX), work).instrument(span.clone()).await.ok();
    let outcome = match &said {
        Some(said) if said.is_known() => "answered",
        Some(_) => "unknown",
        None => "late",
    };
    if outcome != "answered" {
        span.record("otel.status_code", "error");
    }
    histogram!("souk_gateway_seconds", "gateway" => gateway, "call" => call, "outcome" => outcome)
        .record(started.elapsed());
    said
}
