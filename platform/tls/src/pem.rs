//! Files of certificates and keys.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::{
    RootCertStore,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    sign::CertifiedKey,
};
use souk_types::{ErrorKind, Fault};

use crate::IdentityFiles;

/// Reads a file of authorities, one or several certificates in PEM.
///
/// # Errors
/// Invalid, with a text that names the file and what is wrong with it.
pub fn authorities(file: &Path) -> Result<RootCertStore, Fault> {
    authorities_in(&read(file)?, file)
}

pub(crate) fn authorities_in(pem: &[u8], file: &Path) -> Result<RootCertStore, Fault> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates_in(pem, file)? {
        roots.add(certificate).map_err(|error| wrong(file, "holds no certificates in PEM", error))?;
    }
    Ok(roots)
}

pub(crate) fn certificates_in(pem: &[u8], file: &Path) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let none = |why: &dyn std::fmt::Display| wrong(file, "holds no certificates in PEM", why);
    let certificates = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
    let certificates = certificates.map_err(|error| none(&error))?;
    if certificates.is_empty() { Err(none(&"there is none")) } else { Ok(certificates) }
}

pub(crate) fn key_in(pem: &[u8], file: &Path) -> Result<PrivateKeyDer<'static>, Fault> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|error| wrong(file, "holds no private key in PEM", error))
}

pub(crate) fn read(file: &Path) -> Result<Vec<u8>, Fault> {
    fs::read(file).map_err(|error| wrong(file, "cannot be read", error))
}

/// A certificate with its key; they belong together.
pub(crate) fn certified(
    certificate: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    key_file: &Path,
    provider: &CryptoProvider,
) -> Result<Arc<CertifiedKey>, Fault> {
    let certified = CertifiedKey::from_der(certificate, key, provider);
    certified.map(Arc::new).map_err(|error| wrong(key_file, "is not the key of the certificate", error))
}

fn wrong(file: &Path, what: &str, why: impl std::fmt::Display) -> Fault {
    Fault::new(ErrorKind::Invalid, format!("{} {what}: {why}", file.display()))
}

/// The same fault, on a key of the configuration.
pub(crate) fn on(field: &'static str) -> impl Fn(Fault) -> Fault {
    move |fault| Fault::invalid(field, fault.public)
}

/// By what a server that is not of the shop is known, and a process there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerTrust {
    /// A file of the authorities that the server's certificate has to come from; else those of the machine.
    pub authorities: Option<PathBuf>,
    /// A file of the certificate that is shown to the server, where it asks for one.
    pub certificate: Option<PathBuf>,
    /// The file of its key.
    pub key: Option<PathBuf>,
}

impl ServerTrust {
    /// Says whether nothing is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Reads the files.
    ///
    /// # Errors
    /// Invalid on `authorities`, `certificate` or `key`.
    pub fn check(&self) -> Result<(), Fault> {
        if let Some(file) = &self.authorities {
            authorities(file).map_err(on("authorities"))?;
        }
        match (&self.certificate, &self.key) {
            (None, None) => Ok(()),
            (None, Some(_)) => Err(Fault::invalid("certificate", "is needed with a key")),
            (Some(_), None) => Err(Fault::invalid("key", "is needed with a certificate")),
            (Some(certificate), Some(key)) => {
                let chain = read(certificate).and_then(|pem| certificates_in(&pem, certificate));
                let private = read(key).and_then(|pem| key_in(&pem, key)).map_err(on("key"))?;
                certified(chain.map_err(on("certificate"))?, private, key, &ring::default_provider())
                    .map_err(on("key"))?;
                Ok(())
            }
        }
    }
}

impl IdentityFiles {
    /// The same files, for a server that is not of the shop.
    #[must_use]
    pub fn for_server(&self) -> ServerTrust {
        ServerTrust {
            authorities: Some(self.authorities.clone()),
            certificate: Some(self.certificate.clone()),
            key: Some(self.key.clone()),
        }
    }
}
