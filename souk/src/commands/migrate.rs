use std::process::ExitCode;

use anyhow::Result;
use souk_store::{Engine, Store};
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
        (_, true) => {}
        (count, false) => say!("{count} migrations were run."),
    }
    if check {
        let misplaced = misplaced(&engine).await?;
        return Ok(if lacking + misplaced == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    distribute(&engine).await?;
    Ok(ExitCode::SUCCESS)
}

/// Tells which tables Citus has not where they belong, and how many.
async fn misplaced(engine: &Engine) -> Result<usize> {
    let mut count = 0;
    for schema in SCHEMAS {
        for (table, placement) in souk_store::misplaced(engine, schema).await?.unwrap_or_default() {
            say!("{}.{table}: is to be {placement}", schema.service);
            count += 1;
        }
    }
    Ok(count)
}

/// Where the databases are Citus, has every table lie where it belongs, and tells what was moved.
pub(super) async fn distribute(engine: &Engine) -> Result<()> {
    let (mut moved, mut is_citus) = (0, false);
    for schema in SCHEMAS {
        let Some(tables) = souk_store::distribute(engine, schema).await? else { continue };
        is_citus = true;
        for (table, placement) in &tables {
            say!("{}.{table}: {placement}", schema.service);
        }
        moved += tables.len();
    }
    match (is_citus, moved) {
        (false, _) => {}
        (true, 0) => say!("Citus has all tables where they belong."),
        (true, count) => say!("Citus has put {count} tables where they belong."),
    }
    Ok(())
}
