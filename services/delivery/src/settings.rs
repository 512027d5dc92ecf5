//! The methods that hold: those that staff saved in the console, else those of the configuration file.

use std::{sync::Arc, time::Duration};

use souk_cache::{Cache, CacheConfig};
use souk_contracts::{
    delivery::MethodConfig,
    settings::{Saved, Settings},
};
use souk_store::Store;
use souk_types::{Cx, Fault};

use crate::{domain::RateTable, store};

const NAME: &str = "methods";
/// After this long, what was saved by another process holds here too.
const KEPT: Duration = Duration::from_secs(3);

/// The methods that hold.
pub(crate) struct Methods {
    store: Store,
    file: Arc<RateTable>,
    kept: Cache<(), Arc<Held>>,
}

/// Methods, ready for use.
pub(crate) struct Held {
    pub(crate) table: Arc<RateTable>,
    version: i64,
    saved: Option<Saved>,
}

impl Held {
    fn settings(&self) -> Settings<Vec<MethodConfig>> {
        Settings { values: self.table.methods().to_vec(), version: self.version, saved: self.saved.clone() }
    }
}

impl Methods {
    pub(crate) fn try_new(store: Store, file: Vec<MethodConfig>) -> Result<Self, Fault> {
        // The last answer is kept beyond its time only for when the database is away.
        let config = CacheConfig { name: "delivery.methods", capacity: 1, fresh: KEPT, stale: Duration::ZERO };
        let kept = Cache::new(config, store.env().clone());
        Ok(Self { store, file: Arc::new(RateTable::try_new(file)?), kept })
    }

    /// What holds, a few seconds old at most.
    pub(crate) async fn now(&self, cx: &Cx) -> Result<Arc<Held>, Fault> {
        if let Some(held) = self.kept.peek_fresh(&()) {
            return Ok(held);
        }
        let (store, file, cx) = (self.store.clone(), Arc::clone(&self.file), cx.clone());
        self.kept.get(&(), || async move { read(&store, &file, &cx).await.map(Arc::new) }).await
    }

    /// What holds in this moment, for staff.
    pub(crate) async fn settings(&self, cx: &Cx) -> Result<Settings<Vec<MethodConfig>>, Fault> {
        Ok(read(&self.store, &self.file, cx).await?.settings())
    }

    /// Has others hold from now on in place of those of a version.
    pub(crate) async fn replace(
        &self,
        cx: &Cx,
        version: i64,
        methods: Option<Vec<MethodConfig>>,
    ) -> Result<Settings<Vec<MethodConfig>>, Fault> {
        if let Some(methods) = &methods {
            RateTable::try_new(methods.clone())?;
        }
        let replace = move |tx: &mut souk_store::Tx<'_>| {
            let replaced = store::settings::replace(tx, NAME, version, methods.as_ref())?;
            replaced.then_some(()).ok_or_else(|| Fault::conflict("the delivery methods were changed meanwhile"))
        };
        self.store.write(cx, replace).await?;
        self.kept.invalidate(&()).await;
        self.settings(cx).await
    }
}

async fn read(store: &Store, file: &Arc<RateTable>, cx: &Cx) -> Result<Held, Fault> {
    let found = store.read(cx, |tx| store::settings::find::<Vec<MethodConfig>>(tx, NAME)).await?;
    let version = found.as_ref().map_or(0, |found| found.version);
    match found.and_then(|found| Some((found.values?, found.saved))) {
        Some((methods, saved)) => {
            Ok(Held { table: Arc::new(RateTable::try_new(methods)?), version, saved: Some(saved) })
        }
        None => Ok(Held { table: Arc::clone(file), version, saved: None }),
    }
}
