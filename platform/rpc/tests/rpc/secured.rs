//! Calls between processes that show each other certificates.
#![expect(clippy::disallowed_methods, reason = "tests have servers run beside them")]

use std::{
    net::SocketAddr,
    path::Path,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use souk_rpc::{RemoteConfig, Secret, guarded, remote};
use souk_tls::{
    Identity, IdentityFiles, Secured,
    testing::{Authority, Holds},
};
use souk_types::{Env, ErrorKind, Fault, ServiceError};
use tokio::net::TcpListener;

use crate::stall::{MarketStallClient, Stall, StallError, cx, lines, market_stall_router};

const LONG: Duration = Duration::from_secs(20);
const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn identity(files: IdentityFiles) -> Identity {
    Identity::try_new(files, &Env::system()).unwrap()
}

/// A stall that wants a certificate, and perhaps the secret too.
async fn stall(files: IdentityFiles, secret: Option<&str>) -> (Arc<Stall>, SocketAddr) {
    let stall = Arc::new(Stall::default());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = market_stall_router(stall.clone());
    let router = match secret {
        Some(secret) => guarded(router, Secret::try_new(secret).unwrap()),
        None => router,
    };
    let secured = Secured::new(listener, identity(files));
    tokio::spawn(async move { axum::serve(secured, router).await });
    (stall, address)
}

async fn client(files: IdentityFiles, url: String, secret: Option<&str>) -> Result<MarketStallClient, Fault> {
    let config = RemoteConfig {
        service: "stall".to_owned(),
        urls: vec![url.parse().unwrap()],
        secret: secret.map(|secret| Secret::try_new(secret).unwrap()),
        identity: Some(identity(files)),
    };
    remote(config, &Env::system()).await.map(MarketStallClient::over)
}

fn issue(authority: &Authority, folder: &Path) -> IdentityFiles {
    authority.issue(folder, "own", &["localhost"], Holds::Now)
}

#[tokio::test]
async fn a_certificate_is_enough_unless_the_secret_is_asked_for_too() {
    let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::new("shop"));
    let files = issue(&authority, folder.path());
    let (_, address) = stall(files.clone(), None).await;
    let url = format!("https://localhost:{}", address.port());
    let caller = client(files.clone(), url, None).await.unwrap();
    for _ in 0..10 {
        assert_eq!(caller.sell(&cx(LONG), lines(2), None).await.unwrap().pieces, 3);
    }

    let (stall, address) = stall(files.clone(), Some(SECRET)).await;
    let url = format!("https://localhost:{}", address.port());
    let forgot = client(files.clone(), url.clone(), None).await.unwrap();
    assert_eq!(forgot.sell(&cx(LONG), lines(2), None).await.unwrap_err().kind(), ErrorKind::Denied);
    assert_eq!(stall.calls.load(Ordering::SeqCst), 0);
    client(files, url, Some(SECRET)).await.unwrap().sell(&cx(LONG), lines(2), None).await.unwrap();
}

#[tokio::test]
async fn a_service_under_another_name_is_not_called() {
    let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::new("shop"));
    let files = issue(&authority, folder.path());
    let (stall, address) = stall(files.clone(), None).await;
    // Its certificate is for localhost alone.
    let caller = client(files, format!("https://{address}"), None).await.unwrap();
    let error = caller.sweep(&cx(LONG), Duration::ZERO).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let StallError::Fault(fault) = error else { panic!("{error}") };
    let why = fault.internal.unwrap_or_default();
    assert!(why.contains("not sent") && why.contains("not valid for name"), "{why}");
    assert_eq!(stall.calls.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_caller_of_another_authority_does_nothing_at_a_service() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, other) = (Authority::new("shop"), Authority::new("other"));
    let served = issue(&authority, folder.path());
    let (stall, address) = stall(served.clone(), None).await;
    let below = folder.path().join("below");
    std::fs::create_dir(&below).unwrap();
    let mut stranger = issue(&other, &below);
    // It believes the service, and itself.
    let both = [&stranger.authorities, &served.authorities].map(|file| std::fs::read(file).unwrap()).concat();
    stranger.authorities = below.join("both.pem");
    std::fs::write(&stranger.authorities, both).unwrap();
    let url = format!("https://localhost:{}", address.port());
    let error = client(stranger, url, None).await.unwrap().sell(&cx(LONG), lines(1), None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(stall.calls.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn an_address_without_tls_is_refused_by_name() {
    let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::new("shop"));
    let files = issue(&authority, folder.path());
    for bad in ["http://localhost:1", "https://a b:1", "https://localhost:1/path"] {
        let Ok(url) = bad.parse::<http::Uri>() else { continue };
        let Err(refused) = client(files.clone(), url.to_string(), None).await else { panic!("{bad} was taken") };
        assert_eq!(refused.fields[0].field, "url", "{bad}");
    }
}
