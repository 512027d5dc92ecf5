//! Where files are that all processes share, when not in a folder.

use std::{fmt, path::PathBuf};

use anyhow::{Result, anyhow, bail};
use serde::{Deserialize, Serialize};
use souk_files::S3Config;

use super::Config;

/// A bucket of S3, or of a server that speaks as S3 does.
#[derive(Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct S3 {
    /// The bucket; without one, files are in a folder.
    pub bucket: Option<String>,
    /// The region that it is in.
    pub region: String,
    /// The server, `https://host:port`, or `http://` without TLS; else Amazon's.
    pub endpoint: Option<String>,
    /// What all keys begin with, before a `/`.
    pub prefix: String,
    /// Who asks.
    pub access_key: Option<String>,
    /// By what requests are signed.
    pub secret_key: Option<String>,
    /// A file of the authorities that the server's certificate has to come from; else those that the world trusts.
    pub authorities: Option<PathBuf>,
}

impl Default for S3 {
    fn default() -> Self {
        Self {
            bucket: None,
            region: "us-east-1".to_owned(),
            endpoint: None,
            prefix: String::new(),
            access_key: None,
            secret_key: None,
            authorities: None,
        }
    }
}

impl fmt::Debug for S3 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3").field("bucket", &self.bucket).field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

impl Config {
    /// Where the bucket is; `None` when files are in a folder.
    #[must_use]
    pub fn s3(&self) -> Option<S3Config> {
        let S3 { bucket, region, endpoint, prefix, access_key, secret_key, authorities } = self.s3.clone();
        Some(S3Config {
            bucket: bucket?,
            region,
            endpoint,
            prefix,
            access_key: access_key.unwrap_or_default(),
            secret_key: secret_key.unwrap_or_default(),
            authorities,
        })
    }

    pub(super) fn check_s3(&self) -> Result<()> {
        let S3 { bucket, endpoint, access_key, secret_key, authorities, .. } = &self.s3;
        let Some(s3) = self.s3() else {
            if endpoint.is_some() || access_key.is_some() || secret_key.is_some() || authorities.is_some() {
                bail!("s3.bucket: is needed, or nothing is kept in S3");
            }
            return Ok(());
        };
        if self.data.files.is_some() {
            let bucket = bucket.as_deref().unwrap_or_default();
            bail!("data.files: files are in a folder or in the bucket {bucket} of s3.bucket, not in both");
        }
        s3.check().map_err(|fault| anyhow!("s3.{fault}"))
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
        const RIGHT: &str = "[s3]\nbucket = \"files\"\naccess_key = \"AKIA\"\nsecret_key = \"s3cret\"\n";
        check(RIGHT).unwrap();
        check(&format!("{RIGHT}endpoint = \"http://minio:9000\"\nprefix = \"souk\"\nregion = \"garage\"")).unwrap();
        for (key, text) in [
            ("data.files", format!("[data]\nfiles = \"/srv/files\"\n{RIGHT}")),
            ("s3.bucket", "[s3]\nendpoint = \"https://minio:9000\"".to_owned()),
            ("s3.bucket", RIGHT.replace("\"files\"", "\"a/b\"")),
            ("s3.access_key", RIGHT.replace("AKIA", "")),
            ("s3.secret_key", "[s3]\nbucket = \"files\"\naccess_key = \"AKIA\"".to_owned()),
            ("s3.endpoint", format!("{RIGHT}endpoint = \"https://u:s3cret@minio\"")),
            ("s3.prefix", format!("{RIGHT}prefix = \"/\"")),
            ("s3.authorities", format!("{RIGHT}authorities = \"nofile.pem\"")),
            ("s3.authorities", format!("{RIGHT}authorities = \"Cargo.toml\"")),
        ] {
            let error = format!("{:#}", check(&text).unwrap_err());
            assert!(error.contains(key) && !error.contains("s3cret"), "{key}: {error}");
        }
    }

    #[test]
    fn the_secret_is_not_shown() {
        let config: Config =
            toml::from_str("[s3]\nbucket = \"files\"\naccess_key = \"AKIA\"\nsecret_key = \"s3cret\"").unwrap();
        let shown = toml::to_string(&config.without_password()).unwrap();
        assert!(shown.contains("AKIA") && !shown.contains("s3cret"), "{shown}");
        assert!(!format!("{config:?}").contains("s3cret"));
    }
}
