//! What a client makes of a transport that is not at its best, and what is measured.
#![expect(clippy::disallowed_methods, reason = "tests let tasks race")]

use std::{sync::Arc, time::Duration};

use crate::stall::{MarketStallClient, StallError, clients, cx, lines};
use bytes::Bytes;
use metrics::{Counter, CounterFn, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use souk_rpc::{MethodKind, Wire, WireCall, WireError, WireFailure, async_trait};
use souk_types::{ErrorKind, Fault, ServiceError};

const LONG: Duration = Duration::from_secs(20);

/// A wire with one answer to everything; it checks what it is told of the call.
struct Broken(Result<Bytes, WireError>);

#[async_trait]
impl Wire for Broken {
    async fn call(&self, call: WireCall<'_>, arguments: Bytes) -> Result<Bytes, WireError> {
        assert_eq!((call.method.service, call.method.name), ("stall", "sell"));
        assert_eq!(call.method.kind, MethodKind::Idempotent);
        assert!(arguments.starts_with(b"{\"lines\":["));
        self.0.clone()
    }
}

async fn sell_over(answer: Result<Bytes, WireError>) -> StallError {
    let client = MarketStallClient::over(Arc::new(Broken(answer)));
    client.sell(&cx(LONG), lines(1), None).await.unwrap_err()
}

#[tokio::test]
async fn a_lost_call_gives_the_transports_fault() {
    let lost = Fault::unavailable("connection refused");
    assert_eq!(sell_over(Err(WireError::Lost(lost.clone()))).await, StallError::Fault(lost));
}

#[tokio::test]
async fn a_proxys_error_page_is_unavailable() {
    let page = WireFailure { status: 502, body: Bytes::from_static(b"<html>") };
    assert_eq!(sell_over(Err(WireError::Failed(page))).await.kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn an_answer_of_another_shape_is_an_internal_fault() {
    let error = sell_over(Ok(Bytes::from_static(b"[1, 2]"))).await;
    assert_eq!(error.kind(), ErrorKind::Internal);
    assert!(error.to_string().contains("the answer of stall.sell was not understood"), "{error}");
}

#[tokio::test]
async fn a_client_can_be_kept_and_shared() {
    struct Holder {
        stall: MarketStallClient,
    }
    let (_, [local, _]) = clients();
    let holder = Holder { stall: local };
    let clone = holder.stall.clone();
    let task = tokio::spawn(async move { clone.sell(&cx(LONG), lines(1), None).await });
    assert!(task.await.unwrap().is_ok());
    assert_eq!(format!("{:?}", holder.stall), "MarketStallClient(local)");
}

/// Writes down what was counted, by name and labels.
#[derive(Clone, Default)]
struct Notebook(Arc<std::sync::Mutex<Vec<String>>>);

struct Page {
    book: Notebook,
    title: String,
}

impl CounterFn for Page {
    fn increment(&self, value: u64) {
        self.book.0.lock().unwrap().push(format!("{} {value}", self.title));
    }
    fn absolute(&self, _value: u64) {}
}

impl metrics::HistogramFn for Page {
    fn record(&self, seconds: f64) {
        assert!((0.0..20.0).contains(&seconds));
        self.book.0.lock().unwrap().push(self.title.clone());
    }
}

impl Notebook {
    fn page(&self, key: &Key) -> Arc<Page> {
        let labels: Vec<_> = key.labels().map(metrics::Label::value).collect();
        Arc::new(Page { book: self.clone(), title: format!("{} {}", key.name(), labels.join("/")) })
    }
}

impl Recorder for Notebook {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.page(key))
    }
    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }
    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.page(key))
    }
}

#[tokio::test]
async fn every_call_is_measured_and_every_error_counted() {
    let book = Notebook::default();
    let (_, [local, loopback]) = clients();
    let guard = metrics::set_default_local_recorder(&book);
    assert!(local.sell(&cx(LONG), lines(11), None).await.is_err());
    assert!(loopback.look(&cx(LONG)).await.is_ok());
    drop(guard);
    assert_eq!(
        *book.0.lock().unwrap(),
        [
            "souk_rpc_seconds stall/sell/client",
            "souk_rpc_errors_total stall/sell/client/out_of_stock 1",
            "souk_rpc_seconds stall/look/server",
            "souk_rpc_seconds stall/look/client",
        ]
    );
}
