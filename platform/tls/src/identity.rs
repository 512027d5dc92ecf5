use std::{
    fmt, io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use metrics::gauge;
use rustls::{
    CertificateError, ClientConfig, Error, RootCertStore, ServerConfig,
    client::{Resumption, verify_server_cert_signed_by_trust_anchor},
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::{NoServerSessionStorage, ParsedCertificate, WebPkiClientVerifier},
    sign::{CertifiedKey, SingleCertAndKey},
    version::TLS13,
};
use souk_types::{Env, Fault, Seldom};
use tokio::{
    net::TcpStream,
    time::{error::Elapsed, timeout},
};
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

use crate::pem::{authorities_in, certificates_in, certified, key_in, on, read};

/// How often the files are looked at, as long as connections are made.
const LOOKED_AT_EVERY: Duration = Duration::from_secs(1);
/// How long two sides may take to show each other who they are: in one network this is much.
const HANDSHAKE_MAX: Duration = Duration::from_secs(5);
/// How often it is said again that the files are of no use.
const SAID_EVERY: Duration = Duration::from_secs(60);

/// Files in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityFiles {
    /// What shows who this process is: a certificate, and those between it and the authority.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// The authorities whose certificates are believed.
    pub authorities: PathBuf,
}

/// Who this process is, and who is believed. Files that change are read again, so that certificates are renewed while the
/// process runs; connections stay as they are. Cheap to clone.
#[derive(Clone)]
pub struct Identity(Arc<Inner>);

struct Inner {
    files: IdentityFiles,
    env: Env,
    held: Mutex<Held>,
    useless: Seldom,
}

/// What the files held when they were last of use.
struct Held {
    read: Pem,
    server: Arc<ServerConfig>,
    client: Arc<ClientConfig>,
    looked_at: Instant,
}

/// The name of a host as certificates have it.
#[derive(Debug, Clone)]
pub struct Name(ServerName<'static>);

impl Name {
    /// Takes a host: a name, or an address of IP.
    ///
    /// # Errors
    /// Invalid on `url`, when no certificate can have such a name.
    pub fn try_new(host: &str) -> Result<Self, Fault> {
        let plain = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(plain);
        name.map(Self).map_err(|_| Fault::invalid("url", format!("{host} is no name that a certificate can have")))
    }
}

impl Identity {
    /// Reads the files.
    ///
    /// # Errors
    /// Invalid on `certificate`, `key` or `authorities`: when a file cannot be read, the key is another's, or the
    /// certificate does not hold now, is not of these authorities, or not for both sides of a connection.
    pub fn try_new(files: IdentityFiles, env: &Env) -> Result<Self, Fault> {
        let held = Pem::read(&files)?.held(&files, env)?;
        let useless = Seldom::new(SAID_EVERY);
        Ok(Self(Arc::new(Inner { files, env: env.clone(), held: Mutex::new(held), useless })))
    }

    /// Shows a server on an open connection who this is, and looks whether it is who it should be.
    ///
    /// # Errors
    /// When it is not, or does not answer in time.
    pub async fn connect(&self, name: &Name, stream: TcpStream) -> io::Result<client::TlsStream<TcpStream>> {
        let connector = TlsConnector::from(self.current().1);
        timeout(HANDSHAKE_MAX, connector.connect(name.0.clone(), stream)).await.map_err(late)?
    }

    pub(crate) async fn accept(&self, stream: TcpStream) -> io::Result<server::TlsStream<TcpStream>> {
        let acceptor = TlsAcceptor::from(self.current().0);
        timeout(HANDSHAKE_MAX, acceptor.accept(stream)).await.map_err(late)?
    }

    /// What holds now. The files are small, and looked at once a second at most.
    fn current(&self) -> (Arc<ServerConfig>, Arc<ClientConfig>) {
        let Inner { files, env, held, useless } = &*self.0;
        let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.looked_at.elapsed() >= LOOKED_AT_EVERY {
            held.looked_at = Instant::now();
            // What has not changed is made anew only when its time may be over, which is then told.
            let looked = Pem::read(files).and_then(|pem| match pem == held.read {
                true => pem.check(files, env).map(|_| None),
                false => pem.held(files, env).map(Some),
            });
            match looked {
                Ok(None) => {}
                Ok(Some(renewed)) => {
                    *held = renewed;
                    tracing::info!(certificate = %files.certificate.display(), "certificates were read again");
                }
                // The files may be replaced one after the other: what was there before holds until they fit.
                Err(fault) if useless.pass().is_some() => {
                    tracing::error!(%fault, "the certificates of this process are of no use");
                }
                Err(_) => {}
            }
        }
        (Arc::clone(&held.server), Arc::clone(&held.client))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Identity").field(&self.0.files).finish()
    }
}

/// The files as they are.
#[derive(PartialEq, Eq)]
struct Pem {
    certificate: Vec<u8>,
    key: Vec<u8>,
    authorities: Vec<u8>,
}

/// What is in them.
struct Checked {
    provider: Arc<CryptoProvider>,
    certified: Arc<CertifiedKey>,
    roots: Arc<RootCertStore>,
}

impl Pem {
    fn read(files: &IdentityFiles) -> Result<Self, Fault> {
        Ok(Self {
            certificate: read(&files.certificate).map_err(on("certificate"))?,
            key: read(&files.key).map_err(on("key"))?,
            authorities: read(&files.authorities).map_err(on("authorities"))?,
        })
    }

    fn check(&self, files: &IdentityFiles, env: &Env) -> Result<Checked, Fault> {
        let provider = Arc::new(ring::default_provider());
        let roots = authorities_in(&self.authorities, &files.authorities).map_err(on("authorities"))?;
        let chain = certificates_in(&self.certificate, &files.certificate).map_err(on("certificate"))?;
        let key = key_in(&self.key, &files.key).map_err(on("key"))?;
        let certified = certified(chain, key, &files.key, &provider).map_err(on("key"))?;
        let roots = Arc::new(roots);
        let now = Duration::from_micros(u64::try_from(env.now().as_micros()).unwrap_or(0));
        holds(&certified.cert, &roots, &provider, UnixTime::since_unix_epoch(now)).map_err(|error| {
            Fault::invalid("certificate", format!("{}: {}", files.certificate.display(), in_words(&error)))
        })?;
        Ok(Checked { provider, certified, roots })
    }

    fn held(self, files: &IdentityFiles, env: &Env) -> Result<Held, Fault> {
        let Checked { provider, certified, roots } = self.check(files, env)?;
        if let Some(at) = ends_at(&certified.cert, &roots, &provider) {
            // Seconds beyond 2^52 are not met.
            #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
            gauge!("souk_certificate_ends_at_seconds").set(at as f64);
        }
        let shown = Arc::new(SingleCertAndKey::from(certified));
        let asked = WebPkiClientVerifier::builder_with_provider(Arc::clone(&roots), Arc::clone(&provider));
        let mut server = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[&TLS13])
            .map_err(Fault::internal)?
            .with_client_cert_verifier(asked.build().map_err(Fault::internal)?)
            .with_cert_resolver(Arc::clone(&shown) as Arc<_>);
        // Whoever comes again shows the certificate again: it may have ended meanwhile.
        server.session_storage = Arc::new(NoServerSessionStorage {});
        server.send_tls13_tickets = 0;
        let mut client = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13])
            .map_err(Fault::internal)?
            .with_root_certificates(roots)
            .with_client_cert_resolver(shown);
        client.resumption = Resumption::disabled();
        Ok(Held { read: self, server: Arc::new(server), client: Arc::new(client), looked_at: Instant::now() })
    }
}

