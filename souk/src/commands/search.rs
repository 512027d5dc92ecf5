use std::{path::Path, process::ExitCode, time::Duration};

use anyhow::{Result, anyhow};

use super::Opened;
use crate::config::Config;

/// How long building a whole index may take.
const REINDEX_WITHIN: Duration = Duration::from_hours(2);

pub async fn reindex(config: Config) -> Result<ExitCode> {
    let opened = Opened::open(config).await?;
    let status = opened.shop.search.reindex(&opened.shop.cx(REINDEX_WITHIN)).await;
    opened.finish().await;
    let status = status.map_err(|error| anyhow!(error))?;
    println!("{} products can be found; the index takes {} bytes", status.documents, status.bytes);
    Ok(ExitCode::SUCCESS)
}

pub async fn evaluate(config: &Config, products: &Path, judgments: &Path) -> Result<ExitCode> {
    let synonyms = config.search.synonyms.as_deref();
    let report = souk_search::evaluate::evaluate(&[products.to_owned()], judgments, synonyms).await?;
    println!("queries            {}", report.queries);
    println!("nDCG@10            {:.4}", report.ndcg10);
    println!("condensed nDCG@10  {:.4}", report.condensed_ndcg10);
    Ok(ExitCode::SUCCESS)
}
