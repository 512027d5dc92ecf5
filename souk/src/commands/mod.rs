//! The commands besides `serve`.

pub mod audit;
pub mod demo;
pub mod events;
pub mod export;
pub mod import;
pub mod migrate;
pub mod search;
pub mod transfer;

use std::{path::Path, time::Duration};

use anyhow::{Result, anyhow, bail};
use souk_contracts::catalog::FileFormat;
use souk_files::Files;
use souk_store::Engine;
use souk_types::Env;

use crate::{
    config::Config,
    fleet::Fleet,
    folder::{DataFolder, secret_in},
    shop::{Calls, Plan, Running, Shop},
};

/// How long a command waits at its end for search and stock to catch up.
const CATCH_UP_WITHIN: Duration = Duration::from_mins(10);

/// A shop that a command works on, without serving it.
pub struct Opened {
    pub shop: Shop,
    pub running: Running,
    // Last, so that the folder is free only when everything is closed.
    folder: DataFolder,
}

impl Opened {
    /// Locks the data folder and starts the shop's inside.
    pub async fn open(config: Config) -> Result<Self> {
        let folder = DataFolder::open(&config.data.folder)?;
        Self::inside(folder, config).await
    }

    /// Starts the shop's inside in a folder that is locked already.
    pub async fn inside(folder: DataFolder, config: Config) -> Result<Self> {
        let fleet = Fleet::beside(&config).await?;
        Self::with(fleet, folder, config).await
    }

    /// Starts the inside of a shop that has no other processes.
    pub async fn alone(folder: DataFolder, config: Config) -> Result<Self> {
        Self::with(Fleet::alone(), folder, config).await
    }

    async fn with(fleet: Fleet, folder: DataFolder, config: Config) -> Result<Self> {
        // What builds a shop is too large to be moved about.
        let mut shop = Box::pin(Shop::build(plan(config, &folder, fleet)?)).await?;
        let running = shop.start(Vec::new());
        Ok(Self { shop, running, folder })
    }

    /// Waits until all events are delivered and all due jobs are done.
    pub async fn catch_up(&self) {
        self.running.drained(CATCH_UP_WITHIN).await;
    }

    /// Catches up, and has everything taken up that a crash may have left half done: that is due within
    /// `orders.recover_after_s`.
    pub async fn settle(&self) {
        self.running.settled(CATCH_UP_WITHIN).await;
    }

    /// Waits until everything has followed, and closes the shop.
    pub async fn finish(self) {
        drop(self.finish_and_keep().await);
    }

    /// The same, and keeps the folder from others.
    pub async fn finish_and_keep(self) -> DataFolder {
        if !self.running.drained(CATCH_UP_WITHIN).await {
            eprintln!("Some work is left; it goes on at the next start.");
        }
        self.running.stop(Duration::from_secs(30)).await;
        self.shop.close().await;
        self.folder
    }
}

/// What a shop is built from, for the binary.
pub fn plan(config: Config, folder: &DataFolder, fleet: Fleet) -> Result<Plan> {
    let env = Env::system();
    Ok(Plan {
        engine: engine(&config),
        secret: match &config.data.secret {
            Some(file) => secret_in(file)?,
            None => folder.secret(&env)?,
        },
        files: files(&config, &env)?,
        folder: config.data.folder.clone(),
        env,
        fleet,
        calls: Calls::Local,
        config,
    })
}

/// Where the files are that processes share. What one of them has of its own beside is in its folder.
fn files(config: &Config, env: &Env) -> Result<Files> {
    let scratch = config.data.folder.join("scratch");
    if let Some(s3) = config.s3() {
        return Files::in_s3(&s3, scratch, env.clone()).map_err(|fault| anyhow!("s3.{fault}"));
    }
    let folder = config.data.files.clone().unwrap_or_else(|| config.data.folder.join("files"));
    Ok(Files::in_folder(folder, scratch, env.clone()))
}

/// Where the databases are.
pub fn engine(config: &Config) -> Engine {
    postgres(config).unwrap_or_else(|| Engine::sqlite(config.data.folder.join("store")))
}

/// The databases on Postgres, when they are there.
pub fn postgres(config: &Config) -> Option<Engine> {
    Some(Engine::postgres_with(config.data.postgres.clone()?, "souk_", config.postgres.options()))
}

/// Tells the format from the file's ending, unless it was given.
fn format_of(file: &Path, given: Option<FileFormat>) -> Result<FileFormat> {
    let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase();
    match (given, ending.as_str()) {
        (Some(format), _) => Ok(format),
        (None, "csv") => Ok(FileFormat::ShopifyCsv),
        (None, "jsonl" | "ndjson") => Ok(FileFormat::JsonLines),
        (None, _) => bail!("{}: its ending does not tell the format; give --format shopify or jsonl", file.display()),
    }
}