/// Says whether others will believe a certificate, on either side of a connection.
fn holds(
    chain: &[CertificateDer<'static>],
    roots: &Arc<RootCertStore>,
    provider: &Arc<CryptoProvider>,
    now: UnixTime,
) -> Result<(), Error> {
    let Some((own, between)) = chain.split_first() else { return Err(Error::NoCertificatesPresented) };
    let algorithms = provider.signature_verification_algorithms.all;
    verify_server_cert_signed_by_trust_anchor(&ParsedCertificate::try_from(own)?, roots, between, now, algorithms)?;
    let asked = WebPkiClientVerifier::builder_with_provider(Arc::clone(roots), Arc::clone(provider)).build();
    let asked = asked.map_err(|error| Error::General(error.to_string()))?;
    asked.verify_client_cert(own, between, now).map(drop)
}

/// When a certificate ends, in seconds since 1970: what is said of it long after that.
fn ends_at(
    chain: &[CertificateDer<'static>],
    roots: &Arc<RootCertStore>,
    provider: &Arc<CryptoProvider>,
) -> Option<u64> {
    const LONG_AFTER: Duration = Duration::from_secs(250_000_000_000);
    match holds(chain, roots, provider, UnixTime::since_unix_epoch(LONG_AFTER)) {
        Err(Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. })) => Some(not_after.as_secs()),
        _ => None,
    }
}

fn in_words(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(wrong) => match wrong {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => "its time is over".to_owned(),
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "its time has not begun".to_owned()
            }
            CertificateError::UnknownIssuer => "it is not of these authorities".to_owned(),
            CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
                "it must be for servers and for clients".to_owned()
            }
            other => other.to_string(),
        },
        other => other.to_string(),
    }
}

fn late(_: Elapsed) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, format!("no certificates were exchanged within {HANDSHAKE_MAX:?}"))
}
