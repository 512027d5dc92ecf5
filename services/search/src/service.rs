//! The face of the service.

use std::sync::Arc;

use async_trait::async_trait;
use souk_contracts::{
    permission::OPERATIONS,
    search::{Brand, Error, IndexStatus, Query, RebuildWanted, Results, Search, Suggestions},
};
use souk_store::{Store, Tx};
use souk_types::{Cursor, Cx, Fault, Page, PageRequest};

use crate::{
    consumers::REBUILDS,
    index::Snapshot,
    keeper::Keeper,
    query::{page::Finder, suggest::suggest},
};

/// Answers from the index.
pub struct SearchService {
    pub keeper: Arc<Keeper>,
    pub finder: Finder,
    pub store: Store,
    /// There is no other instance that could answer.
    pub alone: bool,
}

impl SearchService {
    /// The index as it is now.
    fn snapshot(&self, cx: &Cx) -> Result<Arc<Snapshot>, Fault> {
        cx.check_deadline()?;
        if self.alone || self.keeper.is_up_to_date() {
            Ok(self.keeper.engine.snapshot())
        } else {
            Err(Fault::unavailable("the search index of this instance is not up to date yet"))
        }
    }

    fn index_status(&self) -> IndexStatus {
        let engine = &self.keeper.engine;
        IndexStatus {
            documents: engine.snapshot().documents,
            bytes: engine.bytes(),
            up_to_date: self.keeper.is_up_to_date(),
            rebuild: self.keeper.last_rebuild(),
        }
    }
}

#[async_trait]
impl Search for SearchService {
    async fn search(&self, cx: &Cx, query: Query) -> Result<Results, Error> {
        self.finder.search(&*self.snapshot(cx)?, &query)
    }

    async fn brands(&self, cx: &Cx, page: PageRequest) -> Result<Page<Brand>, Error> {
        let snapshot = self.snapshot(cx)?;
        let rows = usize::try_from(page.rows()?).unwrap_or(usize::MAX);
        let brands = snapshot.brands();
        let from = match &page.after {
            Some(Cursor(after)) => brands.partition_point(|brand| brand.slug <= *after),
            None => 0,
        };
        let rows = brands.iter().skip(from).take(rows).cloned().collect();
        Ok(Page::from_rows(rows, &page, |brand: &Brand| brand.slug.clone()))
    }

    async fn brand(&self, cx: &Cx, slug: String) -> Result<Option<Brand>, Error> {
        let snapshot = self.snapshot(cx)?;
        let brands = snapshot.brands();
        Ok(brands.binary_search_by(|brand| brand.slug.cmp(&slug)).ok().map(|at| brands[at].clone()))
    }

    async fn suggest(&self, cx: &Cx, text: String) -> Result<Suggestions, Error> {
        Ok(suggest(&self.finder, &*self.snapshot(cx)?, &text)?)
    }

    async fn reindex(&self, cx: &Cx) -> Result<IndexStatus, Error> {
        cx.actor.require(OPERATIONS)?;
        self.keeper.rebuild().await?;
        Ok(self.index_status())
    }

    async fn start_reindex(&self, cx: &Cx) -> Result<IndexStatus, Error> {
        cx.actor.require(OPERATIONS)?;
        // This one begins at once; the others hear of it.
        let told = |tx: &mut Tx<'_>| {
            let event = tx.emit(&RebuildWanted { at: tx.now() })?;
            tx.first_delivery(REBUILDS, event)
        };
        self.store.write::<_, Fault>(cx, told).await?;
        self.keeper.want_rebuild();
        Ok(self.index_status())
    }

    async fn status(&self, _cx: &Cx) -> Result<IndexStatus, Error> {
        Ok(self.index_status())
    }
}
