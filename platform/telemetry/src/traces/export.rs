//! A queue of spans that are over, sent in batches. Whoever ends a span never waits: what does not fit is dropped and
//! counted, and so is what the collector does not take.

use std::time::Duration;

use metrics::{Counter, counter};
use opentelemetry::Context;
use opentelemetry_proto::{
    tonic::collector::trace::v1::ExportTraceServiceRequest,
    transform::{common::tonic::ResourceAttributesWithSchema, trace::tonic::group_spans_by_resource_and_scope},
};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{Span, SpanData, SpanProcessor},
};
use prost::Message as _;
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, timeout, timeout_at},
};

use super::post::Collector;

/// Spans that wait to be sent, at most; some six megabytes.
const QUEUE_MAX: usize = 8_192;
/// Spans that are sent at once.
const BATCH_MAX: usize = 512;
/// How long a span waits for others to be sent with.
const GATHER_MAX: Duration = Duration::from_secs(1);

enum Item {
    Span(Box<SpanData>),
    /// Tells when all that came before is sent or dropped.
    Flush(oneshot::Sender<()>),
}

/// Takes spans that are over. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Exporter {
    queue: mpsc::Sender<Item>,
    meters: Meters,
}

#[derive(Clone)]
struct Meters {
    exported: Counter,
    queue_full: Counter,
    not_taken: Counter,
}

impl std::fmt::Debug for Meters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Meters")
    }
}

impl Exporter {
    #[expect(clippy::disallowed_methods, reason = "it goes on until the program ends, and is flushed before")]
    pub(super) fn start(collector: Collector, resource: &Resource) -> Self {
        let (queue, items) = mpsc::channel(QUEUE_MAX);
        let dropped = |reason: &'static str| counter!("souk_trace_spans_dropped_total", "reason" => reason);
        let meters = Meters {
            exported: counter!("souk_trace_spans_exported_total"),
            queue_full: dropped("queue_full"),
            not_taken: dropped("not_taken"),
        };
        let sending = Sending { collector, resource: resource.into(), meters: meters.clone(), items, is_away: false };
        tokio::spawn(sending.run());
        Self { queue, meters }
    }

    /// Sends what waits, or gives up after `limit`.
    pub(crate) async fn flush(&self, limit: Duration) {
        let (done, told) = oneshot::channel();
        let flushed = async {
            if self.queue.send(Item::Flush(done)).await.is_ok() {
                let _ = told.await;
            }
        };
        if timeout(limit, flushed).await.is_err() {
            tracing::warn!("the last traces were not sent: the collector does not answer");
        }
    }
}

impl SpanProcessor for Exporter {
    fn on_start(&self, _span: &mut Span, _context: &Context) {}

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() && self.queue.try_send(Item::Span(Box::new(span))).is_err() {
            self.meters.queue_full.increment(1);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _limit: Duration) -> OTelSdkResult {
        Ok(())
    }
}

struct Sending {
    collector: Collector,
    resource: ResourceAttributesWithSchema,
    meters: Meters,
    items: mpsc::Receiver<Item>,
    /// It did not take the last batch.
    is_away: bool,
}

impl Sending {
    async fn run(mut self) {
        let mut spans = Vec::with_capacity(BATCH_MAX);
        while let Some(first) = self.items.recv().await {
            let mut flushed = None;
            let until = Instant::now() + GATHER_MAX;
            let mut next = Some(first);
            while let Some(item) = next {
                match item {
                    Item::Span(span) => spans.push(*span),
                    Item::Flush(done) => flushed = Some(done),
                }
                if flushed.is_some() || spans.len() >= BATCH_MAX {
                    break;
                }
                next = timeout_at(until, self.items.recv()).await.ok().flatten();
            }
            self.send(std::mem::take(&mut spans)).await;
            if let Some(done) = flushed {
                let _ = done.send(());
            }
        }
    }

    async fn send(&mut self, spans: Vec<SpanData>) {
        if spans.is_empty() {
            return;
        }
        let count = spans.len() as u64;
        let resource_spans = group_spans_by_resource_and_scope(spans, &self.resource);
        let sent = self.collector.post(ExportTraceServiceRequest { resource_spans }.encode_to_vec().into()).await;
        match &sent {
            Ok(()) => {
                self.meters.exported.increment(count);
                if self.is_away {
                    tracing::info!("the collector takes traces again");
                }
            }
            Err(why) => {
                self.meters.not_taken.increment(count);
                if !self.is_away {
                    tracing::warn!(collector = %self.collector, why, "traces are dropped until the collector takes them");
                }
            }
        }
        self.is_away = sent.is_err();
    }
}
