//! The face of the service.

use std::sync::Arc;

use async_trait::async_trait;
use souk_contracts::{
    permission::CATALOG_MANAGE,
    search::{Error, IndexStatus, Query, Results, Search, Suggestions},
};
use souk_types::Cx;
use tokio::task::AbortHandle;

use crate::{
    keeper::Keeper,
    query::{page::Finder, suggest::suggest},
};

/// Answers from the index.
pub struct SearchService {
    pub keeper: Arc<Keeper>,
    pub finder: Finder,
    /// What goes on in the background for as long as the service is there.
    pub background: Vec<AbortHandle>,
}

impl SearchService {
    fn index_status(&self) -> IndexStatus {
        let engine = &self.keeper.engine;
        IndexStatus { documents: engine.snapshot().documents, bytes: engine.bytes() }
    }
}

#[async_trait]
impl Search for SearchService {
    async fn search(&self, cx: &Cx, query: Query) -> Result<Results, Error> {
        cx.check_deadline()?;
        self.finder.search(&self.keeper.engine.snapshot(), &query)
    }

    async fn suggest(&self, cx: &Cx, text: String) -> Result<Suggestions, Error> {
        cx.check_deadline()?;
        Ok(suggest(&self.finder, &self.keeper.engine.snapshot(), &text)?)
    }

    async fn reindex(&self, cx: &Cx) -> Result<IndexStatus, Error> {
        cx.actor.require(CATALOG_MANAGE)?;
        self.keeper.rebuild().await?;
        Ok(self.index_status())
    }

    async fn status(&self, _cx: &Cx) -> Result<IndexStatus, Error> {
        Ok(self.index_status())
    }
}

impl Drop for SearchService {
    fn drop(&mut self) {
        self.background.iter().for_each(AbortHandle::abort);
    }
}
