//! A single server and a cluster answer alike, with TLS and without; one that is away, or hangs, costs nobody much time.

#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it should be")]

use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

use souk_redis::{
    Redis, RedisConfig, Script,
    testing::{RedisCluster, RedisServer},
};
use souk_tls::{
    ServerTrust,
    testing::{Authority, Holds},
};
use souk_types::ErrorKind;

fn put() -> Script {
    Script::new("put", "return redis.call('HSET', KEYS[1], 'a', ARGV[1], 'b', ARGV[2])")
}

async fn each_kind(test: impl AsyncFn(Redis)) {
    if let Some(server) = RedisServer::start() {
        test(server.client()).await;
    }
    if let Some(cluster) = RedisCluster::start() {
        test(cluster.client()).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let files = Authority::new("shop").issue_here(folder.path(), "redis");
    if let Some(server) = RedisServer::start_secured(&files) {
        test(known(server.client()).await).await;
    }
    if let Some(cluster) = RedisCluster::start_secured(&files) {
        test(known(cluster.client()).await).await;
    }
}

/// Waits until certificates have been exchanged: on a busy machine a first call may not have the time for that.
async fn known(redis: Redis) -> Redis {
    let begun = Instant::now();
    while let Err(fault) = redis.fields::<(Option<String>,)>("get", &redis.key("x"), &["a"]).await {
        assert!(begun.elapsed() < Duration::from_secs(20), "{fault:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    redis
}

fn at(url: &str) -> Result<Redis, souk_types::Fault> {
    Redis::try_new(&RedisConfig {
        urls: vec![url.to_owned()],
        prefix: "souk".to_owned(),
        trust: ServerTrust::default(),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_runs_wherever_its_keys_are() {
    each_kind(async |redis| {
        let put = put();
        for number in 0..50 {
            let key = redis.key(format_args!("{{t{number}}}:x"));
            assert_eq!(redis.run::<u32>(&put, &[&key], &[b"1", b"2"]).await, Ok(2));
            let fields: (Option<String>, Option<String>, Option<String>) =
                redis.fields("get", &key, &["a", "c", "b"]).await.unwrap();
            assert_eq!(fields, (Some("1".to_owned()), None, Some("2".to_owned())));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_redis_refuses_is_a_defect_and_not_an_absence() {
    each_kind(async |redis| {
        let key = redis.key("x");
        let wrong = Script::new("wrong", "return redis.call('GET')");
        for _ in 0..10 {
            let refused = redis.run::<u32>(&wrong, &[&key], &[]).await.unwrap_err();
            assert_eq!(refused.kind, ErrorKind::Internal);
        }
        redis.run::<u32>(&put(), &[&key], &[b"1", b"2"]).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_hangs_is_soon_waited_for_no_more() {
    // Takes connections, and never answers.
    let silent = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let redis = at(&format!("redis://{}", silent.local_addr().unwrap())).unwrap();
    for _ in 0..5 {
        let away = redis.run::<u32>(&put(), &["x"], &[b"1", b"2"]).await.unwrap_err();
        assert_eq!(away.kind, ErrorKind::Unavailable);
    }
    let begun = Instant::now();
    for _ in 0..100 {
        assert!(redis.run::<u32>(&put(), &["x"], &[b"1", b"2"]).await.is_err());
    }
    assert!(begun.elapsed() < Duration::from_millis(100), "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_is_back_answers_the_first_who_asks() {
    let Some(mut server) = RedisServer::start() else { return };
    let (redis, put) = (server.client(), put());
    redis.run::<u32>(&put, &["x"], &[b"1", b"2"]).await.unwrap();
    server.kill();
    for _ in 0..10 {
        assert!(redis.run::<u32>(&put, &["x"], &[b"1", b"2"]).await.is_err());
    }
    server.start_again();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(redis.run::<u32>(&put, &["x"], &[b"1", b"2"]).await, Ok(0));
}

#[test]
fn a_wrong_address_is_refused_without_being_quoted() {
    for url in ["s3cret", "http://u:s3cret@host", "rediss://u:s3cret@host:6379/#insecure", "redis://u:s3cret@host:port"]
    {
        let refused = at(url).unwrap_err();
        assert_eq!((refused.kind, refused.fields[0].field.as_str()), (ErrorKind::Invalid, "urls[0]"));
        assert!(!format!("{refused:?}").contains("s3cret"), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_shows_no_certificate_of_the_authorities_is_told_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (own, other) = (Authority::new("shop"), Authority::new("other"));
    let files = own.issue_here(folder, "redis");
    let Some(server) = RedisServer::start_secured(&files) else { return };
    let stranger = other.issue_here(folder, "stranger");
    let elsewhere = own.issue(folder, "elsewhere", &["elsewhere"], Holds::Now);
    let (plain, good) = (server.url().replace("rediss", "redis"), files.for_server());
    for (kind, url, trust) in [
        ("another authority", server.url(), stranger.for_server()),
        (
            "no certificate",
            server.url(),
            ServerTrust { authorities: good.authorities.clone(), ..ServerTrust::default() },
        ),
        ("no TLS", plain, ServerTrust::default()),
    ] {
        let config = RedisConfig { urls: vec![url], trust, prefix: "souk".to_owned() };
        let redis = Redis::try_new(&config).unwrap();
        let refused = redis.run::<u32>(&put(), &["x"], &[b"1", b"2"]).await.unwrap_err();
        assert_eq!(refused.kind, ErrorKind::Unavailable, "{kind}: {refused:?}");
    }
    known(server.client()).await.run::<u32>(&put(), &["x"], &[b"1", b"2"]).await.unwrap();
    let Some(server) = RedisServer::start_secured(&elsewhere) else { return };
    let refused = server.client().run::<u32>(&put(), &["x"], &[b"1", b"2"]).await.unwrap_err();
    let why = refused.internal.unwrap_or_default();
    assert!(refused.kind == ErrorKind::Unavailable && why.contains("not valid for name"), "{why}");
}
