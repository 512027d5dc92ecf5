//! A service in another process, over real sockets: several addresses, some of which are dead, mute or strange.
#![expect(clippy::disallowed_methods, reason = "tests have servers run beside them")]

use std::{
    future::IntoFuture as _,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{Router, http::StatusCode};
use souk_rpc::{Instances, RemoteConfig, Secret, guarded, remote};
use souk_types::{Env, ErrorKind, ServiceError};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_util::sync::CancellationToken;

use crate::stall::{MarketStallClient, Stall, StallError, cx, lines, market_stall_router};

const LONG: Duration = Duration::from_secs(20);
const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn secret(text: &str) -> Secret {
    Secret::try_new(text).unwrap()
}

async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

async fn serve(router: Router) -> SocketAddr {
    let (listener, address) = listener().await;
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// A stall behind its guard.
async fn stall() -> (Arc<Stall>, SocketAddr) {
    let stall = Arc::new(Stall::default());
    let address = serve(guarded(market_stall_router(stall.clone()), secret(SECRET))).await;
    (stall, address)
}

/// An address that nobody listens at.
async fn dead() -> SocketAddr {
    listener().await.1
}

/// Takes connections and does the same with each; counts them.
async fn stranger<W, F>(with: W) -> (Arc<AtomicU32>, SocketAddr)
where
    W: Fn(TcpStream) -> F + Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let (listener, address) = listener().await;
    let count = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(with(stream));
        }
    });
    (count, address)
}

/// Reads the request and hangs up.
async fn hangs_up() -> (Arc<AtomicU32>, SocketAddr) {
    stranger(|mut stream| async move {
        let _ = stream.read(&mut [0; 4_096]).await;
    })
    .await
}

fn config_of(key: &str, addresses: &[SocketAddr]) -> RemoteConfig {
    let urls = addresses.iter().map(|address| format!("http://{address}").parse().unwrap()).collect();
    RemoteConfig { service: "stall".to_owned(), urls, secret: Some(secret(key)), identity: None }
}

async fn client_with(key: &str, addresses: &[SocketAddr]) -> MarketStallClient {
    MarketStallClient::over(remote(config_of(key, addresses), &Env::system()).await.unwrap())
}

async fn client(addresses: &[SocketAddr]) -> MarketStallClient {
    client_with(SECRET, addresses).await
}

fn calls(stall: &Stall) -> u32 {
    stall.calls.load(Ordering::SeqCst)
}

#[tokio::test]
async fn a_call_and_its_error_go_over_sockets_whole() {
    let (_, address) = stall().await;
    let client = client(&[address]).await;
    assert_eq!(client.sell(&cx(LONG), lines(2), None).await.unwrap().pieces, 3);
    let refused = client.sell(&cx(LONG), lines(99), None).await.unwrap_err();
    assert_eq!(refused, StallError::SoldOut { sku: "figs".to_owned(), left: 10 });
    let seen = client.look(&cx(LONG).with_idempotency_key("k")).await.unwrap();
    assert_eq!((seen.actor, seen.trace), (cx(LONG).actor, cx(LONG).trace));
    assert_eq!(seen.idempotency_key.as_deref(), Some("k"));
}

#[tokio::test]
async fn every_instance_can_be_asked_by_itself() {
    let ((one, first), (other, second)) = (stall().await, stall().await);
    let instances = Instances::new(config_of(SECRET, &[first, second, dead().await]), &Env::system());
    for round in 1..=2 {
        let mut unanswered = 0;
        for wire in instances.wires().await.unwrap() {
            let sold = MarketStallClient::over(wire).sell(&cx(LONG), lines(1), None).await;
            unanswered += u32::from(sold.is_err());
        }
        assert_eq!((calls(&one), calls(&other), unanswered), (round, round, 1));
    }
    let nowhere =
        RemoteConfig { urls: vec!["http://nowhere.invalid:80".parse().unwrap()], ..config_of(SECRET, &[first]) };
    assert_eq!(Instances::new(nowhere, &Env::system()).wires().await.err().unwrap().kind, ErrorKind::Unavailable);
}

