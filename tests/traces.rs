//! Traces: what one order does is one trace, in however many processes, and a collector that is away harms nobody.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use axum::{Router, body::Bytes, extract::State, http::StatusCode, routing::post};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest, common::v1::any_value::Value, trace::v1::Span,
};
use prost::Message as _;
use souk_bench::{
    client::Client,
    server::{Server, free_address},
    shopper::{GOOD_CARD, Purchase, add_to_cart, check_out},
};

use crate::open::{books_agree, one_product};

const SOON: Duration = Duration::from_secs(30);

/// What an order does, in one process or several: who asks, who acts, who hears of it.
pub const OF_AN_ORDER: [&str; 8] = [
    "POST /checkout",
    "orders.place",
    "inventory.reserve",
    "payments.authorise",
    "orders.placed inventory.orders",
    "orders.placed cart.orders",
    "orders.placed notifications.orders",
    "orders.placed search.orders",
];

/// A collector of traces, as operators have one.
pub struct Collector {
    pub address: SocketAddr,
    told: Arc<Mutex<Vec<Told>>>,
}

/// A span, and the process that told of it.
#[derive(Clone)]
pub struct Told {
    pub span: Span,
    pub process: BTreeMap<String, String>,
}

impl Collector {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let (address, told) = (listener.local_addr().unwrap(), Arc::<Mutex<Vec<Told>>>::default());
        let router = Router::new().route("/v1/traces", post(take)).with_state(Arc::clone(&told));
        // A thread of its own: the tests block theirs while processes start and stop.
        let serve = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                axum::serve(listener, router).await.unwrap();
            });
        };
        thread::Builder::new().name("collector".to_owned()).spawn(serve).unwrap();
        Self { address, told }
    }

    /// The trace that has these spans, as soon as it has them all. There is one such trace.
    pub fn trace_of(&self, names: &[&str]) -> Vec<Told> {
        let begun = Instant::now();
        loop {
            let told = self.told.lock().unwrap().clone();
            let root = told.iter().find(|told| told.span.name == names[0]);
            let trace: Vec<Told> = root.map_or_else(Vec::new, |root| {
                told.iter().filter(|told| told.span.trace_id == root.span.trace_id).cloned().collect()
            });
            let known: BTreeSet<&str> = trace.iter().map(|told| told.span.name.as_str()).collect();
            let missing: Vec<&&str> = names.iter().filter(|name| !known.contains(**name)).collect();
            if missing.is_empty() {
                return trace;
            }
            assert!(begun.elapsed() < SOON, "without {missing:#?}: {known:#?}");
            thread::sleep(Duration::from_millis(100));
        }
    }
}

async fn take(State(told): State<Arc<Mutex<Vec<Told>>>>, body: Bytes) -> StatusCode {
    let Ok(request) = ExportTraceServiceRequest::decode(body) else { return StatusCode::BAD_REQUEST };
    for of_process in request.resource_spans {
        let attributes = of_process.resource.unwrap_or_default().attributes.into_iter();
        let process: BTreeMap<String, String> = attributes
            .filter_map(|attribute| match attribute.value?.value? {
                Value::StringValue(text) => Some((attribute.key, text)),
                other => Some((attribute.key, format!("{other:?}"))),
            })
            .collect();
        let spans = of_process.scope_spans.into_iter().flat_map(|scope| scope.spans);
        told.lock().unwrap().extend(spans.map(|span| Told { span, process: process.clone() }));
    }
    StatusCode::OK
}

/// Every span but the first is within another of the trace, and none is over before it began.
pub fn is_sound(trace: &[Told]) {
    let known: BTreeSet<&[u8]> = trace.iter().map(|told| told.span.span_id.as_slice()).collect();
    assert_eq!(known.len(), trace.len(), "no span is told of twice");
    let roots: Vec<&str> =
        trace.iter().filter(|told| told.span.parent_span_id.is_empty()).map(|told| told.span.name.as_str()).collect();
    assert_eq!(roots, [OF_AN_ORDER[0]]);
    for Told { span, .. } in trace {
        let parent = span.parent_span_id.as_slice();
        assert!(parent.is_empty() || known.contains(parent), "{} has no parent in its trace", span.name);
        assert!(span.start_time_unix_nano <= span.end_time_unix_nano, "{}", span.name);
    }
}

