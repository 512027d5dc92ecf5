//! Copies from SQLite to Postgres: all that is there comes across, whole or not at all.
#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it should be")]

mod fixture;

use std::process::Command;

use fixture::{THINGS, cx, insert, put, things};
use souk_store::{
    Engine, Migration, Schema, Store, params, sql,
    testing::TestEngine,
    transfer::{Copied, Found, Transfer},
};
use souk_types::{Env, Event, Fault};

static OTHERS: Schema = Schema {
    service: "others",
    migrations: &[Migration {
        name: "0001_others",
        sql: "-- local
            CREATE TABLE others (id TEXT PRIMARY KEY) {clustered};",
    }],
};
static SCHEMAS: [&Schema; 2] = [&THINGS, &OTHERS];

#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Happened(String);

impl Event for Happened {
    const TOPIC: &'static str = "things.happened";
    fn key(&self) -> String {
        self.0.clone()
    }
}

/// Two databases with something of everything, closed; `None` without Postgres.
async fn both() -> Option<(TestEngine, TestEngine)> {
    let (from, to) = (TestEngine::sqlite(), TestEngine::postgres()?);
    let store = from.open(&THINGS, Env::system()).await;
    store
        .write(&cx(), |tx| {
            for size in 0..3_000 {
                insert(tx, &format!("p{}", size % 7), &format!("s{size:05}"), size)?;
            }
            let kinds = sql!(
                "INSERT INTO kinds (id, whole, text, part, yes, raw, absent, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
            );
            let raw: &[u8] = &[0, 255, b'\n'];
            tx.exec(kinds, params!["a", i64::MIN, "é\t\\N\n\"", -0.1, true, raw, None::<&str>, 1])?;
            tx.exec(kinds, params!["b", i64::MAX, "", 3.0, false, b"".as_slice(), "", 2])?;
            for name in ["x", "y", "z"] {
                tx.emit(&Happened(name.to_owned()))?;
            }
            tx.first_delivery("someone", souk_types::Id::generate(tx.env()))?;
            Ok::<_, Fault>(())
        })
        .await
        .unwrap();
    store.close().await;
    from.open(&OTHERS, Env::system()).await.close().await;
    Some((from, to))
}

async fn copy(from: &TestEngine, to: &TestEngine) -> Result<Vec<Copied>, Fault> {
    Transfer::begin(to.engine(), &SCHEMAS).await?.copy(from.engine(), &Env::system(), |_| {}).await
}

async fn found(to: &TestEngine) -> Found {
    Transfer::begin(to.engine(), &SCHEMAS).await.unwrap().found().await.unwrap()
}

fn rows(copied: &[Copied], place: &str) -> Option<u64> {
    copied.iter().find(|one| format!("{}.{}", one.service, one.table) == place).map(|one| one.rows)
}

#[tokio::test]
async fn every_row_of_every_type_comes_across() {
    let Some((from, to)) = both().await else { return };
    assert_eq!(found(&to).await, Found::Nothing);
    let copied = copy(&from, &to).await.unwrap();
    for (place, count) in [
        ("things.things", 3_000),
        ("things.kinds", 2),
        ("things.names", 0),
        ("things.outbox", 3),
        ("things.inbox", 1),
        ("things.jobs", 0),
        ("others.others", 0),
    ] {
        assert_eq!(rows(&copied, place), Some(count), "{place}");
    }
    let (there, here) = (from.open(&THINGS, Env::system()).await, to.open(&THINGS, Env::system()).await);
    assert_eq!(things(&there).await, things(&here).await);
    let mut kinds = Vec::new();
    for store in [&there, &here] {
        let cx = cx();
        let read = store.read(&cx, |tx| {
            let all = sql!("SELECT id, whole, text, part, yes, raw, absent, at FROM kinds ORDER BY id");
            tx.query(all, params![], |row| {
                let numbers = (row.get::<i64>(1)?, row.get::<f64>(3)?, row.get::<bool>(4)?, row.get::<i64>(7)?);
                let texts = (row.get::<String>(0)?, row.get::<String>(2)?, row.get::<Option<String>>(6)?);
                Ok((numbers, texts, row.get::<Vec<u8>>(5)?))
            })
        });
        kinds.push(read.await.unwrap_or_else(|fault: Fault| panic!("{fault}")));
    }
    assert_eq!(kinds[0].len(), 2);
    assert_eq!(kinds[0], kinds[1]);
}

