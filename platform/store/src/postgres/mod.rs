//! Postgres: closures run on blocking threads, one pooled connection each.

mod citus;
mod error;
mod migrate;
mod pool;
mod session;
mod tls;
mod value;
mod wire;

use std::{sync::Arc, time::Duration};

use souk_types::{Cx, ErrorKind, Fault, limits};
use tokio::{runtime::Handle, sync::Semaphore, task, time::timeout};
use tokio_postgres::Client;

use self::pool::{Door, Lease, Pool};
pub(crate) use self::{
    citus::{distribute, misplaced},
    migrate::{applied, bring_up_to_date},
    pool::{away, schema_name, use_key},
    session::Session,
    value::cell,
};
use crate::{PostgresOptions, Schema, Tx, core::Core, transfer, tx, work::Job};

/// Long scans that run at a time: fewer than there are connections.
const SCANS_MAX: usize = 3;
/// How long the opening of a store waits for a connection.
const OPEN_PATIENCE: Duration = Duration::from_secs(10);
/// Runs of one closure against serialisation failures and lost connections.
const RUNS_MAX: u32 = 16;
/// Pauses between such runs, before jitter.
const PAUSE_MIN: Duration = Duration::from_millis(1);
const PAUSE_MAX: Duration = Duration::from_millis(100);

/// REPEATABLE READ rather than READ COMMITTED: a closure that reads a row, decides, and writes it must not lose what
/// another one wrote in between, as it cannot on SQLite. Postgres refuses the later of the two and it is run again.
/// SERIALIZABLE would also refuse write skew, but adds false alarms and memory for every row read; conditional updates,
/// versions and `{for_update}` cover what is left.
const BEGIN_WRITE: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ";
const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// A connection of its own, beside any pool.
pub(crate) async fn connect(url: &str, options: &PostgresOptions, program: &str) -> Result<Client, Fault> {
    Door::try_new(url, options, program)?.connect().await
}

/// Checks what can be checked without connecting.
pub(crate) fn check(options: &PostgresOptions) -> Result<(), Fault> {
    tls::connector(options).map(drop)
}

pub(crate) struct Postgres {
    core: Arc<Core>,
    pool: Arc<Pool>,
    line: Semaphore,
    scans: Arc<Semaphore>,
}

impl Postgres {
    pub(crate) async fn open(
        url: &str,
        schema_prefix: &str,
        options: &PostgresOptions,
        schema: &'static Schema,
        core: Arc<Core>,
    ) -> Result<Self, Fault> {
        let pool = Arc::new(Pool::new(url, schema_prefix, options, schema)?);
        let mut lease = pool.lease(OPEN_PATIENCE).await?;
        let client = Arc::clone(&lease.connection.client);
        let preparing = async {
            transfer::refuse_unfinished(&client, schema_prefix).await?;
            migrate::migrate(&pool, &client, schema, &core.env).await
        };
        lease.carry(preparing).await?;
        // Kept, so that an open store shows as a user of its databases.
        lease.give_back();
        Ok(Self {
            core,
            pool,
            line: Semaphore::new(limits::STORE_QUEUE_MAX),
            scans: Arc::new(Semaphore::new(SCANS_MAX.min(options.connections_max - 1).max(1))),
        })
    }

    pub(crate) async fn write(&self, job: Job) -> Result<(), Fault> {
        let lease = self.lease(&job.cx).await?;
        self.core.meters.wait_seconds.record(job.since.elapsed());
        let (core, runtime) = (Arc::clone(&self.core), Handle::current());
        task::spawn_blocking(move || write(&core, &runtime, lease, job));
        Ok(())
    }

    pub(crate) async fn read(&self, job: Job) -> Result<(), Fault> {
        let lease = self.lease(&job.cx).await?;
        let (core, runtime) = (Arc::clone(&self.core), Handle::current());
        task::spawn_blocking(move || read(&core, &runtime, lease, job));
        Ok(())
    }

    pub(crate) async fn scan(&self, job: Job) -> Result<(), Fault> {
        let permit = timeout(job.cx.remaining(), Arc::clone(&self.scans).acquire_owned())
            .await
            .map_err(|_| Fault::unavailable("too many scans are running"))?
            .map_err(Fault::unavailable)?;
        let lease = self.lease(&job.cx).await?;
        let (core, runtime) = (Arc::clone(&self.core), Handle::current());
        task::spawn_blocking(move || {
            let _permit = permit;
            read(&core, &runtime, lease, job);
        });
        Ok(())
    }

