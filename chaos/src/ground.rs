//! The fleet and the database that it stands on.

use std::{path::PathBuf, time::Instant};

use anyhow::{Context, Result};
use serde_json::json;
use souk_xtask::{
    fleet::{EVERY_SERVICE_APART, Fleet, Plan},
    link::Condition,
    postgres::Postgres,
    process::run_within,
};
use tokio::task::spawn_blocking;

use crate::{
    books,
    market::{HOT_SKUS, HOT_STOCK, PLENTY, hot_sku},
    scenario::{Fault, WAYS},
};

/// Pieces of what there is plenty of.
const PLENTY_STOCK: u32 = 100_000_000;
/// Parcels that take four days arrive within a second. An order that stands still is taken up soon.
const SETTINGS: &str = "\n[delivery]\nsandbox_speed = 500000\n\n[orders]\nrecover_after_s = 10\n";

/// The programs that a fleet is made of.
#[derive(Debug, Clone)]
pub struct Programs {
    /// The shop's binary.
    pub souk: PathBuf,
    /// nginx's.
    pub nginx: PathBuf,
    /// The NATS server's.
    pub nats: PathBuf,
    /// The Redis server's.
    pub redis: PathBuf,
}

/// The fleet and its database. When it is dropped, all processes end.
pub(crate) struct Ground {
    pub(crate) fleet: Fleet,
    postgres: Postgres,
    souk: PathBuf,
}

impl Ground {
    /// Opens a fleet with something of which there is plenty, and much of which there is little.
    pub(crate) fn open(programs: &Programs) -> Result<Self> {
        let postgres = Postgres::start()?;
        let plan = Plan {
            souk: programs.souk.clone(),
            nginx: programs.nginx.clone(),
            nats: programs.nats.clone(),
            nats_servers: 3,
            redis: Some(programs.redis.clone()),
            database: postgres.url.clone(),
            parts: EVERY_SERVICE_APART,
            demo_products: 0,
            limits: false,
            listen: None,
            settings: SETTINGS.to_owned(),
        };
        let fleet = Fleet::start_over(&plan, &WAYS)?;
        let file = fleet.path().join("products.jsonl");
        let hot = (0..HOT_SKUS).map(|number| product(&hot_sku(number), HOT_STOCK));
        let products: Vec<String> = hot.chain([product(PLENTY, PLENTY_STOCK)]).collect();
        std::fs::write(&file, products.join("\n"))?;
        fleet.command(&plan.souk, &["import", &file.to_string_lossy()])?;
        Ok(Self { fleet, postgres, souk: plan.souk })
    }

    /// Lets something happen.
    pub(crate) fn begin(&mut self, fault: Fault) -> Result<()> {
        match fault {
            Fault::Kill(name) => self.fleet.kill(name),
            Fault::CrashPostgres => self.postgres.crash(),
            Fault::Way(way, condition) => self.fleet.set_way(way, condition),
        }
    }

    /// Ends it: what was killed is started again. Answers when that began.
    pub(crate) fn end(&mut self, fault: Fault) -> Result<Instant> {
        let began = Instant::now();
        match fault {
            Fault::Kill(name) => self.fleet.start_again(name)?,
            Fault::CrashPostgres => self.postgres.start_again()?,
            Fault::Way(way, _) => self.fleet.set_way(way, Condition::Sound)?,
        }
        Ok(began)
    }

    /// Checks all books, while nobody buys.
    pub(crate) fn audit(&self) -> Result<String> {
        self.fleet.command(&self.souk, &["audit"])
    }

    /// Orders for which the bank took money more than once and kept it. It is another company's book, which the shop
    /// never looks into.
    pub(crate) fn paid_twice(&self) -> Result<String> {
        let mut command = std::process::Command::new("psql");
        command.args([&self.postgres.url, "-AtX", "-v", "ON_ERROR_STOP=1", "-c", books::PAID_TWICE]);
        run_within(&mut command, books::BOOKS_WITHIN)
    }

    /// Names what has ended without being told to.
    pub(crate) fn ended(&mut self) -> Vec<String> {
        self.fleet.ended()
    }
}

/// Does something that blocks, while shoppers go on.
pub(crate) async fn on<T: Send + 'static>(
    mut ground: Ground,
    act: impl FnOnce(&mut Ground) -> Result<T> + Send + 'static,
) -> Result<(Ground, T)> {
    let done = spawn_blocking(move || act(&mut ground).map(|outcome| (ground, outcome)));
    done.await.context("what was done to the fleet broke off")?
}

/// A line of an import.
fn product(sku: &str, stock: u32) -> String {
    let price = json!({ "minor": 1_990, "currency": "EUR" });
    let variant = json!({ "sku": sku, "price": price, "weight_g": 300, "stock": stock });
    json!({ "slug": sku.to_lowercase(), "title": sku, "status": "active", "variants": [variant] }).to_string()
}
