//! The first to see a request and the last to see its answer.

use std::{
    convert::Infallible,
    future::Future,
    panic::AssertUnwindSafe,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::Request,
    response::{IntoResponse as _, Response},
};
use futures::{FutureExt as _, future::BoxFuture};
use http::{HeaderValue, Method, StatusCode, header};
use metrics::{Counter, counter};
use souk_types::{Seldom, TraceId, TraceParent, trace};
use tokio::time::timeout;
use tower::{Service, ServiceExt as _};
use tracing::{Instrument as _, Span, field::Empty};

use crate::{
    api, csrf,
    error::Failure,
    headers, linger,
    maintenance::{self, stays_open},
    mcp,
    negotiate::prefers_json,
    state::AppState,
    storefront::error_page,
};

/// How long a request may take to answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);
/// The same for files that staff upload.
const UPLOAD_LIMIT: Duration = Duration::from_secs(30 * 60);

/// How often the log is told of requests that failed for something that is away.
static UNAVAILABLE: Seldom = Seldom::new(Duration::from_secs(10));

/// Sends pages for everybody from memory, and guards all other requests.
#[derive(Clone)]
pub struct Edge {
    state: AppState,
    inner: Router,
    memory_hits: Counter,
}

impl Edge {
    /// Puts the edge around the routes.
    pub fn new(state: AppState, inner: Router) -> Self {
        Self { state, inner, memory_hits: counter!("souk_web_pages_from_memory_total") }
    }

    /// A page that is ready to be sent, the same for everybody.
    fn memorised(&self, request: &Request) -> Option<Response> {
        let path = request.uri().path();
        if request.method() != Method::GET || !may_be_kept(path) || self.state.is_closed() {
            return None;
        }
        let data = path.ends_with(".json") || path == "/search/suggest";
        if !data && prefers_json(request.headers()) {
            return None;
        }
        let address = request.uri().path_and_query()?.as_str();
        let response = self.state.pages.peek(address, request.headers())?;
        self.memory_hits.increment(1);
        Some(response)
    }
}

fn may_be_kept(path: &str) -> bool {
    const BEGINNINGS: [&str; 5] = ["/products/", "/c/", "/search", "/brands", "/collections"];
    path == "/" || BEGINNINGS.iter().any(|beginning| path.starts_with(beginning))
}

impl Service<Request> for Edge {
    type Response = Response;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, _task: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Answering {
        self.state.visitors.note(&request, self.state.shop.api.behind_proxy, self.state.env.now());
        match self.memorised(&request) {
            Some(response) => Answering::Ready(Some(response)),
            None => Answering::Running(guard(self.state.clone(), self.inner.clone(), request).boxed()),
        }
    }
}

/// An answer, there at once or under way.
pub enum Answering {
    /// From memory.
    Ready(Option<Response>),
    /// From a handler.
    Running(BoxFuture<'static, Response>),
}

impl Future for Answering {
    type Output = Result<Response, Infallible>;

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut *self {
            Self::Ready(response) => Poll::Ready(Ok(response.take().unwrap_or_default())),
            Self::Running(running) => running.poll_unpin(task).map(Ok),
        }
    }
}

fn for_programs(path: &str) -> bool {
    path.starts_with("/api/") || path == mcp::PATH
}

/// What the end of a request has to know of its beginning.
struct Asked {
    trace: TraceId,
    method: Method,
    path: String,
    json: bool,
}

/// The span of one request, named as OpenTelemetry's conventions for HTTP have it, and its trace: the one that a proxy in
/// front began, or one of its own.
fn begin(state: &AppState, request: &Request) -> (Span, TraceId) {
    let method = request.method().as_str();
    let span = tracing::debug_span!(
        "http",
        otel.name = method,
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = Empty,
        http.response.status_code = Empty,
    );
    let told = request.headers().get("traceparent").and_then(|value| value.to_str().ok()?.parse().ok());
    trace::go_on(&span, told);
    let trace = TraceParent::of(&span).or(told).map_or_else(|| state.next_trace(), |place| place.trace);
    (span, trace)
}

async fn guard(state: AppState, inner: Router, request: Request) -> Response {
    let (span, trace) = begin(&state, &request);
    answer(state, inner, request, trace).instrument(span).await
}

