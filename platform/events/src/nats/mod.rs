//! Events between processes, by NATS JetStream.
//!
//! The relay of a service publishes to one stream, with the event's id as the message's, so that what is published
//! twice is kept once. On the other side each instance of a service follows the stream, acts on its share of the events,
//! and keeps the places of its partitions in the service's own store, together with what failed: a service goes on
//! exactly where its store is, whatever was lost on the way, and in order of each key.

mod follow;
mod listen;
mod message;
pub(crate) mod partition;
pub(crate) mod past;
mod position;
mod share;

use std::{
    borrow::Cow,
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_nats::{
    ConnectOptions, Event, ServerAddr,
    jetstream::{
        self, Context,
        consumer::{DeliverPolicy, pull},
        context::ContextBuilder,
        stream::{self, Stream},
    },
};
use async_trait::async_trait;
use percent_encoding::percent_decode_str;
use souk_store::Tx;
use souk_tls::ServerTrust;
use souk_types::Fault;

pub use self::position::followed;
pub(crate) use self::{
    follow::Follower,
    listen::Listening,
    partition::Partitions,
    position::lowest as position,
    share::{Share, Worker},
};
use crate::{failures::Failure, outbox::Committed, source::Source, transport::Transport};

/// How long the server may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(5);
/// How long the stream remembers which events it has.
const DUPLICATES_FOR: Duration = Duration::from_secs(10 * 60);
/// How long the stream keeps events: a service that was away for longer has missed some.
const KEPT_FOR: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Where NATS is, and how it keeps events.
#[derive(Clone)]
pub struct NatsConfig {
    /// Addresses, as `nats://user:password@host:4222`, or `tls://` for TLS. The user is the same at all of them.
    pub urls: Vec<String>,
    /// By what the servers are known by TLS, and this process there. Who asks for it wants TLS, whatever the addresses.
    pub trust: ServerTrust,
    /// The stream's name, and the first word of its subjects: one for each shop on a server.
    pub stream: String,
    /// Servers that keep each event: 3 in a cluster of three.
    pub replicas: usize,
}

/// A connection to NATS, which comes back by itself.
#[derive(Clone)]
pub struct Nats(Arc<Connection>);

struct Connection {
    jetstream: Context,
    config: NatsConfig,
    /// Which stream it was when it was last looked at, since the connection was made.
    identity: Arc<Mutex<Option<String>>>,
    /// The stream that each service has met as one that sends to it.
    met: Mutex<HashMap<&'static str, String>>,
}

/// How far the stream is, and which one it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    /// Name and time of creation: a stream that was made anew counts from the beginning.
    pub(crate) stream: String,
    /// The first message that it still has.
    pub(crate) first: u64,
    pub(crate) last: u64,
}

impl Nats {
    /// Connects. A server that is away is waited for by whoever needs it, not here.
    ///
    /// # Errors
    /// Invalid on `nats`, when an address is none or two name different users, and on `authorities`, `certificate` or `key`, when a file is of no use.
    pub async fn connect(config: NatsConfig) -> Result<Self, Fault> {
        config.trust.check()?;
        let mut options = secured(ConnectOptions::new(), &config.trust);
        if let Some((user, password)) = user(&config.urls)? {
            options = options.user_and_password(user, password);
        }
        let identity: Arc<Mutex<Option<String>>> = Arc::default();
        let known = Arc::clone(&identity);
        let client = options
            .name("souk")
            .retry_on_initial_connect()
            .connection_timeout(ANSWER_MAX)
            .event_callback(move |event| {
                // Another server may answer from now on, or the same without its data.
                lock(&known).take();
                async move {
                    match event {
                        Event::Connected | Event::Closed => tracing::info!(%event, "the connection to NATS"),
                        event => tracing::warn!(%event, "the connection to NATS"),
                    }
                }
            })
            .connect(config.urls.clone())
            .await
            // The error may quote the address, and with it the password.
            .map_err(|error| Fault::invalid("nats", format!("cannot be used: {}", error.kind())))?;
        let jetstream = ContextBuilder::new().timeout(ANSWER_MAX).build(client);
        Ok(Self(Arc::new(Connection { jetstream, config, identity, met: Mutex::default() })))
    }

    /// The stream, made when it is not there.
    async fn stream(&self) -> Result<Stream, Fault> {
        let NatsConfig { stream: name, replicas, .. } = &self.0.config;
        let config = stream::Config {
            name: name.clone(),
            subjects: vec![format!("{name}.>")],
            description: Some("Events of the shop".to_owned()),
            storage: stream::StorageType::File,
            num_replicas: *replicas,
            duplicate_window: DUPLICATES_FOR,
            max_age: KEPT_FOR,
            ..stream::Config::default()
        };
        let mut stream = self.0.jetstream.get_or_create_stream(config).await.map_err(Fault::unavailable)?;
        // Asked for once more: two who make it at the same time need not be told the same time of its making.
        stream.info().await.map_err(Fault::unavailable)?;
        *lock(&self.0.identity) = Some(head(stream.cached_info()).stream);
        Ok(stream)
    }

