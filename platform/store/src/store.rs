use std::{fmt, path::Path, sync::Arc, time::Instant};

use souk_types::{Cx, Env, Fault, TraceParent};
use tokio::sync::Notify;
use tracing::{Instrument as _, Span};

use crate::{Engine, Schema, Tx, core::Core, postgres::Postgres, sql, sqlite::Sqlite, work};

/// One service's database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    core: Arc<Core>,
    backend: Backend,
}

enum Backend {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Store {
    /// Opens the database of a schema's service, makes it when it is not there, and brings its tables up to date.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](souk_types::ErrorKind::Internal) when the database is newer than the program or its
    /// history differs; [`ErrorKind::Unavailable`](souk_types::ErrorKind::Unavailable) when it cannot be reached.
    pub async fn open(engine: &Engine, schema: &'static Schema, env: Env) -> Result<Self, Fault> {
        let core = Arc::new(Core::new(schema, env));
        let backend = match engine {
            Engine::Sqlite { folder } => Backend::Sqlite(Sqlite::open(folder, schema, Arc::clone(&core)).await?),
            Engine::Postgres { url, schema_prefix, options } => {
                Backend::Postgres(Postgres::open(url, schema_prefix, options, schema, Arc::clone(&core)).await?)
            }
        };
        Ok(Self { inner: Arc::new(Inner { core, backend }) })
    }

    /// Runs a closure in a transaction that may write, and commits when it answers `Ok`.
    ///
    /// The closure may be run more than once, so it has no effect but through `tx`. When the answer is `Ok`, the data
    /// is on disk. It sees a consistent snapshot with its own writes; on Postgres (REPEATABLE READ) two closures that
    /// each read what the other writes, and write different rows, need `{for_update}` or a version check to notice.
    ///
    /// # Errors
    /// The closure's own; else [`ErrorKind::Unavailable`](souk_types::ErrorKind::Unavailable) when the deadline has
    /// passed, the disk is full or the database away, [`ErrorKind::TooMany`](souk_types::ErrorKind::TooMany) when too
    /// many writes wait, and [`ErrorKind::Internal`](souk_types::ErrorKind::Internal) when the closure panics.
    pub async fn write<T, E>(
        &self,
        cx: &Cx,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        let started = Instant::now();
        let result = self.write_once(cx, work).instrument(self.span()).await;
        self.inner.core.meters.write_seconds.record(started.elapsed());
        result
    }

    async fn write_once<T, E>(
        &self,
        cx: &Cx,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        let (job, answer) = work::job(cx, work);
        match &self.inner.backend {
            Backend::Sqlite(sqlite) => sqlite.write(job).await?,
            Backend::Postgres(postgres) => postgres.write(job).await?,
        }
        work::answer(cx, answer).await
    }

    /// The span of a write that is part of something: what a service writes for itself (leases, places) would be a trace
    /// of nothing else.
    fn span(&self) -> Span {
        let store = self.service();
        TraceParent::here().map_or_else(Span::none, |_| {
            tracing::debug_span!("write", otel.name = format_args!("write {store}"), otel.kind = "client", store)
        })
    }

    /// Runs a closure of short reads over one consistent snapshot: inline on SQLite, so keep it to a few look-ups.
    pub async fn read<T, E>(
        &self,
        cx: &Cx,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        match &self.inner.backend {
            Backend::Sqlite(sqlite) => {
                let (mut work, mut outcome) = (Some(work), None);
                sqlite.read(cx, &mut |tx| {
                    outcome = work.take().map(|work| work::run(tx, work));
                })?;
                outcome.unwrap_or_else(|| Err(E::from(Fault::internal("a read was not run"))))
            }
            Backend::Postgres(postgres) => {
                let (job, answer) = work::job(cx, once(work));
                postgres.read(job).await?;
                work::answer(cx, answer).await
            }
        }
    }

    /// Runs a closure of long reads over one consistent snapshot, on a thread where it holds nobody up.
    pub async fn scan<T, E>(
        &self,
        cx: &Cx,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        let (job, answer) = work::job(cx, once(work));
        match &self.inner.backend {
            Backend::Sqlite(sqlite) => sqlite.scan(job).await?,
            Backend::Postgres(postgres) => postgres.scan(job).await?,
        }
        work::answer(cx, answer).await
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](souk_types::ErrorKind::Unavailable) when it is away.
    pub async fn ping(&self, cx: &Cx) -> Result<(), Fault> {
        self.read(cx, |tx| tx.query_one(sql!("SELECT 1"), &[], |row| row.get::<i64>(0)).map(drop)).await
    }

    /// Time and randomness.
    pub fn env(&self) -> &Env {
        &self.inner.core.env
    }

    /// The service whose database this is.
    pub fn service(&self) -> &'static str {
        self.inner.core.service
    }

    /// SQL statements that closures have run so far.
    pub fn statements(&self) -> u64 {
        self.inner.core.statements()
    }

    /// Counts the commits to this database, all of them: while it stands still, what was read stays true. `None` on
    /// Postgres, where other processes commit as well.
    pub fn commits(&self) -> Option<u64> {
        match &self.inner.backend {
            Backend::Sqlite(_) => Some(self.inner.core.commits()),
            Backend::Postgres(_) => None,
        }
    }

    /// Says whether other processes may have the database as well.
    pub fn is_shared(&self) -> bool {
        matches!(&self.inner.backend, Backend::Postgres(_))
    }

    /// Copies the database as it is now into a file, on disk, beside reads and writes that go on.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](souk_types::ErrorKind::Internal) when it is no file but on Postgres, or when the file
    /// exists or cannot be written.
    pub async fn copy_to(&self, file: &Path) -> Result<(), Fault> {
        match &self.inner.backend {
            Backend::Sqlite(sqlite) => sqlite.copy_to(file).await,
            Backend::Postgres(_) => Err(Fault::internal("a database on Postgres is not copied as a file")),
        }
    }

    /// Registers a listener that is notified after each commit, in this process, that emitted an event or called
    /// [`Tx::wake`]. Call it once per listener and keep what it gives: a wake-up between two waits is then not lost.
    /// Commits of other processes are not noticed, so look from time to time as well.
    pub fn outbox_changed(&self) -> Arc<Notify> {
        self.inner.core.listeners.add()
    }

    /// Ends the store: what was handed in before is still saved, what comes later (from clones) is refused.
    pub async fn close(self) {
        match &self.inner.backend {
            Backend::Sqlite(sqlite) => sqlite.close().await,
            Backend::Postgres(postgres) => postgres.close(),
        }
    }

    /// Prepares a text in the shared dialect without running it.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](souk_types::ErrorKind::Internal) with the engine's complaint.
    #[cfg(feature = "testing")]
    pub async fn check_sql(&self, text: &str) -> Result<(), Fault> {
        match &self.inner.backend {
            Backend::Sqlite(sqlite) => sqlite.check_sql(text),
            Backend::Postgres(postgres) => postgres.check_sql(text).await,
        }
    }
}

/// A closure that runs once, where one that may run again is wanted.
fn once<T, E: From<Fault>>(
    work: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send,
) -> impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send {
    let mut work = Some(work);
    move |tx| match work.take() {
        Some(work) => work(tx),
        None => Err(E::from(Fault::internal("a read was run twice"))),
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("service", &self.service()).finish_non_exhaustive()
    }
}