async fn answer(state: AppState, inner: Router, mut request: Request, trace: TraceId) -> Response {
    let asked = Asked {
        trace,
        method: request.method().clone(),
        path: request.uri().path().to_owned(),
        json: prefers_json(request.headers()) || for_programs(request.uri().path()),
    };
    request.extensions_mut().insert(asked.trace);
    let request = linger::around(request);
    let response = match admit(&state, &request) {
        Ok(()) => run(inner, request, &asked).await,
        Err(refused) => refused.into_response(),
    };
    finish(&state, response, &asked).await
}

/// Refuses what comes from another site, and shoppers while the shop is closed.
fn admit(state: &AppState, request: &Request) -> Result<(), Failure> {
    let path = request.uri().path();
    if state.is_closed() && !stays_open(path) {
        return Err(maintenance::refusal());
    }
    csrf::check(request.method(), path, request.headers(), &state.shop.public_url)
}

async fn run(inner: Router, request: Request, asked: &Asked) -> Response {
    let takes_files = asked.path.starts_with("/admin/") || api::takes_files(&asked.path);
    let upload = takes_files && asked.method == Method::POST;
    let limit = if upload { UPLOAD_LIMIT } else { ANSWER_LIMIT };
    let work = AssertUnwindSafe(inner.oneshot(request)).catch_unwind();
    match timeout(limit, work).await {
        Ok(Ok(Ok(response))) => response,
        Ok(Err(panic)) => {
            let text = panic.downcast_ref::<&str>().copied().map(ToOwned::to_owned);
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
            Failure::from(souk_types::Fault::internal(format!("panicked: {text}"))).into_response()
        }
        Err(_) => Failure::from(souk_types::Fault::deadline()).into_response(),
    }
}

async fn finish(state: &AppState, mut response: Response, asked: &Asked) -> Response {
    let trace = asked.trace.to_string();
    let span = Span::current();
    span.record("http.response.status_code", response.status().as_u16());
    if response.status().is_server_error() {
        span.record("otel.status_code", "error");
    }
    if let Some(failure) = failure_of(&mut response) {
        tell_log(&failure, asked);
        show(state, &mut response, &failure, asked, &trace).await;
    }
    tracing::debug!(method = %asked.method, path = asked.path, status = response.status().as_u16(), trace, "answered");
    let headers = response.headers_mut();
    headers::secure(headers);
    headers::forbid_caching(headers);
    if let Ok(trace) = HeaderValue::try_from(trace) {
        headers.insert("x-request-id", trace);
    }
    response
}

/// Why it failed: as a handler says, or as the framework does by a line of text when it cannot read a request.
fn failure_of(response: &mut Response) -> Option<Failure> {
    if let Some(failure) = response.extensions_mut().remove::<Failure>() {
        return Some(failure);
    }
    let (status, kind) = (response.status(), response.headers().get(header::CONTENT_TYPE));
    let failed = status.is_client_error() || status.is_server_error();
    let bare = kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    (failed && bare).then(|| Failure::new(status, "bad_request", "This request cannot be understood."))
}

fn tell_log(failure: &Failure, asked: &Asked) {
    let reason = failure.internal.as_deref().unwrap_or(&failure.message);
    if failure.status == StatusCode::SERVICE_UNAVAILABLE && failure.code != maintenance::CODE {
        // What is away fails every request: one line in a while says it.
        match UNAVAILABLE.pass() {
            Some(more) => {
                tracing::error!(method = %asked.method, path = asked.path, trace = %asked.trace, reason, more, "a request failed");
            }
            None => {
                tracing::debug!(method = %asked.method, path = asked.path, trace = %asked.trace, reason, "a request failed");
            }
        }
    } else if failure.status.is_server_error() && failure.code != maintenance::CODE {
        tracing::error!(method = %asked.method, path = asked.path, trace = %asked.trace, reason, "a request failed");
    } else {
        tracing::debug!(method = %asked.method, path = asked.path, trace = %asked.trace, reason, "a request was refused");
    }
}

async fn show(state: &AppState, response: &mut Response, failure: &Failure, asked: &Asked, trace: &str) {
    let (body, kind) = if asked.json {
        (failure.problem(trace).to_string(), "application/problem+json")
    } else {
        let shown = (failure.status != StatusCode::NOT_FOUND).then(|| trace.to_owned());
        (error_page::render(state, failure, &asked.path, shown).await, "text/html; charset=utf-8")
    };
    *response.body_mut() = Body::from(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().remove(header::CONTENT_LENGTH);
}
