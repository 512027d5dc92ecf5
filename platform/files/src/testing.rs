//! An S3 server of a test's own, on a free port, gone when the test is.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    thread::{Builder, JoinHandle},
};

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use s3s::{
    auth::SimpleAuth,
    service::{S3Service, S3ServiceBuilder},
};
use s3s_fs::FileSystem;
use souk_tls::IdentityFiles;
use tempfile::TempDir;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    runtime::{self, Runtime},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

use crate::S3Config;

const BUCKET: &str = "shop-files";
const PREFIX: &str = "souk";
const ACCESS_KEY: &str = "of-this-test";
const SECRET_KEY: &str = "which-nobody-else-knows";

/// An S3 server with one bucket, which lies in a folder.
pub struct S3Server {
    folder: TempDir,
    address: SocketAddr,
    tls: Option<(TlsAcceptor, PathBuf)>,
    /// It goes on while the test's own threads are busy.
    runtime: Option<Runtime>,
}

impl S3Server {
    /// Starts a server.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(None)
    }

    /// The same, which speaks TLS alone and shows a certificate.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start_secured(files: &IdentityFiles) -> Self {
        Self::start_with(Some((acceptor(files), files.authorities.clone())))
    }

    fn start_with(tls: Option<(TlsAcceptor, PathBuf)>) -> Self {
        let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("no temporary folder: {error}"));
        let bucket = folder.path().join(BUCKET);
        std::fs::create_dir(bucket).unwrap_or_else(|error| panic!("no bucket: {error}"));
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut server = Self { folder, address: nowhere, tls, runtime: None };
        server.start_again();
        server
    }

    /// Starts it again, at the same address with what it had.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_again(&mut self) {
        let runtime = runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.unwrap_or_else(|error| panic!("no runtime: {error}"));
        let service = service(self.folder.path());
        let listener = std::net::TcpListener::bind(self.address).and_then(|listener| {
            listener.set_nonblocking(true)?;
            Ok(listener)
        });
        let listener = listener.unwrap_or_else(|error| panic!("{}: {error}", self.address));
        self.address = listener.local_addr().unwrap_or_else(|error| panic!("no address: {error}"));
        let tls = self.tls.as_ref().map(|(acceptor, _)| acceptor.clone());
        runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).unwrap_or_else(|error| panic!("no listener: {error}"));
            listen(listener, service, tls).await;
        });
        self.runtime = Some(runtime);
    }

    /// Ends it as a crash does: whoever is connected hears no more.
    pub fn stop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // A runtime must not be waited for within another.
            let ending = Builder::new().name("s3".to_owned()).spawn(move || drop(runtime));
            drop(ending.map(JoinHandle::join));
        }
    }

    /// How it is reached.
    #[must_use]
    pub fn config(&self) -> S3Config {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        S3Config {
            bucket: BUCKET.to_owned(),
            region: "eu-central-1".to_owned(),
            endpoint: Some(format!("{scheme}://{}", self.address)),
            prefix: PREFIX.to_owned(),
            access_key: ACCESS_KEY.to_owned(),
            secret_key: SECRET_KEY.to_owned(),
            authorities: self.tls.as_ref().map(|(_, authorities)| authorities.clone()),
        }
    }

    /// The folder in which a shop's files lie, by their keys.
    #[must_use]
    pub fn files(&self) -> PathBuf {
        self.folder.path().join(BUCKET).join(PREFIX)
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn service(folder: &Path) -> S3Service {
    let files = FileSystem::new(folder).unwrap_or_else(|error| panic!("{}: {error:?}", folder.display()));
    let mut builder = S3ServiceBuilder::new(files);
    builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
    builder.build()
}

fn acceptor(files: &IdentityFiles) -> TlsAcceptor {
    let chain = CertificateDer::pem_file_iter(&files.certificate).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = chain.unwrap_or_else(|error| panic!("{}: {error}", files.certificate.display()));
    let key = PrivateKeyDer::from_pem_file(&files.key);
    let key = key.unwrap_or_else(|error| panic!("{}: {error}", files.key.display()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|config| config.with_no_client_auth().with_single_cert(chain, key));
    TlsAcceptor::from(Arc::new(config.unwrap_or_else(|error| panic!("no TLS: {error}"))))
}

async fn listen(listener: TcpListener, service: S3Service, tls: Option<TlsAcceptor>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(connected(stream, service.clone(), tls.clone()));
    }
}

async fn connected(stream: TcpStream, service: S3Service, tls: Option<TlsAcceptor>) {
    match tls {
        None => serve(stream, service).await,
        Some(tls) => {
            if let Ok(stream) = tls.accept(stream).await {
                serve(stream, service).await;
            }
        }
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, service: S3Service) {
    // Whoever goes away in the middle is no concern of a test's.
    drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await);
}
