//! What the stream still has of the past, for one consumer once more.

use async_nats::jetstream::consumer::{DeliverPolicy, pull};
use futures::StreamExt as _;
use souk_types::{Fault, Timestamp};
use tokio::time::timeout;

use super::{ANSWER_MAX, Nats, message};
use crate::{Consumer, outbox::Committed, replay, source::Source};

/// Keeps what of a topic happened since a time for a consumer of this source's service, which delivers it from there in
/// order; answers how many events that are.
pub(crate) async fn replay_since(
    nats: &Nats,
    source: &Source,
    consumer: &Consumer,
    topic: &str,
    from: Timestamp,
) -> Result<u64, Fault> {
    let stream = nats.stream().await?;
    let info = stream.cached_info();
    let (created, last) = (info.created, info.state.last_sequence);
    let created_at = i64::try_from(created.unix_timestamp_nanos() / 1_000).map_err(Fault::internal)?;
    // Nothing is in the stream before it happened.
    let policy = match from.since(Timestamp::from_micros(created_at)) {
        after if after.is_zero() => DeliverPolicy::All,
        after => DeliverPolicy::ByStartTime { start_time: created + after },
    };
    let config = pull::OrderedConfig { deliver_policy: policy, ..pull::OrderedConfig::default() };
    let reader = stream.create_consumer(config).await.map_err(Fault::unavailable)?;
    let mut left = reader.cached_info().num_pending;
    let messages = reader.messages().await.map_err(Fault::unavailable)?;
    let mut messages = messages.ready_chunks(source.config.batch_max);
    let mut replayed = 0;
    while left > 0 {
        let chunk =
            timeout(ANSWER_MAX, messages.next()).await.map_err(|_| Fault::unavailable("the stream is silent"))?;
        let mut events = Vec::new();
        for message in chunk.ok_or_else(|| Fault::unavailable("the stream has ended"))? {
            let message = message.map_err(Fault::unavailable)?;
            let at = message.info().map_err(Fault::internal)?.stream_sequence;
            left = if at >= last { 0 } else { left.saturating_sub(1) };
            if let Ok(delivery) = message::read(message.headers.as_ref(), &message.payload)
                && delivery.at >= from
            {
                events.push(Committed { seq: i64::try_from(at).map_err(Fault::internal)?, delivery });
            }
        }
        replayed += replay::keep(source, consumer, topic, events).await?;
    }
    Ok(replayed)
}
