//! Documents of which each is small, is read and written as a whole, and lives until it was left alone for a while.
//!
//! They lie in a table of the service's own store, or in Redis. Whoever decides about a document sees it as it is and
//! changes it as if alone: if somebody else was faster, the decision is made again on what is there now. The rules are
//! the same on both engines, so nothing that needs two documents changed at once, or a document and a row, can be built on
//! them: it is done in steps of which each can be taken twice.

mod decision;
mod in_redis;
mod in_store;
mod left_behind;
mod scripts;

use std::time::Duration;

use serde::{Serialize, de::DeserializeOwned};
use souk_redis::Redis;
use souk_store::{Store, Tx};
use souk_types::{Cx, Fault, Timestamp};

use self::{in_redis::InRedis, in_store::InStore};

/// The documents of one service, each under a key. One that was never written, or has become the default again, is not
/// there, and is read as the default. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Documents(Engine);

#[derive(Debug, Clone)]
enum Engine {
    Store(InStore),
    Redis(InRedis),
}

/// A document that was left alone for too long, and is there no more.
#[derive(Debug)]
pub struct Expired<T> {
    /// Its key.
    pub key: String,
    /// What it was.
    pub document: T,
    /// When it was last changed.
    pub changed_at: Timestamp,
}

impl Documents {
    /// In the table `documents` of a store.
    pub fn in_store(store: Store) -> Self {
        Self(Engine::Store(InStore::new(store)))
    }

    /// In Redis, under a name that stands in all keys. What is told of documents that expire is still written to the
    /// service's store. A document that nobody has changed for `life` and a day is gone even if nobody looks.
    pub fn in_redis(redis: Redis, name: &'static str, store: Store, life: Duration) -> Self {
        Self(Engine::Redis(InRedis::new(redis, name, store, life)))
    }

    /// Reads a document.
    ///
    /// # Errors
    /// Unavailable when the engine is away.
    pub async fn read<T>(&self, cx: &Cx, key: &str) -> Result<T, Fault>
    where
        T: Default + DeserializeOwned + Send + 'static,
    {
        match &self.0 {
            Engine::Store(store) => store.read(cx, key).await,
            Engine::Redis(redis) => redis.read(cx, key).await,
        }
    }

    /// Decides about a document and writes what became of it, if that is something else than before. When the answer is
    /// `Ok`, it is kept. The closure may be run more than once, so it has no effect but on the document.
    ///
    /// # Errors
    /// The closure's own, with the document left as it was; Unavailable when the engine is away: the change may have
    /// been made nevertheless.
    pub async fn change<T, R, E>(
        &self,
        cx: &Cx,
        key: &str,
        decide: impl FnMut(&mut T, Timestamp) -> Result<R, E> + Send + 'static,
    ) -> Result<R, E>
    where
        T: Default + Serialize + DeserializeOwned + Send + 'static,
        R: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        match &self.0 {
            Engine::Store(store) => store.change(cx, key, decide).await,
            Engine::Redis(redis) => redis.change(cx, key, decide).await,
        }
    }

    /// Brings documents that were left behind in the service's store when Redis was switched on, so many at most, and says
    /// how many there were. Each is found by its key before, too; this is for those that nobody asks for.
    ///
    /// # Errors
    /// When the store or Redis fails; what was not brought is left for the next time.
    pub async fn bring_over(&self, cx: &Cx, limit: usize) -> Result<usize, Fault> {
        match &self.0 {
            Engine::Store(_) => Ok(0),
            Engine::Redis(redis) => redis.bring_over(cx, limit).await,
        }
    }

    /// Takes away documents that were not changed since then, so many at most, and has each told of in a transaction of
    /// the service's store: once, or in Redis at least once. Says how many there were.
    ///
    /// # Errors
    /// The closure's own, and those of the engine; what was not told of is left for the next time.
    pub async fn expire<T>(
        &self,
        cx: &Cx,
        since: Timestamp,
        limit: usize,
        tell: impl FnMut(&mut Tx<'_>, Expired<T>) -> Result<(), Fault> + Send + 'static,
    ) -> Result<usize, Fault>
    where
        T: DeserializeOwned + Send + 'static,
    {
        match &self.0 {
            Engine::Store(store) => store.expire(cx, since, limit, tell).await,
            Engine::Redis(redis) => redis.expire(cx, since, limit, tell).await,
        }
    }
}
