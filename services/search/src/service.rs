//! The face of the service.

use std::sync::Arc;

use async_trait::async_trait;
use souk_contracts::{
    permission::OPERATIONS,
    search::{Error, IndexStatus, Query, Results, Search, Suggestions},
};
use souk_types::Cx;

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
