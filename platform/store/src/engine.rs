use std::{fmt, path::PathBuf};

use souk_types::Fault;

use crate::{PostgresOptions, postgres};

/// Where the data lies.
#[derive(Clone, PartialEq, Eq)]
pub enum Engine {
    /// SQLite: a file `<service>.db` per service in a folder, which is made when it is not there.
    Sqlite {
        /// The folder.
        folder: PathBuf,
    },
    /// Postgres 15 or newer: a schema named prefix and service.
    Postgres {
        /// A `postgres://` URL.
        url: String,
        /// What the names of the schemas start with; may be empty.
        schema_prefix: String,
        /// How it is reached.
        options: PostgresOptions,
    },
}

impl Engine {
    /// SQLite in a folder.
    pub fn sqlite(folder: impl Into<PathBuf>) -> Self {
        Self::Sqlite { folder: folder.into() }
    }

    /// Postgres at a URL.
    pub fn postgres(url: impl Into<String>, schema_prefix: impl Into<String>) -> Self {
        Self::postgres_with(url, schema_prefix, PostgresOptions::default())
    }

    /// Postgres at a URL, reached in some way.
    pub fn postgres_with(url: impl Into<String>, schema_prefix: impl Into<String>, options: PostgresOptions) -> Self {
        Self::Postgres { url: url.into(), schema_prefix: schema_prefix.into(), options }
    }

    /// Checks what can be checked without opening or connecting: the form of a Postgres address, and its file of
    /// authorities.
    ///
    /// # Errors
    /// Invalid when it is none. The internal message may quote it, and with it a password.
    pub fn check(&self) -> Result<(), Fault> {
        match self {
            Self::Sqlite { .. } => Ok(()),
            Self::Postgres { url, options, .. } => {
                url.parse::<tokio_postgres::Config>()
                    .map_err(|error| Fault::invalid("url", "is not a Postgres address").because(error.to_string()))?;
                postgres::check(options).map_err(|fault| Fault::invalid("tls_ca", fault.public))
            }
        }
    }

    /// `sqlite` or `postgres`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "sqlite",
            Self::Postgres { .. } => "postgres",
        }
    }
}

/// Leaves the URL out: it may hold a password.
impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite { folder } => f.debug_struct("Sqlite").field("folder", folder).finish(),
            Self::Postgres { schema_prefix, .. } => {
                f.debug_struct("Postgres").field("schema_prefix", schema_prefix).finish_non_exhaustive()
            }
        }
    }
}

/// The tables of one service.
#[derive(Debug)]
pub struct Schema {
    /// The service's name: lower-case letters, digits and underscores.
    pub service: &'static str,
    /// Its migrations, in the order of their names.
    pub migrations: &'static [Migration],
}

/// One step of a schema's history. Once released it never changes.
#[derive(Debug)]
pub struct Migration {
    /// The name, for example `0001_products`.
    pub name: &'static str,
    /// Statements in the shared dialect.
    pub sql: &'static str,
}
