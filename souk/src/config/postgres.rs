//! How Postgres is reached.

use std::{path::PathBuf, time::Duration};

use anyhow::{Result, anyhow, bail};
use serde::{Deserialize, Serialize};
use souk_store::{Engine, PostgresOptions, Tls};

use super::Config;

/// Connections of one service at most: more than a server takes.
const CONNECTIONS_MAX: usize = 1_000;
/// A day: nothing waits longer.
const TIMEOUT_MS_MAX: u64 = 86_400_000;

/// How Postgres is reached, where `data.postgres` says that it is used.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Postgres {
    /// Connections of each service of a process at most.
    pub connections_max: usize,
    /// How long connecting may take, milliseconds.
    pub connect_timeout_ms: u64,
    /// How long one statement may take, milliseconds.
    pub statement_timeout_ms: u64,
    /// How long a transaction may stand idle, milliseconds.
    pub idle_in_transaction_timeout_ms: u64,
    /// What is asked of TLS; else what the address says.
    pub tls: Option<TlsMode>,
    /// A file of the authorities that the server's certificate has to come from.
    pub tls_ca: Option<PathBuf>,
}

/// What is asked of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TlsMode {
    /// Not used.
    Disable,
    /// Used when the server has it.
    Prefer,
    /// Must be used.
    Require,
    /// Must be used, with a server that shows who it is.
    VerifyFull,
}

impl Default for Postgres {
    fn default() -> Self {
        let options = PostgresOptions::default();
        let ms = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(TIMEOUT_MS_MAX);
        Self {
            connections_max: options.connections_max,
            connect_timeout_ms: ms(options.connect_timeout),
            statement_timeout_ms: ms(options.statement_timeout),
            idle_in_transaction_timeout_ms: ms(options.idle_in_transaction_timeout),
            tls: None,
            tls_ca: None,
        }
    }
}

impl Postgres {
    /// What the stores are told of it.
    pub fn options(&self) -> PostgresOptions {
        PostgresOptions {
            connections_max: self.connections_max,
            connect_timeout: Duration::from_millis(self.connect_timeout_ms),
            statement_timeout: Duration::from_millis(self.statement_timeout_ms),
            idle_in_transaction_timeout: Duration::from_millis(self.idle_in_transaction_timeout_ms),
            tls: self.tls.map(|tls| match tls {
                TlsMode::Disable => Tls::Disable,
                TlsMode::Prefer => Tls::Prefer,
                TlsMode::Require => Tls::Require,
                TlsMode::VerifyFull => Tls::VerifyFull,
            }),
            tls_ca: self.tls_ca.clone(),
        }
    }
}

impl Config {
    pub(super) fn check_postgres(&self) -> Result<()> {
        let postgres = &self.postgres;
        // A transaction holds one connection while a migration or a scan holds another.
        if !(2..=CONNECTIONS_MAX).contains(&postgres.connections_max) {
            bail!("postgres.connections_max: must be 2 to {CONNECTIONS_MAX}");
        }
        for (key, ms) in [
            ("connect_timeout_ms", postgres.connect_timeout_ms),
            ("statement_timeout_ms", postgres.statement_timeout_ms),
            ("idle_in_transaction_timeout_ms", postgres.idle_in_transaction_timeout_ms),
        ] {
            if !(1..=TIMEOUT_MS_MAX).contains(&ms) {
                bail!("postgres.{key}: must be 1 to {TIMEOUT_MS_MAX}");
            }
        }
        if postgres.tls == Some(TlsMode::Disable) && postgres.tls_ca.is_some() {
            bail!("postgres.tls_ca: is of no use without TLS, which postgres.tls disables");
        }
        let address = self.data.postgres.as_deref().unwrap_or("postgres://127.0.0.1");
        let checked = Engine::postgres_with(address, "souk_", postgres.options()).check();
        checked.map_err(|fault| match fault.fields.first() {
            Some(wrong) if wrong.field == "tls_ca" => anyhow!("postgres.tls_ca: {}", wrong.message),
            // The reason may quote the address, and with it the password.
            _ => anyhow!("data.postgres: not an address like postgres://user:password@host:5432/database"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<()> {
        toml::from_str::<Config>(text)?.check()
    }

    #[test]
    fn what_cannot_work_is_named_by_its_key() {
        for (key, text) in [
            ("connections_max", "connections_max = 1"),
            ("statement_timeout_ms", "statement_timeout_ms = 0"),
            ("connect_timeout_ms", "connect_timeout_ms = 90000000"),
            ("tls_ca", "tls_ca = \"nofile.pem\""),
            ("tls_ca", "tls_ca = \"Cargo.toml\""),
            ("tls_ca", "tls = \"disable\"\ntls_ca = \"Cargo.toml\""),
        ] {
            let error = format!("{:#}", check(&format!("[postgres]\n{text}")).unwrap_err());
            assert!(error.contains(&format!("postgres.{key}")), "{text}: {error}");
        }
        let error = format!("{:#}", check("[postgres]\ntls = \"perhaps\"").unwrap_err());
        assert!(error.contains("verify-full"), "{error}");
        check("[postgres]\ntls = \"verify-full\"").unwrap();
    }
}