/// A span's ancestors, from its parent on.
pub fn ancestors<'t>(trace: &'t [Told], name: &str) -> Vec<&'t str> {
    let find = |id: &[u8]| trace.iter().find(|told| told.span.span_id == id);
    let mut names = Vec::new();
    let mut span = trace.iter().find(|told| told.span.name == name);
    while let Some(parent) = span.and_then(|span| find(&span.span.parent_span_id)) {
        names.push(parent.span.name.as_str());
        span = Some(parent);
    }
    names
}

async fn order(client: &mut Client) {
    add_to_cart(client, "LAMP", 1).await.unwrap();
    assert!(matches!(check_out(client, GOOD_CARD).await.unwrap(), Purchase::Ordered(_)));
}

fn serve(data: &std::path::Path, collector: SocketAddr) -> Server {
    let otlp = format!("http://{collector}");
    Server::souk(data, &[("SOUK_TELEMETRY_OTLP", otlp.as_str())]).unwrap()
}

/// The sum of a counter, over its labels.
async fn counted(client: &mut Client, name: &str) -> f64 {
    let metrics = client.get("/metrics", "text/plain").await.unwrap().text_all();
    let lines = metrics.lines().filter(|line| line.starts_with(name));
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
}

#[tokio::test]
async fn one_order_is_one_trace() {
    let (folder, collector) = (tempfile::tempdir().unwrap(), Collector::start());
    one_product(folder.path(), "LAMP", 3);
    let server = serve(folder.path(), collector.address);
    let mut client = Client::new(server.address);
    order(&mut client).await;
    let trace = collector.trace_of(&OF_AN_ORDER);
    is_sound(&trace);
    for inside in ["inventory.reserve", "payments.authorise", "orders.placed cart.orders"] {
        let around = ancestors(&trace, inside);
        assert!(around.ends_with(&["orders.place", "POST /checkout"]), "{inside} is in {around:?}");
    }
    let process = &trace[0].process;
    assert_eq!((process["service.name"].as_str(), process["service.namespace"].as_str()), ("souk", "Souk"));
    assert!(process["souk.services"].contains("payments"), "{process:?}");
    // What the visitor is told is the trace: who quotes it leads to it.
    let page = client.get("/cart", "text/html").await.unwrap().trace;
    server.stop().unwrap();
    let traces: BTreeSet<String> = collector
        .told
        .lock()
        .unwrap()
        .iter()
        .filter(|told| told.span.name == "GET /cart")
        .map(|told| told.span.trace_id.iter().map(|byte| format!("{byte:02x}")).collect())
        .collect();
    assert_eq!(traces, BTreeSet::from([page]), "the last one came before the stop was over");
    books_agree(folder.path());
}

#[tokio::test]
async fn a_collector_that_is_away_harms_nobody() {
    let folder = tempfile::tempdir().unwrap();
    one_product(folder.path(), "LAMP", 9);
    // Nobody listens there; and somebody does who never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    for collector in [free_address().unwrap(), silent.local_addr().unwrap()] {
        let server = serve(folder.path(), collector);
        let mut client = Client::new(server.address);
        let begun = Instant::now();
        order(&mut client).await;
        assert!(begun.elapsed() < Duration::from_secs(5), "an order took {:?}", begun.elapsed());
        let waited = Instant::now();
        while counted(&mut client, "souk_trace_spans_dropped_total").await == 0.0 {
            assert!(waited.elapsed() < SOON, "nothing was counted as dropped");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(counted(&mut client, "souk_trace_spans_exported_total").await, 0.0);
        assert!(server.said().contains("traces are dropped"), "{}", server.said());
        order(&mut client).await;
        let asked = Instant::now();
        server.stop().unwrap();
        assert!(asked.elapsed() < Duration::from_secs(8), "the stop took {:?}", asked.elapsed());
    }
    books_agree(folder.path());
}
