//! `souk migrate` on Citus: every table of every service is put where it belongs, on a stand-in for Citus that writes down
//! what is asked of it.

use souk::shop::SCHEMAS;
use souk_bench::server::souk_command_with;
use souk_store::testing::{
    POSTGRES_URL,
    citus::{self, KNOWN_NODE, STAND_IN, psql},
};

use crate::fleet::new_database;

/// What was asked of Citus, in order, but for rows that were moved.
fn calls(url: &str) -> Vec<String> {
    citus::calls(url).into_iter().filter(|call| !call.ends_with(" freed")).collect()
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

    psql(&database, KNOWN_NODE);
    assert!(migrate(&["--check"]).unwrap_err().to_string().contains("orders.orders: is to be spread by customer_id"));
    let said = migrate(&[]).unwrap();
    let wanted: Vec<String> = SCHEMAS.into_iter().flat_map(|schema| citus::expected(schema).unwrap()).collect();
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
