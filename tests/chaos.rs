//! The fleet of `cargo xtask chaos` in its short form: everything that can happen to it, once.

use std::time::Duration;

use souk_bench::server::souk;
use souk_chaos::{Plan, Programs, every, run};
use souk_redis::testing::REDIS_SERVER;
use souk_store::testing::POSTGRES_URL;

use crate::{
    edge,
    fleet::{NATS_SERVER, TURN},
};

const SHOPPERS: usize = 12;
/// Everything is bounded by itself; this is for what nobody thought of.
const OVER_WITHIN: Duration = Duration::from_mins(15);

/// The programs; `None`, and says so, when one is not there.
fn programs() -> Option<Programs> {
    let nginx = edge::program()?;
    let variable = |name: &str| {
        let value = std::env::var(name).ok().filter(|value| !value.is_empty());
        value.is_none().then(|| println!("NOT RUN: {name} names nothing"));
        value
    };
    // The database here is one of its own, to be crashed.
    variable(POSTGRES_URL)?;
    let (nats, redis) = (variable(NATS_SERVER)?.into(), variable(REDIS_SERVER)?.into());
    Some(Programs { souk: souk().unwrap(), nginx, nats, redis })
}

#[tokio::test]
async fn a_fleet_sells_while_its_parts_die_and_loses_nothing() {
    let Some(programs) = programs() else { return };
    let _turn = TURN.lock().await;
    let plan = Plan {
        programs,
        shoppers: SHOPPERS,
        scenarios: every(),
        lasts: Duration::ZERO,
        calm: Duration::from_millis(500),
        fault: Duration::from_millis(1_500),
        quiet: Duration::from_millis(1_000),
        audit_each: false,
        keep: false,
    };
    let rows = tokio::time::timeout(OVER_WITHIN, run(&plan)).await.expect("it was not over in time");
    let rows = rows.unwrap_or_else(|error| panic!("{error:#}"));
    assert_eq!(rows.len(), plan.scenarios.len());
    // Whatever happens, somebody can buy again when it is over.
    assert!(rows.iter().all(|row| row.ordered() > 0), "{rows:#?}");
}
