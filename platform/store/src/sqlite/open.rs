use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig};
use souk_types::Fault;

/// How long a connection waits for another process that holds the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const BUSY_PAUSE: Duration = Duration::from_millis(10);
/// Statements that a connection keeps prepared.
const PREPARED_MAX: usize = 256;

/// `synchronous=FULL`: a commit is on disk before it is answered. The caches are small because a process has about
/// ten stores with several connections each. Checkpoints are made beside the writer (see `checkpoint`); the automatic
/// one is a last resort.
const WRITER: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -6144;
    PRAGMA wal_autocheckpoint = 20000;
    PRAGMA journal_size_limit = 67108864;
    PRAGMA case_sensitive_like = ON;
";
const READER: &str = "
    PRAGMA query_only = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -512;
    PRAGMA case_sensitive_like = ON;
";

/// The connection of the writer thread; makes the file when it is not there.
pub(super) fn writer(path: &Path) -> Result<Connection, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let until = Instant::now() + BUSY_TIMEOUT;
    loop {
        match try_open(path, flags, WRITER) {
            // SQLite itself does not wait when two processes switch a new file to the write-ahead log at once.
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && Instant::now() < until => {
                thread::sleep(BUSY_PAUSE);
            }
            opened => return opened.map_err(|error| unavailable(path, &error)),
        }
    }
}

/// A transaction that changes more pages than the cache has room for keeps them all the same until its commit, rather
/// than write some of them twice. Not for migrations: those may change a whole table.
pub(super) fn keep_changed_pages(connection: &Connection) -> Result<(), Fault> {
    connection
        .execute_batch("PRAGMA cache_spill = OFF")
        .map_err(|error| Fault::unavailable(format!("the database cannot be set up: {error}")))
}

/// A connection that makes checkpoints.
pub(super) fn checkpointer(path: &Path) -> Result<Connection, Fault> {
    open(path, OpenFlags::SQLITE_OPEN_READ_WRITE, "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;")
}

/// A connection that copies the database elsewhere, which is not permitted to one that may only query.
pub(super) fn copier(path: &Path) -> Result<Connection, Fault> {
    open(path, OpenFlags::SQLITE_OPEN_READ_ONLY, "PRAGMA cache_size = -512;")
}

/// A connection that only reads.
pub(super) fn reader(path: &Path) -> Result<Connection, Fault> {
    open(path, OpenFlags::SQLITE_OPEN_READ_ONLY, READER)
}

fn open(path: &Path, flags: OpenFlags, settings: &str) -> Result<Connection, Fault> {
    try_open(path, flags, settings).map_err(|error| unavailable(path, &error))
}

fn try_open(path: &Path, flags: OpenFlags, settings: &str) -> rusqlite::Result<Connection> {
    // No mutex: a connection is never used by two threads at once.
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.execute_batch(settings)?;
    // Else a statement whose parameters could decide on a partial index is compiled anew for every value.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(PREPARED_MAX);
    Ok(connection)
}

fn unavailable(path: &Path, error: &rusqlite::Error) -> Fault {
    Fault::unavailable(format!("the database {} cannot be opened: {error}", path.display()))
}
