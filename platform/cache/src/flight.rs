//! Loads under way, one per key: the first who asks leads, the others wait for the outcome.

use std::{
    any::Any,
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use crate::entry::{Entry, Epochs, Validity};

/// How a load ended.
pub(crate) enum Landing<V> {
    Loaded(Arc<Entry<V>>),
    /// The error, of the type that the leader's loader gives.
    Failed(Arc<dyn Any + Send + Sync>),
    /// The leader went away before its load ended.
    Abandoned,
}

impl<V> Clone for Landing<V> {
    fn clone(&self) -> Self {
        match self {
            Self::Loaded(entry) => Self::Loaded(Arc::clone(entry)),
            Self::Failed(error) => Self::Failed(Arc::clone(error)),
            Self::Abandoned => Self::Abandoned,
        }
    }
}

pub(crate) struct Flight<V> {
    pub(crate) validity: Arc<Validity>,
    landing: watch::Sender<Option<Landing<V>>>,
}

impl<V> Flight<V> {
    pub(crate) async fn landed(&self) -> Landing<V> {
        let mut watcher = self.landing.subscribe();
        let landing = watcher.wait_for(Option::is_some).await;
        landing.ok().and_then(|landing| landing.clone()).unwrap_or(Landing::Abandoned)
    }
}

/// Who asks is either the one that loads, or one that waits for it.
pub(crate) enum Boarding<'a, K: Eq + Hash, V> {
    Lead(Leader<'a, K, V>),
    Follow(Arc<Flight<V>>),
}

pub(crate) struct Flights<K, V>(Mutex<HashMap<K, Arc<Flight<V>>>>);

impl<K: Eq + Hash + Clone, V> Flights<K, V> {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(HashMap::new()))
    }

    pub(crate) fn board(&self, key: &K, epochs: &Epochs) -> Boarding<'_, K, V> {
        let mut flights = self.lock();
        if let Some(flight) = flights.get(key) {
            return Boarding::Follow(Arc::clone(flight));
        }
        let flight = Arc::new(Flight { validity: Arc::new(Validity::new(epochs)), landing: watch::Sender::new(None) });
        flights.insert(key.clone(), Arc::clone(&flight));
        Boarding::Lead(Leader { flights: self, key: key.clone(), flight })
    }

    /// Makes whatever is being loaded for the key void: its value is not kept, and nobody new waits for it.
    pub(crate) fn revoke(&self, key: &K) {
        if let Some(flight) = self.lock().remove(key) {
            flight.validity.revoke();
        }
    }

    /// Makes whatever is being loaded for the key out of date: its value is not kept, and nobody new waits for it.
    pub(crate) fn outdate(&self, key: &K) {
        if let Some(flight) = self.lock().remove(key) {
            flight.validity.outdate();
        }
    }

    pub(crate) fn forget_all(&self) {
        self.lock().clear();
    }
}

impl<K, V> Flights<K, V> {
    fn lock(&self) -> MutexGuard<'_, HashMap<K, Arc<Flight<V>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Leads a load. Dropped without landing (its caller went away, its loader panicked), it lets one of those
/// who wait take over.
pub(crate) struct Leader<'a, K: Eq + Hash, V> {
    flights: &'a Flights<K, V>,
    key: K,
    flight: Arc<Flight<V>>,
}

impl<K: Eq + Hash, V> Leader<'_, K, V> {
    pub(crate) fn validity(&self) -> &Arc<Validity> {
        &self.flight.validity
    }

    pub(crate) fn land(self, landing: Landing<V>) {
        self.flight.landing.send_replace(Some(landing));
    }
}

impl<K: Eq + Hash, V> Drop for Leader<'_, K, V> {
    fn drop(&mut self) {
        let mut flights = self.flights.lock();
        if flights.get(&self.key).is_some_and(|current| Arc::ptr_eq(current, &self.flight)) {
            flights.remove(&self.key);
        }
        drop(flights);
        self.flight.landing.send_if_modified(|landing| {
            let abandoned = landing.is_none();
            if abandoned {
                *landing = Some(Landing::Abandoned);
            }
            abandoned
        });
    }
}
