use std::num::NonZeroU64;

use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId as OtelTraceId, TraceState},
};
use souk_types::{TraceId, TraceParent, trace::Spans};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// Spans as the layer of OpenTelemetry keeps them.
pub(super) struct Kept;

impl Spans for Kept {
    fn parent(&self, span: &Span) -> Option<TraceParent> {
        let context = span.context();
        let span = context.span();
        let known = span.span_context();
        Some(TraceParent {
            trace: TraceId::from_bits(u128::from_be_bytes(known.trace_id().to_bytes())),
            span: NonZeroU64::new(u64::from_be_bytes(known.span_id().to_bytes()))?,
            sampled: known.is_sampled(),
        })
    }

    fn adopt(&self, span: &Span, parent: TraceParent) {
        let TraceParent { trace, span: id, sampled } = parent;
        let (trace, id) = (OtelTraceId::from(trace.to_bits()), SpanId::from(id.get()));
        let flags = if sampled { TraceFlags::SAMPLED } else { TraceFlags::default() };
        let parent = SpanContext::new(trace, id, flags, true, TraceState::default());
        // A span that is not kept has no need of a parent.
        let _ = span.set_parent(Context::new().with_remote_span_context(parent));
    }

    fn rename(&self, span: &Span, name: String) {
        span.context().span().update_name(name);
    }
}
