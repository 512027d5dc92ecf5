//! HTTP to the server of a bucket. The library's own client would bring a second TLS stack.

use std::{io, sync::Arc, time::Duration};

use async_trait::async_trait;
use http_body_util::BodyExt as _;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector as TcpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use object_store::{
    ClientOptions,
    client::{
        HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody, HttpResponse,
        HttpResponseBody, HttpService,
    },
};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use souk_types::Fault;
use tokio::time::timeout;

use crate::S3Config;

/// How long a connection may take to be made.
const CONNECT_MAX: Duration = Duration::from_secs(2);
/// How long an answer may take to begin, after what is sent.
const ANSWER_MAX: Duration = Duration::from_secs(5);
/// The slowest that is waited for while something is sent: a megabyte a second.
const SENT_BYTES_PER_MS_MIN: u64 = 1_000;
/// How long a connection is kept that nobody uses: shorter than servers keep it.
const IDLE_MAX: Duration = Duration::from_secs(15);
/// Connections that are kept.
const IDLE_CONNECTIONS_MAX: usize = 16;

/// A pool of connections.
#[derive(Debug, Clone)]
pub(crate) struct Transport(Client<HttpsConnector<TcpConnector>, HttpRequestBody>);

impl Transport {
    /// # Errors
    /// Invalid on `authorities`.
    pub(crate) fn try_new(config: &S3Config) -> Result<Self, Fault> {
        let roots = match &config.authorities {
            Some(file) => souk_tls::authorities(file).map_err(|fault| Fault::invalid("authorities", fault.public))?,
            None => RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() },
        };
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(Fault::internal)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let schemes = HttpsConnectorBuilder::new().with_tls_config(tls);
        let schemes = if config.is_plain() { schemes.https_or_http() } else { schemes.https_only() };
        let mut tcp = TcpConnector::new();
        tcp.set_connect_timeout(Some(CONNECT_MAX));
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_MAX)
            .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
            .build(schemes.enable_http1().wrap_connector(tcp));
        Ok(Self(client))
    }
}

#[async_trait]
impl HttpService for Transport {
    /// The library's own timeouts and limits belong to its own client; how long an answer goes on is limited by who reads it.
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let bytes = u64::try_from(request.body().content_length()).unwrap_or(u64::MAX);
        let wait = ANSWER_MAX + Duration::from_millis(bytes / SENT_BYTES_PER_MS_MIN);
        match timeout(wait, self.0.request(request)).await {
            Ok(Ok(response)) => Ok(response.map(|body| HttpResponseBody::new(body.map_err(interrupted)))),
            Ok(Err(error)) if error.is_connect() => Err(HttpError::new(HttpErrorKind::Connect, error)),
            Ok(Err(error)) => Err(interrupted(error)),
            Err(_) => {
                let late = io::Error::new(io::ErrorKind::TimedOut, format!("no answer within {wait:?}"));
                Err(HttpError::new(HttpErrorKind::Timeout, late))
            }
        }
    }
}

fn interrupted(error: impl std::error::Error + Send + Sync + 'static) -> HttpError {
    HttpError::new(HttpErrorKind::Interrupted, error)
}

impl HttpConnector for Transport {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}
