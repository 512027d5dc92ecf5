//! What only the writer thread and the files can show.
#![expect(clippy::disallowed_methods, reason = "tests let tasks race")]

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    time::Duration,
};

use souk_types::{Actor, Cx, Env, ErrorKind, Fault, TraceId, limits};
use tokio::task::JoinHandle;

use crate::{Engine, Migration, Schema, Store, Tx, params, sql, testing::TestEngine};

static NOTES: Schema = Schema {
    service: "notes",
    migrations: &[Migration {
        name: "0001_notes",
        sql: "CREATE TABLE notes (id BIGINT PRIMARY KEY, text TEXT NOT NULL);",
    }],
};

fn cx() -> Cx {
    Cx::new(Actor::service("test"), Duration::from_secs(20), TraceId::from_bits(1))
}

fn folder(engine: &TestEngine) -> &Path {
    match engine.engine() {
        Engine::Sqlite { folder } => folder,
        Engine::Postgres { .. } => panic!("these tests are about files"),
    }
}

async fn open(engine: &TestEngine) -> Store {
    engine.open(&NOTES, Env::system()).await
}

async fn note(store: &Store, id: i64, text: String) -> Result<(), Fault> {
    store
        .write(&cx(), move |tx| {
            tx.exec(sql!("INSERT INTO notes (id, text) VALUES (?1, ?2)"), params![id, text])?.expect_one()
        })
        .await
}

async fn count(store: &Store) -> i64 {
    store
        .read(&cx(), |tx| tx.query_one(sql!("SELECT COUNT(*) FROM notes"), params![], |row| row.get(0)))
        .await
        .unwrap_or_else(|fault: Fault| panic!("{fault}"))
}

#[tokio::test]
async fn a_copy_is_whole_and_does_not_follow() {
    let (engine, elsewhere) = (TestEngine::sqlite(), tempfile::tempdir().unwrap());
    let store = open(&engine).await;
    note(&store, 1, "before".to_owned()).await.unwrap();
    store.copy_to(&elsewhere.path().join("notes.db")).await.unwrap();
    note(&store, 2, "after".to_owned()).await.unwrap();
    let copy = Store::open(&Engine::sqlite(elsewhere.path()), &NOTES, Env::system()).await.unwrap();
    assert_eq!((count(&store).await, count(&copy).await), (2, 1));
    assert!(store.copy_to(&elsewhere.path().join("notes.db")).await.is_err(), "nothing is overwritten");
}

/// Commits in the write-ahead log, counted from the file: the second word of a frame's header is not 0 in the last
/// frame of a transaction (<https://sqlite.org/fileformat2.html>, 4.1).
fn commits(folder: &Path) -> usize {
    let log = std::fs::read(folder.join("notes.db-wal")).unwrap();
    let salt = &log[16..24];
    log[32..].chunks_exact(24 + 4096).filter(|frame| frame[8..16] == *salt && frame[4..8] != [0; 4]).count()
}

