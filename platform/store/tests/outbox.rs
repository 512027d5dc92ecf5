//! Publishing and receiving inside a transaction.

mod fixture;

use std::time::Duration;

use fixture::{THINGS, cx, put, things};
use serde::{Deserialize, Serialize};
use souk_store::{Store, params, sql, testing::engines};
use souk_types::{Env, Event, EventId, Fault};
use tokio::time::timeout;

#[derive(Serialize, Deserialize)]
struct ThingMade {
    sku: String,
}

impl Event for ThingMade {
    const TOPIC: &'static str = "things.made";
    fn key(&self) -> String {
        self.sku.clone()
    }
}

async fn emit(store: &Store, sku: &str, refuse: bool) -> Result<EventId, Fault> {
    let sku = sku.to_owned();
    store
        .write(&cx(), move |tx| {
            let id = tx.emit(&ThingMade { sku: sku.clone() })?;
            if refuse { Err(Fault::conflict("changed my mind")) } else { Ok(id) }
        })
        .await
}

async fn outbox(store: &Store) -> Vec<[String; 6]> {
    store
        .read(&cx(), |tx| {
            tx.query(
                sql!("SELECT id, aggregatetype, aggregateid, type, payload, trace FROM outbox WHERE sent_at IS NULL ORDER BY seq"),
                params![],
                |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?]),
            )
        })
        .await
        .unwrap_or_else(|fault: Fault| panic!("{fault}"))
}

#[tokio::test]
async fn an_event_is_kept_with_its_transaction() {
    for engine in engines() {
        let store = engine.open(&THINGS, Env::system()).await;
        let id = emit(&store, "a", false).await.unwrap();
        emit(&store, "b", true).await.unwrap_err();
        let expected = [&id.to_string(), "things", "a", "things.made", r#"{"sku":"a"}"#, &cx().trace.to_string()]
            .map(str::to_owned);
        assert_eq!(outbox(&store).await, [expected], "{}", engine.name);
    }
}

#[tokio::test]
async fn events_are_numbered_in_the_order_of_their_commits() {
    for engine in engines() {
        let store = engine.open(&THINGS, Env::system()).await;
        for sku in ["c", "a", "b"] {
            emit(&store, sku, false).await.unwrap();
        }
        let keys: Vec<_> = outbox(&store).await.into_iter().map(|row| row[2].clone()).collect();
        assert_eq!(keys, ["c", "a", "b"], "{}", engine.name);
    }
}

#[tokio::test]
async fn every_listener_hears_of_a_commit_even_before_it_waits() {
    for engine in engines() {
        let store = engine.open(&THINGS, Env::system()).await;
        let listeners = [store.outbox_changed(), store.outbox_changed()];
        emit(&store, "a", false).await.unwrap();
        for listener in &listeners {
            timeout(Duration::from_secs(5), listener.notified()).await.unwrap();
        }
        store
            .write(&cx(), |tx| {
                tx.wake();
                Ok::<_, Fault>(())
            })
            .await
            .unwrap();
        timeout(Duration::from_secs(5), listeners[0].notified()).await.unwrap();
    }
}

#[tokio::test]
async fn nobody_is_woken_by_what_was_not_saved_or_not_emitted() {
    for engine in engines() {
        let store = engine.open(&THINGS, Env::system()).await;
        let listener = store.outbox_changed();
        emit(&store, "a", true).await.unwrap_err();
        put(&store, "p", "a", 1).await.unwrap();
        assert_eq!(things(&store).await.len(), 1, "{}", engine.name);
        assert!(timeout(Duration::from_millis(50), listener.notified()).await.is_err(), "{}", engine.name);
    }
}

#[tokio::test]
async fn only_the_first_delivery_of_an_event_counts_for_a_consumer() {
    for engine in engines() {
        let store = engine.open(&THINGS, Env::system()).await;
        let event = EventId::from_bits(1);
        let deliver = |consumer: &'static str| {
            let store = store.clone();
            async move { store.write(&cx(), move |tx| tx.first_delivery(consumer, event)).await }
        };
        assert_eq!(deliver("mail").await, Ok(true), "{}", engine.name);
        assert_eq!(deliver("mail").await, Ok(false), "{}", engine.name);
        assert_eq!(deliver("search").await, Ok(true), "{}", engine.name);
        store
            .write(&cx(), move |tx| {
                assert!(tx.first_delivery("stock", event)?);
                Err::<(), _>(Fault::unavailable("later"))
            })
            .await
            .unwrap_err();
        assert_eq!(deliver("stock").await, Ok(true), "{}", engine.name);
    }
}
