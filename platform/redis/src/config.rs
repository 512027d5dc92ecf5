use std::fmt;

use redis::IntoConnectionInfo as _;
use souk_tls::ServerTrust;
use souk_types::Fault;

/// How addresses begin, without TLS and with it.
const PLAIN: &str = "redis://";
const SECURED: &str = "rediss://";
/// Bytes of a prefix.
const PREFIX_BYTES_MAX: usize = 40;

/// Where Redis is.
#[derive(Clone)]
pub struct RedisConfig {
    /// One address of a single server, or several of a cluster, as `redis://user:password@host:6379`, or `rediss://` for
    /// TLS.
    pub urls: Vec<String>,
    /// By what the servers are known by TLS, and this process there.
    pub trust: ServerTrust,
    /// What all keys begin with: one for each shop on a server.
    pub prefix: String,
}

impl RedisConfig {
    /// Checks what can be checked without asking anybody; certificates are read.
    ///
    /// # Errors
    /// Invalid on `urls`, `prefix`, `authorities`, `certificate` or `key`; the text never quotes an address, which may have a password.
    pub fn check(&self) -> Result<(), Fault> {
        if self.urls.is_empty() {
            return Err(Fault::invalid("urls", "has no address"));
        }
        for (index, url) in self.urls.iter().enumerate() {
            // What stands behind a # would have any certificate believed.
            let of_form = (url.starts_with(PLAIN) || url.starts_with(SECURED)) && !url.contains('#');
            if !of_form || url.as_str().into_connection_info().is_err() {
                let wrong = "is not an address like redis://user:password@host:6379, or rediss:// for TLS";
                return Err(Fault::invalid(format!("urls[{index}]"), wrong));
            }
            if url.starts_with(SECURED) != self.is_secured() {
                return Err(Fault::invalid(
                    format!("urls[{index}]"),
                    "must have TLS if the others have, and only then",
                ));
            }
        }
        if !self.trust.is_empty() && !self.is_secured() {
            return Err(Fault::invalid("urls", "must begin with rediss:// for certificates to be used"));
        }
        self.trust.check()?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b':');
        if self.prefix.is_empty() || self.prefix.len() > PREFIX_BYTES_MAX || !self.prefix.bytes().all(plain) {
            return Err(Fault::invalid(
                "prefix",
                format!("must be 1 to {PREFIX_BYTES_MAX} letters, digits, _, - or :"),
            ));
        }
        Ok(())
    }

    pub(crate) fn is_secured(&self) -> bool {
        self.urls.first().is_some_and(|url| url.starts_with(SECURED))
    }
}

impl fmt::Debug for RedisConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisConfig").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}
