//! Delivers again what was kept, when its time has come.

use std::{sync::Arc, time::Duration};

use souk_store::Tx;
use souk_types::{Fault, Seldom, Timestamp};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{
    dispatch::{Assignment, Dispatcher, Outcome},
    failures::{self, Due},
    nats::{Worker, partition},
    source::Source,
};

pub(crate) struct Retry {
    source: Arc<Source>,
    dispatcher: Arc<Dispatcher>,
    /// The consumers of this process: what was kept for others is left to them.
    consumers: String,
    stop: CancellationToken,
    /// Keeps the log short while the store is away.
    waits: Seldom,
}

/// How a retry ends in the table.
enum End {
    Handled,
    Later { due: Timestamp, error: String },
    Parked { error: String },
    Postponed { due: Timestamp },
    Untouched,
}

impl Retry {
    pub(crate) fn new(source: Arc<Source>, dispatcher: Arc<Dispatcher>, stop: CancellationToken) -> Self {
        let consumers = failures::names(dispatcher.subscribers.iter().map(|subscriber| subscriber.consumer.name));
        Self { source, dispatcher, consumers, stop, waits: Seldom::default() }
    }

    pub(crate) async fn run(self) {
        let config = self.source.config;
        while !self.stop.is_cancelled() {
            let (failed, nudged) = (self.source.failed.notified(), self.source.nudge.notified());
            let cut_off = async {
                self.stop.cancelled().await;
                sleep(config.grace).await;
            };
            let pause = tokio::select! {
                pause = self.round() => pause,
                () = cut_off => break,
            };
            let pause = pause.unwrap_or_else(|fault| {
                if let Some(more) = self.waits.pass() {
                    tracing::warn!(service = self.source.service(), %fault, more, "retries of events wait");
                }
                config.poll
            });
            if pause.is_zero() {
                continue;
            }
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = failed => {}
                () = nudged => {}
                () = sleep(pause) => {}
            }
        }
        self.source.ended(Worker::Retry).await;
    }

    /// Delivers what is due; answers how long there is nothing more to do.
    async fn round(&self) -> Result<Duration, Fault> {
        let source = &*self.source;
        let config = &source.config;
        let at_hand = source.at_hand(Worker::Retry).await;
        if at_hand.is_empty() {
            return Ok(config.poll);
        }
        let (consumers, limit) = (self.consumers.clone(), config.batch_max);
        let look = move |tx: &mut Tx<'_>| match failures::due(tx, &consumers, limit)? {
            due if due.is_empty() => Ok((due, failures::next_due(tx, &consumers)?)),
            due => Ok((due, None)),
        };
        let (due, next) = source.store.read::<_, Fault>(&source.cx(), look).await?;
        if due.is_empty() {
            let pause = next.map_or(config.poll, |next| next.since(source.env.now()));
            return Ok(pause.clamp(Duration::from_millis(1), config.poll));
        }
        // Those of other partitions are left to those who have them.
        let due: Vec<(usize, Due)> = due
            .into_iter()
            .filter(|due| at_hand.contains(&partition::of(&due.delivery.key)))
            .filter_map(|due| Some((self.subscriber(&due.consumer)?, due)))
            .collect();
        if due.is_empty() {
            return Ok(config.poll);
        }
        let ends = self.deliver(&due).await;
        source.count_round();
        let books = source.books.lock().await;
        source.store.write(&source.cx(), move |tx| settle(tx, &due, &ends)).await?;
        drop(books);
        Ok(Duration::ZERO)
    }

    async fn deliver(&self, due: &[(usize, Due)]) -> Vec<End> {
        let assignments: Vec<Assignment<'_>> = due
            .iter()
            .map(|(subscriber, due)| Assignment { subscriber: *subscriber, delivery: &due.delivery, blocked: false })
            .collect();
        let outcomes = self.dispatcher.run(&assignments).await;
        assignments.iter().zip(outcomes).map(|(assignment, outcome)| self.end(assignment, outcome)).collect()
    }

    fn subscriber(&self, consumer: &str) -> Option<usize> {
        self.dispatcher.subscribers.iter().position(|subscriber| subscriber.consumer.name == consumer)
    }

    fn end(&self, assignment: &Assignment<'_>, outcome: Outcome) -> End {
        let (config, env) = (&self.source.config, &self.source.env);
        match outcome {
            Outcome::Handled => End::Handled,
            Outcome::Failed { error } => {
                End::Later { due: env.now() + config.backoff(assignment.delivery.attempt, env), error }
            }
            Outcome::Parked { error } => End::Parked { error },
            Outcome::Behind => End::Untouched,
            Outcome::Deferred => {
                let remaining = self.dispatcher.subscribers[assignment.subscriber].breaker.remaining();
                End::Postponed { due: env.now() + remaining.unwrap_or_default() }
            }
        }
    }
}

fn settle(tx: &mut Tx<'_>, due: &[(usize, Due)], ends: &[End]) -> Result<(), Fault> {
    for ((_, Due { consumer, delivery }), end) in due.iter().zip(ends) {
        match end {
            End::Handled => {
                failures::delete(tx, consumer, delivery.event)?;
                failures::promote_next(tx, consumer, &delivery.key)?;
            }
            End::Later { due, error } => failures::retry_later(tx, consumer, delivery, *due, error)?,
            End::Parked { error } => {
                failures::park(tx, consumer, delivery, error)?;
                failures::promote_next(tx, consumer, &delivery.key)?;
            }
            End::Postponed { due } => failures::postpone(tx, consumer, delivery.event, *due)?,
            End::Untouched => {}
        }
    }
    Ok(())
}
