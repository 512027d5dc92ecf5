use std::fmt;

use redis::IntoConnectionInfo as _;
use souk_types::Fault;

/// Bytes of a prefix.
const PREFIX_BYTES_MAX: usize = 40;

/// Where Redis is.
#[derive(Clone)]
pub struct RedisConfig {
    /// One address of a single server, or several of a cluster, as `redis://user:password@host:6379`.
    pub urls: Vec<String>,
    /// What all keys begin with: one for each shop on a server.
    pub prefix: String,
}

impl RedisConfig {
    /// Checks what can be checked without asking anybody.
    ///
    /// # Errors
    /// Invalid on `urls` or `prefix`; the text never quotes an address, which may have a password.
    pub fn check(&self) -> Result<(), Fault> {
        if self.urls.is_empty() {
            return Err(Fault::invalid("urls", "has no address"));
        }
        for (index, url) in self.urls.iter().enumerate() {
            if !url.starts_with("redis://") || url.as_str().into_connection_info().is_err() {
                let wrong = "is not an address like redis://user:password@host:6379";
                return Err(Fault::invalid(format!("urls[{index}]"), wrong));
            }
        }
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b':');
        if self.prefix.is_empty() || self.prefix.len() > PREFIX_BYTES_MAX || !self.prefix.bytes().all(plain) {
            return Err(Fault::invalid(
                "prefix",
                format!("must be 1 to {PREFIX_BYTES_MAX} letters, digits, _, - or :"),
            ));
        }
        Ok(())
    }
}

impl fmt::Debug for RedisConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisConfig").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}
