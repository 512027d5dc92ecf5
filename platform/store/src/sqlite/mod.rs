//! SQLite: one writer thread that commits many transactions with one fsync, reads on the threads of their callers.

mod checkpoint;
mod error;
mod migrate;
mod open;
mod readers;
mod statement;
#[cfg(test)]
mod tests;
mod writer;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rusqlite::Connection;
use souk_types::{Cx, ErrorKind, Fault, limits};
use tokio::{
    sync::{Semaphore, mpsc, oneshot},
    task::{self, JoinHandle},
    time::timeout,
};

use self::{error::fault, readers::Readers, writer::Command};
pub(crate) use self::{
    migrate::applied,
    statement::{each_row, exec},
};
use crate::{Schema, Tx, core::Core, tx::Session, work::Job};

/// Long scans that run at a time.
const SCANS_MAX: usize = 4;
/// How long a close waits for what was handed in before.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(30);

pub(crate) struct Sqlite {
    core: Arc<Core>,
    writes: mpsc::Sender<Command>,
    readers: Readers,
    scanners: Arc<Readers>,
    scans: Arc<Semaphore>,
}

impl Sqlite {
    pub(crate) async fn open(folder: &Path, schema: &'static Schema, core: Arc<Core>) -> Result<Self, Fault> {
        let path = database_path(folder, schema);
        let (sender, receiver) = mpsc::channel(limits::STORE_QUEUE_MAX);
        let (folder, for_writer) = (folder.to_owned(), Arc::clone(&core));
        let file = path.clone();
        blocking(move || {
            std::fs::create_dir_all(&folder).map_err(|error| {
                Fault::unavailable(format!("the folder {} cannot be made: {error}", folder.display()))
            })?;
            let mut connection = open::writer(&file)?;
            migrate::migrate(&mut connection, schema, &for_writer.env)?;
            open::keep_changed_pages(&connection)?;
            writer::start(connection, receiver, for_writer, &file)
        })
        .await?;
        Ok(Self {
            core,
            writes: sender,
            readers: Readers::per_thread(path.clone()),
            scanners: Arc::new(Readers::shared(path)),
            scans: Arc::new(Semaphore::new(SCANS_MAX)),
        })
    }

    /// Puts a write in line.
    pub(crate) async fn write(&self, job: Job) -> Result<(), Fault> {
        job.cx.check_deadline()?;
        let place = match self.writes.try_reserve() {
            Ok(place) => place,
            Err(mpsc::error::TrySendError::Closed(())) => return Err(closed()),
            Err(mpsc::error::TrySendError::Full(())) => timeout(job.cx.remaining(), self.writes.reserve())
                .await
                .map_err(|_| {
                    Fault::new(ErrorKind::TooMany, "too much is going on right now, please try again")
                        .because("the write queue is full")
                })?
                .map_err(|_| closed())?,
        };
        place.send(Command::Write(job));
        Ok(())
    }

    /// Runs reads on the calling thread: changing threads would cost more than the look-up.
    pub(crate) fn read(&self, cx: &Cx, work: &mut dyn FnMut(&mut Tx<'_>)) -> Result<(), Fault> {
        cx.check_deadline()?;
        let connection = self.readers.take()?;
        let ended = snapshot(&connection, &self.core, cx, work);
        if ended.is_ok() {
            self.readers.put_back(connection);
        }
        ended
    }

    /// Runs reads on a blocking thread, and stops them when the deadline has passed.
    pub(crate) async fn scan(&self, mut job: Job) -> Result<(), Fault> {
        job.cx.check_deadline()?;
        let busy = || Fault::unavailable("too many scans are running");
        let permit = timeout(job.cx.remaining(), Arc::clone(&self.scans).acquire_owned())
            .await
            .map_err(|_| busy())?
            .map_err(|_| closed())?;
        let (core, scanners) = (Arc::clone(&self.core), Arc::clone(&self.scanners));
        let until = job.cx.remaining();
        let connection = task::spawn_blocking(move || scanners.take().map(|connection| (connection, scanners)));
        let (connection, scanners) = connection.await.map_err(Fault::internal)??;
        let interrupt = connection.get_interrupt_handle();
        let mut running: JoinHandle<(Connection, Result<(), Fault>)> = task::spawn_blocking(move || {
            let _permit = permit;
            let Job { cx, work, .. } = &mut job;
            let ended = snapshot(&connection, &core, cx, &mut |tx| {
                work.run(tx);
            });
            job.answer(ended.clone());
            (connection, ended)
        });
        let ended = match timeout(until, &mut running).await {
            Ok(ended) => ended,
            Err(_) => {
                interrupt.interrupt();
                running.await
            }
        };
        let (connection, ended) = ended.map_err(Fault::internal)?;
        if ended.is_ok() {
            scanners.put_back(connection);
        }
        Ok(())
    }

    pub(crate) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        let closing = async {
            if self.writes.send(Command::Close(done)).await.is_ok() {
                let _ = closed.await;
            }
        };
        if timeout(CLOSE_TIMEOUT, closing).await.is_err() {
            tracing::warn!(store = self.core.service, "the store did not close in time");
        }
        self.readers.close();
        self.scanners.close();
    }

    /// Copies the database into a file that does not exist yet.
    pub(crate) async fn copy_to(&self, file: &Path) -> Result<(), Fault> {
        let (core, path, file) = (Arc::clone(&self.core), self.readers.path().to_owned(), file.to_owned());
        blocking(move || {
            let name = file.to_str().ok_or_else(|| Fault::internal("the name of the copy is no text"))?;
            let connection = open::copier(&path)?;
            connection.execute("VACUUM INTO ?1", [name]).map_err(|error| fault(&error, &core))?;
            let synced = std::fs::File::open(&file).and_then(|copy| copy.sync_all());
            synced.map_err(|error| Fault::unavailable(format!("{} is not on disk: {error}", file.display())))
        })
        .await
    }

    #[cfg(feature = "testing")]
    pub(crate) fn check_sql(&self, text: &str) -> Result<(), Fault> {
        use crate::sql::{Dialect, expand};
        let translated = expand(text, Dialect::Sqlite).map_err(Fault::internal)?;
        let connection = self.readers.take()?;
        let checked = connection
            .prepare(&translated)
            .map(drop)
            .map_err(|error| Fault::internal(format!("{error}, in the statement: {text}")));
        self.readers.put_back(connection);
        checked
    }
}

/// Runs a closure over one snapshot of a read-only connection.
fn snapshot(connection: &Connection, core: &Core, cx: &Cx, work: &mut dyn FnMut(&mut Tx<'_>)) -> Result<(), Fault> {
    let run = |sql| statement::run(connection, sql).map_err(|error| fault(&error, core));
    run("BEGIN")?;
    work(&mut Tx::new(Session::Sqlite(connection), core, cx));
    run("COMMIT")
}

pub(crate) fn database_path(folder: &Path, schema: &Schema) -> PathBuf {
    folder.join(format!("{}.db", schema.service))
}

/// A connection that only reads.
pub(crate) fn reader(path: &Path) -> Result<Connection, Fault> {
    open::reader(path)
}

fn closed() -> Fault {
    Fault::unavailable("the store is closed")
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Fault> + Send + 'static) -> Result<T, Fault> {
    task::spawn_blocking(work).await.map_err(Fault::internal)?
}
