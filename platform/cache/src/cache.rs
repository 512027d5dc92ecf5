use std::{fmt, future::Future, hash::Hash, sync::Arc, time::Duration};

use futures::FutureExt as _;
use souk_types::{Env, Seldom, Timestamp};
use tokio::time;

use crate::{
    entry::{Age, Entry, Epochs},
    flight::{Boarding, Flights, Landing, Leader},
    meter::Meter,
};

/// How long a value may be served after a failed load before the source is asked again.
const RETRY_PAUSE: Duration = Duration::from_secs(1);
/// How long somebody waits for another's load before loading alone.
const FOLLOW_MAX: Duration = Duration::from_secs(10);

/// What a cache is called, how much it holds, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct CacheConfig {
    /// The name in metrics and logs.
    pub name: &'static str,
    /// Entries at most, or units of weight for [`Cache::weighted`].
    pub capacity: u64,
    /// How long a value is served as it is.
    pub fresh: Duration,
    /// How long, after that, a value is served while a new one is loaded in the background.
    pub stale: Duration,
    /// How old a value may get, counted from the start of its load, that is served because no newer one could be
    /// loaded; at least `fresh + stale`.
    pub stale_if_error: Duration,
}

/// A value as it is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Served<V> {
    /// The value.
    pub value: V,
    /// Whether it is served for want of a newer one: the last load failed.
    pub outdated: bool,
}

impl<V> Served<V> {
    fn newest(value: V) -> Self {
        Self { value, outdated: false }
    }
}

/// A cache of `V` by `K`, shared by its clones. Values are cloned out, so large ones belong in an `Arc`.
pub struct Cache<K, V> {
    inner: Arc<Inner<K, V>>,
}

type Entries<K, V> = moka::future::Cache<K, Arc<Entry<V>>>;

struct Inner<K, V> {
    config: CacheConfig,
    env: Env,
    meter: Meter,
    entries: Entries<K, V>,
    flights: Flights<K, V>,
    epochs: Epochs,
    /// Keeps the log short while the source is away.
    not_loaded: Seldom,
}

impl<K, V> Cache<K, V>
where
    K: Eq + Hash + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// A cache that holds `capacity` entries.
    pub fn new(config: CacheConfig, env: Env) -> Self {
        Self::build(config, env, moka::future::Cache::builder())
    }

    /// A cache that holds entries of `capacity` units of weight in all, as the weigher counts them.
    pub fn weighted(config: CacheConfig, env: Env, weigher: impl Fn(&K, &V) -> u32 + Send + Sync + 'static) -> Self {
        let builder =
            moka::future::Cache::builder().weigher(move |key: &K, entry: &Arc<Entry<V>>| weigher(key, &entry.value));
        Self::build(config, env, builder)
    }

    fn build(
        config: CacheConfig,
        env: Env,
        builder: moka::future::CacheBuilder<K, Arc<Entry<V>>, Entries<K, V>>,
    ) -> Self {
        let entries = builder.name(config.name).max_capacity(config.capacity).build();
        let meter = Meter::new(config.name);
        let (flights, epochs, not_loaded) = (Flights::new(), Epochs::default(), Seldom::default());
        let inner = Inner { config, env, meter, entries, flights, epochs, not_loaded };
        Self { inner: Arc::new(inner) }
    }

    /// The value if it is there and fresh, without waiting for anything.
    pub fn peek_fresh(&self, key: &K) -> Option<V> {
        let inner = &*self.inner;
        // The lookup only ever waits for its own housekeeping; a peek leaves that to somebody else.
        let entry = inner.lookup(key).now_or_never()??;
        let fresh = inner.age(&entry, inner.env.now()) == Age::Fresh;
        fresh.then(|| {
            inner.meter.hits.increment(1);
            entry.value.clone()
        })
    }

    /// The value of a key, loaded if need be: by one caller at a time, however many ask.
    ///
    /// # Errors
    /// What the loader answers, when there is no earlier value to serve instead.
    pub async fn get<E, F, L>(&self, key: &K, load: F) -> Result<V, E>
    where
        E: fmt::Display + Clone + Send + Sync + 'static,
        F: FnOnce() -> L + Send + 'static,
        L: Future<Output = Result<V, E>> + Send + 'static,
    {
        self.serve(key, load).await.map(|served| served.value)
    }

    /// The same, and whether it is served for want of a newer one.
    ///
    /// # Errors
    /// What the loader answers, when there is no earlier value to serve instead.
    pub async fn serve<E, F, L>(&self, key: &K, load: F) -> Result<Served<V>, E>
    where
        E: fmt::Display + Clone + Send + Sync + 'static,
        F: FnOnce() -> L + Send + 'static,
        L: Future<Output = Result<V, E>> + Send + 'static,
    {
        let inner = &*self.inner;
        let now = inner.env.now();
        let found = inner.lookup(key).await.map(|entry| (inner.age(&entry, now), entry));
        match found {
            None | Some((Age::TooOld, _)) => {
                inner.meter.misses.increment(1);
                inner.load(key, load).await.map(Served::newest)
            }
            Some((Age::Fresh, entry)) => {
                inner.meter.hits.increment(1);
                Ok(Served::newest(entry.value.clone()))
            }
            Some((Age::Stale, entry)) => {
                let outdated = entry.is_failing();
                if outdated { &inner.meter.rescued } else { &inner.meter.stale }.increment(1);
                if entry.claim_load(now, now + RETRY_PAUSE) {
                    self.revalidate(key.clone(), Arc::clone(&entry), load);
                }
                Ok(Served { value: entry.value.clone(), outdated })
            }
            Some((Age::Old, entry)) => inner.load_or_rescue(key, &entry, now, load).await,
        }
    }

    /// Says that there is news of a key: its value, also one that is being loaded, is served only if no newer one can
    /// be loaded.
    pub async fn outdate(&self, key: &K) {
        self.inner.flights.outdate(key);
        if let Some(entry) = self.inner.entries.get(key).await {
            entry.validity.outdate();
        }
    }

    /// The same for every value.
    pub fn outdate_all(&self) {
        self.inner.epochs.outdate_all();
        self.inner.flights.forget_all();
    }

    /// Drops the value of a key, and voids a load of it that is under way.
    pub async fn invalidate(&self, key: &K) {
        self.inner.flights.revoke(key);
        self.inner.entries.invalidate(key).await;
    }

    /// Drops every value, and voids every load that is under way.
    pub fn invalidate_all(&self) {
        self.inner.epochs.void_all();
        self.inner.flights.forget_all();
        self.inner.entries.invalidate_all();
    }

    #[expect(clippy::disallowed_methods, reason = "whoever asked has the stale value already")]
    fn revalidate<E, F, L>(&self, key: K, old: Arc<Entry<V>>, load: F)
    where
        E: fmt::Display + Clone + Send + Sync + 'static,
        F: FnOnce() -> L + Send + 'static,
        L: Future<Output = Result<V, E>> + Send + 'static,
    {
        let inner = Arc::clone(&self.inner);
        tokio::spawn(async move {
            // A failure is counted and logged where it happens; a request after the pause tries again.
            if inner.load(&key, load).await.is_err() {
                old.note_failure(inner.env.now() + RETRY_PAUSE);
            }
        });
    }
}

