//! Reads SQLite files whole.

use std::{collections::BTreeMap, fs, path::Path};

use rusqlite::Connection;
use souk_types::Fault;
use tokio::sync::mpsc;

use super::{
    rows::{Chunk, Column, Digest, Encoder},
    shown,
};
use crate::{Schema, migrate::refusal, sqlite};

/// Looks whether the files of a folder are the databases of the schemas, all of them and no others.
pub(super) fn check_files(folder: &Path, schemas: &[&Schema]) -> Result<(), Fault> {
    if let Some(missing) = schemas.iter().find(|schema| !sqlite::database_path(folder, schema).is_file()) {
        return Err(refusal(format!("{} has no database of {}", shown(folder), missing.service)));
    }
    let files = fs::read_dir(folder).map_err(|error| refusal(format!("{} cannot be read: {error}", shown(folder))))?;
    for path in files.flatten().map(|file| file.path()) {
        let is_database = path.extension().is_some_and(|ending| ending == "db");
        if is_database && schemas.iter().all(|schema| sqlite::database_path(folder, schema) != path) {
            return Err(refusal(format!("{} belongs to no service that this program knows", shown(&path))));
        }
    }
    Ok(())
}

/// Every table of a service with the count of its rows.
pub(super) fn tables(folder: &Path, schema: &Schema) -> Result<Vec<(String, u64)>, Fault> {
    let connection = sqlite::reader(&sqlite::database_path(folder, schema))?;
    let names = names(
        &connection,
        "SELECT name FROM sqlite_schema
         WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> 'souk_migrations' ORDER BY name",
        &[],
    )?;
    let counted = names.into_iter().map(|name| {
        let sql = format!("SELECT count(*) FROM \"{name}\"");
        let rows: i64 = connection.query_row(&sql, [], |row| row.get(0)).map_err(unreadable)?;
        Ok((name, rows.unsigned_abs()))
    });
    counted.collect()
}

/// Reads all rows of a table and sends them in chunks; blocks while the receiver is behind.
pub(super) fn read(
    file: &Path,
    table: &str,
    columns: &[Column],
    chunks: &mpsc::Sender<Chunk>,
) -> Result<Digest, Fault> {
    let connection = sqlite::reader(file)?;
    let mut here = names(&connection, "SELECT name FROM pragma_table_info(?1)", &[&table])?;
    let mut there: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    here.sort_unstable();
    there.sort_unstable();
    if here != there {
        return Err(refusal(format!("it has the columns {there:?} there and {here:?} here")));
    }
    let list: Vec<String> = columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
    let sql = format!("SELECT {} FROM \"{table}\"", list.join(", "));
    let mut statement = connection.prepare(&sql).map_err(unreadable)?;
    let mut rows = statement.query([]).map_err(unreadable)?;
    let mut encoder = Encoder::new();
    let gone = |_| Fault::internal("whoever writes has stopped");
    while let Some(row) = rows.next().map_err(unreadable)? {
        if let Some(chunk) = encoder.row(row, columns)? {
            chunks.blocking_send(chunk).map_err(gone)?;
        }
    }
    let (last, digest) = encoder.end();
    chunks.blocking_send(last).map_err(gone)?;
    Ok(digest)
}

/// The last number that each table with a sequence has given out.
pub(super) fn sequences(folder: &Path, schema: &Schema) -> Result<BTreeMap<String, i64>, Fault> {
    let connection = sqlite::reader(&sqlite::database_path(folder, schema))?;
    // SQLite makes its table of sequences with the first table that has one.
    let mut statement = connection.prepare("SELECT name, seq FROM sqlite_sequence").map_err(unreadable)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(unreadable)?;
    rows.collect::<Result<_, _>>().map_err(unreadable)
}

fn names(connection: &Connection, sql: &str, params: &[&dyn rusqlite::ToSql]) -> Result<Vec<String>, Fault> {
    let mut statement = connection.prepare(sql).map_err(unreadable)?;
    let rows = statement.query_map(params, |row| row.get(0)).map_err(unreadable)?;
    rows.collect::<Result<_, _>>().map_err(unreadable)
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn unreadable(error: rusqlite::Error) -> Fault {
    Fault::unavailable(format!("a database cannot be read: {error}"))
}
