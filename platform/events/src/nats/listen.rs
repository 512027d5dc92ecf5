//! Tells the listeners of this process of everything that happens from now on.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use async_nats::jetstream::consumer::DeliverPolicy;
use futures::StreamExt as _;
use souk_types::{Fault, Seldom};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{Nats, message};
use crate::{
    Config, Delivery,
    dispatch::{Assignment, Dispatcher, Outcome},
};

/// How often a listener is told of one event that it does not take.
const TOLD_MAX: u32 = 3;

pub(crate) struct Listening {
    pub(crate) listeners: Arc<Dispatcher>,
    pub(crate) nats: Nats,
    pub(crate) config: Config,
    /// The last message that all were told of; 0 before the first.
    pub(crate) told: Arc<AtomicU64>,
    pub(crate) stop: CancellationToken,
}

impl Listening {
    pub(crate) async fn run(self) {
        let waits = Seldom::default();
        while !self.stop.is_cancelled() {
            tokio::select! {
                ended = self.listen() => if let Err(fault) = ended
                    && let Some(more) = waits.pass()
                {
                    tracing::warn!(%fault, more, "news of other services wait: they cannot be read now");
                },
                () = self.stop.cancelled() => return,
            }
            let _ = timeout(self.config.poll, self.stop.cancelled()).await;
        }
    }

    /// Goes on behind the last message, so that nothing is missed while the connection is away.
    async fn listen(&self) -> Result<(), Fault> {
        let stream = self.nats.stream().await?;
        let last = stream.cached_info().state.last_sequence;
        // A stream that was made anew counts from the beginning.
        let told = match self.told.load(Ordering::SeqCst) {
            0 => last,
            told if told > last => 0,
            told => told,
        };
        self.told.store(told, Ordering::SeqCst);
        let policy = DeliverPolicy::ByStartSequence { start_sequence: told + 1 };
        let mut messages = self.nats.from(&stream, policy).await?.ready_chunks(self.config.batch_max);
        while let Some(chunk) = messages.next().await {
            let mut news = Vec::with_capacity(chunk.len());
            let mut last = 0;
            for message in chunk {
                let message = message.map_err(Fault::unavailable)?;
                last = message.info().map_err(Fault::internal)?.stream_sequence;
                // What is no event is told of by those who follow.
                news.extend(message::read(message.headers.as_ref(), &message.payload));
            }
            self.tell(news).await;
            self.told.fetch_max(last, Ordering::SeqCst);
        }
        Err(Fault::unavailable("the stream has ended"))
    }

    async fn tell(&self, mut news: Vec<Delivery>) {
        for attempt in 1..=TOLD_MAX {
            news.iter_mut().for_each(|delivery| delivery.attempt = attempt);
            let subscribers = self.listeners.subscribers.iter().enumerate();
            let assignments: Vec<Assignment<'_>> = subscribers
                .flat_map(|(subscriber, listener)| {
                    let wanted = news.iter().filter(|delivery| listener.consumer.wants(&delivery.topic));
                    wanted.map(move |delivery| Assignment { subscriber, delivery, blocked: false })
                })
                .collect();
            let outcomes = self.listeners.run(&assignments).await;
            if outcomes.iter().all(|outcome| *outcome == Outcome::Handled) {
                return;
            }
        }
    }
}
