//! How Postgres is reached: over TLS, within limits, and again after it was away.
#![expect(clippy::disallowed_methods, reason = "tests let tasks race")]

mod fixture;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use fixture::{THINGS, cx, cx_for, insert, put, things};
use souk_store::{Engine, PostgresOptions, Store, Tls, params, sql, testing::TestEngine};
use souk_types::{Env, ErrorKind, Fault};

/// Names the authority that the certificate of the Postgres at hand comes from.
const POSTGRES_CA: &str = "SOUK_TEST_POSTGRES_CA";

fn with(engine: &TestEngine, options: PostgresOptions) -> Engine {
    let Engine::Postgres { url, schema_prefix, .. } = engine.engine() else { panic!("no Postgres") };
    Engine::postgres_with(url, schema_prefix, options)
}

async fn open(engine: &TestEngine, options: PostgresOptions) -> Result<Store, Fault> {
    Store::open(&with(engine, options), &THINGS, Env::system()).await
}

async fn is_encrypted(store: &Store) -> bool {
    let cx = cx();
    let asked = store.read(&cx, |tx| {
        let sql = sql!(fan_out "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
        tx.query_one(sql, params![], |row| row.get::<bool>(0))
    });
    asked.await.unwrap_or_else(|fault: Fault| panic!("{fault}"))
}

/// The authority of the server at hand; `None`, and says so, when it has no TLS.
fn authority() -> Option<PathBuf> {
    let file = std::env::var_os(POSTGRES_CA).map(PathBuf::from);
    if file.is_none() {
        println!("NOT RUN: {POSTGRES_CA} names no authority of Postgres");
    }
    file
}

#[tokio::test]
async fn what_is_sent_is_encrypted_unless_that_is_switched_off() {
    let (Some(engine), Some(ca)) = (TestEngine::postgres(), authority()) else { return };
    for (tls, tls_ca, encrypted) in [
        (None, None, true),
        (Some(Tls::Require), None, true),
        (Some(Tls::VerifyFull), Some(ca.clone()), true),
        (None, Some(ca), true),
        (Some(Tls::Disable), None, false),
    ] {
        let options = PostgresOptions { tls, tls_ca, ..PostgresOptions::default() };
        let store = open(&engine, options.clone()).await.unwrap();
        assert_eq!(is_encrypted(&store).await, encrypted, "{options:?}");
        store.close().await;
    }
}

#[tokio::test]
async fn a_server_of_another_authority_is_refused() {
    let (Some(engine), Some(_)) = (TestEngine::postgres(), authority()) else { return };
    // None of the public authorities has signed it.
    let options = PostgresOptions { tls: Some(Tls::VerifyFull), ..PostgresOptions::default() };
    let fault = open(&engine, options).await.unwrap_err();
    let why = fault.internal.unwrap();
    assert!(why.contains("TLS") && why.contains("certificate"), "{why}");
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_given_up_and_the_next_one_runs() {
    let Some(engine) = TestEngine::postgres() else { return };
    let options = PostgresOptions { statement_timeout: Duration::from_millis(200), ..PostgresOptions::default() };
    let store = open(&engine, options).await.unwrap();
    let begun = Instant::now();
    let cx = cx();
    let slow = store.write(&cx, |tx| {
        insert(tx, "p", "never", 1)?;
        tx.query_one(sql!(fan_out "SELECT pg_sleep(30)"), params![], |_| Ok(()))
    });
    let fault: Fault = slow.await.unwrap_err();
    assert_eq!(fault.kind, ErrorKind::Unavailable, "{fault}");
    assert!(begun.elapsed() < Duration::from_secs(5), "it was tried again and again");
    put(&store, "p", "next", 1).await.unwrap();
    assert_eq!(things(&store).await, [("next".to_owned(), 1)]);
}

/// Rows that a lookup by keys read without an index.
async fn rows_read_in_vain(store: &Store) -> i64 {
    let cx = cx();
    let counted = store.read(&cx, |tx| {
        let lookup = sql!(
            "SELECT things.size FROM (SELECT json(value) ->> 0 AS product_id, json(value) ->> 1 AS sku FROM {each:?1} AS item)
                 AS wanted
             CROSS JOIN things WHERE things.product_id = wanted.product_id AND things.sku = wanted.sku"
        );
        tx.query(lookup, params![r#"[["p", "7"]]"#], |row| row.get::<i64>(0))?;
        let read = sql!(fan_out "SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relid = 'things'::regclass");
        tx.query_one(read, params![], |row| row.get(0))
    });
    counted.await.unwrap_or_else(|fault: Fault| panic!("{fault}"))
}

#[tokio::test]
async fn what_was_planned_for_an_empty_table_is_soon_planned_anew() {
    let Some(engine) = TestEngine::postgres() else { return };
    let options = PostgresOptions { connections_max: 2, ..PostgresOptions::default() };
    let store = open(&engine, options).await.unwrap();
    // Postgres keeps a plan for any parameters from the sixth time on.
    for _ in 0..10 {
        assert_eq!(rows_read_in_vain(&store).await, 0);
    }
    let cx = cx();
    let filled = store.write(&cx, |tx| {
        let fill = sql!(
            "INSERT INTO things (product_id, sku, size) SELECT 'p', CAST(n AS TEXT), n FROM generate_series(1, 20000) AS n"
        );
        tx.exec(fill, params![])
    });
    let filled: Result<_, Fault> = filled.await;
    assert_eq!(filled.unwrap().rows(), 20_000);
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    assert_eq!(rows_read_in_vain(&store).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_are_lost_under_calls_are_made_again() {
    let Some(engine) = TestEngine::postgres() else { return };
    let options = PostgresOptions { connections_max: 4, ..PostgresOptions::default() };
    let store = open(&engine, options).await.unwrap();
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let store = store.clone();
            tokio::spawn(async move {
                let (mut saved, mut failed) = (0, 0);
                for number in 0..100 {
                    match put(&store, "p", &format!("{writer}-{number}"), 1).await {
                        Ok(()) => saved += 1,
                        Err(fault) if fault.kind == ErrorKind::Unavailable => failed += 1,
                        Err(fault) => panic!("{fault}"),
                    }
                }
                (saved, failed)
            })
        })
        .collect();
    let breaker = open(&engine, PostgresOptions::default()).await.unwrap();
    for _ in 0..10 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let cx = cx_for(Duration::from_secs(5));
        let ended = breaker.read(&cx, |tx| {
            let all = sql!(
                fan_out "SELECT COUNT(*) FROM pg_stat_activity activity JOIN pg_locks locks ON locks.pid = activity.pid
                     WHERE locks.locktype = 'advisory' AND activity.pid <> pg_backend_pid()
                         AND activity.application_name = 'souk-things'
                         AND (locks.classid, locks.objid) IN (SELECT classid, objid FROM pg_locks
                             WHERE locktype = 'advisory' AND pid = pg_backend_pid())
                         AND pg_terminate_backend(activity.pid)"
            );
            tx.query_one(all, params![], |row| row.get::<i64>(0))
        });
        // Its own connections may be among them.
        if let Err::<_, Fault>(fault) = ended.await {
            assert_eq!(fault.kind, ErrorKind::Unavailable, "{fault}");
        }
    }
    let (mut saved, mut failed) = (0, 0);
    for writer in writers {
        let (well, badly) = writer.await.unwrap();
        saved += well;
        failed += badly;
    }
    // A commit whose answer was lost may have taken place.
    let there = things(&store).await.len();
    assert!((saved..=saved + failed).contains(&there), "{saved} saved, {failed} failed, {there} are there");
    assert!(failed <= 40, "{failed} failed: at most one for each of four connections, ten times");
    put(&store, "p", "after", 1).await.unwrap();
}
