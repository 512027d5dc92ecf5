//! Every SQL text of every service: it prepares on both engines, and names the shard key of the tables it touches.

use std::{path::PathBuf, time::Duration};

use souk::shop::SCHEMAS;
use souk_store::{
    Placement, Schema, Store, params, placements, sql,
    testing::{TestEngine, engines},
};
use souk_testkit::{Statement, statements};
use souk_types::{Actor, Cx, Env, Fault, TraceId};

use crate::house::root;

/// Where the texts of a schema stand. The sandbox gateway lives in the room of payments, on a store of its own.
fn sources(schema: &Schema) -> PathBuf {
    match schema.service {
        "sandbox_gateway" => root().join("services/payments/src/gateways/sandbox"),
        "web" => root().join("web/src"),
        service => root().join("services").join(service).join("src"),
    }
}

fn texts(schema: &Schema) -> Vec<Statement> {
    let mut found = statements(&sources(schema));
    if schema.service == "payments" {
        found.retain(|statement| !statement.place.contains("gateways/sandbox"));
    }
    if schema.migrations.iter().any(|migration| migration.sql.contains("CREATE TABLE settings")) {
        found.extend(statements(&root().join("platform/settings/src")));
    }
    if schema.migrations.iter().any(|migration| migration.sql.contains("CREATE TABLE documents")) {
        found.extend(statements(&root().join("platform/documents/src")));
    }
    found
}

#[tokio::test]
async fn every_statement_prepares_on_every_engine() {
    let mut wrong = Vec::new();
    for engine in engines() {
        for schema in SCHEMAS {
            let store = engine.open(schema, Env::system()).await;
            let texts = texts(schema);
            for statement in &texts {
                if let Err(fault) = store.check_sql(&statement.text).await {
                    wrong.push(format!("{} on {}: {fault}", statement.place, engine.name));
                }
            }
            let fan_out = texts.iter().filter(|statement| statement.fan_out).count();
            println!("{}: {} statements on {}, {fan_out} of every shard", schema.service, texts.len(), engine.name);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_statement_names_its_shard_key() {
    let mut wrong = Vec::new();
    for schema in SCHEMAS {
        let keys: Vec<(String, String)> = sharded(schema).collect();
        for statement in texts(schema).iter().filter(|statement| !statement.fan_out) {
            for (table, key) in keys.iter().filter(|(table, _)| statement.mentions(table)) {
                if !statement.mentions(key) {
                    wrong.push(format!("{}: touches {table} without {key}", statement.place));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What Citus asks of a table that is spread over nodes, read from the tables as they are when all migrations are run.
#[tokio::test]
async fn every_sharded_table_has_its_shard_key_first_in_every_key() {
    for schema in SCHEMAS {
        let engine = TestEngine::sqlite();
        let store = engine.open(schema, Env::system()).await;
        let firsts = first_columns_of_keys(&store).await;
        for (table, key) in sharded(schema) {
            let keys: Vec<_> = firsts.iter().filter(|(of, _)| *of == table).collect();
            assert!(!keys.is_empty(), "{}.{table} has no key", schema.service);
            for (_, first) in keys {
                assert_eq!(*first, key, "{}.{table}", schema.service);
            }
        }
    }
}

#[tokio::test]
async fn every_table_is_placed_and_refers_only_to_rows_that_lie_beside_it() {
    for schema in SCHEMAS {
        let engine = TestEngine::sqlite();
        let store = engine.open(schema, Env::system()).await;
        let placements = placements(schema).unwrap();
        let (tables, references) = tables_and_references(&store).await;
        assert_eq!(placements.keys().cloned().collect::<Vec<_>>(), tables, "{}", schema.service);
        for (table, column, other) in references {
            let beside = match (&placements[&table], &placements[&other]) {
                (_, Placement::Reference) | (Placement::Local, Placement::Local) => true,
                (Placement::Sharded(key), Placement::Sharded(other)) => key == other && *key == column,
                (_, Placement::Sharded(_) | Placement::Local) => false,
            };
            assert!(beside, "{}.{table}.{column} refers to {other}, which lies elsewhere", schema.service);
        }
    }
}

/// The tables of a schema that are spread over nodes, with the column that says where a row lies.
fn sharded(schema: &'static Schema) -> impl Iterator<Item = (String, String)> {
    placements(schema).unwrap().into_iter().filter_map(|(table, placement)| match placement {
        Placement::Sharded(key) => Some((table, key)),
        Placement::Reference | Placement::Local => None,
    })
}

/// Of every primary key, UNIQUE constraint and unique index: its table and its first column.
async fn first_columns_of_keys(store: &Store) -> Vec<(String, String)> {
    let cx = cx();
    let read = store.scan(&cx, |tx| {
        let sql = sql!(
            fan_out "SELECT t.name, c.name FROM sqlite_schema t, pragma_index_list(t.name) k, pragma_index_info(k.name) c
             WHERE t.type = 'table' AND k.\"unique\" = 1 AND c.seqno = 0"
        );
        tx.query(sql, params![], |row| Ok((row.get(0)?, row.get(1)?)))
    });
    read.await.unwrap_or_else(|fault: Fault| panic!("{fault}"))
}

/// Every table but SQLite's own, and of every foreign key the table, a column, and the table that it refers to.
async fn tables_and_references(store: &Store) -> (Vec<String>, Vec<(String, String, String)>) {
    let cx = cx();
    let read = store.scan(&cx, |tx| {
        let tables = sql!(
            fan_out "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'souk_migrations'
             AND name NOT LIKE 'sqlite_%' ORDER BY name"
        );
        let references = sql!(
            fan_out "SELECT t.name, f.\"from\", f.\"table\" FROM sqlite_schema t, pragma_foreign_key_list(t.name) f"
        );
        let tables = tx.query(tables, params![], |row| row.get(0))?;
        Ok((tables, tx.query(references, params![], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?))
    });
    read.await.unwrap_or_else(|fault: Fault| panic!("{fault}"))
}

fn cx() -> Cx {
    Cx::new(Actor::service("test"), Duration::from_secs(20), TraceId::from_bits(1))
}
