use std::{
    path::Path,
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow};
use souk_contracts::{
    ImportId,
    catalog::{FileFormat, Import, ImportState, NewImport},
};
use souk_types::Id;

use super::{Opened, format_of};
use crate::{config::Config, progress::Progress, say::say};

/// How often the progress bar moves.
const POLL_EVERY: Duration = Duration::from_millis(100);
/// Bad rows that are printed; the rest are counted.
const BAD_ROWS_SHOWN_MAX: usize = 50;

pub async fn run(config: Config, file: &Path, format: Option<FileFormat>) -> Result<ExitCode> {
    let format = format_of(file, format)?;
    if !file.is_file() {
        return Err(anyhow!("{}: there is no such file", file.display()));
    }
    let opened = Opened::open(config).await?;
    let imported = import(&opened, file, format).await;
    let ended = Instant::now();
    opened.catch_up().await;
    let settled = ended.elapsed();
    opened.finish().await;
    let import = imported?;
    report(&import);
    report_speed(&import, settled);
    Ok(if import.state == ImportState::Finished && import.refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn import(opened: &Opened, file: &Path, format: FileFormat) -> Result<Import> {
    let shop = &opened.shop;
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let copy = format!("{}.import", Id::<souk_contracts::ImportKind>::generate(&shop.env));
    let imports = shop.files.below(souk_catalog::IMPORT_FOLDER);
    imports.store(&copy, file).await.with_context(|| format!("{} cannot be copied", file.display()))?;
    let new = NewImport { file: copy.clone(), name, format };
    let cx = shop.cx(Duration::from_secs(60));
    let id = shop.catalog.start_import(&cx, new).await.map_err(|error| anyhow!(error))?;
    let import = follow(opened, id).await;
    imports.delete(&copy).await.context("the copy of the import file cannot be removed")?;
    import
}

async fn follow(opened: &Opened, id: ImportId) -> Result<Import> {
    let mut progress = Progress::bytes("Importing");
    loop {
        let cx = opened.shop.cx(Duration::from_secs(10));
        let import = opened.shop.catalog.import(&cx, id).await.map_err(|error| anyhow!(error))?;
        let import = import.context("the import vanished")?;
        let products = import.created + import.updated + import.unchanged;
        progress.at(import.bytes_read, import.bytes, &format!("{products} products, {} rows left out", import.refused));
        if matches!(import.state, ImportState::Finished | ImportState::Failed) {
            progress.end();
            return Ok(import);
        }
        tokio::time::sleep(POLL_EVERY).await;
    }
}

fn report_speed(import: &Import, settled: Duration) {
    let products = import.created + import.updated + import.unchanged;
    let took = import.finished_at.map_or(Duration::ZERO, |finished| finished.since(import.created_at)).as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a catalogue has fewer than 2^53 products")]
    let per_s = products as f64 / took.max(0.001);
    say!(
        "Took {took:.1} s, {per_s:.0} products a second. All of them could be found {:.1} s later.",
        settled.as_secs_f64()
    );
}

fn report(import: &Import) {
    say!(
        "Products: {} added, {} changed, {} unchanged. Rows left out: {}.",
        import.created,
        import.updated,
        import.unchanged,
        import.refused
    );
    for bad in import.bad_rows.iter().take(BAD_ROWS_SHOWN_MAX) {
        say!("  line {}: {}", bad.line, bad.reason);
    }
    let hidden = import.refused.saturating_sub(BAD_ROWS_SHOWN_MAX as u64);
    if hidden > 0 {
        say!("  … and {hidden} more");
    }
    if !import.unknown_columns.is_empty() {
        say!("Columns kept aside, not understood: {}", import.unknown_columns.join(", "));
    }
    if let Some(failure) = &import.failure {
        say!("The import stopped: {failure}. What was imported before stays.");
    }
}
