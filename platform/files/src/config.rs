use std::{fmt, path::PathBuf};

use http::Uri;
use souk_tls::ServerTrust;
use souk_types::Fault;

/// Bytes of a name or a key that is configured.
const TEXT_BYTES_MAX: usize = 255;

/// Where a bucket is, and who may use it.
#[derive(Clone)]
pub struct S3Config {
    /// The bucket.
    pub bucket: String,
    /// The region it is in, as `eu-central-1`: a part of every signature.
    pub region: String,
    /// The server, `https://host:port`, or `http://` for one that needs no TLS; without one, Amazon's. The bucket is then
    /// the first part of the path.
    pub endpoint: Option<String>,
    /// What all keys begin with, before a `/`; may be empty.
    pub prefix: String,
    /// Who asks.
    pub access_key: String,
    /// By what every request is signed.
    pub secret_key: String,
    /// A file of the authorities that the server's certificate has to come from; else those that the world trusts.
    pub authorities: Option<PathBuf>,
}

impl S3Config {
    /// Checks what can be checked without asking anybody; the file of authorities is read.
    ///
    /// # Errors
    /// Invalid on `bucket`, `region`, `endpoint`, `prefix`, `access_key`, `secret_key` or `authorities`; the text never
    /// quotes a key.
    pub fn check(&self) -> Result<(), Fault> {
        let Self { bucket, region, prefix, access_key, secret_key, authorities, .. } = self;
        let plain = |text: &str, more: &[u8]| {
            (1..=TEXT_BYTES_MAX).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
        };
        if !plain(bucket, b".-_") || bucket.starts_with('.') {
            return Err(Fault::invalid("bucket", "must be letters, digits, ., - and _"));
        }
        if !plain(region, b"-_") {
            return Err(Fault::invalid("region", "must be letters, digits, - and _, like eu-central-1"));
        }
        self.check_endpoint()?;
        if !(prefix.is_empty() || prefix.split('/').all(|name| plain(name, b".-_") && !name.starts_with('.'))) {
            return Err(Fault::invalid("prefix", "must be names of letters, digits, ., - and _, with / between them"));
        }
        for (field, text) in [("access_key", access_key), ("secret_key", secret_key)] {
            if text.is_empty() || text.len() > TEXT_BYTES_MAX || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(Fault::invalid(field, "is needed, and has no spaces"));
            }
        }
        ServerTrust { authorities: authorities.clone(), ..ServerTrust::default() }.check()
    }

    fn check_endpoint(&self) -> Result<(), Fault> {
        let Some(endpoint) = &self.endpoint else { return Ok(()) };
        let is_address = endpoint.parse::<Uri>().is_ok_and(|uri| {
            matches!(uri.scheme_str(), Some("http" | "https"))
                && uri.authority().is_some_and(|authority| !authority.as_str().contains('@'))
                && uri.path_and_query().is_none_or(|path| path == "/")
        });
        if !is_address {
            // It is not quoted: there may be a password in it.
            return Err(Fault::invalid("endpoint", "is not an address like https://host:port, or http:// without TLS"));
        }
        if self.is_plain() && self.authorities.is_some() {
            return Err(Fault::invalid("endpoint", "must begin with https:// for authorities to be used"));
        }
        Ok(())
    }

    /// Says whether it is reached without TLS.
    pub(crate) fn is_plain(&self) -> bool {
        self.endpoint.as_ref().is_some_and(|endpoint| endpoint.starts_with("http://"))
    }
}

impl fmt::Debug for S3Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Config").field("bucket", &self.bucket).field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> S3Config {
        S3Config {
            bucket: "shop-files".to_owned(),
            region: "eu-central-1".to_owned(),
            endpoint: Some("https://minio:9000".to_owned()),
            prefix: "souk/live".to_owned(),
            access_key: "AKIA".to_owned(),
            secret_key: "s3cret/+".to_owned(),
            authorities: None,
        }
    }

    #[test]
    fn what_cannot_work_is_named_and_no_secret_is_told() {
        config().check().unwrap();
        S3Config { endpoint: None, prefix: String::new(), ..config() }.check().unwrap();
        let endpoint = |text: &str| S3Config { endpoint: Some(text.to_owned()), ..config() };
        endpoint("http://127.0.0.1:9000/").check().unwrap();
        let file = Some(PathBuf::from("Cargo.toml"));
        for (field, wrong) in [
            ("bucket", S3Config { bucket: "a/b".to_owned(), ..config() }),
            ("region", S3Config { region: String::new(), ..config() }),
            ("endpoint", endpoint("minio:9000")),
            ("endpoint", endpoint("https://user:s3cret@minio")),
            ("endpoint", endpoint("https://minio/bucket")),
            ("endpoint", S3Config { authorities: file.clone(), ..endpoint("http://minio") }),
            ("prefix", S3Config { prefix: "/souk".to_owned(), ..config() }),
            ("prefix", S3Config { prefix: "a/../b".to_owned(), ..config() }),
            ("access_key", S3Config { access_key: String::new(), ..config() }),
            ("secret_key", S3Config { secret_key: "s3cret \n".to_owned(), ..config() }),
            ("authorities", S3Config { authorities: file, ..config() }),
        ] {
            let fault = wrong.check().unwrap_err();
            assert_eq!(fault.fields[0].field, field);
            assert!(!fault.to_string().contains("s3cret") && !format!("{wrong:?}").contains("s3cret"), "{fault}");
        }
    }
}
