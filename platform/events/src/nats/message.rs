//! An event as a message: `{ "id", "topic", "key", "at", "trace", "event" }`, where `at` is in microseconds since 1970
//! and `event` is the event itself. The header `traceparent` tells the span in which it was emitted, where spans are kept.

use std::borrow::Cow;

use async_nats::HeaderMap;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use souk_types::{EventId, Fault, Timestamp, TraceId};

use crate::Delivery;

const TRACE: &str = "traceparent";

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

pub(super) fn headers(delivery: &Delivery) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Some(parent) = delivery.parent {
        headers.insert(TRACE, parent.to_string());
    }
    headers
}

pub(super) fn read(headers: Option<&HeaderMap>, message: &[u8]) -> Result<Delivery, Fault> {
    let parent = headers.and_then(|headers| headers.get(TRACE)?.as_str().parse().ok());
    let Message { id, topic, key, at, trace, event } = serde_json::from_slice(message).map_err(Fault::internal)?;
    Ok(Delivery {
        event: id,
        topic: topic.into_owned(),
        key: key.into_owned(),
        payload: event.get().to_owned(),
        at,
        trace,
        parent,
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
            parent: "00-000000000000000000000000000000bc-00000000000000de-01".parse().ok(),
            attempt: 1,
        };
        assert_eq!(read(Some(&headers(&sent)), &write(&sent).unwrap()).unwrap(), sent);
        let untold = Delivery { parent: None, ..sent };
        assert_eq!(read(None, &write(&untold).unwrap()).unwrap(), untold);
        assert!(read(None, b"{}").is_err());
    }
}
