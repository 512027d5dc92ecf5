//! Closures that meet each other.
#![expect(clippy::disallowed_methods, reason = "tests let tasks race")]

mod fixture;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use fixture::{THINGS, cx, cx_for, put, things};
use souk_store::{Store, Tx, params, sql, testing::TestEngine, testing::engines};
use souk_types::{Env, ErrorKind, Fault};
use tokio::time::Instant;

fn size(tx: &mut Tx<'_>, sku: &str) -> Result<i64, Fault> {
    tx.query_one(sql!("SELECT size FROM things WHERE product_id = ?1 AND sku = ?2"), params!["p", sku], |row| {
        row.get(0)
    })
}

fn set_size(tx: &mut Tx<'_>, sku: &str, size: i64) -> Result<(), Fault> {
    tx.exec(sql!("UPDATE things SET size = ?3 WHERE product_id = ?1 AND sku = ?2"), params!["p", sku, size])?
        .expect_one()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_update_is_lost_when_many_read_and_then_write() {
    for engine in engines() {
        let store = engine.open(&THINGS, Env::system()).await;
        put(&store, "p", "a", 0).await.unwrap();
        let adders: Vec<_> = (0..40)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move {
                    store
                        .write(&cx(), |tx| {
                            let size = size(tx, "a")?;
                            set_size(tx, "a", size + 1)
                        })
                        .await
                })
            })
            .collect();
        let mut done = 0;
        for adder in adders {
            match adder.await.unwrap() {
                Ok(()) => done += 1,
                Err(fault) => assert_eq!(fault.kind, ErrorKind::Unavailable, "{fault}"),
            }
        }
        assert_eq!(things(&store).await, [("a".to_owned(), done)], "{}", engine.name);
        assert!(done > 20, "{}: only {done} of 40 came through", engine.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_closure_that_meets_another_runs_again_on_postgres() {
    let Some(engine) = TestEngine::postgres() else { return };
    let store = engine.open(&THINGS, Env::system()).await;
    put(&store, "p", "a", 1).await.unwrap();
    let runs = Arc::new(AtomicU32::new(0));
    let (rival, counter) = (store.clone(), Arc::clone(&runs));
    let runtime = tokio::runtime::Handle::current();
    let seen = store
        .write(&cx(), move |tx| {
            let seen = size(tx, "a")?;
            if counter.fetch_add(1, Ordering::SeqCst) == 0 {
                runtime.block_on(async { rival.write(&cx(), |tx| set_size(tx, "a", 10)).await })?;
            }
            set_size(tx, "a", seen + 1)?;
            Ok::<_, Fault>(seen)
        })
        .await
        .unwrap();
    assert_eq!((seen, runs.load(Ordering::SeqCst)), (10, 2));
    assert_eq!(things(&store).await, [("a".to_owned(), 11)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_insert_that_loses_a_race_sees_the_winner_on_postgres() {
    let Some(engine) = TestEngine::postgres() else { return };
    let store = engine.open(&THINGS, Env::system()).await;
    let runs = Arc::new(AtomicU32::new(0));
    let (rival, counter) = (store.clone(), Arc::clone(&runs));
    let runtime = tokio::runtime::Handle::current();
    let found = store
        .write(&cx(), move |tx| {
            let found =
                tx.query_opt(sql!("SELECT size FROM things WHERE product_id = 'p' AND sku = 'a'"), params![], |row| {
                    row.get::<i64>(0)
                })?;
            if counter.fetch_add(1, Ordering::SeqCst) == 0 {
                runtime.block_on(put(&rival, "p", "a", 5))?;
            }
            match found {
                Some(size) => Ok(size),
                None => fixture::insert(tx, "p", "a", 6).map(|()| 6),
            }
        })
        .await;
    assert_eq!((found, runs.load(Ordering::SeqCst)), (Ok(5), 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_sees_one_moment() {
    for engine in engines() {
        let store = engine.open(&THINGS, Env::system()).await;
        put(&store, "p", "a", 1).await.unwrap();
        let (rival, runtime) = (store.clone(), tokio::runtime::Handle::current());
        let seen = store
            .scan(&cx(), move |tx| {
                let before = size(tx, "a")?;
                runtime.block_on(async { rival.write(&cx(), |tx| set_size(tx, "a", 2)).await })?;
                Ok::<_, Fault>((before, size(tx, "a")?))
            })
            .await;
        assert_eq!(seen, Ok((1, 1)), "{}", engine.name);
        assert_eq!(things(&store).await, [("a".to_owned(), 2)], "{}", engine.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scan_ends_with_its_deadline() {
    for engine in engines() {
        let store = engine.open(&THINGS, Env::system()).await;
        let started = Instant::now();
        let counted = store
            .scan(&cx_for(Duration::from_millis(200)), |tx| {
                tx.query_one(
                    sql!(
                        "WITH RECURSIVE counter(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counter WHERE n < 1000000000)
                         SELECT MAX(n) FROM counter"
                    ),
                    params![],
                    |row| row.get::<i64>(0),
                )
            })
            .await;
        assert_eq!(counted.unwrap_err().kind, ErrorKind::Unavailable, "{}", engine.name);
        assert!(started.elapsed() < Duration::from_secs(4), "{}", engine.name);
        assert_eq!(things(&store).await, [], "{}", engine.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_connection_is_replaced_on_postgres() {
    let Some(engine) = TestEngine::postgres() else { return };
    let store: Store = engine.open(&THINGS, Env::system()).await;
    put(&store, "p", "a", 1).await.unwrap();
    let killed = store
        .write(&cx(), |tx| {
            tx.query_opt(sql!("SELECT pg_terminate_backend(pg_backend_pid())"), params![], |row| row.get::<bool>(0))
        })
        .await;
    assert_eq!(killed.unwrap_err().kind, ErrorKind::Unavailable);
    let runs = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&runs);
    let kept = store
        .write(&cx(), move |tx| {
            fixture::insert(tx, "p", "b", 2)?;
            if counter.fetch_add(1, Ordering::SeqCst) == 0 {
                tx.query_opt(sql!("SELECT pg_terminate_backend(pg_backend_pid())"), params![], |row| {
                    row.get::<bool>(0)
                })?;
            }
            Ok::<_, Fault>(())
        })
        .await;
    assert_eq!((kept, runs.load(Ordering::SeqCst)), (Ok(()), 2));
    assert_eq!(things(&store).await.len(), 2);
}
