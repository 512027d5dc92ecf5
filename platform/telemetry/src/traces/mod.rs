//! Traces: spans of `tracing`, exported to a collector by OTLP over HTTP (OpenTelemetry protocol 1.x, protobuf).
//!
//! Without a collector none of this is set up, and the spans of the code are switched off where they stand.

mod export;
mod keep;
mod post;

use http::Uri;
use opentelemetry::{KeyValue, Value, trace::TracerProvider as _};
use opentelemetry_sdk::{
    Resource,
    trace::{Sampler, SdkTracerProvider},
};
use souk_types::trace::keep_spans;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::{
    Layer,
    filter::{FilterFn, LevelFilter},
    registry::LookupSpan,
};

pub(crate) use self::export::Exporter;
use self::{keep::Kept, post::Collector};

/// Where traces go, and of what they tell.
#[derive(Debug, Clone)]
pub struct TracesConfig {
    /// The collector, `http://host:4318`; `/v1/traces` is added.
    pub collector: Uri,
    /// The share of traces that begin here and are recorded, 0 to 1. What goes on from elsewhere is recorded when it is
    /// there.
    pub sample_ratio: f64,
    /// The shop, as `service.namespace`.
    pub namespace: String,
    /// What tells this process from others, as `service.instance.id`.
    pub instance: String,
    /// The services of this process, as `souk.services`.
    pub services: Vec<&'static str>,
}

/// Starts to export. Needs the runtime, on which it goes on for as long as that is there.
pub(crate) fn start<S>(config: TracesConfig) -> (Exporter, impl Layer<S> + Send + Sync)
where
    S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
{
    let services: Vec<_> = config.services.iter().map(|service| (*service).into()).collect();
    let resource = Resource::builder_empty()
        .with_service_name("souk")
        .with_attributes([
            KeyValue::new("service.namespace", config.namespace),
            KeyValue::new("service.instance.id", config.instance),
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("souk.services", Value::Array(opentelemetry::Array::String(services))),
        ])
        .build();
    let exporter = Exporter::start(Collector::new(&config.collector), &resource);
    let provider = SdkTracerProvider::builder()
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(config.sample_ratio))))
        .with_resource(resource)
        .with_span_processor(exporter.clone())
        .build();
    keep_spans(Box::new(Kept));
    let layer = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("souk"))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_level(false)
        .with_tracked_inactivity(false)
        .with_context_activation(false);
    (exporter, layer.with_filter(FilterFn::new(is_told).with_max_level_hint(LevelFilter::DEBUG)))
}

/// Our own spans, and what goes wrong in them.
fn is_told(metadata: &Metadata<'_>) -> bool {
    let level = if metadata.is_span() { Level::DEBUG } else { Level::WARN };
    *metadata.level() <= level && metadata.target().starts_with("souk")
}
