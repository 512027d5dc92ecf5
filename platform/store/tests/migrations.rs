//! How a database comes up to date, and when it is refused.
#![expect(clippy::disallowed_methods, reason = "tests let tasks race")]

use souk_store::{Engine, Migration, Schema, Store, params, pending, sql, testing::engines};
use souk_types::{Actor, Cx, Env, Fault, TraceId};

const FIRST: Migration = Migration { name: "0001_first", sql: "CREATE TABLE first (id BIGINT PRIMARY KEY);" };
const SECOND: Migration = Migration {
    name: "0002_second",
    sql: "CREATE TABLE second (id BIGINT PRIMARY KEY);
        INSERT INTO second (id) VALUES (1); -- no newline at the end",
};
static OLD: Schema = Schema { service: "shop", migrations: &[FIRST] };
static NEW: Schema = Schema { service: "shop", migrations: &[FIRST, SECOND] };
static CHANGED: Schema = Schema {
    service: "shop",
    migrations: &[Migration { name: "0001_first", sql: "CREATE TABLE first (id TEXT PRIMARY KEY);" }],
};
static BROKEN: Schema = Schema {
    service: "shop",
    migrations: &[
        FIRST,
        Migration { name: "0002_broken", sql: "CREATE TABLE half (id BIGINT PRIMARY KEY); CREATE TABLE half (" },
    ],
};
static UNSORTED: Schema = Schema { service: "shop", migrations: &[SECOND, FIRST] };

async fn open(engine: &Engine, schema: &'static Schema) -> Result<Store, Fault> {
    Store::open(engine, schema, Env::system()).await
}

async fn count_second(store: &Store) -> i64 {
    let cx = Cx::new(Actor::service("test"), std::time::Duration::from_secs(20), TraceId::from_bits(1));
    store
        .read(&cx, |tx| tx.query_one(sql!("SELECT COUNT(*) FROM second"), params![], |row| row.get(0)))
        .await
        .unwrap_or_else(|fault: Fault| panic!("{fault}"))
}

#[tokio::test]
async fn a_new_program_brings_an_old_database_up_to_date_once() {
    for engine in engines() {
        open(engine.engine(), &OLD).await.unwrap().close().await;
        open(engine.engine(), &NEW).await.unwrap().close().await;
        let store = open(engine.engine(), &NEW).await.unwrap();
        assert_eq!(count_second(&store).await, 1, "{}", engine.name);
    }
}

#[tokio::test]
async fn an_old_program_refuses_a_newer_database() {
    for engine in engines() {
        open(engine.engine(), &NEW).await.unwrap().close().await;
        let fault = open(engine.engine(), &OLD).await.unwrap_err();
        assert!(fault.public.contains("the database of shop is newer than this program"), "{}", fault.public);
        assert!(fault.public.contains("0002_second"), "{}", fault.public);
        assert_eq!(pending(engine.engine(), &OLD).await.unwrap_err().public, fault.public, "{}", engine.name);
    }
}

#[tokio::test]
async fn a_migration_that_was_changed_is_refused() {
    for engine in engines() {
        open(engine.engine(), &OLD).await.unwrap().close().await;
        let fault = open(engine.engine(), &CHANGED).await.unwrap_err();
        assert!(fault.public.contains("0001_first"), "{}", fault.public);
    }
}

#[tokio::test]
async fn a_migration_that_fails_leaves_nothing_behind() {
    for engine in engines() {
        let fault = open(engine.engine(), &BROKEN).await.unwrap_err();
        assert!(fault.internal.unwrap().contains("0002_broken"), "{}", engine.name);
        let store = open(engine.engine(), &OLD).await.unwrap();
        assert!(store.check_sql("SELECT id FROM half").await.is_err(), "{}", engine.name);
    }
}

#[tokio::test]
async fn what_is_pending_is_told_without_a_change() {
    for engine in engines() {
        let all = [
            "system/0001_system",
            "system/0002_failed_by_time",
            "system/0003_event_positions",
            "system/0004_traces",
            "0001_first",
            "0002_second",
        ];
        assert_eq!(pending(engine.engine(), &NEW).await.unwrap(), all, "{}", engine.name);
        assert_eq!(pending(engine.engine(), &NEW).await.unwrap(), all, "{}", engine.name);
        open(engine.engine(), &OLD).await.unwrap().close().await;
        assert_eq!(pending(engine.engine(), &NEW).await.unwrap(), ["0002_second"], "{}", engine.name);
        open(engine.engine(), &NEW).await.unwrap().close().await;
        assert!(pending(engine.engine(), &NEW).await.unwrap().is_empty(), "{}", engine.name);
    }
}

#[tokio::test]
async fn migrations_out_of_order_are_refused() {
    for engine in engines() {
        assert!(open(engine.engine(), &UNSORTED).await.is_err(), "{}", engine.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_instances_may_start_at_once() {
    for engine in engines() {
        let starting: Vec<_> = (0..10)
            .map(|_| {
                let engine = engine.engine().clone();
                tokio::spawn(async move { open(&engine, &NEW).await })
            })
            .collect();
        for started in starting {
            let store = started.await.unwrap().unwrap();
            assert_eq!(count_second(&store).await, 1, "{}", engine.name);
        }
    }
}
