//! Where the relay hands events over.

use std::{collections::HashSet, sync::Arc};

use async_trait::async_trait;
use souk_types::Fault;

use crate::{
    Consumer,
    dispatch::{Assignment, Dispatcher, Outcome},
    failures::{self, Failure, State},
    outbox::Committed,
    source::Source,
};

/// Takes events over from the relay.
#[async_trait]
pub(crate) trait Transport: Send + Sync {
    /// Makes sure, before events are read, that what counts as sent is where it was sent to.
    ///
    /// # Errors
    /// When that cannot be found out now: nothing is to be sent.
    async fn prepare(&self, _source: &Source) -> Result<(), Fault> {
        Ok(())
    }

    /// Takes a batch over, in order. When this answers `Ok`, the batch is sent but for the failures, which the relay
    /// writes down together with that.
    ///
    /// # Errors
    /// When the batch was not taken over, or not surely: it comes again.
    async fn publish(&self, source: &Source, batch: Arc<Vec<Committed>>) -> Result<Vec<Failure>, Fault>;
}

/// Delivers to the consumers in this process, at once.
pub(crate) struct InProcess(pub(crate) Arc<Dispatcher>);

#[async_trait]
impl Transport for InProcess {
    async fn publish(&self, source: &Source, batch: Arc<Vec<Committed>>) -> Result<Vec<Failure>, Fault> {
        deliver(&self.0, source, &batch, |_| true).await
    }
}

/// Runs those consumers on a batch, in order, that `of` says yes to; answers what failed. What waits for a retry is in
/// the source's store.
///
/// # Errors
/// When the store cannot be asked what waits: nothing was delivered.
pub(crate) async fn deliver(
    dispatcher: &Dispatcher,
    source: &Source,
    batch: &[Committed],
    of: impl Fn(&str) -> bool,
) -> Result<Vec<Failure>, Fault> {
    let subscribers = &dispatcher.subscribers;
    let blocked = blocked(dispatcher, source, batch).await?;
    let mut assignments = Vec::with_capacity(batch.len());
    let mut seqs = Vec::with_capacity(batch.len());
    for Committed { seq, delivery } in batch {
        for (index, subscriber) in subscribers.iter().enumerate() {
            let Consumer { name, .. } = subscriber.consumer;
            if of(name) && subscriber.consumer.wants(&delivery.topic) {
                let blocked = !blocked.is_empty() && blocked.contains(&(name.to_owned(), delivery.key.clone()));
                assignments.push(Assignment { subscriber: index, delivery, blocked });
                seqs.push(*seq);
            }
        }
    }
    let outcomes = dispatcher.run(&assignments).await;
    let ends = assignments.iter().zip(seqs).zip(outcomes);
    Ok(ends.filter_map(|((assignment, seq), outcome)| failure(dispatcher, source, assignment, seq, outcome)).collect())
}

async fn blocked(
    dispatcher: &Dispatcher,
    source: &Source,
    batch: &[Committed],
) -> Result<HashSet<(String, String)>, Fault> {
    let consumers = failures::names(dispatcher.subscribers.iter().map(|subscriber| subscriber.consumer.name));
    let keys = failures::names(batch.iter().map(|event| event.delivery.key.as_str()));
    let blocked = source.store.read(&source.cx(), move |tx| failures::blocked(tx, &consumers, &keys)).await?;
    Ok(HashSet::from_iter(blocked))
}

fn failure(
    dispatcher: &Dispatcher,
    source: &Source,
    assignment: &Assignment<'_>,
    seq: i64,
    outcome: Outcome,
) -> Option<Failure> {
    let subscriber = &dispatcher.subscribers[assignment.subscriber];
    let now = source.env.now();
    let state = match outcome {
        Outcome::Handled => return None,
        Outcome::Failed { error } => {
            let due = now + source.config.backoff(assignment.delivery.attempt, &source.env);
            State::Retry { due, error }
        }
        Outcome::Parked { error } => State::Parked { error },
        Outcome::Behind => State::InTurn { due: now },
        Outcome::Deferred => State::InTurn { due: now + subscriber.breaker.remaining().unwrap_or_default() },
    };
    let consumer = subscriber.consumer.name;
    Some(Failure { consumer, seq, delivery: assignment.delivery.clone(), state })
}
