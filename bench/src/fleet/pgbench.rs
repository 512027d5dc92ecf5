//! `pgbench` with statements of ours: what the same Postgres does without a shop.

use std::{fs, path::PathBuf, str::FromStr, time::Duration};

use anyhow::{Context, Result, bail};
use souk_xtask::{command, postgres::Postgres};

use crate::{load::Shape, pairs::Measured};

/// How long all connections may take to begin and to plan every statement.
const WARM_UP_MIN: Duration = Duration::from_secs(2);

/// Statements for `pgbench`, and the database that they are for.
pub struct Reference {
    database: String,
    script: PathBuf,
    /// What the preparation said: over how many SKUs the statements are spread.
    skus: usize,
    /// Transactions so far, at least: what a script counts goes on in the next run.
    begun: i64,
}

fn file(name: &str) -> PathBuf {
    command::root().join("bench/sql").join(name)
}

/// A script's text.
pub fn text(name: &str) -> Result<String> {
    Ok(fs::read_to_string(file(&format!("{name}.pgbench.sql")))?)
}

impl Reference {
    /// Has `psql` run `<name>.setup.sql` on the database, which prints a number of SKUs.
    pub fn prepare(postgres: &Postgres, database: String, name: &str) -> Result<Self> {
        let mut psql = postgres.program("psql");
        psql.args(["-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f"])
            .arg(file(&format!("{name}.setup.sql")))
            .arg(&database);
        let output = psql.output()?;
        if !output.status.success() {
            bail!("{name}.setup.sql: {}", String::from_utf8_lossy(&output.stderr));
        }
        let skus = String::from_utf8_lossy(&output.stdout).trim().parse();
        let skus = skus.with_context(|| format!("{name}.setup.sql does not print a number"))?;
        Ok(Self { database, script: file(&format!("{name}.pgbench.sql")), skus, begun: 0 })
    }

    /// Runs the script with as many connections as there are clients, for as long as they are measured.
    pub fn run(&mut self, postgres: &Postgres, shape: Shape) -> Result<Measured> {
        let mut pgbench = postgres.program("pgbench");
        let clients = shape.clients.to_string();
        pgbench.args(["-n", "-M", "prepared", "-j", "2", "-c", &clients, "-D", &format!("n={}", self.begun)]);
        pgbench.args(["-D", &format!("skus={}", self.skus)]);
        let warm_up = shape.warm_up.max(WARM_UP_MIN).as_secs();
        let seconds = (warm_up + shape.measure.as_secs()).to_string();
        pgbench.args(["-P", "1", "-T", &seconds, "-f"]).arg(&self.script).arg(&self.database);
        // A connection plans each statement once, as one of a shop's has after a while, instead of five times more.
        pgbench.env("PGOPTIONS", "-c plan_cache_mode=force_generic_plan");
        let output = pgbench.output().context("pgbench cannot be started")?;
        let said = String::from_utf8_lossy(&output.stdout);
        let complained = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() || !said.contains("number of failed transactions: 0 ") {
            bail!("pgbench {}: {}\n{said}{complained}", self.script.display(), output.status);
        }
        let done: i64 = figure(&said, "number of transactions actually processed: ")?;
        self.begun += done;
        Ok(Measured::rate(after(&complained, warm_up)?))
    }
}

/// The mean of the rates that `pgbench` tells every second, after so many.
fn after(progress: &str, warm_up_s: u64) -> Result<f64> {
    let told = progress.lines().filter_map(|line| {
        let (at, rest) = line.strip_prefix("progress: ")?.split_once(" s, ")?;
        let rate: f64 = rest.split_whitespace().next()?.parse().ok()?;
        Some((at.parse::<f64>().ok()?, rate))
    });
    // What it tells at the end of a second is of that second.
    let rates: Vec<f64> = told.filter(|(at, _)| *at > warm_up_s as f64 + 0.5).map(|(_, rate)| rate).collect();
    if rates.is_empty() {
        bail!("pgbench tells no rates in {progress}");
    }
    Ok(rates.iter().sum::<f64>() / rates.len() as f64)
}

fn figure<T: FromStr>(said: &str, name: &str) -> Result<T> {
    let found = said.lines().find_map(|line| line.strip_prefix(name)).and_then(|rest| rest.split_whitespace().next());
    found.and_then(|figure| figure.parse().ok()).with_context(|| format!("pgbench tells no {name:?} in {said}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_taken_after_the_warm_up() {
        let said = "pgbench (15.20)\nprogress: 1.0 s, 10.0 tps, lat 3.2 ms stddev 1.0, 0 failed\n\
            progress: 2.0 s, 90.0 tps, lat 3.2 ms stddev 1.0, 0 failed\n\
            progress: 3.0 s, 110.0 tps, lat 3.2 ms stddev 1.0, 0 failed\n";
        assert_eq!(after(said, 1).unwrap(), 100.0);
        assert!(after(said, 9).is_err());
    }
}
