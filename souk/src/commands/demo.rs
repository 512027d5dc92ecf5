use std::{process::ExitCode, time::Duration};

use anyhow::{Result, anyhow};
use souk_contracts::catalog::Upserted;

use super::Opened;
use crate::{config::Config, progress::Progress, say::say, shop::Shop};

/// Products that are added in one call.
const BATCH_PRODUCTS: usize = 250;

pub async fn run(config: Config, products: usize, seed: u64) -> Result<ExitCode> {
    let opened = Opened::open(config).await?;
    let mut progress = Progress::count("Drawing the demo catalogue");
    let added = fill(&opened.shop, products, seed, |done| progress.at(done as u64, products as u64, "")).await;
    progress.end();
    opened.finish().await;
    say!("{} products added; the others were there already", added?);
    Ok(ExitCode::SUCCESS)
}

/// Adds the demo catalogue to a shop, and answers how many products were new.
pub async fn fill(shop: &Shop, products: usize, seed: u64, mut on_progress: impl FnMut(usize)) -> Result<usize> {
    let currency = shop.currency;
    let mut added = 0;
    let mut done = 0;
    let mut drafts = souk_demo::Catalogue::new(seed, currency).take(products).peekable();
    while drafts.peek().is_some() {
        let batch: Vec<_> = drafts.by_ref().take(BATCH_PRODUCTS).collect();
        done += batch.len();
        let outcomes = shop.catalog.upsert(&shop.cx(Duration::from_secs(60)), batch).await;
        for outcome in outcomes.map_err(|error| anyhow!(error))? {
            match outcome {
                Upserted::Created(_) => added += 1,
                Upserted::Updated(_) | Upserted::Unchanged(_) => {}
                Upserted::Refused(error) => return Err(anyhow!(error).context("a demo product was refused")),
            }
        }
        on_progress(done);
    }
    Ok(added)
}

/// Adds the demo catalogue's collections to a shop that has none.
pub async fn add_collections(shop: &Shop) -> Result<()> {
    let cx = shop.cx(Duration::from_secs(60));
    for collection in souk_demo::collections(shop.currency) {
        shop.catalog.save_collection(&cx, collection).await.map_err(|error| anyhow!(error))?;
    }
    Ok(())
}
