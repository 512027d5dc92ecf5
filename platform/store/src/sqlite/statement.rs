//! Statements on one connection.

use rusqlite::{
    Connection, ToSql, params_from_iter,
    types::{ToSqlOutput, ValueRef},
};
use souk_types::Fault;

use super::error::fault;
use crate::{Param, Row, Sql, core::Core, sql::Dialect, tx::Failure};

/// Runs a statement that gives no rows; gives the number of rows that it changed.
pub(crate) fn exec(connection: &Connection, core: &Core, sql: &Sql, params: &[Param<'_>]) -> Result<u64, Failure> {
    let text = sql.translated(Dialect::Sqlite).map_err(Failure::Statement)?;
    let run = || connection.prepare_cached(text)?.execute(params_from_iter(params));
    let changed = run().map_err(|error| failure(&error, core, sql))?;
    Ok(u64::try_from(changed).unwrap_or(u64::MAX))
}

/// Runs a statement and shows each row of its result.
pub(crate) fn each_row(
    connection: &Connection,
    core: &Core,
    sql: &Sql,
    params: &[Param<'_>],
    visit: &mut dyn FnMut(&Row<'_>) -> Result<(), Fault>,
) -> Result<(), Failure> {
    let text = sql.translated(Dialect::Sqlite).map_err(Failure::Statement)?;
    let failure = |error: rusqlite::Error| failure(&error, core, sql);
    let mut statement = connection.prepare_cached(text).map_err(failure)?;
    let mut rows = statement.query(params_from_iter(params)).map_err(failure)?;
    while let Some(row) = rows.next().map_err(failure)? {
        visit(&Row::sqlite(row)).map_err(Failure::Row)?;
    }
    Ok(())
}

/// Runs a statement without parameters and rows, kept prepared: BEGIN, COMMIT and their like.
pub(super) fn run(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}

fn failure(error: &rusqlite::Error, core: &Core, sql: &Sql) -> Failure {
    let mut fault = fault(error, core);
    if fault.kind == souk_types::ErrorKind::Internal {
        fault = fault.because(format!("{error}, in the statement: {}", sql.text()));
    }
    Failure::Statement(fault)
}

impl ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Param::Null => ValueRef::Null,
            Param::Integer(number) => ValueRef::Integer(*number),
            Param::Real(number) => ValueRef::Real(*number),
            Param::Boolean(yes) => ValueRef::Integer(i64::from(*yes)),
            Param::Text(text) => ValueRef::Text(text.as_bytes()),
            Param::Bytes(bytes) => ValueRef::Blob(bytes),
            Param::TooLarge => {
                return Err(rusqlite::Error::ToSqlConversionFailure("a number is too large for BIGINT".into()));
            }
        }))
    }
}
