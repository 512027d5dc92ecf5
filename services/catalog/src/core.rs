use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use souk_cache::{Cache, CacheConfig, Served};
use souk_contracts::catalog::{Error, Offer};
use souk_files::Files;
use souk_store::{Remembered, Store};
use souk_types::{Actor, Currency, Cx, Env, Fault, limits::STALE_IF_ERROR};

use crate::{
    Deps, IMPORT_FOLDER,
    domain::{product::StoredProduct, tree::Tree},
    images::Pictures,
    store,
};

/// How long an instance may go on with a category tree that another one has changed.
const TREE_FRESH: Duration = Duration::from_secs(5);
const TREE_STALE: Duration = Duration::from_secs(60);
/// Offers that are remembered.
const OFFERS_MAX: usize = 10_000;
/// How long one transaction of a long piece of work may wait and take.
const STEP_MAX: Duration = Duration::from_secs(30);

/// What every part of the catalogue works with.
pub(crate) struct Core {
    pub(crate) store: Store,
    pub(crate) env: Env,
    pub(crate) currency: Currency,
    /// Files to be imported.
    pub(crate) import_folder: Files,
    pub(crate) pictures: Pictures,
    /// What can be bought, by SKU: every cart and every order asks, and the catalogue changes seldom.
    pub(crate) offers: Remembered<String, Offer>,
    tree: Cache<(), Arc<Tree>>,
}

impl Core {
    pub(crate) fn new(deps: Deps) -> Self {
        let tree = CacheConfig {
            name: "catalog_tree",
            capacity: 1,
            fresh: TREE_FRESH,
            stale: TREE_STALE,
            stale_if_error: STALE_IF_ERROR,
        };
        Self {
            import_folder: deps.files.below(IMPORT_FOLDER),
            pictures: Pictures::new(&deps.files, deps.env.clone(), deps.allow_private_image_hosts),
            offers: Remembered::new(OFFERS_MAX),
            tree: Cache::new(tree, deps.env.clone()),
            currency: deps.currency,
            store: deps.store,
            env: deps.env,
        }
    }

    /// The category tree: this instance's own changes at once, others' within seconds.
    pub(crate) async fn tree(&self, cx: &Cx) -> Result<Arc<Tree>, Error> {
        if let Some(tree) = self.tree.peek_fresh(&()) {
            return Ok(tree);
        }
        Ok(self.served_tree(cx).await?.value)
    }

    /// The tree that these products need: read anew when it does not know the category of one, which another instance
    /// has added.
    pub(crate) async fn tree_for(&self, cx: &Cx, products: &[StoredProduct]) -> Result<Arc<Tree>, Error> {
        let tree = self.tree(cx).await?;
        let mut categories = products.iter().filter_map(|product| product.document.category);
        if categories.all(|category| tree.get(category).is_some()) {
            return Ok(tree);
        }
        self.tree.outdate(&()).await;
        self.tree(cx).await
    }

    /// The tree as it is now, for those who keep it themselves.
    ///
    /// # Errors
    /// When the store cannot be asked, whatever is remembered: who keeps it is to know that it may be out of date.
    pub(crate) async fn present_tree(&self, cx: &Cx) -> Result<Arc<Tree>, Error> {
        self.tree.outdate(&()).await;
        let Served { value, outdated } = self.served_tree(cx).await?;
        match outdated {
            true => Err(Fault::unavailable("the category tree cannot be read").into()),
            false => Ok(value),
        }
    }

    async fn served_tree(&self, cx: &Cx) -> Result<Served<Arc<Tree>>, Fault> {
        let (store, cx) = (self.store.clone(), self.step(cx));
        let load = move || async move { store.scan::<_, Fault>(&cx, store::categories::tree).await.map(Arc::new) };
        self.tree.serve(&(), load).await
    }

    pub(crate) async fn forget_tree(&self) {
        self.tree.invalidate(&()).await;
    }

    /// The context of one transaction within a piece of work that has no limit as a whole.
    pub(crate) fn step(&self, cx: &Cx) -> Cx {
        Cx { deadline: Instant::now() + STEP_MAX, ..cx.clone() }
    }

    /// Hands a write to the store again when another writer was faster: the new run sees what that one wrote.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        cx: &Cx,
        work: impl FnMut(&mut souk_store::Tx<'_>) -> Result<T, Error> + Clone + Send + 'static,
    ) -> Result<T, Error> {
        const RUNS: usize = 3;
        for _ in 1..RUNS {
            match self.store.write(cx, work.clone()).await {
                Err(Error::Fault(fault))
                    if fault.kind == souk_types::ErrorKind::Conflict && fault.internal.is_some() =>
                {
                    tracing::debug!(%fault, "a write met another one: it runs again");
                }
                outcome => return outcome,
            }
        }
        self.store.write(cx, work).await
    }

    /// A context for what the catalogue does on its own behalf.
    pub(crate) fn own(&self) -> Cx {
        Cx { actor: Actor::service("catalog"), ..Cx::background("catalog", &self.env) }
    }
}

/// Refuses whoever saw another version than the present one.
pub(crate) fn still(seen: Option<i64>, current: i64) -> Result<(), Error> {
    match seen {
        Some(version) if version != current => Err(Error::VersionConflict { current }),
        _ => Ok(()),
    }
}

/// An error where only faults are told.
pub(crate) fn into_fault(error: Error) -> Fault {
    match error {
        Error::Fault(fault) => fault,
        Error::VersionConflict { .. } | Error::SkuTaken { .. } => Fault::conflict(error.to_string()),
    }
}
