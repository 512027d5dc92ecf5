//! Who is let in, over real sockets.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may")]
#![expect(clippy::disallowed_methods, reason = "tests have servers run beside them")]

use std::{fs, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use axum::{Router, routing::get, serve::Listener};
use souk_tls::{
    Identity, IdentityFiles, Name, Secured, ServerTrust,
    testing::{Authority, Holds},
};
use souk_types::{Env, ManualClock, SeededEntropy, Timestamp};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{Instant, sleep, timeout},
};

const SOON: Duration = Duration::from_secs(20);

fn identity(files: &IdentityFiles) -> Identity {
    Identity::try_new(files.clone(), &Env::system()).unwrap()
}

/// A shop's authority, and a server with its certificate.
async fn server() -> (TempDir, Authority, SocketAddr) {
    let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::new("shop"));
    let address = serve(&authority.issue_here(folder.path(), "server")).await;
    (folder, authority, address)
}

async fn serve(files: &IdentityFiles) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let secured = Secured::new(listener, identity(files));
    assert_eq!(Listener::local_addr(&secured).unwrap(), address);
    let router = Router::new().route("/", get(|| async { "hello" }));
    tokio::spawn(async move { axum::serve(secured, router).await });
    address
}

/// Asks for a page; the error is what the other side or this one did not like.
async fn ask(files: &IdentityFiles, name: &str, address: SocketAddr) -> Result<String, String> {
    ask_as(&identity(files), name, address).await
}

async fn ask_as(identity: &Identity, name: &str, address: SocketAddr) -> Result<String, String> {
    let exchange = async {
        let stream = TcpStream::connect(address).await?;
        let mut stream = identity.connect(&Name::try_new(name).unwrap(), stream).await?;
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.map(|_| answer)
    };
    timeout(SOON, exchange).await.unwrap().map_err(|error| error.to_string())
}

#[tokio::test]
async fn who_shows_a_certificate_of_the_shop_is_let_in_by_any_name_of_the_server() {
    let (folder, authority, address) = server().await;
    // The caller's own names are of no matter.
    let caller = authority.issue(folder.path(), "caller", &["web"], Holds::Now);
    for name in ["localhost", "127.0.0.1"] {
        let answer = ask(&caller, name, address).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("hello"), "{answer}");
    }
}

#[tokio::test]
async fn a_server_that_is_another_host_is_not_believed() {
    let (folder, authority, address) = server().await;
    let caller = authority.issue_here(folder.path(), "caller");
    for name in ["orders", "127.0.0.2"] {
        let error = ask(&caller, name, address).await.unwrap_err();
        assert!(error.contains("not valid for name"), "{error}");
    }
    assert!(Name::try_new("no host").is_err());
}

#[tokio::test]
async fn who_has_none_or_a_strangers_certificate_is_refused() {
    let (folder, authority, address) = server().await;
    let own = authority.issue_here(folder.path(), "own");
    let stranger = Authority::new("other").issue_here(folder.path(), "stranger");
    // It is told apart by the server alone when the caller believes the server.
    let pretender = IdentityFiles { authorities: stranger.authorities.clone(), ..stranger.clone() };
    let believes_anyway = folder.path().join("both.pem");
    let both = [fs::read(&own.authorities).unwrap(), fs::read(&stranger.authorities).unwrap()].concat();
    fs::write(&believes_anyway, both).unwrap();
    let error = ask(&IdentityFiles { authorities: believes_anyway, ..pretender }, "localhost", address).await;
    let error = error.unwrap_err();
    assert!(error.contains("fatal alert"), "{error}");
    // And a caller does not believe a stranger, either.
    let error = ask(&own, "localhost", serve(&stranger).await).await.unwrap_err();
    assert!(error.contains("UnknownIssuer"), "{error}");

    let mut plain = TcpStream::connect(address).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = timeout(SOON, plain.read_to_end(&mut answer)).await.unwrap();
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
}

#[tokio::test]
async fn who_says_nothing_keeps_nobody_waiting_and_is_let_go() {
    let (folder, authority, address) = server().await;
    let mut mute = Vec::new();
    for _ in 0..20 {
        mute.push(TcpStream::connect(address).await.unwrap());
    }
    let caller = authority.issue_here(folder.path(), "caller");
    let started = Instant::now();
    ask(&caller, "localhost", address).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
    for mut stream in mute {
        let let_go = timeout(SOON, stream.read(&mut [0; 1])).await.unwrap();
        assert!(matches!(let_go, Ok(0) | Err(_)), "{let_go:?}");
    }
}

