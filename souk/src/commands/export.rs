use std::{
    fs::OpenOptions,
    io::{BufWriter, Write},
    path::Path,
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context, Result, anyhow};
use souk_contracts::catalog::{FileFormat, ProductFilter};
use souk_types::{PageRequest, limits::PAGE_ITEMS_MAX};

use super::{Opened, format_of};
use crate::{config::Config, say::say};

pub async fn run(config: Config, file: &Path, format: Option<FileFormat>) -> Result<ExitCode> {
    let format = format_of(file, format)?;
    let out = OpenOptions::new().create_new(true).write(true).open(file);
    let mut out = BufWriter::new(out.with_context(|| format!("{} cannot be written", file.display()))?);
    let opened = Opened::open(config).await?;
    let mut page = PageRequest::first(PAGE_ITEMS_MAX);
    loop {
        let cx = opened.shop.cx(Duration::from_secs(60));
        let chunk = opened
            .shop
            .catalog
            .export(&cx, format, ProductFilter::default(), page.clone())
            .await
            .map_err(|error| anyhow!(error))?;
        out.write_all(chunk.text.as_bytes())?;
        match chunk.next {
            Some(next) => page.after = Some(next),
            None => break,
        }
    }
    out.into_inner()?.sync_all()?;
    opened.finish().await;
    say!("Written to {}", file.display());
    Ok(ExitCode::SUCCESS)
}
