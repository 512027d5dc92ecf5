//! Delivers what is in the stream to the consumers of one service, from its place on.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_nats::jetstream::{Message, consumer::DeliverPolicy};
use futures::StreamExt as _;
use metrics::{Gauge, gauge};
use souk_store::Tx;
use souk_types::{Fault, Seldom};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::{Head, Nats, Partitions, Worker, head, message, partition, position};
use crate::{Handler, dispatch::Dispatcher, failures, outbox::Committed, source::Source, transport::deliver};

/// How long nothing may come until the stream is asked how far it is.
const QUIET_MAX: Duration = Duration::from_secs(5);

pub(crate) struct Follower {
    source: Arc<Source>,
    dispatcher: Arc<Dispatcher>,
    nats: Nats,
    stop: CancellationToken,
    behind: Gauge,
}

/// A while in which nothing came.
struct Quiet {
    since: Instant,
    /// How far the stream was when it was asked.
    last: Option<u64>,
}

impl Default for Quiet {
    fn default() -> Self {
        Self { since: Instant::now(), last: None }
    }
}

impl Quiet {
    /// A server that was killed may never catch up with the others when it is back (seen with 2.9.10, whose log then says
    /// that the catch-up stalls), and whoever follows the stream there hears nothing more. So it is followed anew,
    /// perhaps elsewhere, when it was further than our place already the time before.
    fn looked(self, place: u64, last: u64) -> Result<Self, Fault> {
        if self.last.is_some_and(|before| before > place) {
            return Err(Fault::unavailable(format!("the stream is at {last}, and nothing comes after {place}")));
        }
        Ok(Self { since: Instant::now(), last: Some(last) })
    }
}

impl Follower {
    pub(crate) fn new(source: Arc<Source>, dispatcher: Arc<Dispatcher>, nats: Nats, stop: CancellationToken) -> Self {
        let behind = gauge!("souk_events_behind", "service" => source.service());
        Self { source, dispatcher, nats, stop, behind }
    }

    pub(crate) async fn run(self) {
        let config = self.source.config;
        let waits = Seldom::default();
        while !self.stop.is_cancelled() {
            let cut_off = async {
                self.stop.cancelled().await;
                sleep(config.grace).await;
            };
            tokio::select! {
                ended = self.follow() => if let Err(fault) = ended
                    && let Some(more) = waits.pass()
                {
                    let service = self.source.service();
                    tracing::warn!(service, %fault, more, "events of others wait: they cannot be read now");
                },
                () = cut_off => break,
            }
            let _ = timeout(config.poll, self.stop.cancelled()).await;
        }
        self.source.ended(Worker::Follower).await;
    }

    /// Follows for as long as this instance gets no partition that it did not have a moment ago; then it goes on from where
    /// these are. Of one that was another's meanwhile, things have gone by that nobody has acted on yet.
    async fn follow(&self) -> Result<(), Fault> {
        let source = &*self.source;
        let mut ours = source.at_hand(Worker::Follower).await;
        if ours.is_empty() {
            return Ok(());
        }
        let stream = self.nats.stream().await?;
        let Head { stream: name, first, last } = head(stream.cached_info());
        let (asked, held) = (name.clone(), ours.clone());
        let begin = move |tx: &mut Tx<'_>| {
            position::begin(tx, &asked, &held)?;
            position::read(tx, &asked, &held)
        };
        let places = source.store.write::<_, Fault>(&source.cx(), begin).await?;
        let place = places.values().copied().min().unwrap_or_default();
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
        let (mut place, mut quiet) = (place, Quiet::default());
        while !self.stop.is_cancelled() {
            let next = tokio::select! {
                next = timeout(source.config.poll, messages.next()) => next,
                () = self.stop.cancelled() => return Ok(()),
            };
            let held = source.at_hand(Worker::Follower).await;
            if held.is_empty() || !held.is_subset(&ours) {
                return Ok(());
            }
            ours = held;
            match next {
                Ok(Some(chunk)) => {
                    let delivered = self.deliver(&name, chunk, &ours, &places).await?;
                    caught_up(delivered.unwrap_or(0));
                    (place, quiet) = (delivered.unwrap_or(place), Quiet::default());
                }
                Ok(None) => return Err(Fault::unavailable("the stream has ended")),
                Err(_) if quiet.since.elapsed() < QUIET_MAX => {}
                Err(_) => quiet = quiet.looked(place, self.nats.head().await?.last)?,
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

    /// Delivers what is in our partitions and beyond their places, and says at which place the last message is.
    async fn deliver<E: std::fmt::Display>(
        &self,
        stream: &str,
        chunk: Vec<Result<Message, E>>,
        ours: &Partitions,
        places: &BTreeMap<u16, u64>,
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
                Ok(delivery) => {
                    let partition = partition::of(&delivery.key);
                    if ours.contains(&partition) && places.get(&partition).is_some_and(|place| *place < at) {
                        batch.push(Committed { seq: i64::try_from(at).map_err(Fault::internal)?, delivery });
                    }
                }
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
        let (stream, ours) = (stream.to_owned(), ours.clone());
        let note = move |tx: &mut Tx<'_>| {
            failures.iter().try_for_each(|failure| failures::insert(tx, failure))?;
            position::write(tx, &stream, &ours, place)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_stream_that_was_further_already_the_time_before_is_followed_anew() {
        let quiet = Quiet::default().looked(7, 7).unwrap().looked(7, 9).unwrap();
        let fault = quiet.looked(7, 9).err().unwrap();
        assert!(fault.internal.is_some_and(|why| why.contains("at 9") && why.contains("after 7")));
    }
}
