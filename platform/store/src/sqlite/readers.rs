//! Read-only connections, handed out without changing threads.

use std::{
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

use rusqlite::Connection;
use souk_types::Fault;

use super::open;

/// Connections that one shelf keeps; more are opened when needed and closed after use.
const SHELF_MAX: usize = 2;
/// Shelves at most, and so, times the above, idle connections at most.
const SHELVES_MAX: usize = 16;

thread_local! {
    static THREAD_NUMBER: usize = {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        NEXT.fetch_add(1, Ordering::Relaxed)
    };
}

/// Shelves of idle connections. A thread always goes to the same shelf, so that it finds the connection whose caches
/// it has warmed and rarely meets another thread at the shelf's lock. Unlike connections in thread-local variables,
/// these are bounded in number and closed together with their store.
pub(super) struct Readers {
    path: PathBuf,
    shelves: Box<[Mutex<Vec<Connection>>]>,
    closed: AtomicBool,
}

impl Readers {
    /// Two shelves per processor.
    pub(super) fn per_thread(path: PathBuf) -> Self {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        Self::with_shelves(path, (processors * 2).min(SHELVES_MAX))
    }

    /// One shelf, for reads that are so long that its lock does not matter.
    pub(super) fn shared(path: PathBuf) -> Self {
        Self::with_shelves(path, 1)
    }

    fn with_shelves(path: PathBuf, count: usize) -> Self {
        Self { path, shelves: (0..count).map(|_| Mutex::default()).collect(), closed: AtomicBool::new(false) }
    }

    /// Where the database is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// An idle connection, or a new one.
    pub(super) fn take(&self) -> Result<Connection, Fault> {
        if self.closed.load(Ordering::Relaxed) {
            return Err(super::closed());
        }
        let idle = self.shelf().lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| open::reader(&self.path), Ok)
    }

    /// Keeps a connection for later. One that failed is dropped instead.
    pub(super) fn put_back(&self, connection: Connection) {
        let mut shelf = self.shelf().lock().unwrap_or_else(PoisonError::into_inner);
        if shelf.len() < SHELF_MAX && !self.closed.load(Ordering::Relaxed) {
            shelf.push(connection);
        }
    }

    /// Closes the idle connections and refuses new ones.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
        for shelf in &self.shelves {
            shelf.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }

    fn shelf(&self) -> &Mutex<Vec<Connection>> {
        &self.shelves[THREAD_NUMBER.with(|number| *number) % self.shelves.len()]
    }
}