#[tokio::test]
async fn who_does_not_know_the_secret_is_refused_and_nothing_is_done() {
    let (stall, address) = stall().await;
    let stranger = client_with("another secret, of the same length".replace(' ', "_").as_str(), &[address]).await;
    let refused = stranger.sell(&cx(LONG), lines(1), None).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Denied);
    let mut plain = TcpStream::connect(address).await.unwrap();
    plain.write_all(b"POST /rpc/stall/sell HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    plain.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    assert_eq!(calls(&stall), 0);
}

#[test]
fn a_secret_that_is_none_is_refused_and_one_that_is_is_not_printed() {
    for bad in ["", "short", &"with spaces ".repeat(5), &"schlüssel".repeat(5)] {
        assert_eq!(Secret::try_new(bad).unwrap_err().fields[0].field, "secret");
    }
    assert_eq!(format!("{:?}", secret(SECRET)), "Secret");
}

#[tokio::test]
async fn calls_are_shared_among_all_addresses() {
    let ((one, first), (other, second)) = (stall().await, stall().await);
    let client = client(&[first, second]).await;
    for _ in 0..100 {
        client.sell(&cx(LONG), lines(1), None).await.unwrap();
    }
    assert!(calls(&one) > 20 && calls(&other) > 20, "{} and {}", calls(&one), calls(&other));
}

#[tokio::test]
async fn an_address_that_is_dead_is_not_noticed_by_any_caller() {
    let (stall, address) = stall().await;
    let client = client(&[dead().await, address]).await;
    for _ in 0..50 {
        // A command, too, may be made again when it was surely not sent.
        client.sweep(&cx(LONG), Duration::ZERO).await.unwrap();
    }
    assert_eq!(calls(&stall), 50);
}

#[tokio::test]
async fn a_call_whose_answer_was_lost_is_made_again_only_when_that_is_harmless() {
    let (hung_up, mute) = hangs_up().await;
    let alone = client(&[mute]).await;
    let lost = alone.sweep(&cx(LONG), Duration::ZERO).await.unwrap_err();
    assert_eq!(lost.kind(), ErrorKind::Unavailable);
    assert_eq!(hung_up.load(Ordering::SeqCst), 1, "a command was made again");
    let lost = alone.watch(&cx(LONG), Duration::ZERO).await.unwrap_err();
    assert_eq!(lost.kind(), ErrorKind::Unavailable);
    assert_eq!(hung_up.load(Ordering::SeqCst), 1 + 3);

    let (stall, address) = stall().await;
    let both = client(&[mute, address]).await;
    for _ in 0..20 {
        both.sell(&cx(LONG), lines(1), None).await.unwrap();
    }
    assert_eq!(calls(&stall), 20);
}

/// Answers the first request on each connection, and hangs up when a second one comes: as whoever closes a connection
/// just when somebody sends on it.
async fn answers_once_each() -> (Arc<AtomicU32>, SocketAddr) {
    stranger(|mut stream| async move {
        let _ = stream.read(&mut [0; 4_096]).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nnull").await;
        let _ = stream.read(&mut [0; 4_096]).await;
    })
    .await
}

#[tokio::test]
async fn what_cannot_be_made_again_is_sent_on_no_connection_that_may_be_closed_meanwhile() {
    let (connections, address) = answers_once_each().await;
    let client = client(&[address]).await;
    for _ in 0..5 {
        client.sweep(&cx(LONG), Duration::ZERO).await.unwrap();
        // Leaves a connection that is kept.
        client.watch(&cx(LONG), Duration::ZERO).await.unwrap();
    }
    assert_eq!(connections.load(Ordering::SeqCst), 10);
}

#[tokio::test]
async fn an_address_that_keeps_failing_is_left_alone_for_a_while() {
    let ((stall, address), (hung_up, mute)) = (stall().await, hangs_up().await);
    let client = client(&[address, mute]).await;
    // At the same time, so that neither is known to be worse.
    let cx = cx(LONG);
    let at_once = (0..40).map(|_| client.sweep(&cx, Duration::from_millis(200)));
    let failed = futures::future::join_all(at_once).await.into_iter().filter(Result::is_err).count();
    assert!(failed >= 5, "{failed} failed");
    // By now it counts as no worse, but it is still left alone.
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    let (before, asked) = (hung_up.load(Ordering::SeqCst), calls(&stall));
    for _ in 0..20 {
        client.sweep(&cx, Duration::ZERO).await.unwrap();
    }
    assert_eq!((hung_up.load(Ordering::SeqCst), calls(&stall)), (before, asked + 20));
}

