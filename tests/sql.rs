//! Every SQL text of every service: it prepares on both engines, and names the shard key of the tables it touches.

use std::path::PathBuf;

use souk::shop::SCHEMAS;
use souk_store::{Schema, testing::engines};
use souk_testkit::{Statement, shard_keys, statements};
use souk_types::Env;

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
            println!("{}: {} statements on {}", schema.service, texts.len(), engine.name);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_statement_names_its_shard_key() {
    let mut wrong = Vec::new();
    for schema in SCHEMAS {
        let keys: Vec<(String, String)> = schema
            .migrations
            .iter()
            .flat_map(|migration| shard_keys(migration.sql))
            .filter_map(|(table, key)| key.map(|key| (table, key)))
            .collect();
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

#[test]
fn every_sharded_table_has_its_shard_key_first_in_every_key() {
    for schema in SCHEMAS {
        for migration in schema.migrations {
            for (table, key) in shard_keys(migration.sql) {
                let Some(key) = key else { continue };
                let from = migration.sql.find(&format!("CREATE TABLE {table}")).unwrap();
                let definition = &migration.sql[from..from + migration.sql[from..].find("\n)").unwrap()];
                for kind in ["PRIMARY KEY (", "UNIQUE ("] {
                    for (at, _) in definition.match_indices(kind) {
                        let first = definition[at + kind.len()..].split([',', ')']).next().unwrap().trim();
                        assert_eq!(first, key, "{}.{table}: {kind}…", schema.service);
                    }
                }
            }
        }
    }
}