    pub(crate) fn close(&self) {
        self.pool.close();
    }

    #[cfg(feature = "testing")]
    pub(crate) async fn check_sql(&self, text: &str) -> Result<(), Fault> {
        use crate::sql::{Dialect, expand};
        let translated = expand(text, Dialect::Postgres).map_err(Fault::internal)?;
        let mut lease = self.pool.lease(Duration::from_secs(10)).await?;
        let client = Arc::clone(&lease.connection.client);
        let prepared = lease.carry(client.prepare(&translated)).await;
        lease.give_back();
        prepared
            .map(drop)
            .map_err(|error| Fault::internal(format!("{}, in the statement: {text}", error::text(&error))))
    }

    async fn lease(&self, cx: &Cx) -> Result<Lease, Fault> {
        cx.check_deadline()?;
        let _place = self.line.try_acquire().map_err(|_| {
            Fault::new(ErrorKind::TooMany, "too much is going on right now, please try again")
                .because("too many wait for a database connection")
        })?;
        #[expect(clippy::cast_precision_loss, reason = "the line is far shorter than 2^53")]
        self.core.meters.queued_writes.set((limits::STORE_QUEUE_MAX - self.line.available_permits() - 1) as f64);
        self.pool.lease(cx.remaining()).await
    }
}

/// What one run of a closure came to.
enum Ran {
    Answered(Result<(), Fault>),
    /// Nothing was saved, and a fresh run may succeed.
    Again(Fault),
}

fn write(core: &Core, runtime: &Handle, mut lease: Lease, mut job: Job) {
    let mut pause = PAUSE_MIN;
    let mut runs = 0;
    let saved = loop {
        runs += 1;
        let fault = match write_once(core, runtime, &mut lease, &mut job, runs == 1) {
            Ran::Answered(saved) => break saved,
            Ran::Again(fault) => fault,
        };
        if runs >= RUNS_MAX || job.cx.remaining() <= pause {
            break Err(fault);
        }
        std::thread::sleep(core.env.jitter(pause));
        pause = (pause * 2).min(PAUSE_MAX);
        if lease.connection.broken {
            let pool = lease.discard();
            match runtime.block_on(pool.lease(job.cx.remaining())) {
                Ok(fresh) => lease = fresh,
                Err(fault) => return job.refuse(fault),
            }
        }
    };
    // The connection is free before the caller goes on, who may want it at once.
    lease.give_back();
    match saved {
        Ok(()) => job.answer(Ok(())),
        Err(fault) => job.refuse(fault),
    }
}

fn write_once(core: &Core, runtime: &Handle, lease: &mut Lease, job: &mut Job, first: bool) -> Ran {
    let Job { cx, work, .. } = job;
    let mut session = Session::new(runtime, &mut lease.connection, cx, BEGIN_WRITE);
    session.doubts_conflicts(first);
    let mut tx = Tx::new(tx::Session::Postgres(session), core, cx);
    let wants_commit = work.run(&mut tx);
    let (wakes, again, spoiled) = (tx.wakes(), tx.run_again(), tx.spoiled().cloned());
    let tx::Session::Postgres(session) = tx.into_session() else {
        return Ran::Answered(Err(Fault::internal("a transaction changed its engine")));
    };
    if !wants_commit {
        session.roll_back();
        return match spoiled {
            Some(fault) if again => Ran::Again(fault),
            _ => Ran::Answered(Ok(())),
        };
    }
    match session.commit() {
        Ok(()) => {
            if wakes {
                core.listeners.wake();
            }
            Ran::Answered(Ok(()))
        }
        Err(tx::Failure::Again(fault)) => Ran::Again(fault),
        Err(tx::Failure::Statement(fault) | tx::Failure::Row(fault)) => Ran::Answered(Err(fault)),
    }
}

fn read(core: &Core, runtime: &Handle, mut lease: Lease, mut job: Job) {
    let Job { cx, work, .. } = &mut job;
    let session = Session::new(runtime, &mut lease.connection, cx, BEGIN_READ);
    let mut tx = Tx::new(tx::Session::Postgres(session), core, cx);
    work.run(&mut tx);
    if let tx::Session::Postgres(session) = tx.into_session() {
        session.roll_back();
    }
    lease.give_back();
    job.answer(Ok(()));
}
