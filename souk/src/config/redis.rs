//! What the instances of a service share.

use std::fmt;

use anyhow::{Result, anyhow};
use serde::{Deserialize, Serialize};
use souk_redis::RedisConfig;

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
}

impl Default for Redis {
    fn default() -> Self {
        Self { urls: None, prefix: "souk".to_owned() }
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
        let urls = self.redis.urls.as_ref()?.as_slice().to_vec();
        Some(RedisConfig { urls, prefix: self.redis.prefix.clone() })
    }

    pub(super) fn check_redis(&self) -> Result<()> {
        let checked = self.redis().map_or(Ok(()), |redis| redis.check());
        checked.map_err(|fault| anyhow!("redis.{fault}"))
    }
}
