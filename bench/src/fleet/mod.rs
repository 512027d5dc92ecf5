//! The shop on Postgres, on several processes and behind nginx, each beside what it can be held against.

mod checkout;
mod front;
mod hot;
mod pgbench;
mod statements;

use std::{path::PathBuf, time::Duration};

use anyhow::{Context, Result, bail};
use souk_bench::server::souk;
use souk_xtask::{
    fleet::{Part, Plan},
    nginx, packages,
    postgres::Postgres,
};

use crate::{load::Shape, options::Options, runs};

/// What can be chosen.
const NAMES: [&str; 4] = ["checkout", "hot", "front", "statements"];
const VALUED: [&str; 3] = ["--products", "--seconds", "--rounds"];
const PRODUCTS: usize = 20_000;
const PRODUCTS_QUICK: usize = 1_000;
const ROUNDS: usize = 5;
const ROUNDS_QUICK: usize = 3;
/// What Debian's Postgres would be given on a machine like this. The same server serves both sides of a pair.
const POSTGRES: [&str; 2] = ["shared_buffers=512MB", "max_wal_size=4GB"];

/// What all of them stand on.
struct Stand {
    postgres: Postgres,
    products: usize,
    measure: Duration,
    rounds: usize,
}

impl Stand {
    fn shape(&self) -> Shape {
        Shape::of(runs::SHOPPERS, self.measure)
    }

    fn database(&self, name: &str) -> Result<String> {
        database(&self.postgres, name)
    }

    /// A fleet on a database of its own, whose nginx limits nobody.
    fn plan(&self, database: &str, parts: &'static [Part]) -> Result<Plan<'static>> {
        Ok(Plan {
            souk: souk()?,
            nginx: nginx::program()?.to_owned(),
            nats: PathBuf::from(packages::nats_server()?),
            nats_servers: 1,
            redis: None,
            database: self.database(database)?,
            parts,
            demo_products: self.products,
            limits: false,
            listen: None,
            settings: String::new(),
        })
    }
}

/// Makes an empty database; answers how it is reached.
fn database(postgres: &Postgres, name: &str) -> Result<String> {
    let mut psql = postgres.program("psql");
    let output = psql.args(["-q", "-c", &format!("CREATE DATABASE {name}"), &postgres.url]).output()?;
    if !output.status.success() {
        bail!("the database {name} was not made: {}", String::from_utf8_lossy(&output.stderr));
    }
    let (server, _) = postgres.url.rsplit_once('/').context("the server's address names no database")?;
    Ok(format!("{server}/{name}"))
}

/// Measures what is chosen; fails on what is wrong, not on what is slow.
pub async fn run(arguments: &[String]) -> Result<()> {
    let options = Options::read(arguments, &VALUED, &NAMES)?;
    let (products, rounds) = if options.quick { (PRODUCTS_QUICK, ROUNDS_QUICK) } else { (PRODUCTS, ROUNDS) };
    if options.chosen == ["statements"] {
        return statements::run().await;
    }
    let (products, rounds) = (options.number("--products", products)?, options.number("--rounds", rounds)?);
    let measure = Duration::from_secs(options.number("--seconds", runs::seconds(options.quick))?);
    if products == 0 || rounds == 0 || measure.is_zero() {
        bail!("--products, --rounds and --seconds must be at least 1");
    }
    let stand = Stand { postgres: Postgres::durable(&POSTGRES)?, products, measure, rounds };
    let cores = std::thread::available_parallelism()?;
    println!("── {} products, {} rounds of {} s, {cores} cores", stand.products, stand.rounds, stand.measure.as_secs());
    if options.wants("checkout") {
        checkout::run(&stand).await?;
    }
    if options.wants("hot") {
        hot::run(&stand).await?;
    }
    if options.wants("front") {
        front::run(&stand).await?;
    }
    Ok(())
}
