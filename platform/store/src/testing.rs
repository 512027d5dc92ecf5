//! Engines for tests: SQLite in a folder of its own, Postgres in schemas of its own, gone when the test is.

pub mod citus;

use std::{fmt, thread, time::Duration};

use souk_types::{Env, Fault};
use tempfile::TempDir;
use tokio::{runtime, time::timeout};
use tokio_postgres::NoTls;

use crate::{Engine, Schema, Store};

/// Names the Postgres that tests may use; without it they run on SQLite only.
pub const POSTGRES_URL: &str = "SOUK_TEST_POSTGRES_URL";
/// Says, when it is set, that the Postgres is Citus: tests then run on distributed tables.
pub const CITUS: &str = "SOUK_TEST_CITUS";
const CLEAN_UP_TIMEOUT: Duration = Duration::from_secs(10);
/// The server may refuse to drop a schema while another test's clean-up or its own housekeeping is in the way.
const CLEAN_UP_ATTEMPTS: usize = 3;

/// An empty engine of one test. What it holds is deleted when this is dropped.
pub struct TestEngine {
    /// `sqlite` or `postgres`.
    pub name: &'static str,
    engine: Engine,
    _folder: Option<TempDir>,
}

/// A new engine of every kind that is at hand.
///
/// # Panics
/// When no temporary folder can be made.
pub fn engines() -> Vec<TestEngine> {
    std::iter::once(TestEngine::sqlite()).chain(TestEngine::postgres()).collect()
}

impl TestEngine {
    /// SQLite in a temporary folder.
    ///
    /// # Panics
    /// When no temporary folder can be made.
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("no temporary folder: {error}"));
        let engine = Engine::sqlite(folder.path());
        Self { name: engine.name(), engine, _folder: Some(folder) }
    }

    /// Postgres under a new schema prefix; `None` when no server is at hand.
    pub fn postgres() -> Option<Self> {
        let url = std::env::var(POSTGRES_URL).ok().filter(|url| !url.is_empty())?;
        let random = u32::from_le_bytes(Env::system().random_bytes());
        let engine = Engine::postgres(url, format!("t_{random:08x}_"));
        Some(Self { name: engine.name(), engine, _folder: None })
    }

    /// Opens a store.
    ///
    /// # Panics
    /// When it cannot be opened.
    pub async fn open(&self, schema: &'static Schema, env: Env) -> Store {
        self.distribute(schema).await;
        Store::open(&self.engine, schema, env)
            .await
            .unwrap_or_else(|fault| panic!("{} on {} does not open: {fault}", schema.service, self.name))
    }

    /// Makes the tables of a schema and has Citus spread them, where tests run on Citus.
    ///
    /// # Panics
    /// When that fails.
    pub async fn distribute(&self, schema: &'static Schema) {
        if self.name != "postgres" || std::env::var_os(CITUS).is_none() {
            return;
        }
        let distributing = async {
            Store::open(&self.engine, schema, Env::system()).await?.close().await;
            crate::distribute(&self.engine, schema).await
        };
        match distributing.await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("{POSTGRES_URL} names no Citus"),
            Err(fault) => panic!("{} is not distributed: {fault}", schema.service),
        }
    }

    /// Opens a store for whoever cannot wait for it.
    ///
    /// # Panics
    /// When it cannot be opened.
    pub fn open_at_once(&self, schema: &'static Schema, env: Env) -> Store {
        // A runtime of its own, on a thread of its own: the caller's may be of one thread, which must not block.
        thread::scope(|scope| {
            let opening = scope.spawn(|| {
                let runtime = runtime::Builder::new_current_thread().enable_all().build();
                runtime.unwrap_or_else(|error| panic!("no runtime: {error}")).block_on(self.open(schema, env))
            });
            opening.join().unwrap_or_else(|_| panic!("{} on {} does not open", schema.service, self.name))
        })
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }
}

impl Drop for TestEngine {
    #[expect(clippy::disallowed_methods, reason = "cleans up outside of the runtime of the test")]
    fn drop(&mut self) {
        let Engine::Postgres { url, schema_prefix, .. } = &self.engine else { return };
        let (url, prefix) = (url.clone(), schema_prefix.clone());
        // A runtime of its own: this may run inside the test's, which must not block, or after it.
        let cleaning = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(Fault::unavailable)?;
            runtime.block_on(async {
                let mut cleaned = Ok(());
                for _ in 0..CLEAN_UP_ATTEMPTS {
                    cleaned = timeout(CLEAN_UP_TIMEOUT, drop_schemas(&url, &prefix))
                        .await
                        .unwrap_or_else(|_| Err(Fault::deadline()));
                    if cleaned.is_ok() {
                        break;
                    }
                }
                cleaned
            })
        });
        if let Ok(Err(fault)) = cleaning.join() {
            tracing::warn!(%fault, "the schemas of a test were not dropped");
        }
    }
}

impl fmt::Debug for TestEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestEngine").field("engine", &self.engine).finish_non_exhaustive()
    }
}

#[expect(clippy::disallowed_methods, reason = "a connection is served by a task until it is closed")]
async fn drop_schemas(url: &str, prefix: &str) -> Result<(), Fault> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.map_err(Fault::unavailable)?;
    tokio::spawn(connection);
    client.batch_execute("SET lock_timeout = '5s'").await.map_err(Fault::unavailable)?;
    // A transaction may still be open: its connection is served by the test's runtime, which waits for this. Who is at work
    // ends by themselves; on Citus they may be another test's.
    client
        .execute(
            "SELECT pg_terminate_backend(pid)
             FROM (SELECT DISTINCT locks.pid FROM pg_locks locks
                   JOIN pg_stat_activity activity ON activity.pid = locks.pid
                   JOIN pg_class class ON class.oid = locks.relation
                   JOIN pg_namespace space ON space.oid = class.relnamespace
                   WHERE starts_with(space.nspname::text, $1)
                       AND activity.state LIKE 'idle in transaction%') holders",
            &[&prefix],
        )
        .await
        .map_err(Fault::unavailable)?;
    let schemas = client
        .query("SELECT nspname::text FROM pg_namespace WHERE starts_with(nspname::text, $1)", &[&prefix])
        .await
        .map_err(Fault::unavailable)?;
    for schema in schemas {
        let name: String = schema.try_get(0).map_err(Fault::unavailable)?;
        client.batch_execute(&format!("DROP SCHEMA {name} CASCADE")).await.map_err(Fault::unavailable)?;
    }
    Ok(())
}
