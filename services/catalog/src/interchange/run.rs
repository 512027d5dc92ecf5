use std::{path::Path, sync::Arc, time::Instant};

use souk_contracts::{
    ImportId,
    catalog::{Error, FileFormat},
    permission,
};
use souk_store::Tx;
use souk_types::{Cx, ErrorKind, Fault, failpoint};
use tokio::{sync::mpsc, task};

use super::{
    Progress,
    feed::{self, Chunk, FeedError, Item},
};
use crate::{
    core::{Core, into_fault},
    domain::tree::Tree,
    products::{self, Prepared},
    store,
};

/// Batches that are read ahead while one is being written.
const READ_AHEAD: usize = 2;

/// Imports files in the foreground.
#[derive(Clone)]
pub struct Importer {
    core: Arc<Core>,
}

impl Importer {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Imports a file and tells after every batch how far it is. Bad rows are left out and reported; a product that is
    /// the same already is left alone, so a file can be imported again at any time. Takes as long as it takes: the
    /// context's deadline is renewed for every batch.
    ///
    /// # Errors
    /// [`ErrorKind::Denied`], [`ErrorKind::Invalid`] on `file` when it is no such file, and what the store answers.
    pub async fn import_file(
        &self,
        cx: &Cx,
        path: &Path,
        format: FileFormat,
        mut on_progress: impl FnMut(&Progress) + Send,
    ) -> Result<Progress, Error> {
        cx.actor.require(permission::CATALOG_MANAGE)?;
        let run = Run { core: &self.core, import: None, until: None };
        let start = Progress { line: 1, ..Progress::default() };
        Ok(run.go(cx, path, format, start, &mut on_progress).await?.0)
    }
}

/// One run over a file, or over a part of it.
pub(super) struct Run<'a> {
    pub(super) core: &'a Arc<Core>,
    /// Keep the counters with this import, in the transactions of the batches.
    pub(super) import: Option<ImportId>,
    /// When to stop, so that others have their turn.
    pub(super) until: Option<Instant>,
}

impl Run<'_> {
    /// Goes on from a place; says how far it came and whether that is the end.
    pub(super) async fn go(
        &self,
        cx: &Cx,
        path: &Path,
        format: FileFormat,
        start: Progress,
        on_progress: &mut (dyn FnMut(&Progress) + Send),
    ) -> Result<(Progress, bool), Fault> {
        let bytes = tokio::fs::metadata(path).await.map_err(|error| unreadable(&error.to_string()))?.len();
        let mut progress = Progress { bytes, ..start };
        let (to, mut chunks) = mpsc::channel(READ_AHEAD);
        let (file, currency, from) = (path.to_owned(), self.core.currency, progress.place());
        task::spawn_blocking(move || feed::feed(&file, format, currency, from, &to));
        while let Some(chunk) = chunks.recv().await {
            let chunk = match chunk {
                Ok(chunk) => chunk,
                Err(FeedError::Unreadable(reason)) => return Err(unreadable(&reason)),
                Err(FeedError::Io(error)) => return Err(Fault::unavailable(format!("{}: {error}", path.display()))),
            };
            progress = self.write(&self.core.step(cx), chunk, progress).await?;
            on_progress(&progress);
            failpoint("catalog.import_batch");
            if self.until.is_some_and(|until| Instant::now() >= until) {
                return Ok((progress, false));
            }
        }
        Ok((progress, true))
    }

    async fn write(&self, cx: &Cx, chunk: Chunk, before: Progress) -> Result<Progress, Fault> {
        let tree = self.core.tree(cx).await.map_err(into_fault)?;
        let import = self.import;
        let (chunk, before) = (Arc::new(chunk), Arc::new(before));
        let written = self.core.write(cx, move |tx| Ok(write_chunk(tx, &tree, &chunk, &before, import)?)).await;
        let (progress, categories_added) = written.map_err(into_fault)?;
        if categories_added {
            self.core.forget_tree().await;
        }
        Ok(progress)
    }
}

fn write_chunk(
    tx: &mut Tx<'_>,
    tree: &Tree,
    chunk: &Chunk,
    before: &Progress,
    import: Option<ImportId>,
) -> Result<(Progress, bool), Fault> {
    let drafts: Vec<&Prepared> = chunk
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Product(prepared, _) => Some(&**prepared),
            Item::Bad(..) => None,
        })
        .collect();
    if !chunk.columns.kept.is_empty() {
        store::kept_columns::add(tx, &chunk.columns.kept)?;
    }
    let applied = products::apply(tx, tree, &drafts)?;
    let mut progress = before.clone();
    progress.add(chunk, applied.outcomes);
    if let Some(id) = import {
        store::imports::save(tx, id, before.bytes_read, &progress.counters())?;
    }
    Ok((progress, applied.categories_added))
}

fn unreadable(reason: &str) -> Fault {
    Fault::invalid("file", reason)
}

/// Says whether a file itself is to blame, so that trying again is no use.
pub(super) fn is_hopeless(fault: &Fault) -> bool {
    matches!(fault.kind, ErrorKind::Invalid)
}
