//! Background work: imports, bulk edits, pictures to fetch, rules to apply.

use std::{str::FromStr, sync::Arc, time::Duration};

use async_trait::async_trait;
use souk_contracts::{BulkEditId, CollectionId, ImportId, ProductId};
use souk_jobs::{Job, JobHandler, NewJob, Outcome, Periodic, Queue, Sweep, enqueue};
use souk_store::Tx;
use souk_types::{Cx, Fault};

use crate::{core::Core, images, interchange, products};

const IMPORT: &str = "catalog.import";
const PICTURES: &str = "catalog.pictures";
const RULES: &str = "catalog.rules";
const BULK_EDIT: &str = "catalog.bulk_edit";
/// A queue of its own, for the edit's job may still be there when it is to be undone.
const BULK_UNDO: &str = "catalog.bulk_undo";
/// Asked for by a migration.
const TITLE_WORDS: &str = "catalog.title_words";
/// How often what is too old is forgotten.
const SWEEP_EVERY: Duration = Duration::from_secs(60 * 60);

/// The queues of the catalogue.
pub(crate) fn queues(core: &Arc<Core>) -> Vec<Queue> {
    vec![
        Queue { name: IMPORT, concurrency: 1, handler: Arc::new(Imports(Arc::clone(core))) },
        Queue { name: PICTURES, concurrency: 4, handler: Arc::new(PicturesToFetch(Arc::clone(core))) },
        Queue { name: RULES, concurrency: 1, handler: Arc::new(Rules(Arc::clone(core))) },
        Queue { name: BULK_EDIT, concurrency: 1, handler: Arc::new(BulkEdits(Arc::clone(core))) },
        Queue { name: TITLE_WORDS, concurrency: 1, handler: Arc::new(TitleWords(Arc::clone(core))) },
        Queue { name: BULK_UNDO, concurrency: 1, handler: Arc::new(BulkUndos(Arc::clone(core))) },
    ]
}

/// The regular work of the catalogue.
pub(crate) fn periodics(core: &Arc<Core>) -> Vec<Periodic> {
    let sweep = Arc::new(OldBulkEdits(Arc::clone(core)));
    vec![Periodic { name: "catalog.old_bulk_edits", every: SWEEP_EVERY, sweep }]
}

/// Has an import run.
pub(crate) fn run_import(tx: &mut Tx<'_>, id: ImportId) -> Result<(), Fault> {
    add(tx, IMPORT, &id.to_string())
}

/// Has the pictures of a product fetched. The version is in the key, for a product that changes while its pictures are
/// being fetched needs a new job.
pub(crate) fn fetch_pictures(tx: &mut Tx<'_>, id: ProductId, version: i64) -> Result<(), Fault> {
    add(tx, PICTURES, &format!("{id}.{version}"))
}

/// Has a collection's rule applied to all products; the sweep's number is in the key for the same reason.
pub(crate) fn sweep_rule(tx: &mut Tx<'_>, id: CollectionId, sweep: i64) -> Result<(), Fault> {
    add(tx, RULES, &format!("{id}.{sweep}"))
}

/// Has a bulk edit done.
pub(crate) fn run_bulk_edit(tx: &mut Tx<'_>, id: BulkEditId) -> Result<(), Fault> {
    add(tx, BULK_EDIT, &id.to_string())
}

/// Has a bulk edit undone.
pub(crate) fn undo_bulk_edit(tx: &mut Tx<'_>, id: BulkEditId) -> Result<(), Fault> {
    add(tx, BULK_UNDO, &id.to_string())
}

fn add(tx: &mut Tx<'_>, queue: &'static str, key: &str) -> Result<(), Fault> {
    let due = tx.now();
    enqueue(tx, NewJob { queue, key, payload: String::new(), due })
}

fn id_and_version<T: FromStr>(key: &str) -> Result<(T, i64), Fault> {
    let (id, version) = key.split_once('.').ok_or_else(|| Fault::internal(format!("a job has the key {key:?}")))?;
    Ok((parse(id)?, parse(version)?))
}

fn parse<T: FromStr>(text: &str) -> Result<T, Fault> {
    text.parse().map_err(|_| Fault::internal(format!("a job has the key {text:?}")))
}

struct Imports(Arc<Core>);

#[async_trait]
impl JobHandler for Imports {
    async fn run(&self, cx: &Cx, job: &Job) -> Result<Outcome, Fault> {
        interchange::run_import(&self.0, cx, parse(&job.key)?, job.attempt).await
    }
}

struct PicturesToFetch(Arc<Core>);

#[async_trait]
impl JobHandler for PicturesToFetch {
    async fn run(&self, _cx: &Cx, job: &Job) -> Result<Outcome, Fault> {
        let (id, _) = id_and_version::<ProductId>(&job.key)?;
        images::refresh(&self.0, id, job.attempt).await
    }
}

struct Rules(Arc<Core>);

#[async_trait]
impl JobHandler for Rules {
    async fn run(&self, cx: &Cx, job: &Job) -> Result<Outcome, Fault> {
        /// Pages of products before other work has its turn.
        const PAGES_MAX: usize = 100;
        let (id, sweep) = id_and_version::<CollectionId>(&job.key)?;
        for _ in 0..PAGES_MAX {
            let step = self.0.step(cx);
            let more = self.0.store.write::<_, Fault>(&step, move |tx| products::sweep_page(tx, id, sweep)).await?;
            if !more {
                return Ok(Outcome::Done);
            }
        }
        Ok(Outcome::Again(Duration::ZERO))
    }
}

struct BulkEdits(Arc<Core>);

#[async_trait]
impl JobHandler for BulkEdits {
    async fn run(&self, cx: &Cx, job: &Job) -> Result<Outcome, Fault> {
        products::bulk::run(&self.0, cx, parse(&job.key)?, job.attempt).await
    }
}

struct BulkUndos(Arc<Core>);

#[async_trait]
impl JobHandler for BulkUndos {
    async fn run(&self, cx: &Cx, job: &Job) -> Result<Outcome, Fault> {
        products::bulk::run_undo(&self.0, cx, parse(&job.key)?, job.attempt).await
    }
}

struct TitleWords(Arc<Core>);

#[async_trait]
impl JobHandler for TitleWords {
    async fn run(&self, cx: &Cx, _job: &Job) -> Result<Outcome, Fault> {
        products::note_words(&self.0, cx).await
    }
}

struct OldBulkEdits(Arc<Core>);

#[async_trait]
impl Sweep for OldBulkEdits {
    async fn run(&self, cx: &Cx) -> Result<(), Fault> {
        products::bulk::sweep(&self.0, cx).await
    }
}