/// Stops listening, and does so again when told to.
struct Restarted(SocketAddr);

impl Restarted {
    async fn away() -> Self {
        Self(dead().await)
    }

    async fn is_back(&self) -> Arc<Stall> {
        let (listener, stall) = (TcpListener::bind(self.0).await.unwrap(), Arc::new(Stall::default()));
        let router = guarded(market_stall_router(stall.clone()), secret(SECRET));
        tokio::spawn(async move { axum::serve(listener, router).await });
        stall
    }
}

#[tokio::test]
async fn when_all_are_left_alone_the_first_call_finds_who_is_back() {
    let (first, second) = (Restarted::away().await, Restarted::away().await);
    let client = client(&[first.0, second.0]).await;
    // At the same time: two seconds later they are asked again in any case.
    let cx = cx(LONG);
    let refused = futures::future::join_all((0..20).map(|_| client.sell(&cx, lines(1), None))).await;
    assert!(refused.iter().all(Result::is_err));
    let stall = second.is_back().await;
    let started = Instant::now();
    for _ in 0..20 {
        client.sweep(&cx, Duration::ZERO).await.unwrap();
    }
    let took = started.elapsed();
    assert!(took < Duration::from_secs(1), "{took:?}, and an address is left alone for two");
    assert_eq!(calls(&stall), 20);
}

#[tokio::test]
async fn who_is_just_back_is_found_when_the_other_one_goes() {
    let first = Restarted::away().await;
    let (listener, second) = listener().await;
    let stopped = CancellationToken::new();
    let router = guarded(market_stall_router(Arc::new(Stall::default())), secret(SECRET));
    let serving = axum::serve(listener, router).with_graceful_shutdown(stopped.clone().cancelled_owned());
    let serving = tokio::spawn(serving.into_future());
    let client = client(&[first.0, second]).await;
    let cx = cx(LONG);
    // At the same time, so that neither is known to be worse: the first one is left alone.
    let at_once = (0..40).map(|_| client.sweep(&cx, Duration::from_millis(50)));
    assert!(futures::future::join_all(at_once).await.iter().all(Result::is_ok));
    let stall = first.is_back().await;
    stopped.cancel();
    serving.await.unwrap().unwrap();
    let started = Instant::now();
    client.sweep(&cx, Duration::ZERO).await.unwrap();
    let took = started.elapsed();
    assert!(took < Duration::from_secs(1), "{took:?}, and an address is left alone for two");
    assert_eq!(calls(&stall), 1);
}

#[tokio::test]
async fn an_address_that_answers_again_is_soon_used_like_any_other() {
    let address = Restarted::away().await;
    let client = client(&[address.0]).await;
    for _ in 0..10 {
        client.sell(&cx(LONG), lines(1), None).await.unwrap_err();
    }
    let stall = address.is_back().await;
    tokio::time::sleep(Duration::from_millis(2_200)).await;
    client.sell(&cx(LONG), lines(1), None).await.unwrap();
    // More than go to one that is left alone.
    let cx = cx(LONG);
    let at_once = (0..50).map(|_| client.sweep(&cx, Duration::from_millis(500)));
    assert!(futures::future::join_all(at_once).await.iter().all(Result::is_ok));
    assert_eq!(calls(&stall), 51);
}

#[tokio::test]
async fn when_all_are_left_alone_few_callers_wait_for_them_and_the_others_are_told_at_once() {
    let (asked, mute) = stranger(|stream| async move {
        tokio::time::sleep(LONG).await;
        drop(stream);
    })
    .await;
    let client = client(&[mute]).await;
    let short = cx(Duration::from_millis(100));
    futures::future::join_all((0..5).map(|_| client.sweep(&short, Duration::ZERO))).await;
    let before = asked.load(Ordering::SeqCst);
    let (cx, started) = (cx(Duration::from_secs(3)), Instant::now());
    let calls = (0..100).map(|_| async {
        client.sweep(&cx, Duration::ZERO).await.unwrap_err();
        started.elapsed() < Duration::from_secs(1)
    });
    let at_once = futures::future::join_all(calls).await.into_iter().filter(|early| *early).count();
    assert_eq!(at_once, 100 - 16);
    let more = asked.load(Ordering::SeqCst) - before;
    assert!((1..=17).contains(&more), "{more} more connections");
}