#[tokio::test]
async fn sequences_go_on_behind_what_was_given_out() {
    let Some((from, to)) = both().await else { return };
    let store = from.open(&THINGS, Env::system()).await;
    // What was given out last is no longer there.
    let cx = cx();
    let gone = store.write(&cx, |tx| tx.exec(sql!("DELETE FROM outbox WHERE seq > 1"), params![]).map(drop));
    gone.await.unwrap_or_else(|fault: Fault| panic!("{fault}"));
    store.close().await;
    copy(&from, &to).await.unwrap();
    let store = to.open(&THINGS, Env::system()).await;
    let newest = store.write(&cx, |tx| {
        tx.emit(&Happened("later".into()))?;
        tx.query_one(sql!("SELECT MAX(seq) FROM outbox"), params![], |row| row.get::<i64>(0))
    });
    assert_eq!(newest.await.unwrap_or_else(|fault: Fault| panic!("{fault}")), 4);
}

#[tokio::test]
async fn a_copy_is_told_from_one_that_was_used_since() {
    let Some((from, to)) = both().await else { return };
    let first = copy(&from, &to).await.unwrap();
    assert_eq!(found(&to).await, Found::Copy);
    let store = to.open(&THINGS, Env::system()).await;
    put(&store, "p1", "new", 1).await.unwrap();
    store.close().await;
    assert_eq!(found(&to).await, Found::Changed(vec!["things.things: 3001 rows, 3000 were copied".into()]));
    assert_eq!(copy(&from, &to).await.unwrap(), first, "a copy over it is the same again");
    assert_eq!(found(&to).await, Found::Copy);
}

#[tokio::test]
async fn what_did_not_come_by_a_copy_is_named() {
    let Some((_, to)) = both().await else { return };
    let store = to.open(&THINGS, Env::system()).await;
    put(&store, "p1", "own", 1).await.unwrap();
    store.close().await;
    assert_eq!(found(&to).await, Found::Others(vec!["things.things: 1 rows".into()]));
}

#[tokio::test]
async fn a_copy_that_stops_half_way_opens_nowhere_until_it_is_made_anew() {
    let Some((from, to)) = both().await else { return };
    copy(&from, &to).await.unwrap();
    let store = from.open(&THINGS, Env::system()).await;
    let name = |id: i64, email: &'static str| {
        let store = store.clone();
        async move {
            let put = sql!("INSERT INTO names (id, email) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET email = ?2");
            let cx = cx();
            let put = store.write(&cx, move |tx| tx.exec(put, params![id, email]).map(drop));
            put.await.unwrap_or_else(|fault: Fault| panic!("{fault}"));
        }
    };
    name(1, "a\0b").await;
    let fault = copy(&from, &to).await.unwrap_err();
    assert!(fault.public.contains("things.names") && fault.public.contains("column email"), "{fault}");
    assert_eq!(found(&to).await, Found::Unfinished);
    let fault = Store::open(to.engine(), &OTHERS, Env::system()).await.unwrap_err();
    assert!(fault.public.contains("not finished"), "{fault}");
    name(1, "a@b").await;
    store.close().await;
    assert_eq!(rows(&copy(&from, &to).await.unwrap(), "things.names"), Some(1));
    to.open(&OTHERS, Env::system()).await.close().await;
}

#[tokio::test]
async fn databases_in_use_are_left_alone() {
    let Some((from, to)) = both().await else { return };
    let store = to.open(&THINGS, Env::system()).await;
    let fault = copy(&from, &to).await.unwrap_err();
    assert!(fault.public.contains("in use by another souk"), "{fault}");
    store.close().await;
    let transfer = Transfer::begin(to.engine(), &SCHEMAS).await.unwrap();
    let fault = Store::open(to.engine(), &THINGS, Env::system()).await.unwrap_err();
    assert!(fault.public.contains("being copied"), "{fault}");
    drop(transfer);
}

#[tokio::test]
async fn tables_and_databases_without_counterpart_are_named() {
    let Some((from, to)) = both().await else { return };
    let Engine::Sqlite { folder } = from.engine() else { panic!("no folder") };
    let run = |sql: &str| {
        let store = rusqlite::Connection::open(folder.join("things.db")).unwrap();
        store.execute_batch(sql).unwrap();
    };
    run("CREATE TABLE left_over (id INTEGER)");
    let fault = copy(&from, &to).await.unwrap_err();
    assert!(fault.public.contains("things.left_over"), "{fault}");
    run("DROP TABLE left_over; ALTER TABLE names ADD COLUMN more TEXT");
    let fault = copy(&from, &to).await.unwrap_err();
    assert!(fault.public.contains("things.names") && fault.public.contains("more"), "{fault}");
    run("ALTER TABLE names DROP COLUMN more");
    let stray = folder.join("stranger.db");
    assert!(Command::new("cp").arg(folder.join("others.db")).arg(&stray).status().unwrap().success());
    let fault = copy(&from, &to).await.unwrap_err();
    assert!(fault.public.contains("stranger.db"), "{fault}");
    std::fs::remove_file(stray).unwrap();
    copy(&from, &to).await.unwrap();
}
