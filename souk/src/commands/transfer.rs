//! `souk migrate --from sqlite:DIR --to postgres://…`: moves an embedded shop to Postgres.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use souk_store::{
    Engine,
    transfer::{Copied, Found, Progress as Step, Transfer},
};
use souk_types::Env;

use super::{Opened, plan, postgres};
use crate::{
    audit,
    config::Config,
    fleet::Fleet,
    folder::{DataFolder, secret_in},
    progress::Progress,
    say::say,
    shop::{SCHEMAS, Shop},
};

/// How long looking through all books may take.
const AUDIT_WITHIN: Duration = Duration::from_hours(1);
/// What search keeps follows from what others have, and fades with time: it is no sign that a copy was used.
const DERIVED: &str = "search.";
/// What is told of a target that has something else.
const SHOWN_MAX: usize = 10;

/// What is to be moved, and where to.
pub struct Move {
    /// `sqlite:` and the data folder.
    pub from: String,
    /// A Postgres address; else `data.postgres`.
    pub to: Option<String>,
    /// Whatever is there already goes.
    pub replace: bool,
}

pub async fn run(config: Config, wanted: Move) -> Result<ExitCode> {
    let (from, to) = ends(&config, &wanted)?;
    if !from.join("store").join("catalog.db").is_file() {
        bail!("--from: {} is not the data folder of an embedded shop: it has no store/catalog.db", from.display());
    }
    let folder = DataFolder::open(&from)?;
    let source = source_config(&config, &from);
    for schema in SCHEMAS {
        // Refuses a database that is newer than the program, before anything is touched.
        souk_store::pending(&super::engine(&source), schema).await?;
    }
    let target = Config { data: crate::config::Data { postgres: Some(to), ..source.data.clone() }, ..source.clone() };
    let to = postgres(&target).context("the target is no Postgres")?;
    let transfer = Transfer::begin(&to, &SCHEMAS).await?;
    refuse_others(transfer.found().await?, &from, wanted.replace)?;

    say!("Finishing what is under way in {} …", from.display());
    let opened = Opened::alone(folder, source.clone()).await?;
    opened.settle().await;
    let folder = opened.finish_and_keep().await;

    let started = Instant::now();
    let mut progress = Progress::count("Copying");
    let copied = transfer
        .copy(&super::engine(&source), &Env::system(), |Step { service, table, rows, rows_all }| {
            progress.at(rows, rows_all, &format!("{service}.{table}"));
        })
        .await;
    progress.end();
    let copied = copied.context("the copy was not finished; run the command again, which begins it anew")?;
    report(&copied, started.elapsed());

    super::migrate::distribute(&to).await?;
    let clean = books_agree(&target, &folder).await?;
    if clean {
        tell_the_rest(&config, &from)?;
    }
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The folder and the address.
fn ends(config: &Config, wanted: &Move) -> Result<(PathBuf, String)> {
    let Some(from) = wanted.from.strip_prefix("sqlite:").filter(|folder| !folder.is_empty()) else {
        bail!("--from: {:?} is not of the form sqlite:FOLDER", wanted.from);
    };
    let Some(to) = wanted.to.clone().or_else(|| config.data.postgres.clone()) else {
        bail!("--to is needed, like postgres://user:password@host:5432/database, unless data.postgres is set");
    };
    // The reason may quote the address, and with it the password.
    if !(to.starts_with("postgres:") || to.starts_with("postgresql:"))
        || Engine::postgres(&to, "souk_").check().is_err()
    {
        bail!("--to: not an address like postgres://user:password@host:5432/database");
    }
    Ok((PathBuf::from(from), to))
}

/// The shop as it is: embedded in its folder, and by itself.
fn source_config(config: &Config, from: &Path) -> Config {
    let mut source = config.clone();
    source.data.folder = from.to_owned();
    source.data.postgres = None;
    source.data.secret = None;
    if from.join("files").is_dir() {
        source.data.files = None;
        source.s3 = crate::config::S3::default();
    }
    source.services.clear();
    source.server.services.clear();
    source.events.nats = None;
    source
}

/// Refuses to write over what did not come from a copy, or was used since.
fn refuse_others(found: Found, from: &Path, replace: bool) -> Result<()> {
    let (what, tables) = match found {
        Found::Nothing => return Ok(()),
        Found::Unfinished => {
            say!("There is a copy that was not finished: it is begun anew.");
            return Ok(());
        }
        Found::Copy => {
            say!("There is a copy already, unchanged: it is replaced.");
            return Ok(());
        }
        Found::Changed(tables) if tables.iter().all(|table| table.starts_with(DERIVED)) => {
            say!("There is a copy already, unchanged: it is replaced.");
            return Ok(());
        }
        Found::Changed(tables) => ("a copy that was used since", tables),
        Found::Others(tables) => ("a shop that did not come by a copy", tables),
    };
    let mut told = tables.iter().take(SHOWN_MAX).map(|table| format!("  {table}")).collect::<Vec<_>>().join("\n");
    if tables.len() > SHOWN_MAX {
        told += &format!("\n  … and {} more", tables.len() - SHOWN_MAX);
    }
    if replace {
        say!("There is {what}. It is replaced:\n{told}");
        return Ok(());
    }
    bail!(
        "there is {what}:\n{told}\nNothing was changed. If all that may go, give --replace; {} stays as it is",
        from.display()
    )
}

fn report(copied: &[Copied], took: Duration) {
    let wide = copied.iter().map(|table| table.service.len() + table.table.len() + 1).max().unwrap_or(0);
    say!("{:wide$}  {:>10}  digest", "table", "rows");
    for Copied { service, table, rows, digest } in copied {
        say!("{:wide$}  {rows:>10}  {}", format!("{service}.{table}"), &digest[..16]);
    }
    let rows: u64 = copied.iter().map(|table| table.rows).sum();
    let took = took.as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a shop has fewer than 2^53 rows")]
    let per_s = rows as f64 / took.max(0.001);
    say!(
        "{rows} rows of {} tables in {took:.1} s, {per_s:.0} a second. All were read back and are the same.",
        copied.len()
    );
}

/// Audits the copy as it lies there: nothing of it runs.
async fn books_agree(target: &Config, folder: &DataFolder) -> Result<bool> {
    let shop = Shop::build(plan(target.clone(), folder, Fleet::alone())?).await?;
    let report = audit::run(&shop, &shop.cx(AUDIT_WITHIN)).await;
    shop.close_unstarted().await;
    Ok(super::audit::tell(&report?))
}

/// What is left for whoever runs the shop.
fn tell_the_rest(config: &Config, from: &Path) -> Result<()> {
    say!("\nThe databases are on Postgres now. To serve from there:");
    say!("  - set data.postgres (or SOUK_DATA_POSTGRES) to the address;");
    say!("  - keep the data folder {}: it has the pictures, the key and the search index.", from.display());
    if let Some(s3) = config.s3().filter(|_| from.join("files").is_dir()) {
        let into = if s3.prefix.is_empty() { s3.bucket } else { format!("{}/{}", s3.bucket, s3.prefix) };
        say!("  - copy the pictures: aws s3 sync {} s3://{into}", from.join("files").display());
    }
    if let Some(files) = config.data.files.as_deref().filter(|files| *files != from.join("files")) {
        say!("  - copy the pictures: cp -a {}/. {}", from.join("files").display(), files.display());
    }
    let key = from.join("secret.key");
    if let Some(secret) = &config.data.secret
        && secret_in(secret).ok() != Some(secret_in(&key)?)
    {
        say!("  - copy the key, or guests lose their carts: cp {} {}", key.display(), secret.display());
    }
    say!("The SQLite files in {} stay as they are; do not serve from both.", from.join("store").display());
    Ok(())
}
