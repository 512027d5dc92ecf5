//! Every SQL text of the service.

pub mod audit;
pub mod ledger;
pub mod levels;
pub mod lists;
pub mod locations;
pub mod reservations;

use serde::Serialize;
use souk_types::Fault;

/// Rows for a statement that takes many at once: a JSON array of arrays, read with `{each:?N}` and
/// `json(value) ->> column`, which SQLite and Postgres understand alike.
fn rows_json<T: Serialize>(rows: &[T]) -> Result<String, Fault> {
    serde_json::to_string(rows).map_err(Fault::internal)
}
