//! The face of the service.

use std::sync::Arc;

use async_trait::async_trait;
use souk_contracts::{
    permission::OPERATIONS,
    search::{Brand, Error, IndexStatus, Query, Results, Search, Suggestions},
};
use souk_types::{Cursor, Cx, Page, PageRequest};

use crate::{
    keeper::Keeper,
    query::{page::Finder, suggest::suggest},
};

/// Answers from the index.
pub struct SearchService {
    pub keeper: Arc<Keeper>,
    pub finder: Finder,
}

impl SearchService {
    fn index_status(&self) -> IndexStatus {
        let engine = &self.keeper.engine;
        IndexStatus {
            documents: engine.snapshot().documents,
            bytes: engine.bytes(),
            rebuild: self.keeper.last_rebuild(),
        }
    }
}

#[async_trait]
impl Search for SearchService {
    async fn search(&self, cx: &Cx, query: Query) -> Result<Results, Error> {
        cx.check_deadline()?;
        self.finder.search(&self.keeper.engine.snapshot(), &query)
    }

    async fn brands(&self, cx: &Cx, page: PageRequest) -> Result<Page<Brand>, Error> {
        cx.check_deadline()?;
        let rows = usize::try_from(page.rows()?).unwrap_or(usize::MAX);
        let snapshot = self.keeper.engine.snapshot();
        let brands = snapshot.brands();
        let from = match &page.after {
            Some(Cursor(after)) => brands.partition_point(|brand| brand.slug <= *after),
            None => 0,
        };
        let rows = brands.iter().skip(from).take(rows).cloned().collect();
        Ok(Page::from_rows(rows, &page, |brand: &Brand| brand.slug.clone()))
    }

    async fn brand(&self, cx: &Cx, slug: String) -> Result<Option<Brand>, Error> {
        cx.check_deadline()?;
        let snapshot = self.keeper.engine.snapshot();
        let brands = snapshot.brands();
        Ok(brands.binary_search_by(|brand| brand.slug.cmp(&slug)).ok().map(|at| brands[at].clone()))
    }

    async fn suggest(&self, cx: &Cx, text: String) -> Result<Suggestions, Error> {
        cx.check_deadline()?;
        Ok(suggest(&self.finder, &self.keeper.engine.snapshot(), &text)?)
    }

    async fn reindex(&self, cx: &Cx) -> Result<IndexStatus, Error> {
        cx.actor.require(OPERATIONS)?;
        self.keeper.rebuild().await?;
        Ok(self.index_status())
    }

    async fn start_reindex(&self, cx: &Cx) -> Result<IndexStatus, Error> {
        cx.actor.require(OPERATIONS)?;
        self.keeper.want_rebuild();
        Ok(self.index_status())
    }

    async fn status(&self, _cx: &Cx) -> Result<IndexStatus, Error> {
        Ok(self.index_status())
    }
}
