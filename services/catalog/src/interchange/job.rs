use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use souk_contracts::{
    ImportId,
    catalog::{Error, Import, ImportFilter, ImportSort, ImportState, NewImport},
};
use souk_jobs::Outcome;
use souk_types::{Cursor, Cx, Fault, Page, PageRequest, limits, order_of};

use super::{
    Progress,
    run::{Run, is_hopeless},
};
use crate::{
    core::Core,
    domain::fields::{Findings, Presence},
    jobs, products, store,
};

/// How long one run of a job goes on; the next one goes on where it stopped.
const RUN_MAX: Duration = Duration::from_secs(60);

/// Has a file of the import folder imported in the background.
pub(crate) async fn start_import(core: &Core, cx: &Cx, mut import: NewImport) -> Result<ImportId, Error> {
    let mut findings = Findings::default();
    findings.line(&mut import.name, Presence::Required, || "name".to_owned());
    if !is_file_name(&import.file) {
        findings.add("file", "must be a name without a path");
    }
    findings.into_result()?;
    let path = core.import_folder.join(&import.file);
    let file = tokio::fs::metadata(&path).await.ok().filter(std::fs::Metadata::is_file);
    let bytes = file.ok_or_else(|| Fault::invalid("file", "there is no such file in the import folder"))?.len();
    if bytes > limits::IMPORT_BYTES_MAX {
        let message = format!("is larger than {} bytes", limits::IMPORT_BYTES_MAX);
        return Err(Fault::invalid("file", message).into());
    }
    let write = core.store.write(cx, move |tx| {
        let id = ImportId::generate(tx.env());
        store::imports::insert(tx, id, &import, bytes)?;
        jobs::run_import(tx, id)?;
        Ok::<_, Fault>(id)
    });
    Ok(write.await?)
}

fn is_file_name(name: &str) -> bool {
    let is_plain = Path::new(name).file_name().is_some_and(|file| file == name);
    is_plain
        && name.len() <= 255
        && !name.starts_with('.')
        && !name.contains(['/', '\\', ':'])
        && !name.contains(char::is_control)
}

/// How far an import is.
pub(crate) async fn import(core: &Core, cx: &Cx, id: ImportId) -> Result<Option<Import>, Error> {
    Ok(core.store.read::<_, Fault>(cx, move |tx| store::imports::by_id(tx, id)).await?)
}

/// Imports, by when they were asked for.
pub(crate) async fn imports(
    core: &Core,
    cx: &Cx,
    filter: ImportFilter,
    page: PageRequest,
) -> Result<Page<Import>, Error> {
    let sort = order_of(filter.sort, ImportSort::ALL)?;
    let (rows, behind) = (page.rows()?, products::started(sort.as_str(), &page)?);
    let find = move |tx: &mut souk_store::Tx<'_>| store::imports::list(tx, sort, filter.state, &behind, rows);
    let found = core.store.scan::<_, Fault>(cx, find).await?;
    let cursor = |import: &Import| Cursor::in_order(sort.as_str(), import.id, import.created_at.as_micros());
    Ok(Page::from_rows(found, &page, cursor))
}

/// Runs an import for a while, from where it stopped: after every batch its place is kept, in the same transaction.
pub(crate) async fn run_import(core: &Arc<Core>, cx: &Cx, id: ImportId, attempt: u32) -> Result<Outcome, Fault> {
    let step = core.step(cx);
    let found = core.store.read::<_, Fault>(&step, move |tx| {
        Ok(match store::imports::by_id(tx, id)? {
            Some(import) => Some((import, store::imports::place(tx, id)?)),
            None => None,
        })
    });
    let Some((import, (file, line))) = found.await? else { return Ok(Outcome::Done) };
    if matches!(import.state, ImportState::Finished | ImportState::Failed) {
        return Ok(Outcome::Done);
    }
    let (path, format) = (core.import_folder.join(file), import.format);
    let run = Run { core, import: Some(id), until: Some(Instant::now() + RUN_MAX) };
    match run.go(cx, &path, format, Progress::of(import, line), &mut |_| {}).await {
        Ok((_, true)) => finish(core, cx, id, None).await,
        Ok((_, false)) => Ok(Outcome::Again(Duration::ZERO)),
        Err(fault) if is_hopeless(&fault) || attempt >= limits::JOB_ATTEMPTS_MAX => {
            tracing::warn!(import = %id, %fault, "an import has failed");
            finish(core, cx, id, Some(fault.public)).await
        }
        Err(fault) => Err(fault),
    }
}

async fn finish(core: &Core, cx: &Cx, id: ImportId, failure: Option<String>) -> Result<Outcome, Fault> {
    let finish = move |tx: &mut souk_store::Tx<'_>| store::imports::finish(tx, id, failure.as_deref(), tx.now());
    core.store.write(&core.step(cx), finish).await?;
    Ok(Outcome::Done)
}