fn copy(from: &IdentityFiles, to: &IdentityFiles) {
    fs::copy(&from.certificate, &to.certificate).unwrap();
    fs::copy(&from.authorities, &to.authorities).unwrap();
    fs::copy(&from.key, &to.key).unwrap();
}

#[tokio::test]
async fn renewed_certificates_are_used_without_a_restart() {
    let (folder, old) = (tempfile::tempdir().unwrap(), Authority::new("old"));
    let served = old.issue_here(folder.path(), "server");
    let address = serve(&served).await;
    let called = old.issue_here(folder.path(), "caller");
    let caller = identity(&called);
    ask_as(&caller, "localhost", address).await.unwrap();

    let new = Authority::new("new");
    let stranger = new.issue_here(folder.path(), "stranger");
    copy(&new.issue_here(folder.path(), "renewed"), &served);
    let begun = Instant::now();
    while ask(&stranger, "localhost", address).await.is_err() {
        assert!(begun.elapsed() < SOON, "the new certificate is not used");
        sleep(Duration::from_millis(100)).await;
    }
    ask_as(&caller, "localhost", address).await.unwrap_err();
    copy(&stranger, &called);
    let begun = Instant::now();
    while let Err(error) = ask_as(&caller, "localhost", address).await {
        assert!(begun.elapsed() < SOON, "the caller's is not used: {error}");
        sleep(Duration::from_millis(100)).await;
    }
    // Files that do not fit change nothing: the rest of them may be on its way.
    fs::write(&served.key, fs::read(&called.key).unwrap()).unwrap();
    sleep(Duration::from_millis(1_100)).await;
    ask_as(&caller, "localhost", address).await.unwrap();
    fs::remove_file(&served.certificate).unwrap();
    sleep(Duration::from_millis(1_100)).await;
    ask_as(&caller, "localhost", address).await.unwrap();
}

fn refused(files: IdentityFiles) -> (String, String) {
    let fault = Identity::try_new(files, &Env::system()).unwrap_err();
    (fault.fields[0].field.clone(), fault.fields[0].message.clone())
}

#[test]
fn files_that_are_of_no_use_are_named_by_their_key() {
    let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::new("shop"));
    let folder = folder.path();
    let good = authority.issue_here(folder, "good");
    let other = Authority::new("other").issue_here(folder, "other");
    let over = authority.issue(folder, "over", &["localhost"], Holds::Before);
    let with = |change: &dyn Fn(&mut IdentityFiles)| {
        let mut files = good.clone();
        change(&mut files);
        files
    };
    for (field, why, files) in [
        ("certificate", "its time is over", over),
        ("certificate", "not of these authorities", with(&|files| files.authorities = other.authorities.clone())),
        ("certificate", "cannot be read", with(&|files| files.certificate = folder.join("nofile"))),
        ("certificate", "there is none", with(&|files| files.certificate = good.key.clone())),
        ("key", "is not the key of the certificate", with(&|files| files.key = other.key.clone())),
        ("key", "holds no private key", with(&|files| files.key = good.certificate.clone())),
        ("authorities", "there is none", with(&|files| files.authorities = good.key.clone())),
    ] {
        let (named, message) = refused(files);
        assert!(named == field && message.contains(why), "{field} {why}: {named} {message}");
        assert!(!message.contains("PRIVATE"), "{message}");
    }
    // What has not begun: the clock is that of the process.
    let fault = Identity::try_new(good, &at_the_beginning()).unwrap_err();
    assert!(fault.fields[0].message.contains("has not begun"), "{fault:?}");
}

fn at_the_beginning() -> Env {
    Env::new(Arc::new(ManualClock::new(Timestamp::EPOCH)), Arc::new(SeededEntropy::new(1)))
}

#[test]
fn what_is_asked_of_a_server_is_checked_before_it_is_called() {
    let folder = tempfile::tempdir().unwrap();
    let files = Authority::new("shop").issue_here(folder.path(), "good");
    let good = files.for_server();
    good.check().unwrap();
    ServerTrust::default().check().unwrap();
    assert!(ServerTrust::default().is_empty() && !good.is_empty());
    let wrong = |trust: ServerTrust| trust.check().unwrap_err().fields[0].field.clone();
    assert_eq!(wrong(ServerTrust { key: None, ..good.clone() }), "key");
    assert_eq!(wrong(ServerTrust { certificate: None, ..good.clone() }), "certificate");
    assert_eq!(wrong(ServerTrust { key: Some(files.certificate.clone()), ..good.clone() }), "key");
    assert_eq!(wrong(ServerTrust { authorities: Some(Path::new("nofile").to_owned()), ..good }), "authorities");
}
