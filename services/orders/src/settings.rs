//! The tax table that holds: as staff saved it in the console, else as the configuration file says.

use std::{sync::Arc, time::Duration};

use souk_cache::{Cache, CacheConfig};
use souk_contracts::{orders::Taxes, settings::Settings};
use souk_store::{Store, Tx};
use souk_types::{Cx, Fault};

use crate::{check_taxes, store};

const NAME: &str = "taxes";
/// After this long, what was saved by another process holds here too.
const KEPT: Duration = Duration::from_secs(3);

/// The tax table that holds.
pub(crate) struct TaxTable {
    store: Store,
    file: Arc<Taxes>,
    kept: Cache<(), Arc<Taxes>>,
}

impl TaxTable {
    pub(crate) fn new(store: Store, file: Taxes) -> Self {
        // The last answer is kept beyond its time only for when the database is away.
        let config = CacheConfig { name: "orders.taxes", capacity: 1, fresh: KEPT, stale: Duration::ZERO };
        let kept = Cache::new(config, store.env().clone());
        Self { store, file: Arc::new(file), kept }
    }

    /// What holds, a few seconds old at most.
    pub(crate) async fn now(&self, cx: &Cx) -> Result<Arc<Taxes>, Fault> {
        if let Some(taxes) = self.kept.peek_fresh(&()) {
            return Ok(taxes);
        }
        let (store, file, cx) = (self.store.clone(), Arc::clone(&self.file), cx.clone());
        let load = || async move { Ok(Arc::new(read(&store, &file, &cx).await?.values)) };
        self.kept.get(&(), load).await
    }

    /// What holds in this moment, for staff.
    pub(crate) async fn settings(&self, cx: &Cx) -> Result<Settings<Taxes>, Fault> {
        read(&self.store, &self.file, cx).await
    }

    /// Has other rules hold from now on in place of those of a version.
    pub(crate) async fn replace(&self, cx: &Cx, version: i64, taxes: Option<Taxes>) -> Result<Settings<Taxes>, Fault> {
        if let Some(taxes) = &taxes {
            check_taxes(&taxes.rules)?;
        }
        let replace = move |tx: &mut Tx<'_>| {
            let replaced = store::settings::replace(tx, NAME, version, taxes.as_ref())?;
            replaced.then_some(()).ok_or_else(|| Fault::conflict("the taxes were changed meanwhile"))
        };
        self.store.write(cx, replace).await?;
        self.kept.invalidate(&()).await;
        self.settings(cx).await
    }
}

async fn read(store: &Store, file: &Taxes, cx: &Cx) -> Result<Settings<Taxes>, Fault> {
    let found = store.read(cx, |tx| store::settings::find::<Taxes>(tx, NAME)).await?;
    let version = found.as_ref().map_or(0, |found| found.version);
    Ok(match found.and_then(|found| Some((found.values?, found.saved))) {
        Some((values, saved)) => Settings { values, version, saved: Some(saved) },
        None => Settings { values: file.clone(), version, saved: None },
    })
}
