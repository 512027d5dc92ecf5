use std::{path::Path, process::ExitCode, time::Duration};

use anyhow::{Result, anyhow};
use souk_contracts::search::IndexStatus;
use souk_types::Env;

use super::Opened;
use crate::{config::Config, folder::DataFolder, handover, progress::Progress, say::say};

/// How long building a whole index may take.
const REINDEX_WITHIN: Duration = Duration::from_hours(2);

/// Builds the index anew: by itself, or by the shop that is serving from the folder.
pub async fn reindex(config: Config) -> Result<ExitCode> {
    let status = match DataFolder::try_open(&config.data.folder)? {
        Some(folder) => alone(folder, config).await?,
        None => by_the_shop(&config).await?,
    };
    say!("{} products can be found; the index takes {} bytes", status.documents, status.bytes);
    Ok(ExitCode::SUCCESS)
}

async fn alone(folder: DataFolder, config: Config) -> Result<IndexStatus> {
    let opened = Opened::inside(folder, config).await?;
    let status = opened.shop.search.reindex(&opened.shop.cx(REINDEX_WITHIN)).await;
    opened.finish().await;
    status.map_err(|error| anyhow!(error))
}

async fn by_the_shop(config: &Config) -> Result<IndexStatus> {
    say!("A shop is serving from {}: it builds its index itself.", config.data.folder.display());
    let mut progress = Progress::done("Indexing");
    let status = handover::reindex(&config.data.folder, &Env::system(), |done| progress.at(done, 0, "products")).await;
    progress.end();
    status
}

pub async fn evaluate(config: &Config, products: &Path, judgments: &Path) -> Result<ExitCode> {
    let synonyms = config.search.synonyms.as_deref();
    let report = souk_search::evaluate::evaluate(&[products.to_owned()], judgments, synonyms).await?;
    say!("queries            {}", report.queries);
    say!("nDCG@10            {:.4}", report.ndcg10);
    say!("condensed nDCG@10  {:.4}", report.condensed_ndcg10);
    Ok(ExitCode::SUCCESS)
}
