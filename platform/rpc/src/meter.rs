//! What is measured of every call: how long it took, and whether it failed.

use std::{sync::OnceLock, time::Instant};

use metrics::{Key, Label, Level, Metadata};
use souk_types::{Cx, ErrorKind, Fault, ServiceError, trace};
use tracing::{Span, field::Empty};

use crate::Method;

static METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, Some(module_path!()));

/// Measures the calls of one method on one side: `client` (whoever calls, in every mode) or `server` (the
/// router and the dispatcher).
///
/// `souk_rpc_seconds` is a histogram by service, method and side; `souk_rpc_errors_total` counts by kind of
/// error besides.
pub struct Meter {
    pub(crate) method: Method,
    side: &'static str,
    seconds: OnceLock<Key>,
}

impl Meter {
    /// Measures on the caller's side.
    pub const fn client(method: Method) -> Self {
        Self { method, side: "client", seconds: OnceLock::new() }
    }

    /// Measures on the service's side.
    pub const fn server(method: Method) -> Self {
        Self { method, side: "server", seconds: OnceLock::new() }
    }

    /// The span of one call, named as OpenTelemetry's conventions for RPC have it: it goes on from the caller's, in this
    /// process or another.
    pub(crate) fn span(&self, cx: &Cx) -> Span {
        let Method { service, name, .. } = self.method;
        let span = tracing::debug_span!(
            "rpc",
            otel.name = format_args!("{service}.{name}"),
            otel.kind = self.side,
            otel.status_code = Empty,
            error.type = Empty,
            service,
            method = name,
            side = self.side,
            trace = %cx.trace,
        );
        trace::go_on(&span, cx.parent);
        span
    }

    /// Records a call that began at `started`.
    pub(crate) fn record(&self, span: &Span, started: Instant, failed: Option<ErrorKind>) {
        // The key is kept, so that a call costs no allocation; without a recorder this is next to nothing.
        let key = self.seconds.get_or_init(|| Key::from_parts("souk_rpc_seconds", self.labels()));
        let seconds = started.elapsed();
        metrics::with_recorder(|recorder| {
            recorder.register_histogram(key, &METADATA).record(seconds);
        });
        if let Some(kind) = failed {
            self.record_error(span, kind);
        }
    }

    fn record_error(&self, span: &Span, kind: ErrorKind) {
        let code = Fault::new(kind, "").code();
        span.record("error.type", code);
        // What was refused went well: only what is our own failure is an error of the trace.
        if matches!(kind, ErrorKind::Internal | ErrorKind::Unavailable) {
            span.record("otel.status_code", "error");
        }
        let mut labels = self.labels();
        labels.push(Label::from_static_parts("kind", code));
        metrics::counter!("souk_rpc_errors_total", labels).increment(1);
    }

    fn labels(&self) -> Vec<Label> {
        vec![
            Label::from_static_parts("service", self.method.service),
            Label::from_static_parts("method", self.method.name),
            Label::from_static_parts("side", self.side),
        ]
    }
}
