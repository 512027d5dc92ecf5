//! Moves committed pages from the write-ahead log into the database file, beside the writer rather than in its way.
//!
//! A thread with a connection of its own does it while the writer goes on appending. Under constant load it can never
//! quite catch up, and the log starts anew only when all of it has been moved: so when the log has grown long, the
//! writer is asked to move the few last pages itself between two batches.

use std::{
    path::Path,
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use rusqlite::Connection;
use souk_types::Fault;

use super::open;

/// Pause between two checkpoints under load.
const PAUSE: Duration = Duration::from_secs(1);
/// Pages of 4 KiB from which on the writer is asked to finish.
const LONG_LOG_PAGES: i64 = 4_000;

pub(super) struct Checkpointer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    service: &'static str,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    writer_should_finish: AtomicBool,
}

#[derive(Default)]
struct State {
    commits: bool,
    stopped: bool,
}

pub(super) fn start(path: &Path, service: &'static str) -> Result<Checkpointer, Fault> {
    let shared = Arc::new(Shared::default());
    let connection = open::checkpointer(path)?;
    let for_thread = Arc::clone(&shared);
    let thread = thread::Builder::new()
        .name(format!("{service}-checkpoint"))
        .spawn(move || for_thread.serve(&connection, service))
        .map_err(|error| Fault::unavailable(format!("a thread cannot be started: {error}")))?;
    Ok(Checkpointer { shared, thread: Some(thread), service })
}

impl Checkpointer {
    /// Tells that there are new pages in the log. Called by the writer between two transactions.
    pub(super) fn committed(&self, connection: &Connection) {
        if self.shared.writer_should_finish.swap(false, Ordering::Relaxed) {
            checkpoint(connection, "PRAGMA wal_checkpoint(PASSIVE)", self.service);
        }
        let mut state = self.shared.lock();
        if !state.commits {
            state.commits = true;
            self.shared.changed.notify_one();
        }
    }

    /// Ends the thread and waits for it.
    pub(super) fn stop(&mut self) {
        self.shared.lock().stopped = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, connection: &Connection, service: &'static str) {
        loop {
            let state = self.lock();
            let mut state = self
                .changed
                .wait_while(state, |state| !state.commits && !state.stopped)
                .unwrap_or_else(PoisonError::into_inner);
            // Commits gather for a while: moving a page once is enough, however often it was written.
            (state, _) = self
                .changed
                .wait_timeout_while(state, PAUSE, |state| !state.stopped)
                .unwrap_or_else(PoisonError::into_inner);
            if state.stopped {
                return;
            }
            state.commits = false;
            drop(state);
            let log_pages = checkpoint(connection, "PRAGMA wal_checkpoint(PASSIVE)", service);
            if log_pages > LONG_LOG_PAGES {
                self.writer_should_finish.store(true, Ordering::Relaxed);
            }
        }
    }
}

/// Empties the log before the file is closed.
pub(super) fn finish(connection: &Connection, service: &'static str) {
    checkpoint(connection, "PRAGMA wal_checkpoint(TRUNCATE)", service);
}

/// Gives the pages in the log. A failure is only logged: the data is safe in the log, and the next one tries again.
fn checkpoint(connection: &Connection, sql: &str, service: &'static str) -> i64 {
    connection.query_row(sql, [], |row| row.get(1)).unwrap_or_else(|error| {
        tracing::warn!(store = service, %error, "a checkpoint failed and will be tried again");
        0
    })
}
