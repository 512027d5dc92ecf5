//! The tests of what lies in databases, on a Citus that is given: Debian has no package of it.

use anyhow::{Result, bail};

use crate::command::{self, cargo};

/// The test programs that run on distributed tables. The others make databases of their own, or look at one engine only.
const PROGRAMS: [&str; 9] =
    ["accounts", "cart", "catalog", "delivery", "inventory", "orders", "payments", "jobs", "outbox"];
/// Tests of whole shops, and of every statement.
const WHOLE: [&str; 3] = ["flows::", "audit::", "sql::"];

/// Runs them on the Citus at an address, whose role may make schemas there. Its first node has to be known to the others
/// (`citus_set_coordinator_host`); a `citus.shard_count` of 4 makes it fast.
///
/// # Errors
/// When the address is none, and when a test fails.
pub fn run(url: &str) -> Result<()> {
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        bail!("{url:?} is no address like postgres://user@host:5432/database");
    }
    let on_citus = |arguments: &[&str]| {
        let mut tests = cargo(&[&["test", "--workspace", "--no-fail-fast"], arguments].concat());
        tests.env("SOUK_TEST_POSTGRES_URL", url).env("SOUK_TEST_CITUS", "1");
        tests
    };
    let programs: Vec<&str> = PROGRAMS.iter().flat_map(|program| ["--test", program]).collect();
    command::run("services on Citus", &mut on_citus(&programs))?;
    let whole = [&["--test", "souk", "--"] as &[&str], &WHOLE].concat();
    command::run("shops on Citus", &mut on_citus(&whole)).map(drop)
}
