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
    let bytes = core.import_folder.size(&import.file).await?.ok_or_else(no_such_file)?;
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

fn no_such_file() -> Fault {
    Fault::invalid("file", "there is no such file in the import folder")
}

fn is_file_name(name: &str) -> bool {
    let is_plain = Path::new(name).file_name().is_some_and(|file| file == name);
    is_plain
        && name.len() <= 200
        && !name.starts_with('.')
        && !name.contains(['/', '\\', ':'])
        && !name.contains(char::is_control)
        && !name.ends_with(".part")
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
    let ended = match run_for_a_while(core, cx, import, &file, line).await {
        Ok(false) => return Ok(Outcome::Again(Duration::ZERO)),
        Ok(true) => finish(core, cx, id, None).await,
        Err(fault) if is_hopeless(&fault) || attempt >= limits::JOB_ATTEMPTS_MAX => {
            tracing::warn!(import = %id, %fault, "an import has failed");
            finish(core, cx, id, Some(fault.public)).await
        }
        // What was fetched of the file stays for the next attempt.
        Err(fault) => return Err(fault),
    };
    core.import_folder.let_go(&file).await;
    ended
}

/// Goes on from a line; says whether that was the end.
async fn run_for_a_while(core: &Arc<Core>, cx: &Cx, import: Import, file: &str, line: u64) -> Result<bool, Fault> {
    let path = core.import_folder.local(file).await?.ok_or_else(no_such_file)?;
    let run = Run { core, import: Some(import.id), until: Some(Instant::now() + RUN_MAX) };
    let (format, progress) = (import.format, Progress::of(import, line));
    run.go(cx, &path, format, progress, &mut |_| {}).await.map(|(_, is_end)| is_end)
}

async fn finish(core: &Core, cx: &Cx, id: ImportId, failure: Option<String>) -> Result<Outcome, Fault> {
    let finish = move |tx: &mut souk_store::Tx<'_>| store::imports::finish(tx, id, failure.as_deref(), tx.now());
    core.store.write(&core.step(cx), finish).await?;
    Ok(Outcome::Done)
}
