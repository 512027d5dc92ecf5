//! One address of a service.

use std::{
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, Uri, header::HOST, uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::{
    client::legacy::Client,
    rt::{TokioExecutor, TokioTimer},
};
use metrics::gauge;
use souk_types::Fault;
use tokio::time::{Instant, timeout_at};
use tower::{Layer as _, Service, ServiceExt as _, util::BoxCloneSyncService};
use tower_resilience_circuitbreaker::{CircuitBreakerLayer, CircuitState};

use super::{
    Attempt,
    connect::Connector,
    failure::{SendFailure, with_causes},
    retry::is_away,
    watched::Watched,
};
use crate::{RPC_BODY_BYTES_MAX, protocol};

/// Idle connections to one address that are kept, and for how long.
const IDLE_MAX: usize = 32;
const IDLE_FOR: Duration = Duration::from_secs(30);
/// An address is left alone after so many failures in a row, for so long.
const FAILURES_MAX: usize = 5;
const ALONE_FOR: Duration = Duration::from_secs(2);
/// The answer to a call that ran out of time here is not waited for by its caller, either: so much earlier, the breaker
/// still hears of it.
const EARLIER: Duration = Duration::from_millis(5);

/// The HTTP clients that all addresses of a host share.
#[derive(Clone)]
pub(super) struct Http {
    /// Keeps connections. One that nothing is sent on may be closed by its other end at any time, and what was sent just
    /// then is lost: nobody can tell it from what was read and not answered (RFC 9112, 9.5).
    kept: Client<Connector, Full<Bytes>>,
    /// Makes a connection for each call, for those that cannot be made again: a process that stops lets in whoever stands
    /// at its door, and serves them.
    fresh: Client<Connector, Full<Bytes>>,
    scheme: uri::Scheme,
}

impl Http {
    pub(super) fn new(connector: Connector) -> Self {
        let scheme = connector.scheme();
        let fresh = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector.clone());
        let kept = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_FOR)
            .pool_max_idle_per_host(IDLE_MAX)
            .build(connector);
        Self { kept, fresh, scheme }
    }
}

/// One address of a service, reached directly and named as its host.
#[derive(Clone)]
pub(super) struct Endpoint {
    http: Http,
    authority: uri::Authority,
    host: HeaderValue,
}

impl Endpoint {
    /// # Errors
    /// Invalid on `url`, when the host cannot stand in a header.
    pub(super) fn new(http: &Http, address: SocketAddr, host: &str) -> Result<Self, Fault> {
        let wrong = |_| Fault::invalid("url", format!("{host} is no host"));
        let authority = uri::Authority::try_from(address.to_string()).map_err(Fault::internal)?;
        Ok(Self { http: http.clone(), authority, host: HeaderValue::from_str(host).map_err(wrong)? })
    }

    /// The address behind its circuit breaker, and past it. While the breaker is open, the address is not ready behind it,
    /// and the balancer goes to others.
    pub(super) fn watched(self, service: &str) -> Result<(Watched, Watched), Fault> {
        let open =
            gauge!("souk_rpc_breaker_open", "service" => service.to_owned(), "address" => self.authority.to_string());
        let (service, address) = (service.to_owned(), self.authority.to_string());
        let breaker = CircuitBreakerLayer::builder()
            .name(&address)
            .consecutive_failures(FAILURES_MAX)
            .wait_duration_in_open(ALONE_FOR)
            .permitted_calls_in_half_open(1)
            .backpressure()
            .failure_classifier(|outcome: &Result<Response<Bytes>, SendFailure>| match outcome {
                // 503 is the service's own word, which it may say of one method and not of others.
                Ok(response) => is_away(response.status()) && response.status() != StatusCode::SERVICE_UNAVAILABLE,
                Err(_) => true,
            })
            .on_state_transition(move |from, to| {
                open.set(if to == CircuitState::Closed { 0.0 } else { 1.0 });
                match (from, to) {
                    // It was asked again, and did not answer: that is no news.
                    (CircuitState::HalfOpen, CircuitState::Open) | (_, CircuitState::HalfOpen) => {}
                    (_, CircuitState::Open) => tracing::warn!(service, address, "left alone: it does not answer"),
                    (_, CircuitState::Closed) => tracing::info!(service, address, "answers again"),
                }
            })
            .build()
            .map_err(Fault::internal)?;
        let open = Watched::new(BoxCloneSyncService::new(self.clone()));
        let guarded = breaker.layer(self).map_err(SendFailure::from);
        Ok((open.beside(BoxCloneSyncService::new(guarded)), open))
    }

    async fn send(self, attempt: Attempt) -> Result<Response<Bytes>, SendFailure> {
        let until = (Instant::now() + attempt.limit).min(attempt.deadline);
        let wait = until.saturating_duration_since(Instant::now());
        let Attempt { mut request, idempotent, .. } = attempt;
        let client = if idempotent { &self.http.kept } else { &self.http.fresh };
        let not_sent = |why: &dyn std::fmt::Display| SendFailure::NotSent(why.to_string());
        protocol::write_wait(wait, request.headers_mut()).map_err(|error| not_sent(&error))?;
        let path = request.uri().path_and_query().cloned().unwrap_or_else(|| uri::PathAndQuery::from_static("/"));
        *request.uri_mut() = Uri::builder()
            .scheme(self.http.scheme)
            .authority(self.authority)
            .path_and_query(path)
            .build()
            .map_err(|error| not_sent(&error))?;
        request.headers_mut().insert(HOST, self.host);
        let exchange = async {
            let response = client.request(request.map(Full::new)).await.map_err(|error| {
                let why = with_causes(&error);
                if error.is_connect() { SendFailure::NotSent(why) } else { SendFailure::Unanswered(why) }
            })?;
            let (head, body) = response.into_parts();
            let body = Limited::new(body, RPC_BODY_BYTES_MAX).collect().await;
            let body = body.map_err(|error| SendFailure::Unanswered(error.to_string()))?.to_bytes();
            Ok(Response::from_parts(head, body))
        };
        timeout_at(until - EARLIER.min(wait / 2), exchange)
            .await
            .unwrap_or_else(|_| Err(SendFailure::Unanswered(format!("none within {wait:?}"))))
    }
}

impl Service<Attempt> for Endpoint {
    type Response = Response<Bytes>;
    type Error = SendFailure;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Bytes>, SendFailure>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), SendFailure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, attempt: Attempt) -> Self::Future {
        Box::pin(self.clone().send(attempt))
    }
}