/// Keeps the writer thread in a closure until told to go on; answers once it is there.
async fn hold(store: &Store) -> (SyncSender<()>, JoinHandle<Result<(), Fault>>) {
    let (go, going): (SyncSender<()>, Receiver<()>) = sync_channel(1);
    let (there, arrived) = sync_channel(1);
    let holder = store.clone();
    let held = tokio::spawn(async move {
        holder
            .write(&cx(), move |_| {
                there.send(()).map_err(Fault::internal)?;
                going.recv_timeout(Duration::from_secs(10)).map_err(Fault::internal)
            })
            .await
    });
    tokio::task::spawn_blocking(move || arrived.recv_timeout(Duration::from_secs(10))).await.unwrap().unwrap();
    (go, held)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_that_wait_share_a_commit() {
    let engine = TestEngine::sqlite();
    let store = open(&engine).await;
    note(&store, 0, "first".to_owned()).await.unwrap();
    let before = commits(folder(&engine));
    let (go, held) = hold(&store).await;
    let writers: Vec<_> = (1..=100)
        .map(|id| {
            let store = store.clone();
            tokio::spawn(async move { note(&store, id, "more".to_owned()).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(100)).await;
    go.send(()).unwrap();
    held.await.unwrap().unwrap();
    for writer in writers {
        writer.await.unwrap().unwrap();
    }
    assert_eq!(count(&store).await, 101);
    assert!(commits(folder(&engine)) - before <= 3, "{} commits", commits(folder(&engine)) - before);
}

/// What a write does after its row is inserted.
#[derive(Clone, Copy)]
enum Then {
    Keep,
    Refuse,
    Panic,
}

/// Ten writes of one batch, of which one may not want to be kept; answers how often closures were run, the ids that
/// are there, and which writes were answered with `Ok`.
async fn batch(odd: Option<(i64, Then)>) -> (usize, Vec<i64>, Vec<i64>) {
    let engine = TestEngine::sqlite();
    let store = open(&engine).await;
    let runs = Arc::new(AtomicUsize::new(0));
    let (go, held) = hold(&store).await;
    let mut writers = Vec::new();
    for id in 0..10 {
        let then = odd.filter(|(which, _)| *which == id).map_or(Then::Keep, |(_, then)| then);
        let (store, runs) = (store.clone(), Arc::clone(&runs));
        writers.push(tokio::spawn(async move {
            let work = move |tx: &mut Tx<'_>| {
                runs.fetch_add(1, Ordering::SeqCst);
                tx.exec(sql!("INSERT INTO notes (id, text) VALUES (?1, '')"), params![id])?.expect_one()?;
                match then {
                    Then::Keep => Ok(()),
                    Then::Refuse => Err(Fault::conflict("no")),
                    Then::Panic => panic!("on purpose"),
                }
            };
            store.write(&cx(), work).await
        }));
        // In the order of their ids.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    go.send(()).unwrap();
    held.await.unwrap().unwrap();
    let mut kept = Vec::new();
    for (id, writer) in (0..).zip(writers) {
        if writer.await.unwrap().is_ok() {
            kept.push(id);
        }
    }
    let ids = |tx: &mut Tx<'_>| tx.query(sql!("SELECT id FROM notes ORDER BY id"), params![], |row| row.get(0));
    let there = store.read::<_, Fault>(&cx(), ids).await.unwrap();
    (runs.load(Ordering::SeqCst), there, kept)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_that_is_kept_whole_runs_each_write_once() {
    let (runs, there, kept) = batch(None).await;
    assert_eq!((runs, there), (10, (0..10).collect()));
    assert_eq!(kept, (0..10).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_refuses_after_a_change_leaves_nothing_and_takes_nobody_along() {
    for then in [Then::Refuse, Then::Panic] {
        for which in [0, 4, 9] {
            let (runs, there, kept) = batch(Some((which, then))).await;
            let others: Vec<i64> = (0..10).filter(|id| *id != which).collect();
            assert_eq!((&there, &kept), (&others, &others), "of {which}");
            // Up to the one that refused, and then all once more.
            assert_eq!(runs, 10 + usize::try_from(which).unwrap() + 1);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_whose_caller_has_gone_or_given_up_is_not_begun() {
    let engine = TestEngine::sqlite();
    let store = open(&engine).await;
    let (go, held) = hold(&store).await;
    let gone = {
        let store = store.clone();
        tokio::spawn(async move { note(&store, 1, "gone".to_owned()).await })
    };
    let late = {
        let store = store.clone();
        let cx = Cx::new(Actor::ANONYMOUS, Duration::from_millis(50), TraceId::from_bits(1));
        tokio::spawn(async move {
            store.write(&cx, |tx| tx.exec(sql!("INSERT INTO notes (id, text) VALUES (2, 'late')"), params![])).await
        })
    };
    tokio::time::sleep(Duration::from_millis(100)).await;
    gone.abort();
    let _ = gone.await;
    go.send(()).unwrap();
    held.await.unwrap().unwrap();
    assert_eq!(late.await.unwrap().unwrap_err().kind, ErrorKind::Unavailable);
    assert_eq!(count(&store).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_refuses_after_the_deadline() {
    let engine = TestEngine::sqlite();
    let store = open(&engine).await;
    let (go, held) = hold(&store).await;
    let waiting: Vec<_> = (0..limits::STORE_QUEUE_MAX)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.write(&cx(), |_| Ok::<_, Fault>(())).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let cx = Cx::new(Actor::ANONYMOUS, Duration::from_millis(50), TraceId::from_bits(1));
    let refused = store.write(&cx, |_| Ok::<_, Fault>(())).await;
    assert_eq!(refused.unwrap_err().kind, ErrorKind::TooMany);
    go.send(()).unwrap();
    held.await.unwrap().unwrap();
    for waiter in waiting {
        waiter.await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_the_write_and_later_ones_work_again() {
    let engine = TestEngine::sqlite();
    let store = open(&engine).await;
    note(&store, 0, "before".to_owned()).await.unwrap();
    let pages = |limit: i64| {
        let store = store.clone();
        async move {
            store
                .write(&cx(), move |tx| {
                    let set = format!("PRAGMA max_page_count = {limit}");
                    tx.sqlite_connection().query_row(&set, [], |row| row.get::<_, i64>(0)).map_err(Fault::internal)
                })
                .await
        }
    };
    // Set below the present size, the limit becomes the present size.
    pages(1).await.unwrap();
    let (go, held) = hold(&store).await;
    let writers: Vec<_> = (1..=20)
        .map(|id| {
            let store = store.clone();
            let text = if id == 10 { "x".repeat(1_000_000) } else { "small".to_owned() };
            tokio::spawn(async move { note(&store, id, text).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(100)).await;
    go.send(()).unwrap();
    held.await.unwrap().unwrap();
    let mut saved = 0;
    for (index, writer) in writers.into_iter().enumerate() {
        match writer.await.unwrap() {
            Ok(()) => saved += 1,
            Err(fault) => {
                assert_eq!(fault.kind, ErrorKind::Unavailable, "{index}: {fault}");
                assert_eq!(fault.public, "the disk is full; nothing was saved");
            }
        }
    }
    assert!(saved < 20);
    assert_eq!(count(&store).await, saved + 1, "what was answered is what is there");
    pages(1_000_000).await.unwrap();
    note(&store, 100, "x".repeat(1_000_000)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_does_not_grow_without_end() {
    let engine = TestEngine::sqlite();
    let store = open(&engine).await;
    // So much that a checkpoint which the disk holds up for a while makes no difference.
    for id in 0..150 {
        note(&store, id, "x".repeat(1_000_000)).await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let log = std::fs::metadata(folder(&engine).join("notes.db-wal")).unwrap().len();
    assert!(log < 100_000_000, "{log} bytes after 150 MB");
    store.close().await;
    let log = std::fs::metadata(folder(&engine).join("notes.db-wal")).map_or(0, |log| log.len());
    assert_eq!(log, 0);
}
