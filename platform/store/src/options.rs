//! How Postgres is reached.

use std::{path::PathBuf, time::Duration};

/// How Postgres is reached, and how long it may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresOptions {
    /// Connections of one service's store at most.
    pub connections_max: usize,
    /// How long connecting may take.
    pub connect_timeout: Duration,
    /// How long one statement may take; Postgres then cancels it.
    pub statement_timeout: Duration,
    /// How long a transaction may stand idle; Postgres then ends its connection.
    pub idle_in_transaction_timeout: Duration,
    /// What is asked of TLS; `None`: what the address says in `sslmode`, else [`Tls::Prefer`].
    pub tls: Option<Tls>,
    /// A file of the authorities (PEM) that the server's certificate has to come from. With one, certificates are
    /// verified whatever `tls` says.
    pub tls_ca: Option<PathBuf>,
}

/// What is asked of TLS, in the words of libpq.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// Not used.
    Disable,
    /// Used when the server has it; whoever answers is not verified.
    Prefer,
    /// Must be used; whoever answers is not verified.
    Require,
    /// Must be used, and the server's certificate must be of its name and a known authority.
    VerifyFull,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            // A process has about ten stores, and a server takes 100 connections unless told otherwise.
            connections_max: 8,
            connect_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(60),
            idle_in_transaction_timeout: Duration::from_secs(60),
            tls: None,
            tls_ca: None,
        }
    }
}
