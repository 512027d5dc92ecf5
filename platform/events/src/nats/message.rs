//! An event as a message: `{ "id", "topic", "key", "at", "trace", "event" }`, where `at` is in microseconds since 1970
//! and `event` is the event itself.

use std::borrow::Cow;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use souk_types::{EventId, Fault, Timestamp, TraceId};

use crate::Delivery;

#[derive(Serialize, Deserialize)]
struct Message<'m> {
    id: EventId,
    #[serde(borrow)]
    topic: Cow<'m, str>,
    #[serde(borrow)]
    key: Cow<'m, str>,
    at: Timestamp,
    trace: TraceId,
    #[serde(borrow)]
    event: &'m RawValue,
}

pub(super) fn write(delivery: &Delivery) -> Result<Bytes, Fault> {
    let message = Message {
        id: delivery.event,
        topic: delivery.topic.as_str().into(),
        key: delivery.key.as_str().into(),
        at: delivery.at,
        trace: delivery.trace,
        event: serde_json::from_str(&delivery.payload).map_err(Fault::internal)?,
    };
    serde_json::to_vec(&message).map(Bytes::from).map_err(Fault::internal)
}

pub(super) fn read(message: &[u8]) -> Result<Delivery, Fault> {
    let Message { id, topic, key, at, trace, event } = serde_json::from_slice(message).map_err(Fault::internal)?;
    Ok(Delivery {
        event: id,
        topic: topic.into_owned(),
        key: key.into_owned(),
        payload: event.get().to_owned(),
        at,
        trace,
        attempt: 1,
    })
}

#[cfg(test)]
mod tests {
    use souk_types::Env;

    use super::*;

    #[test]
    fn an_event_survives_its_message() {
        let env = Env::for_tests(1);
        let sent = Delivery {
            event: EventId::generate(&env),
            topic: "orders.placed".to_owned(),
            key: "line\nbreak \"quoted\" ключ".to_owned(),
            payload: "{\"total\": {\"minor\": 5, \"currency\": \"EUR\"}}".to_owned(),
            at: env.now(),
            trace: TraceId::generate(&env),
            attempt: 1,
        };
        assert_eq!(read(&write(&sent).unwrap()).unwrap(), sent);
        assert!(read(b"{}").is_err());
    }
}
