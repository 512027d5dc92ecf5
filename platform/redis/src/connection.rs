use std::{
    fs,
    path::Path,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use redis::{
    Client, ClientTlsConfig, Cmd, IntoConnectionInfo as _, RedisError, RedisResult, TlsCertificates, Value,
    aio::{ConnectionLike as _, ConnectionManager, ConnectionManagerConfig},
    cluster::{ClusterClient, ClusterConfig},
    cluster_async::ClusterConnection,
    io::tcp::TcpSettings,
};
use souk_tls::ServerTrust;
use souk_types::Fault;
use tokio::time::{Instant, timeout};
use tower::Service;

use crate::{RedisConfig, breaker::Failure};

/// How long a connection may take to be made: in one network this is much.
const CONNECT_MAX: Duration = Duration::from_secs(1);
/// How long an answer may take. Redis answers within a millisecond; more is a pause of a machine or of the network.
const ANSWER_MAX: Duration = Duration::from_millis(250);
/// A machine that is gone without a word is noticed after so long, and not after a quarter of an hour.
#[cfg(target_os = "linux")]
const SILENT_MAX: Duration = Duration::from_secs(5);

/// A cluster of which no node has said anything for so long is connected to anew.
const STUCK_AFTER: Duration = Duration::from_secs(2);

/// A connection that is made when it is needed, and shared: calls of many go along it at the same time.
#[derive(Clone)]
pub(crate) enum Connection {
    Single(ConnectionManager),
    Cluster(Arc<Cluster>),
}

/// The connections to a cluster's nodes.
///
/// The library's own can come to a stand for good when a node was lost under load: what connects anew to the node
/// queues for a lock before what looks up the slots, and is not polled until that has got the lock, too. Whoever waits
/// then gets no answer, of no node. So they are given up when nothing was answered for a while.
pub(crate) struct Cluster {
    client: ClusterClient,
    state: Mutex<State>,
}

struct State {
    connections: ClusterConnection,
    /// Since when nothing is answered.
    silent: Option<Instant>,
}

impl Cluster {
    fn new(client: ClusterClient) -> Self {
        let connections = pending(&client);
        Self { client, state: Mutex::new(State { connections, silent: None }) }
    }

    fn connections(&self) -> ClusterConnection {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).connections.clone()
    }

    /// Notes whether a call that began then was answered.
    fn note(&self, began: Instant, answered: bool) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if answered {
            state.silent = None;
            return;
        }
        let silent = *state.silent.get_or_insert(began);
        if silent.elapsed() >= STUCK_AFTER {
            tracing::warn!("no node of the Redis cluster answers: it is connected to anew");
            *state = State { connections: pending(&self.client), silent: None };
        }
    }
}

/// Connections that are made when they are first needed.
fn pending(client: &ClusterClient) -> ClusterConnection {
    client.get_pending_async_connection_with_config(ClusterConfig::new())
}

impl Connection {
    /// One address is a server, several are of a cluster.
    pub(crate) fn to(config: &RedisConfig) -> Result<Self, Fault> {
        let RedisConfig { urls, trust, .. } = config;
        // The error may quote the address, and with it the password.
        let wrong = |error: RedisError| Fault::invalid("urls", format!("cannot be used: {:?}", error.kind()));
        let certificates = if config.is_secured() { Some(certificates(trust)?) } else { None };
        if let [only] = urls.as_slice() {
            let server = only.as_str().into_connection_info().map_err(wrong)?.set_tcp_settings(tcp());
            let config = ConnectionManagerConfig::new()
                .set_number_of_retries(0)
                .set_connection_timeout(Some(CONNECT_MAX))
                .set_response_timeout(None);
            let client = match certificates {
                Some(certificates) => Client::build_with_tls(server, certificates),
                None => Client::open(server),
            };
            let client = client.map_err(wrong)?;
            return ConnectionManager::new_lazy_with_config(client, config).map(Self::Single).map_err(wrong);
        }
        let mut builder = ClusterClient::builder(urls.iter().map(String::as_str))
            .tcp_settings(tcp())
            .connection_timeout(CONNECT_MAX)
            .response_timeout(ANSWER_MAX);
        if let Some(certificates) = certificates {
            builder = builder.certs(certificates);
        }
        let client = builder.build().map_err(wrong)?;
        Ok(Self::Cluster(Arc::new(Cluster::new(client))))
    }

    async fn send(mut self, cmd: Cmd) -> RedisResult<Value> {
        match &mut self {
            Self::Single(connection) => match connection.req_packed_command(&cmd).await {
                // From an attempt to connect, which may be long over, so surely not sent: another one has just begun.
                Err(error) if error.is_connection_refusal() => connection.req_packed_command(&cmd).await,
                answered => answered,
            },
            Self::Cluster(cluster) => cluster.connections().req_packed_command(&cmd).await,
        }
    }

    /// Notes whether a call that began then was answered, be it by a refusal.
    fn note(&self, began: Instant, answered: bool) {
        if let Self::Cluster(cluster) = self {
            cluster.note(began, answered);
        }
    }
}

/// What is in the files of certificates.
pub(crate) fn certificates(trust: &ServerTrust) -> Result<TlsCertificates, Fault> {
    let read = |field: &'static str, file: &Path| {
        fs::read(file).map_err(|error| Fault::invalid(field, format!("{} cannot be read: {error}", file.display())))
    };
    let ServerTrust { authorities, certificate, key } = trust;
    let client_tls = match (certificate, key) {
        (Some(certificate), Some(key)) => {
            Some(ClientTlsConfig { client_cert: read("certificate", certificate)?, client_key: read("key", key)? })
        }
        _ => None,
    };
    let root_cert = authorities.as_deref().map(|file| read("authorities", file)).transpose()?;
    Ok(TlsCertificates { client_tls, root_cert })
}

fn tcp() -> TcpSettings {
    let settings = TcpSettings::default().set_nodelay(true);
    #[cfg(target_os = "linux")]
    let settings = settings.set_user_timeout(SILENT_MAX);
    settings
}

impl Service<Cmd> for Connection {
    type Response = Value;
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Value, Failure>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, cmd: Cmd) -> Self::Future {
        let (connection, began) = (self.clone(), Instant::now());
        let sent = self.clone().send(cmd);
        Box::pin(async move {
            let answered = match timeout(ANSWER_MAX, sent).await {
                Ok(answered) => answered.and_then(Value::extract_error).map_err(Failure::of),
                Err(_) => Err(Failure::Away(format!("no answer within {ANSWER_MAX:?}"))),
            };
            connection.note(began, !matches!(answered, Err(Failure::Away(_))));
            answered
        })
    }
}
