//! Events between processes, by NATS JetStream.
//!
//! The relay of a service publishes to one stream, with the event's id as the message's, so that what is published
//! twice is kept once. On the other side one instance of each service, the one that holds its lease, follows the stream
//! and keeps its place in the service's own store, together with what failed: a service goes on exactly where its
//! store is, whatever was lost on the way, and in order.

mod follow;
mod listen;
mod message;
mod position;

use std::{sync::Arc, time::Duration};

use async_nats::{
    ConnectOptions, Event,
    jetstream::{
        self, Context,
        consumer::{DeliverPolicy, pull},
        context::ContextBuilder,
        stream::{self, Stream},
    },
};
use async_trait::async_trait;
use souk_types::Fault;

pub(crate) use self::{follow::Follower, listen::Listening, position::read as position};
use crate::{failures::Failure, outbox::Committed, source::Source, transport::Transport};

/// How long the server may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(5);
/// How long the stream remembers which events it has.
const DUPLICATES_FOR: Duration = Duration::from_secs(10 * 60);
/// How long the stream keeps events: a service that was away for longer has missed some.
const KEPT_FOR: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Where NATS is, and how it keeps events.
#[derive(Debug, Clone)]
pub struct NatsConfig {
    /// Addresses, as `nats://user:password@host:4222`.
    pub urls: Vec<String>,
    /// The stream's name, and the first word of its subjects: one for each shop on a server.
    pub stream: String,
    /// Servers that keep each event: 3 in a cluster of three.
    pub replicas: usize,
}

/// A connection to NATS, which comes back by itself.
#[derive(Debug, Clone)]
pub struct Nats {
    jetstream: Context,
    config: Arc<NatsConfig>,
}

/// How far the stream is, and which one it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    /// Name and time of creation: a stream that was made anew counts from the beginning.
    pub(crate) stream: String,
    pub(crate) last: u64,
}

impl Nats {
    /// Connects. A server that is away is waited for by whoever needs it, not here.
    ///
    /// # Errors
    /// Invalid on `nats`, when an address is none.
    pub async fn connect(config: NatsConfig) -> Result<Self, Fault> {
        let client = ConnectOptions::new()
            .name("souk")
            .retry_on_initial_connect()
            .connection_timeout(ANSWER_MAX)
            .event_callback(|event| async move {
                match event {
                    Event::Connected => tracing::info!("connected to NATS"),
                    event => tracing::warn!(%event, "the connection to NATS"),
                }
            })
            .connect(config.urls.clone())
            .await
            // The error may quote the address, and with it the password.
            .map_err(|error| Fault::invalid("nats", format!("cannot be used: {}", error.kind())))?;
        let jetstream = ContextBuilder::new().timeout(ANSWER_MAX).build(client);
        Ok(Self { jetstream, config: Arc::new(config) })
    }

    /// The stream, made when it is not there.
    async fn stream(&self) -> Result<Stream, Fault> {
        let NatsConfig { stream: name, replicas, .. } = &*self.config;
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
        self.jetstream.get_or_create_stream(config).await.map_err(Fault::unavailable)
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

fn head(info: &stream::Info) -> Head {
    Head {
        stream: format!("{}@{}", info.config.name, info.created.unix_timestamp_nanos()),
        last: info.state.last_sequence,
    }
}

/// Publishes what the relay hands over; what failed is the business of those who follow.
#[async_trait]
impl Transport for Nats {
    async fn publish(&self, _: &Source, batch: Arc<Vec<Committed>>) -> Result<Vec<Failure>, Fault> {
        let mut acks = Vec::with_capacity(batch.len());
        for Committed { delivery, .. } in batch.iter() {
            let subject = format!("{}.{}", self.config.stream, delivery.topic);
            let message = jetstream::message::PublishMessage::build()
                .payload(message::write(delivery)?)
                .message_id(delivery.event.to_string());
            acks.push(self.jetstream.send_publish(subject, message).await.map_err(Fault::unavailable)?);
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
