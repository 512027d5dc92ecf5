//! SQL written once, run on SQLite or Postgres: transactions, migrations, outbox and inbox.
//!
//! A service opens a [`Store`] and works through closures over [`Tx`]; it never sees which engine is below.
//!
//! Architecture invariant: both engines behave alike where a service can see it. A statement that fails spoils its
//! transaction (Postgres forces this, SQLite would not), texts sort by their bytes, `LIKE` minds case, and constraint
//! violations carry the same field names.

mod constraint;
mod core;
mod ddl;
mod engine;
mod lexer;
mod migrate;
mod options;
mod outbox;
mod param;
mod placement;
mod postgres;
mod remembered;
mod row;
mod sql;
mod sqlite;
mod store;
#[cfg(feature = "testing")]
pub mod testing;
pub mod transfer;
mod tx;
mod work;

pub use engine::{Engine, Migration, Schema};
pub use migrate::{distribute, misplaced, pending};
pub use options::{PostgresOptions, Tls};
pub use param::{Param, ToParam, json_list};
pub use placement::{Placement, placements};
pub use remembered::Remembered;
pub use row::{Cell, FromCell, Row};
pub use sql::Sql;
pub use store::Store;
pub use tx::{Affected, Expect, Tx};
