//! `souk migrate` on Citus: every table of every service is put where it belongs, on a stand-in for Citus that writes down
//! what is asked of it.

use std::{collections::BTreeMap, process::Command};

use souk::shop::SCHEMAS;
use souk_bench::server::souk_command_with;
use souk_store::{Placement, Schema, placements, testing::POSTGRES_URL};

use crate::fleet::new_database;

const STAND_IN: &str = include_str!("../platform/store/tests/citus/stand_in.sql");

fn psql(url: &str, sql: &str) -> String {
    let output = Command::new("psql").args([url, "-v", "ON_ERROR_STOP=1", "-qAtc", sql]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What was asked of Citus, in order, but for rows that were moved.
fn calls(url: &str) -> Vec<String> {
    let calls = psql(url, "SELECT call FROM public.calls WHERE call NOT LIKE '% freed' ORDER BY number");
    calls.lines().map(str::to_owned).collect()
}

/// What is to be asked for a service: by the names of the tables, those that are spread by a column beside the first.
fn expected(schema: &Schema) -> Vec<String> {
    let mut first: BTreeMap<String, String> = BTreeMap::new();
    let calls = placements(schema).unwrap().into_iter().map(|(table, placement)| {
        let place = format!("souk_{}.{table}", schema.service);
        match placement {
            Placement::Local => format!("{place} here"),
            Placement::Reference => format!("{place} everywhere"),
            Placement::Sharded(key) => {
                let beside = first.get(&key).cloned().unwrap_or("none".to_owned());
                first.entry(key.clone()).or_insert_with(|| place.clone());
                format!("{place} by {key} beside {beside}")
            }
        }
    });
    calls.collect()
}

#[tokio::test]
async fn every_table_of_every_service_is_put_where_it_belongs_and_only_once() {
    let Some(server) = std::env::var(POSTGRES_URL).ok().filter(|url| !url.is_empty()) else {
        println!("NOT RUN: {POSTGRES_URL} names no Postgres");
        return;
    };
    let database = new_database(&server).await;
    psql(&database, STAND_IN);
    let folder = tempfile::tempdir().unwrap();
    let migrate = |more: &[&str]| {
        let arguments = [&["migrate"] as &[&str], more].concat();
        souk_command_with(folder.path(), &arguments, &[("SOUK_DATA_POSTGRES", &database)])
    };
    let refused = migrate(&[]).unwrap_err().to_string();
    assert!(refused.contains("SELECT citus_set_coordinator_host('NAME', PORT)"), "{refused}");

    psql(&database, "INSERT INTO pg_dist_node VALUES (0)");
    assert!(migrate(&["--check"]).unwrap_err().to_string().contains("orders.orders: is to be spread by customer_id"));
    let said = migrate(&[]).unwrap();
    let wanted: Vec<String> = SCHEMAS.into_iter().flat_map(expected).collect();
    assert_eq!(calls(&database), wanted);
    for one in [
        "souk_orders.order_history by customer_id beside none",
        "souk_orders.orders by customer_id beside souk_orders.order_history",
        "souk_orders.outbox here",
        "souk_inventory.levels by sku beside none",
        "souk_inventory.locations everywhere",
    ] {
        assert!(wanted.contains(&one.to_owned()), "{one}: {wanted:#?}");
    }
    assert!(said.contains("orders.order_numbers: spread by number"), "{said}");
    assert!(said.contains(&format!("Citus has put {} tables where they belong.", wanted.len())), "{said}");

    let said = migrate(&[]).unwrap();
    assert!(said.contains("The databases are up to date.\nCitus has all tables where they belong."), "{said}");
    migrate(&["--check"]).unwrap();
    assert_eq!(calls(&database), wanted, "the second run asked again");
}
