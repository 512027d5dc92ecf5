use serde::{Serialize, de::DeserializeOwned};

use crate::Id;

/// Marks the ids of events.
pub enum EventKind {}
impl crate::IdKind for EventKind {
    const PREFIX: &'static str = "evt";
}
/// The id of one event.
pub type EventId = Id<EventKind>;

/// Something that happened in a service and that others may act on. Public, additive only.
pub trait Event: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// `service.what_happened`, for example `orders.placed`.
    const TOPIC: &'static str;
    /// Events of one topic prefix and one key are delivered in the order in which they were committed.
    fn key(&self) -> String;
}
