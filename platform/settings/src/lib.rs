//! Settings of a service that staff may change: what they saved goes before the configuration file until they go back
//! to it. The service has a table `settings` among its own.

mod store;

use std::{sync::Arc, time::Duration};

use serde::{Serialize, de::DeserializeOwned};
use souk_cache::{Cache, CacheConfig};
use souk_store::{Store, Tx};
use souk_types::{Cx, Fault, limits::STALE_IF_ERROR, settings::Settings};

/// After this long, what was saved by another process holds here too.
const KEPT: Duration = Duration::from_secs(3);

/// What settings are called.
#[derive(Debug, Clone, Copy)]
pub struct Name {
    /// In the table.
    pub stored: &'static str,
    /// In metrics.
    pub cache: &'static str,
    /// To people, in the plural: `delivery methods`.
    pub words: &'static str,
}

/// Settings of one kind, stored as JSON.
pub struct SettingsStore<T> {
    store: Store,
    name: Name,
    file: Arc<T>,
    kept: Cache<(), Arc<Settings<T>>>,
}

impl<T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static> SettingsStore<T> {
    /// Settings in a service's own store; `file` holds until others are saved.
    pub fn new(store: Store, name: Name, file: T) -> Self {
        // The last answer is kept beyond its time only for when the database is away.
        let config = CacheConfig {
            name: name.cache,
            capacity: 1,
            fresh: KEPT,
            stale: Duration::ZERO,
            stale_if_error: STALE_IF_ERROR,
        };
        let kept = Cache::new(config, store.env().clone());
        Self { store, name, file: Arc::new(file), kept }
    }

    /// What holds, a few seconds old at most.
    ///
    /// # Errors
    /// Of the database, when nothing is known yet.
    pub async fn now(&self, cx: &Cx) -> Result<Arc<Settings<T>>, Fault> {
        if let Some(settings) = self.kept.peek_fresh(&()) {
            return Ok(settings);
        }
        let (store, name, file, cx) = (self.store.clone(), self.name.stored, Arc::clone(&self.file), cx.clone());
        self.kept.get(&(), move || async move { read::<T>(&store, name, &file, &cx).await.map(Arc::new) }).await
    }

    /// What holds in this moment, for staff.
    ///
    /// # Errors
    /// Of the database.
    pub async fn settings(&self, cx: &Cx) -> Result<Settings<T>, Fault> {
        read::<T>(&self.store, self.name.stored, &self.file, cx).await
    }

    /// Has other values hold from now on in place of those of a version; `None`: those of the configuration file.
    ///
    /// # Errors
    /// Conflict, when others hold meanwhile.
    pub async fn replace(&self, cx: &Cx, version: i64, values: Option<T>) -> Result<Settings<T>, Fault> {
        let name = self.name;
        let replace = move |tx: &mut Tx<'_>| {
            let replaced = store::replace(tx, name.stored, version, values.as_ref())?;
            replaced.then_some(()).ok_or_else(|| Fault::conflict(format!("the {} were changed meanwhile", name.words)))
        };
        self.store.write(cx, replace).await?;
        self.kept.invalidate(&()).await;
        self.settings(cx).await
    }
}

async fn read<T: Clone + DeserializeOwned + Send + 'static>(
    store: &Store,
    name: &'static str,
    file: &T,
    cx: &Cx,
) -> Result<Settings<T>, Fault> {
    let found = store.read(cx, move |tx| store::find::<T>(tx, name)).await?;
    let version = found.as_ref().map_or(0, |found| found.version);
    Ok(match found.and_then(|found| Some((found.values?, found.saved))) {
        Some((values, saved)) => Settings { values, version, saved: Some(saved) },
        None => Settings { values: file.clone(), version, saved: None },
    })
}