/// Answers all with one status.
async fn answers(status: StatusCode) -> (Arc<AtomicU32>, SocketAddr) {
    let count = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&count);
    let router = Router::new().fallback(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        async move { status }
    });
    (count, serve(router).await)
}

#[tokio::test]
async fn who_is_away_is_asked_again_for_reads_and_not_for_commands() {
    let (asked, away) = answers(StatusCode::SERVICE_UNAVAILABLE).await;
    let client = client(&[away]).await;
    client.sweep(&cx(LONG), Duration::ZERO).await.unwrap_err();
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let error = client.watch(&cx(LONG), Duration::ZERO).await.unwrap_err();
    assert_eq!((asked.load(Ordering::SeqCst), error.kind()), (1 + 3, ErrorKind::Unavailable));
}

#[tokio::test]
async fn a_service_that_is_down_gets_no_storm() {
    let (asked, away) = answers(StatusCode::SERVICE_UNAVAILABLE).await;
    let client = client(&[away]).await;
    let cx = cx(LONG);
    let calls = (0..200).map(|_| client.watch(&cx, Duration::ZERO));
    let started = Instant::now();
    assert!(futures::future::join_all(calls).await.into_iter().all(|answer| answer.is_err()));
    // Ten a second, of the ten seconds before too; without a budget there would be 400.
    let allowed = 200 + 100 + 10 * (started.elapsed().as_secs() + 1);
    assert!((200..=allowed).contains(&u64::from(asked.load(Ordering::SeqCst))), "{}", asked.load(Ordering::SeqCst));
}

#[tokio::test]
async fn nobody_waits_longer_than_the_deadline() {
    let (_, mute) = stranger(|stream| async move {
        tokio::time::sleep(LONG).await;
        drop(stream);
    })
    .await;
    let client = client(&[mute]).await;
    let started = Instant::now();
    let late = client.sweep(&cx(Duration::from_millis(300)), Duration::ZERO).await.unwrap_err();
    assert_eq!(late.kind(), ErrorKind::Unavailable);
    let took = started.elapsed();
    assert!((Duration::from_millis(250)..Duration::from_secs(2)).contains(&took), "{took:?}");
}

#[tokio::test]
async fn the_time_left_is_told_to_the_service() {
    let (_, address) = stall().await;
    let client = client(&[address]).await;
    let seen = client.look(&cx(Duration::from_secs(3))).await.unwrap();
    // Of a read a third: it may have to be asked for at three addresses.
    assert!((500..=1_000).contains(&seen.remaining_ms), "{}", seen.remaining_ms);
}

#[tokio::test]
async fn all_addresses_of_a_name_take_part() {
    let (stall, address) = stall().await;
    let url = format!("http://localhost:{}", address.port()).parse().unwrap();
    let config =
        RemoteConfig { service: "stall".to_owned(), urls: vec![url], secret: Some(secret(SECRET)), identity: None };
    let client = MarketStallClient::over(remote(config, &Env::system()).await.unwrap());
    for _ in 0..10 {
        client.sell(&cx(LONG), lines(1), None).await.unwrap();
    }
    assert_eq!(calls(&stall), 10);
}

#[tokio::test]
async fn an_address_of_another_form_is_refused_by_name() {
    for bad in ["https://host:1", "http://host:1/path", "/only/a/path"] {
        let config = RemoteConfig {
            service: "stall".to_owned(),
            urls: vec![bad.parse().unwrap()],
            secret: Some(secret(SECRET)),
            identity: None,
        };
        let Err(refused) = remote(config, &Env::system()).await else { panic!("{bad} was taken") };
        assert_eq!(refused.fields[0].field, "url", "{bad}");
    }
    let nowhere =
        RemoteConfig { service: "stall".to_owned(), urls: Vec::new(), secret: Some(secret(SECRET)), identity: None };
    assert!(remote(nowhere, &Env::system()).await.is_err());
}
