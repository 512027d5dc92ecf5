//! A stand-in for Citus: any Postgres can be one, and writes down what is asked of it.

use std::{collections::BTreeMap, process::Command};

use souk_types::Fault;

use crate::{Placement, Schema, placements};

/// Makes an empty database a stand-in whose coordinator does not know its own address yet; [`KNOWN_NODE`] tells it.
pub const STAND_IN: &str = include_str!("citus.sql");
/// Tells the stand-in that there is a node.
pub const KNOWN_NODE: &str = "INSERT INTO pg_dist_node VALUES (0)";

/// Has `psql` do a statement, and answers what it prints, without headings.
///
/// # Panics
/// When it cannot be started, or says that something is wrong.
pub fn psql(url: &str, sql: &str) -> String {
    let output = Command::new("psql").args([url, "-v", "ON_ERROR_STOP=1", "-qAtc", sql]).output();
    let output = output.unwrap_or_else(|error| panic!("psql: {error}"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What was asked of the stand-in, in order.
///
/// # Panics
/// As [`psql`].
pub fn calls(url: &str) -> Vec<String> {
    psql(url, "SELECT call FROM public.calls ORDER BY number").lines().map(str::to_owned).collect()
}

/// What is to be asked for a service: by the names of the tables, those that are spread by a column beside the first.
///
/// # Errors
/// When a table of the service says nothing of where it belongs.
pub fn expected(schema: &Schema) -> Result<Vec<String>, Fault> {
    let mut first: BTreeMap<String, String> = BTreeMap::new();
    let calls = placements(schema)?.into_iter().map(|(table, placement)| {
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
    Ok(calls.collect())
}