impl<K, V> Inner<K, V>
where
    K: Eq + Hash + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    async fn lookup(&self, key: &K) -> Option<Arc<Entry<V>>> {
        let entry = self.entries.get(key).await?;
        entry.validity.holds(&self.epochs).then_some(entry)
    }

    fn age(&self, entry: &Entry<V>, now: Timestamp) -> Age {
        entry.age(now, &self.config, &self.epochs)
    }

    async fn load_or_rescue<E, F, L>(&self, key: &K, old: &Entry<V>, now: Timestamp, load: F) -> Result<Served<V>, E>
    where
        E: fmt::Display + Clone + Send + Sync + 'static,
        F: FnOnce() -> L + Send,
        L: Future<Output = Result<V, E>> + Send,
    {
        let rescued = || {
            self.meter.rescued.increment(1);
            Ok(Served { value: old.value.clone(), outdated: true })
        };
        if old.must_wait(now) {
            return rescued();
        }
        let loaded = self.load(key, load).await;
        // What was invalidated in the meantime does not come back because its source is down.
        if loaded.is_ok() || !old.validity.holds(&self.epochs) || !self.entries.contains_key(key) {
            self.meter.misses.increment(1);
            return loaded.map(Served::newest);
        }
        old.note_failure(self.env.now() + RETRY_PAUSE);
        rescued()
    }

    /// Loads through the one flight of the key.
    async fn load<E, F, L>(&self, key: &K, load: F) -> Result<V, E>
    where
        E: fmt::Display + Clone + Send + Sync + 'static,
        F: FnOnce() -> L + Send,
        L: Future<Output = Result<V, E>> + Send,
    {
        loop {
            let flight = match self.flights.board(key, &self.epochs) {
                Boarding::Lead(leader) => return self.lead(key, leader, load).await,
                Boarding::Follow(flight) => flight,
            };
            match time::timeout(FOLLOW_MAX, flight.landed()).await {
                Ok(Landing::Loaded(entry)) => return Ok(entry.value.clone()),
                Ok(Landing::Abandoned) => {}
                Ok(Landing::Failed(error)) => match error.downcast_ref::<E>() {
                    Some(error) => return Err(error.clone()),
                    // Somebody loads this key with another type of error: only an own load can tell.
                    None => return load().await,
                },
                Err(_) => return load().await,
            }
        }
    }

    async fn lead<E, F, L>(&self, key: &K, leader: Leader<'_, K, V>, load: F) -> Result<V, E>
    where
        E: fmt::Display + Clone + Send + Sync + 'static,
        F: FnOnce() -> L + Send,
        L: Future<Output = Result<V, E>> + Send,
    {
        // Another load may have landed between the caller's look and this one's start.
        if let Some(entry) = self.lookup(key).await.filter(|entry| self.is_fresh(entry)) {
            leader.land(Landing::Loaded(Arc::clone(&entry)));
            return Ok(entry.value.clone());
        }
        let started = self.env.now();
        match load().await {
            Ok(value) => {
                let entry = Arc::new(Entry::new(value, started, Arc::clone(leader.validity())));
                // A value that is passed over would push out a newer one, or the one that is served in need.
                if entry.validity.is_current(&self.epochs) {
                    self.entries.insert(key.clone(), Arc::clone(&entry)).await;
                }
                leader.land(Landing::Loaded(Arc::clone(&entry)));
                Ok(entry.value.clone())
            }
            Err(error) => {
                self.meter.failures.increment(1);
                if let Some(more) = self.not_loaded.pass() {
                    tracing::warn!(cache = self.config.name, %error, more, "a load failed");
                }
                leader.land(Landing::Failed(Arc::new(error.clone())));
                Err(error)
            }
        }
    }

    fn is_fresh(&self, entry: &Entry<V>) -> bool {
        self.age(entry, self.env.now()) == Age::Fresh
    }
}

impl<K, V> Clone for Cache<K, V> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

impl<K, V> fmt::Debug for Cache<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").field("config", &self.inner.config).finish_non_exhaustive()
    }
}
