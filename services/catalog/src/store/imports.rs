use souk_contracts::{
    ImportId,
    catalog::{BadRow, Import, ImportSort, ImportState, NewImport},
};
use souk_store::{Row, Sql, Tx, params, sql};
use souk_types::{Fault, Timestamp};

use super::{started::Started, to_json};

fn import(row: &Row<'_>) -> Result<Import, Fault> {
    Ok(Import {
        id: row.get(0)?,
        name: row.get(1)?,
        format: row.parse(2)?,
        state: row.parse(3)?,
        bytes: row.get(4)?,
        bytes_read: row.get(5)?,
        created: row.get(6)?,
        updated: row.get(7)?,
        unchanged: row.get(8)?,
        refused: row.get(9)?,
        bad_rows: row.json(10)?,
        unknown_columns: row.json(11)?,
        failure: row.get(12)?,
        created_at: row.get(13)?,
        finished_at: row.get(14)?,
    })
}

pub(crate) fn insert(tx: &mut Tx<'_>, id: ImportId, import: &NewImport, bytes: u64) -> Result<(), Fault> {
    let sql = sql!(
        "INSERT INTO imports (import_id, file, name, format, state, bytes, bytes_read, line, created, updated, unchanged,
             refused, bad_rows, unknown_columns, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0, 0, 0, 0, 0, '[]', '[]', ?7)"
    );
    let state = ImportState::Queued.as_str();
    tx.exec(sql, params![id, import.file, import.name, import.format.as_str(), state, bytes, tx.now()])?.expect_one()
}

pub(crate) fn by_id(tx: &mut Tx<'_>, id: ImportId) -> Result<Option<Import>, Fault> {
    let sql = sql!(
        "SELECT import_id, name, format, state, bytes, bytes_read, created, updated, unchanged, refused, bad_rows,
             unknown_columns, failure, created_at, finished_at
         FROM imports WHERE import_id = ?1"
    );
    tx.query_opt(sql, params![id], import)
}

/// Imports by when they were asked for, of one state or of all; without their bad rows and unknown columns, which may
/// be many.
pub(crate) fn list(
    tx: &mut Tx<'_>,
    sort: ImportSort,
    state: Option<ImportState>,
    behind: &Started,
    rows: i64,
) -> Result<Vec<Import>, Fault> {
    let sql = list_sql(sort == ImportSort::Newest, state.is_some());
    match state {
        Some(state) => tx.query(sql, params![behind.at, behind.id, rows, state.as_str()], import),
        None => tx.query(sql, params![behind.at, behind.id, rows], import),
    }
}

pub(super) fn list_sql(descending: bool, by_state: bool) -> &'static Sql {
    match (descending, by_state) {
        (true, true) => sql!(
            "SELECT import_id, name, format, state, bytes, bytes_read, created, updated, unchanged, refused, '[]', '[]', failure,
                 created_at, finished_at
             FROM imports WHERE state = ?4 AND (created_at, import_id) < (?1, ?2)
             ORDER BY created_at DESC, import_id DESC LIMIT ?3"
        ),
        (true, false) => sql!(
            "SELECT import_id, name, format, state, bytes, bytes_read, created, updated, unchanged, refused, '[]', '[]', failure,
                 created_at, finished_at
             FROM imports WHERE (created_at, import_id) < (?1, ?2)
             ORDER BY created_at DESC, import_id DESC LIMIT ?3"
        ),
        (false, true) => sql!(
            "SELECT import_id, name, format, state, bytes, bytes_read, created, updated, unchanged, refused, '[]', '[]', failure,
                 created_at, finished_at
             FROM imports WHERE state = ?4 AND (created_at, import_id) > (?1, ?2)
             ORDER BY created_at, import_id LIMIT ?3"
        ),
        (false, false) => sql!(
            "SELECT import_id, name, format, state, bytes, bytes_read, created, updated, unchanged, refused, '[]', '[]', failure,
                 created_at, finished_at
             FROM imports WHERE (created_at, import_id) > (?1, ?2)
             ORDER BY created_at, import_id LIMIT ?3"
        ),
    }
}

/// The file of an import and the line that it has been read to.
pub(crate) fn place(tx: &mut Tx<'_>, id: ImportId) -> Result<(String, u64), Fault> {
    let sql = sql!("SELECT file, line FROM imports WHERE import_id = ?1");
    tx.query_one(sql, params![id], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// The counters of an import under way.
pub(crate) struct Counters<'a> {
    pub(crate) bytes: u64,
    pub(crate) bytes_read: u64,
    pub(crate) line: u64,
    pub(crate) created: u64,
    pub(crate) updated: u64,
    pub(crate) unchanged: u64,
    pub(crate) refused: u64,
    pub(crate) bad_rows: &'a [BadRow],
    pub(crate) unknown_columns: &'a [String],
}

/// Keeps the counters of an import that has been read to `was`.
///
/// # Errors
/// [`ErrorKind::Conflict`](souk_types::ErrorKind::Conflict) when another run has taken it further.
pub(crate) fn save(tx: &mut Tx<'_>, id: ImportId, was: u64, counters: &Counters<'_>) -> Result<(), Fault> {
    let sql = sql!(
        "UPDATE imports SET state = ?2, bytes = ?3, bytes_read = ?4, line = ?5, created = ?6, updated = ?7, unchanged = ?8,
             refused = ?9, bad_rows = ?10, unknown_columns = ?11
         WHERE import_id = ?1 AND bytes_read = ?12"
    );
    tx.exec(
        sql,
        params![
            id,
            ImportState::Running.as_str(),
            counters.bytes,
            counters.bytes_read,
            counters.line,
            counters.created,
            counters.updated,
            counters.unchanged,
            counters.refused,
            to_json(counters.bad_rows)?,
            to_json(counters.unknown_columns)?,
            was,
        ],
    )?
    .expect_one()
}

pub(crate) fn finish(tx: &mut Tx<'_>, id: ImportId, failure: Option<&str>, at: Timestamp) -> Result<(), Fault> {
    let state = if failure.is_some() { ImportState::Failed } else { ImportState::Finished };
    let sql = sql!("UPDATE imports SET state = ?2, failure = ?3, finished_at = ?4 WHERE import_id = ?1");
    tx.exec(sql, params![id, state.as_str(), failure, at])?.expect_one()
}
