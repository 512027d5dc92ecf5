use std::process::ExitCode;

use anyhow::Result;
use souk_store::Store;
use souk_types::Env;

use super::engine;
use crate::{config::Config, folder::DataFolder, say::say, shop::SCHEMAS};

pub async fn run(config: Config, check: bool) -> Result<ExitCode> {
    let _folder = DataFolder::open(&config.data.folder)?;
    let engine = engine(&config);
    let mut lacking = 0;
    for schema in SCHEMAS {
        let pending = souk_store::pending(&engine, schema).await?;
        lacking += pending.len();
        for name in &pending {
            say!("{}: {name}", schema.service);
        }
        if !check && !pending.is_empty() {
            Store::open(&engine, schema, Env::system()).await?.close().await;
        }
    }
    match (lacking, check) {
        (0, _) => say!("The databases are up to date."),
        (_, true) => return Ok(ExitCode::FAILURE),
        (count, false) => say!("{count} migrations were run."),
    }
    Ok(ExitCode::SUCCESS)
}
