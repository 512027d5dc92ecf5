//! Delivers events of the past to one consumer again, through the same table as retries: what is replayed
//! comes in order, before later events of its key, and survives a stop half way.

use souk_types::{Fault, Timestamp};

use crate::{
    Consumer,
    delivery::matches,
    failures::{self, Failure, State},
    outbox::{self, Committed},
    source::Source,
};

/// Replays what this source's outbox still has.
pub(crate) async fn replay_since(
    source: &Source,
    consumer: &Consumer,
    topic: &str,
    from: Timestamp,
) -> Result<u64, Fault> {
    let (mut beyond, mut replayed) = (0, 0);
    let limit = source.config.batch_max;
    loop {
        let page =
            source.store.scan::<_, Fault>(&source.cx(), move |tx| outbox::sent_since(tx, from, beyond, limit)).await?;
        let Some(last) = page.last() else { return Ok(replayed) };
        beyond = last.seq;
        replayed += keep(source, consumer, topic, page).await?;
    }
}

/// Keeps those of some events that the consumer wants and that are of the topic, to be delivered as soon as may be;
/// answers how many these are.
pub(crate) async fn keep(
    source: &Source,
    consumer: &Consumer,
    topic: &str,
    events: Vec<Committed>,
) -> Result<u64, Fault> {
    let wanted = |event: &Committed| matches(topic, &event.delivery.topic) && consumer.wants(&event.delivery.topic);
    let state = State::InTurn { due: source.env.now() };
    let again: Vec<Failure> = events
        .into_iter()
        .filter(wanted)
        .map(|event| Failure {
            consumer: consumer.name,
            seq: event.seq,
            delivery: event.delivery,
            state: state.clone(),
        })
        .collect();
    let count = again.len() as u64;
    if count > 0 {
        let books = source.books.lock().await;
        let keep = move |tx: &mut souk_store::Tx<'_>| again.iter().try_for_each(|event| failures::insert(tx, event));
        source.store.write::<_, Fault>(&source.cx(), keep).await?;
        drop(books);
        source.failed.notify_one();
    }
    Ok(count)
}
