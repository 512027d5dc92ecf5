//! What lies in the service's store from before Redis was switched on.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use souk_store::Store;
use souk_types::{Cx, Env, Fault, Timestamp};

use crate::in_store::{InStore, Row};

/// How long it is believed that the store has none: a process that knows nothing of Redis yet may add one.
const NONE_FOR: Duration = Duration::from_secs(60);

/// The documents of the store. While it is known to have none, nobody has to ask it for each.
#[derive(Debug)]
pub(crate) struct LeftBehind {
    store: InStore,
    env: Env,
    none_until: Mutex<Timestamp>,
}

impl LeftBehind {
    pub(crate) fn of(store: Store) -> Self {
        let env = store.env().clone();
        Self { store: InStore::new(store), env, none_until: Mutex::new(Timestamp::EPOCH) }
    }

    /// Says whether the store had none a moment ago.
    pub(crate) fn is_known_to_be_none(&self) -> bool {
        self.env.now() < *self.none_until()
    }

    pub(crate) async fn find(&self, cx: &Cx, key: &str) -> Result<Option<Row>, Fault> {
        let now = self.env.now();
        if self.store.oldest(cx, 1).await?.is_empty() {
            *self.none_until() = now + NONE_FOR;
            return Ok(None);
        }
        self.store.row(cx, key).await
    }

    pub(crate) async fn oldest(&self, cx: &Cx, limit: usize) -> Result<Vec<Row>, Fault> {
        self.store.oldest(cx, limit).await
    }

    pub(crate) async fn remove(&self, cx: &Cx, rows: Vec<Row>) -> Result<(), Fault> {
        self.store.remove(cx, rows).await
    }

    fn none_until(&self) -> MutexGuard<'_, Timestamp> {
        self.none_until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
