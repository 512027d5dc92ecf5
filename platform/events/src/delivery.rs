use std::sync::Arc;

use async_trait::async_trait;
use souk_types::{Cx, Event, EventId, Fault, Timestamp, TraceId, TraceParent};

/// One event on its way to one consumer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The event's id, the same in every delivery of it.
    pub event: EventId,
    /// What kind of event it is, for example `orders.placed`.
    pub topic: String,
    /// What it is about: deliveries of one key come in order.
    pub key: String,
    /// The event as JSON.
    pub payload: String,
    /// When it was committed.
    pub at: Timestamp,
    /// The trace of the call that emitted it.
    pub trace: TraceId,
    /// The span in which it was emitted, where spans were kept.
    pub parent: Option<TraceParent>,
    /// Which delivery of it to this consumer this is, counted from 1.
    pub attempt: u32,
}

impl Delivery {
    /// The event itself.
    ///
    /// # Errors
    /// Internal, when it is another kind of event, or not readable as this kind.
    pub fn parse<E: Event>(&self) -> Result<E, Fault> {
        if self.topic != E::TOPIC {
            return Err(Fault::internal(format!("{} is of {}, not of {}", self.event, self.topic, E::TOPIC)));
        }
        serde_json::from_str(&self.payload)
            .map_err(|error| Fault::internal(format!("{} is not readable as {}: {error}", self.event, E::TOPIC)))
    }
}

/// Acts on events.
#[async_trait]
pub trait Handler: Send + Sync {
    /// Acts on one event. The same event may come again, so the effect and
    /// [`Tx::first_delivery`](souk_store::Tx::first_delivery) belong in one transaction.
    ///
    /// # Errors
    /// An error is retried with growing pauses, and later events of the same key wait meanwhile; in the end it
    /// becomes a dead letter.
    async fn handle(&self, cx: &Cx, delivery: &Delivery) -> Result<(), Fault>;

    /// Told, between processes, when all that had happened before this process began to follow was delivered. May be
    /// told again.
    fn caught_up(&self) {}

    /// Told, between processes, when events are gone that were never delivered: the service was away for longer than
    /// they are kept.
    fn missed(&self) {}
}

/// Who wants which events.
#[derive(Clone)]
pub struct Consumer {
    /// The name, without spaces, the same for ever: failures are kept under it.
    pub name: &'static str,
    /// Topics, or all of a service as `orders.*`, or all there are as `*`.
    pub topics: &'static [&'static str],
    /// What acts on them.
    pub handler: Arc<dyn Handler>,
}

impl Consumer {
    pub(crate) fn wants(&self, topic: &str) -> bool {
        self.topics.iter().any(|pattern| matches(pattern, topic))
    }
}

pub(crate) fn matches(pattern: &str, topic: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => topic.starts_with(prefix),
        None => pattern == topic,
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_topic_matches_itself_its_service_and_everything() {
        assert!(matches("orders.placed", "orders.placed"));
        assert!(matches("orders.*", "orders.placed"));
        assert!(matches("*", "orders.placed"));
        assert!(!matches("orders.placed", "orders.placed_again"));
        assert!(!matches("orders.*", "orders_old.placed"));
    }
}
