//! Delivers what is in the stream to the consumers of one service, from its place on.

use std::sync::Arc;

use async_nats::jetstream::{Message, consumer::DeliverPolicy};
use futures::StreamExt as _;
use metrics::{Gauge, gauge};
use souk_store::Tx;
use souk_types::Fault;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::{Head, Nats, head, message, position};
use crate::{Handler, dispatch::Dispatcher, failures, outbox::Committed, source::Source, transport::deliver};

pub(crate) struct Follower {
    source: Arc<Source>,
    dispatcher: Arc<Dispatcher>,
    nats: Nats,
    stop: CancellationToken,
    behind: Gauge,
}

impl Follower {
    pub(crate) fn new(source: Arc<Source>, dispatcher: Arc<Dispatcher>, nats: Nats, stop: CancellationToken) -> Self {
        let behind = gauge!("souk_events_behind", "service" => source.service());
        Self { source, dispatcher, nats, stop, behind }
    }

    pub(crate) async fn run(self) {
        let config = self.source.config;
        while !self.stop.is_cancelled() {
            let cut_off = async {
                self.stop.cancelled().await;
                sleep(config.grace).await;
            };
            tokio::select! {
                ended = self.follow() => if let Err(fault) = ended {
                    tracing::warn!(service = self.source.service(), %fault, "events of others wait: they cannot be read now");
                },
                () = cut_off => break,
            }
            let _ = timeout(config.poll, self.stop.cancelled()).await;
        }
    }

    /// Follows for as long as this process is the one that delivers.
    async fn follow(&self) -> Result<(), Fault> {
        let source = &*self.source;
        if !source.lease.is_held(&source.store, &source.env).await {
            return Ok(());
        }
        let stream = self.nats.stream().await?;
        let Head { stream: name, first, last } = head(stream.cached_info());
        let asked = name.clone();
        let place = source.store.read::<_, Fault>(&source.cx(), move |tx| position::read(tx, &asked)).await?;
        if place + 1 < first {
            // A service that is new had nothing to miss, but only its handlers can tell.
            tracing::warn!(service = source.service(), place, first, "events before these are gone from the stream");
            self.handlers().for_each(Handler::missed);
        }
        let mut catching_up = true;
        let mut caught_up = |place: u64| {
            if catching_up && place >= last {
                catching_up = false;
                self.handlers().for_each(Handler::caught_up);
            }
        };
        // Where the stream has nothing left, there is nothing to wait for.
        caught_up(if first > last { last } else { place });
        let policy = DeliverPolicy::ByStartSequence { start_sequence: place + 1 };
        let mut messages = self.nats.from(&stream, policy).await?.ready_chunks(source.config.batch_max);
        while !self.stop.is_cancelled() {
            let next = tokio::select! {
                next = timeout(source.config.poll, messages.next()) => next,
                () = self.stop.cancelled() => return Ok(()),
            };
            if !source.lease.is_held(&source.store, &source.env).await {
                return Ok(());
            }
            match next {
                Ok(Some(chunk)) => caught_up(self.deliver(&name, chunk).await?.unwrap_or(0)),
                Ok(None) => return Err(Fault::unavailable("the stream has ended")),
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// The handlers of the service.
    fn handlers(&self) -> impl Iterator<Item = &dyn Handler> {
        let consumers = self.dispatcher.subscribers.iter().map(|subscriber| &subscriber.consumer);
        consumers.filter(|consumer| self.is_for_us(consumer.name)).map(|consumer| &*consumer.handler)
    }

    fn is_for_us(&self, consumer: &str) -> bool {
        consumer.split('.').next() == Some(self.source.service())
    }

    /// Delivers some messages, and says at which place the last of them is.
    async fn deliver<E: std::fmt::Display>(
        &self,
        stream: &str,
        chunk: Vec<Result<Message, E>>,
    ) -> Result<Option<u64>, Fault> {
        let source = &*self.source;
        let mut batch = Vec::with_capacity(chunk.len());
        let mut last = None;
        for message in chunk {
            let message = message.map_err(Fault::unavailable)?;
            let (at, pending) =
                message.info().map(|info| (info.stream_sequence, info.pending)).map_err(Fault::internal)?;
            last = Some((at, pending));
            match message::read(message.headers.as_ref(), &message.payload) {
                Ok(delivery) => batch.push(Committed { seq: i64::try_from(at).map_err(Fault::internal)?, delivery }),
                // It will never be one; the others must not wait for it.
                Err(fault) => {
                    tracing::error!(subject = %message.subject, at, %fault, "a message that is no event was passed over");
                }
            }
        }
        let Some((place, pending)) = last else { return Ok(None) };
        let failures = deliver(&self.dispatcher, source, &batch, |consumer| self.is_for_us(consumer)).await?;
        source.count_round();
        let failed = !failures.is_empty();
        let books = if failed { Some(source.books.lock().await) } else { None };
        let stream = stream.to_owned();
        let note = move |tx: &mut Tx<'_>| {
            failures.iter().try_for_each(|failure| failures::insert(tx, failure))?;
            position::write(tx, &stream, place)
        };
        source.store.write::<_, Fault>(&source.cx(), note).await?;
        drop(books);
        if failed {
            source.failed.notify_one();
        }
        // Counts beyond 2^52 are not met.
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
        self.behind.set(pending as f64);
        Ok(Some(place))
    }
}
