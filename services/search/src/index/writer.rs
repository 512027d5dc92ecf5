//! The one thread that changes an index. Many callers share a commit: a caller is answered when what it
//! asked for is on disk and can be found.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, PoisonError, RwLock,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

use souk_contracts::ProductId;
use souk_types::Fault;
use tantivy::{
    Index, IndexReader, IndexWriter, ReloadPolicy,
    indexer::{IndexWriterOptions, LogMergePolicy},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::{
    document, fault,
    folder::Home,
    recent::{Moment, RecentStock},
    schema::Fields,
    snapshot::{DocAt, Snapshot},
};
use crate::entry::Entry;

/// Bytes of documents that the index gathers before it writes a segment.
const HEAP_BYTES: usize = 20_000_000;
/// How much the threads of the index give way, from 0 to 19: at 5 they get a quarter of a core that is wanted.
#[cfg(target_os = "linux")]
const NICE: i32 = 5;
/// Changes that wait to be taken up.
const CHANGES_WAITING_MAX: usize = 2_000;
/// Requests that wait to be taken up.
const REQUESTS_WAITING_MAX: usize = 512;
/// Changes of one commit.
const COMMIT_CHANGES_MAX: usize = 20_000;
/// The least and the most time between two commits.
const COMMIT_INTERVAL: (Duration, Duration) = (Duration::from_millis(30), Duration::from_millis(800));
/// Between two commits there is so many times the time that the last one took.
const COMMIT_PAUSE: u32 = 2;
/// How often an idle writer looks whether segments were merged.
const IDLE_TICK: Duration = Duration::from_millis(500);
/// How long nothing must change before small segments are merged into one.
const QUIET: Duration = Duration::from_secs(2);
/// Segments with which a quiet index is content.
const QUIET_SEGMENTS_MAX: usize = 3;
/// How long the id of a product that was taken out is remembered, so that late news do not bring it back.
const REMOVED_KEPT: Duration = Duration::from_secs(120);

/// One change of the index.
#[derive(Debug, Clone)]
pub enum Change {
    /// Adds or replaces a product; its stock was asked for at that moment.
    Put(Box<Entry>, Moment),
    /// Takes a product out; its version when it still exists.
    Remove(ProductId, Option<i64>),
    /// SKUs that can be bought, or no longer; with the moment after which somebody was asked, if it is an answer.
    Stock { news: Vec<(String, bool)>, asked: Option<Moment> },
    /// So many pieces of a product were bought so far.
    Sold { product: ProductId, sold: u64 },
}

struct Request {
    changes: Vec<Change>,
    done: oneshot::Sender<Result<(), Fault>>,
    room: OwnedSemaphorePermit,
}

/// Hands changes to the thread. The thread ends when this is dropped.
#[derive(Debug)]
pub struct Writer {
    requests: SyncSender<Request>,
    room: Arc<Semaphore>,
}

/// Where the present snapshot can be had.
pub type Shelf = Arc<RwLock<Arc<Snapshot>>>;

/// The present snapshot.
pub fn present(shelf: &Shelf) -> Arc<Snapshot> {
    Arc::clone(&shelf.read().unwrap_or_else(PoisonError::into_inner))
}

impl Writer {
    /// Starts the thread that changes an index.
    pub fn start(
        index: &Index,
        fields: &Arc<Fields>,
        recent: Arc<RecentStock>,
        home: Option<Home>,
    ) -> Result<(Self, Shelf), Fault> {
        let reader: IndexReader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .doc_store_cache_num_blocks(64)
            .try_into()
            .map_err(fault)?;
        let shelf: Shelf = Arc::new(RwLock::new(Arc::new(Snapshot::load(&reader, fields, None)?)));
        let (requests, waiting) = sync_channel(REQUESTS_WAITING_MAX);
        let (opened, opening) = sync_channel(1);
        let (index, fields, for_desk) = (index.clone(), Arc::clone(fields), Arc::clone(&shelf));
        let work = move || {
            give_way();
            let (writer, outcome) = match open(&index) {
                Ok(writer) => (Some(writer), Ok(())),
                Err(fault) => (None, Err(fault)),
            };
            drop(opened.send(outcome));
            if let Some(writer) = writer {
                Desk::new(writer, reader, fields, for_desk, recent, home).run(&waiting);
            }
        };
        thread::Builder::new().name("souk-search-index".to_owned()).spawn(work).map_err(Fault::internal)?;
        opening.recv().map_err(Fault::internal)??;
        let room = Arc::new(Semaphore::new(CHANGES_WAITING_MAX));
        Ok((Self { requests, room }, shelf))
    }

    /// Makes changes, all in one commit; returns when they are on disk and can be found.
    pub async fn apply(&self, changes: Vec<Change>) -> Result<(), Fault> {
        let gone = || Fault::unavailable("the search index is closed");
        let wanted = u32::try_from(changes.len().clamp(4, CHANGES_WAITING_MAX)).unwrap_or(1);
        let room = Arc::clone(&self.room).acquire_many_owned(wanted).await.map_err(|_| gone())?;
        let (done, answer) = oneshot::channel();
        // A request takes up at least 4 of 2,000 places, so there are never more than the channel holds.
        self.requests.try_send(Request { changes, done, room }).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

/// A product with changes that are not committed yet.
struct Pending {
    version: i64,
    /// What it will be; `None` when that was not kept to save memory.
    entry: Option<Box<Entry>>,
}

struct Desk {
    writer: IndexWriter,
    reader: IndexReader,
    fields: Arc<Fields>,
    shelf: Shelf,
    recent: Arc<RecentStock>,
    pending: HashMap<ProductId, Pending>,
    changes: usize,
    deferred: Vec<Change>,
    removed: HashMap<ProductId, (i64, Instant)>,
    answers: Vec<oneshot::Sender<Result<(), Fault>>>,
    commit_at: Option<Instant>,
    commit_took: Duration,
    changed_at: Instant,
    /// The segments that were to be merged last.
    tidied: Vec<tantivy::index::SegmentId>,
    home: Option<Home>,
}

/// Lets this thread, and those that it starts, give way to whoever waits for an answer.
fn give_way() {
    // Elsewhere than on Linux this would be about the whole process. Where it is not permitted nothing is lost.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(NICE);
}

/// The threads of the index are started here, and as willing to give way as this one.
fn open(index: &Index) -> Result<IndexWriter, Fault> {
    let options = IndexWriterOptions::builder()
        .memory_budget_per_thread(HEAP_BYTES)
        .num_worker_threads(1)
        .num_merge_threads(1)
        .build();
    let writer: IndexWriter = index.writer_with_options(options).map_err(fault)?;
    let mut policy = LogMergePolicy::default();
    policy.set_min_num_segments(6);
    policy.set_del_docs_ratio_before_merge(0.3);
    writer.set_merge_policy(Box::new(policy));
    Ok(writer)
}

impl Desk {
    fn new(
        writer: IndexWriter,
        reader: IndexReader,
        fields: Arc<Fields>,
        shelf: Shelf,
        recent: Arc<RecentStock>,
        home: Option<Home>,
    ) -> Self {
        Self {
            writer,
            reader,
            fields,
            shelf,
            recent,
            pending: HashMap::new(),
            changes: 0,
            deferred: Vec::new(),
            removed: HashMap::new(),
            answers: Vec::new(),
            commit_at: None,
            commit_took: Duration::ZERO,
            changed_at: Instant::now(),
            tidied: Vec::new(),
            home,
        }
    }

    fn run(mut self, waiting: &Receiver<Request>) {
        loop {
            let patience = self.commit_at.map_or(IDLE_TICK, |at| at.saturating_duration_since(Instant::now()));
            match waiting.recv_timeout(patience) {
                Ok(request) => self.take(request),
                Err(RecvTimeoutError::Timeout) if self.commit_at.is_none() => self.idle(),
                Err(RecvTimeoutError::Timeout) => self.commit(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if self.changes >= COMMIT_CHANGES_MAX || self.commit_at.is_some_and(|at| at <= Instant::now()) {
                self.commit();
            }
        }
        while self.commit_at.is_some() {
            self.commit();
        }
        let Self { writer, home, .. } = self;
        // Nobody may have the folder before the last thread has stopped writing into it.
        if let Err(error) = writer.wait_merging_threads() {
            tracing::warn!(%error, "the search index was not closed well");
        }
        if let Some(home) = home {
            home.leave();
        }
    }

    fn take(&mut self, request: Request) {
        self.schedule_commit();
        let made = request.changes.into_iter().try_for_each(|change| self.make(change));
        drop(request.room);
        let nothing_to_do = self.changes == 0 && self.deferred.is_empty();
        match made {
            Ok(()) if nothing_to_do => {
                self.commit_at = None;
                drop(request.done.send(Ok(())));
            }
            Ok(()) => self.answers.push(request.done),
            // Whoever asked has gone away when this cannot be sent; the event comes again.
            Err(fault) => drop(request.done.send(Err(fault))),
        }
    }

    fn schedule_commit(&mut self) {
        let (least, most) = COMMIT_INTERVAL;
        let interval = (self.commit_took * COMMIT_PAUSE).clamp(least, most);
        self.changed_at = Instant::now();
        self.commit_at.get_or_insert(self.changed_at + interval);
    }

    fn make(&mut self, change: Change) -> Result<(), Fault> {
        match change {
            Change::Put(mut entry, moment) => {
                let heard: Vec<(String, bool)> = entry
                    .detail
                    .skus
                    .iter()
                    .filter_map(|sku| Some((sku.sku.clone(), self.recent.since(moment, &sku.sku)?)))
                    .collect();
                for (sku, in_stock) in heard {
                    entry.set_in_stock(&sku, in_stock);
                }
                self.put(entry, false)
            }
            Change::Remove(product, version) => self.remove(product, version),
            Change::Stock { news, asked } => self.set_stock(news, asked),
            Change::Sold { product, sold } => self.set_sold(product, sold),
        }
    }

    fn put(&mut self, entry: Box<Entry>, keep: bool) -> Result<(), Fault> {
        let (product, version) = (entry.card.product, entry.detail.version);
        let known = self.known_version(product)?;
        let removed = self.removed.get(&product).map(|(version, _)| *version);
        if known.max(removed).is_some_and(|known| known > version) {
            return Ok(());
        }
        if known.is_some() || self.pending.contains_key(&product) {
            self.writer.delete_term(document::id_term(&self.fields, product));
        }
        self.writer.add_document(document::document(&self.fields, &entry)?).map_err(fault)?;
        self.changes += 1;
        self.removed.remove(&product);
        self.pending.insert(product, Pending { version, entry: keep.then_some(entry) });
        Ok(())
    }

    fn remove(&mut self, product: ProductId, version: Option<i64>) -> Result<(), Fault> {
        let version = version.unwrap_or(i64::MAX);
        let known = self.known_version(product)?;
        if known.is_some_and(|known| known > version) {
            return Ok(());
        }
        if known.is_some() {
            self.writer.delete_term(document::id_term(&self.fields, product));
            self.changes += 1;
        }
        self.pending.remove(&product);
        self.removed.insert(product, (version, Instant::now()));
        Ok(())
    }

    fn known_version(&self, product: ProductId) -> Result<Option<i64>, Fault> {
        if let Some(pending) = self.pending.get(&product) {
            return Ok(Some(pending.version));
        }
        let snapshot = present(&self.shelf);
        Ok(snapshot.find(product)?.map(|at| snapshot.version(at)))
    }

    /// Puts a product with news of several SKUs once.
    fn set_stock(&mut self, news: Vec<(String, bool)>, asked: Option<Moment>) -> Result<(), Fault> {
        let snapshot = present(&self.shelf);
        let mut by_doc = BTreeMap::<DocAt, Vec<(String, bool)>>::new();
        let mut deferred = Vec::new();
        for (sku, in_stock) in news {
            let in_stock = asked.and_then(|asked| self.recent.since(asked, &sku)).unwrap_or(in_stock);
            let found = snapshot.find_sku(&sku)?;
            if found.is_empty() && !self.pending.is_empty() {
                // Its product may be among what is not committed yet.
                deferred.push((sku, in_stock));
                continue;
            }
            for at in found {
                by_doc.entry(at).or_default().push((sku.clone(), in_stock));
            }
        }
        for (at, news) in by_doc {
            let set = |entry: &mut Entry| {
                news.iter().fold(false, |changed, (sku, in_stock)| entry.set_in_stock(sku, *in_stock) || changed)
            };
            if !self.edit(&snapshot, at, set)? {
                deferred.extend(news);
            }
        }
        if !deferred.is_empty() {
            self.deferred.push(Change::Stock { news: deferred, asked });
        }
        Ok(())
    }

    fn set_sold(&mut self, product: ProductId, sold: u64) -> Result<(), Fault> {
        let snapshot = present(&self.shelf);
        let set = |entry: &mut Entry| std::mem::replace(&mut entry.detail.sold, sold) != sold;
        let edited = match snapshot.find(product)? {
            Some(at) => self.edit(&snapshot, at, set)?,
            None => !self.pending.contains_key(&product),
        };
        if !edited {
            self.deferred.push(Change::Sold { product, sold });
        }
        Ok(())
    }

    /// Changes what is stored of a product; `false` when that must wait for the next commit.
    fn edit(&mut self, snapshot: &Snapshot, at: DocAt, change: impl FnOnce(&mut Entry) -> bool) -> Result<bool, Fault> {
        let stored = snapshot.entry(at)?;
        let product = stored.card.product;
        let mut entry = match self.pending.get_mut(&product) {
            Some(pending) => match pending.entry.take() {
                Some(entry) => entry,
                None => return Ok(false),
            },
            None if self.removed.contains_key(&product) => return Ok(true),
            None => Box::new(stored),
        };
        if change(&mut entry) {
            self.put(entry, true)?;
        } else if let Some(pending) = self.pending.get_mut(&product) {
            pending.entry = Some(entry);
        }
        Ok(true)
    }

    fn commit(&mut self) {
        let started = Instant::now();
        let committed = if self.changes == 0 { Ok(()) } else { self.write_and_show() };
        self.changes = 0;
        self.commit_at = None;
        self.commit_took = started.elapsed();
        self.pending.clear();
        self.removed.retain(|_, (_, at)| at.elapsed() < REMOVED_KEPT);
        if let Err(fault) = &committed {
            tracing::error!(%fault, "the search index could not be written; the changes will be tried again");
            self.deferred.clear();
            if let Err(error) = self.writer.rollback() {
                tracing::error!(%error, "the search index could not be rolled back");
            }
        }
        // What had to wait is part of the next commit, and so are those who wait for it.
        let deferred = std::mem::take(&mut self.deferred);
        let answers = std::mem::take(&mut self.answers);
        if deferred.is_empty() {
            for answer in answers {
                drop(answer.send(committed.clone()));
            }
            return;
        }
        self.schedule_commit();
        let made = deferred.into_iter().try_for_each(|change| self.make(change));
        match made {
            Ok(()) => self.answers = answers,
            Err(fault) => answers.into_iter().for_each(|answer| drop(answer.send(Err(fault.clone())))),
        }
    }

    fn write_and_show(&mut self) -> Result<(), Fault> {
        self.writer.commit().map_err(fault)?;
        self.show()
    }

    fn show(&self) -> Result<(), Fault> {
        let snapshot = Snapshot::load(&self.reader, &self.fields, Some(&present(&self.shelf)))?;
        *self.shelf.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot);
        Ok(())
    }

    /// Shows merged segments, and merges what many small commits have left behind.
    fn idle(&mut self) {
        if let Err(fault) = self.try_idle() {
            tracing::warn!(%fault, "the search index could not be tidied");
        }
    }

    fn try_idle(&mut self) -> Result<(), Fault> {
        let mut present_ids = self.writer.index().searchable_segment_ids().map_err(fault)?;
        let snapshot = present(&self.shelf);
        let mut shown: Vec<_> = snapshot.segments.iter().map(|segment| segment.reader.segment_id()).collect();
        present_ids.sort_unstable();
        shown.sort_unstable();
        if present_ids != shown {
            return self.show();
        }
        if shown.len() > QUIET_SEGMENTS_MAX && self.changed_at.elapsed() > QUIET && self.tidied != shown {
            let largest = snapshot.segments.iter().max_by_key(|segment| segment.reader.num_docs());
            let total = u32::try_from(snapshot.documents).unwrap_or(u32::MAX);
            let left_alone = largest
                .filter(|segment| segment.reader.num_docs() > total / 10 * 9)
                .map(|segment| segment.reader.segment_id());
            let small: Vec<_> = shown.iter().copied().filter(|id| Some(*id) != left_alone).collect();
            // The merge goes on by itself; its result is shown by a later tick.
            drop(self.writer.merge(&small));
            self.tidied = shown;
        }
        Ok(())
    }
}
