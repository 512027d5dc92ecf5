//! What the instances of a service share.

use std::{fmt, path::PathBuf};

use anyhow::{Result, anyhow};
use serde::{Deserialize, Serialize};
use souk_redis::RedisConfig;
use souk_tls::ServerTrust;

use super::{Config, OneOrMore};

/// Where Redis is.
#[derive(Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Redis {
    /// One address of a server, or several of a cluster, `redis://user:password@host:6379`; without any, each instance
    /// counts for itself, and carts lie in the databases.
    pub urls: Option<OneOrMore>,
    /// What all keys begin with.
    pub prefix: String,
    /// A file of the authorities that the servers' certificates have to come from; else those of the machine.
    pub authorities: Option<PathBuf>,
    /// A file of the certificate that is shown to the servers.
    pub certificate: Option<PathBuf>,
    /// The file of its key.
    pub key: Option<PathBuf>,
}

impl Default for Redis {
    fn default() -> Self {
        Self { urls: None, prefix: "souk".to_owned(), authorities: None, certificate: None, key: None }
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Its addresses may have passwords.
        f.debug_struct("Redis").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

impl Config {
    /// Where Redis is; `None` without one.
    #[must_use]
    pub fn redis(&self) -> Option<RedisConfig> {
        let Redis { urls, prefix, authorities, certificate, key } = self.redis.clone();
        let trust = ServerTrust { authorities, certificate, key };
        Some(RedisConfig { urls: urls?.as_slice().to_vec(), trust, prefix })
    }

    pub(super) fn check_redis(&self) -> Result<()> {
        let checked = self.redis().map_or(Ok(()), |redis| redis.check());
        checked.map_err(|fault| anyhow!("redis.{fault}"))
    }
}
