//! Authorities and certificates of a test's own.

use std::{
    fs,
    net::IpAddr,
    path::{Path, PathBuf},
};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};

use crate::IdentityFiles;

/// An authority that nobody else knows.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// When a certificate holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// In our time.
    Now,
    /// No more.
    Before,
}

impl Authority {
    /// Makes one.
    ///
    /// # Panics
    /// When no key can be made.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap_or_else(|error| panic!("{name}: {error}"));
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        Self(CertifiedIssuer::self_signed(params, key()).unwrap_or_else(|error| panic!("{name}: {error}")))
    }

    /// Writes a certificate for some hosts, its key and this authority to a folder, below a name.
    ///
    /// # Panics
    /// When they cannot be made or written.
    pub fn issue(&self, folder: &Path, name: &str, hosts: &[&str], holds: Holds) -> IdentityFiles {
        let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
        let mut params = CertificateParams::new(hosts).unwrap_or_else(|error| panic!("{name}: {error}"));
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        (params.not_before, params.not_after) = match holds {
            Holds::Now => (date_time_ymd(2020, 1, 1), date_time_ymd(2120, 1, 1)),
            Holds::Before => (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1)),
        };
        let own = key();
        let certificate = params.signed_by(&own, &self.0).unwrap_or_else(|error| panic!("{name}: {error}"));
        let file = |what: &str, pem: String| -> PathBuf {
            let path = folder.join(format!("{name}.{what}.pem"));
            fs::write(&path, pem).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            path
        };
        IdentityFiles {
            certificate: file("certificate", certificate.pem()),
            key: file("key", own.serialize_pem()),
            authorities: file("authorities", self.0.pem()),
        }
    }

    /// The same for this machine.
    ///
    /// # Panics
    /// When they cannot be made or written.
    pub fn issue_here(&self, folder: &Path, name: &str) -> IdentityFiles {
        let here = IpAddr::from([127, 0, 0, 1]).to_string();
        self.issue(folder, name, &["localhost", &here], Holds::Now)
    }
}

fn key() -> KeyPair {
    KeyPair::generate().unwrap_or_else(|error| panic!("no key: {error}"))
}