    /// Which stream it is, as far as is known.
    async fn identity(&self) -> Result<String, Fault> {
        let known = lock(&self.0.identity).clone();
        match known {
            Some(identity) => Ok(identity),
            None => Ok(head(self.stream().await?.cached_info()).stream),
        }
    }

    /// A stream that was made anew has lost what the one before had, perhaps before everybody had seen it: everything
    /// that the outbox still has is sent again. Inboxes know what they have seen.
    async fn send_again_to_new(&self, source: &Source) -> Result<(), Fault> {
        let stream = self.identity().await?;
        if lock(&self.0.met).get(source.service()) == Some(&stream) {
            return Ok(());
        }
        let known = stream.clone();
        let met = move |tx: &mut Tx<'_>| position::meet(tx, &known);
        let count = source.store.write::<_, Fault>(&source.cx(), met).await?;
        lock(&self.0.met).insert(source.service(), stream);
        if count > 0 {
            tracing::warn!(service = source.service(), count, "the stream is a new one: events are sent again");
        }
        Ok(())
    }

    /// How far the stream is.
    pub(crate) async fn head(&self) -> Result<Head, Fault> {
        Ok(head(self.stream().await?.cached_info()))
    }

    /// Everything of the stream from a place on, in order.
    async fn from(&self, stream: &Stream, policy: DeliverPolicy) -> Result<pull::Ordered, Fault> {
        let config = pull::OrderedConfig { deliver_policy: policy, ..pull::OrderedConfig::default() };
        let consumer = stream.create_consumer(config).await.map_err(Fault::unavailable)?;
        consumer.messages().await.map_err(Fault::unavailable)
    }
}

impl fmt::Debug for Nats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Its addresses may have passwords.
        f.debug_struct("Nats").field("stream", &self.0.config.stream).finish_non_exhaustive()
    }
}

/// The user that addresses name, with its password. The library looks at neither: servers that it hears of from others
/// want them, too.
fn user(urls: &[String]) -> Result<Option<(String, String)>, Fault> {
    let mut users = urls.iter().map(|url| {
        let wrong = |_| Fault::invalid("nats", "has an address that is not of the form nats://user:password@host:4222");
        let address: ServerAddr = url.parse().map_err(wrong)?;
        let plain = |part: &str| percent_decode_str(part).decode_utf8().map(Cow::into_owned).map_err(Fault::internal);
        let named = address.username().zip(address.password());
        named.map(|(user, password)| Ok::<_, Fault>((plain(user)?, plain(password)?))).transpose()
    });
    let first = users.next().transpose()?.flatten();
    for other in users {
        if other? != first {
            return Err(Fault::invalid("nats", "must name the same user and password at every address"));
        }
    }
    Ok(first)
}

/// The files are read again with each connection, so that certificates may be renewed.
fn secured(options: ConnectOptions, trust: &ServerTrust) -> ConnectOptions {
    let ServerTrust { authorities, certificate, key } = trust.clone();
    let options = match authorities {
        Some(file) => options.add_root_certificates(file),
        None => options,
    };
    let options = match certificate.zip(key) {
        Some((certificate, key)) => options.add_client_certificate(certificate, key),
        None => options,
    };
    options.require_tls(!trust.is_empty())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn head(info: &stream::Info) -> Head {
    Head {
        stream: format!("{}@{}", info.config.name, info.created.unix_timestamp_nanos()),
        first: info.state.first_sequence,
        last: info.state.last_sequence,
    }
}

/// Publishes what the relay hands over; what failed is the business of those who follow.
#[async_trait]
impl Transport for Nats {
    async fn prepare(&self, source: &Source) -> Result<(), Fault> {
        self.send_again_to_new(source).await
    }

    async fn publish(&self, _source: &Source, batch: Arc<Vec<Committed>>) -> Result<Vec<Failure>, Fault> {
        let mut acks = Vec::with_capacity(batch.len());
        for Committed { delivery, .. } in batch.iter() {
            let subject = format!("{}.{}", self.0.config.stream, delivery.topic);
            let message = jetstream::message::PublishMessage::build()
                .payload(message::write(delivery)?)
                .headers(message::headers(delivery))
                .message_id(delivery.event.to_string());
            acks.push(self.0.jetstream.send_publish(subject, message).await.map_err(Fault::unavailable)?);
        }
        for ack in acks {
            if let Err(error) = ack.await {
                // It may be that there is no stream yet.
                self.stream().await?;
                return Err(Fault::unavailable(error));
            }
        }
        Ok(Vec::new())
    }
}
