//! The present index, and the one that is being built to take its place.

use std::{
    path::PathBuf,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use souk_types::Fault;
use tantivy::Index;

use super::{
    folder::{Build, Folder, Home},
    recent::{Moment, RecentStock},
    schema::{Fields, register_tokenizers, settings},
    snapshot::Snapshot,
    writer::{Change, Shelf, Writer, present},
};

/// One index with its writer.
pub struct Live {
    name: String,
    writer: Writer,
    shelf: Shelf,
    home: Option<Home>,
}

impl Live {
    /// Makes changes; returns when they are on disk and can be found.
    pub async fn apply(&self, changes: Vec<Change>) -> Result<(), Fault> {
        self.writer.apply(changes).await
    }

    /// The index as it is now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        present(&self.shelf)
    }
}

struct Lives {
    present: Arc<Live>,
    next: Option<Arc<Live>>,
}

/// The present index, and the one that is being built to take its place.
pub struct Engine {
    fields: Arc<Fields>,
    folder: Option<Folder>,
    recent: Arc<RecentStock>,
    lives: RwLock<Lives>,
    /// Rebuilds begun so far, so that each has a name of its own.
    rebuilds: AtomicU64,
}

impl Engine {
    /// Opens the index of a folder; `false` when it is new and must be filled from the catalogue.
    pub fn open(path: PathBuf) -> Result<(Self, bool), Fault> {
        let folder = Folder::take(path)?;
        let fields = Arc::new(Fields::new());
        let recent = Arc::new(RecentStock::default());
        let build = folder.open(&fields)?;
        let complete = build.complete;
        let live = start(build, &fields, &recent, Some(&folder))?;
        Ok((Self::of(fields, Some(folder), recent, live), complete))
    }

    /// An index in memory, empty.
    pub fn in_memory() -> Result<Self, Fault> {
        let fields = Arc::new(Fields::new());
        let recent = Arc::new(RecentStock::default());
        let index = Index::builder()
            .schema(fields.schema.clone())
            .settings(settings())
            .create_in_ram()
            .map_err(super::fault)?;
        register_tokenizers(&index);
        let build = Build { index, name: "memory".to_owned(), complete: true };
        let live = start(build, &fields, &recent, None)?;
        Ok(Self::of(fields, None, recent, live))
    }

    fn of(fields: Arc<Fields>, folder: Option<Folder>, recent: Arc<RecentStock>, live: Live) -> Self {
        let lives = RwLock::new(Lives { present: Arc::new(live), next: None });
        Self { fields, folder, recent, lives, rebuilds: AtomicU64::new(0) }
    }

    /// The index as it is now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.present().snapshot()
    }

    /// The present moment, to be taken before stock is asked for.
    pub fn moment(&self) -> Moment {
        self.recent.moment()
    }

    /// Notes what was heard of a SKU; the change itself must follow.
    pub fn hear(&self, sku: &str, in_stock: bool) {
        self.recent.hear(sku, in_stock);
    }

    /// Notes what somebody answered about a SKU who was asked after a moment, unless something was heard since.
    pub fn learn(&self, asked: Moment, sku: &str, in_stock: bool) {
        if self.recent.since(asked, sku).is_none() {
            self.recent.hear(sku, in_stock);
        }
    }

    /// Makes changes in the present index, and in the next when one is being built.
    pub async fn apply(&self, changes: Vec<Change>) -> Result<(), Fault> {
        let (now, next) = {
            let lives = self.lives.read().unwrap_or_else(PoisonError::into_inner);
            (Arc::clone(&lives.present), lives.next.clone())
        };
        match next {
            Some(next) => {
                let (first, second) = tokio::join!(now.apply(changes.clone()), next.apply(changes));
                first.and(second)
            }
            None => now.apply(changes).await,
        }
    }

    /// Begins an index that is to take the place of the present one. From now on it gets all changes too.
    pub fn begin_next(&self) -> Result<Arc<Live>, Fault> {
        let folder = self.folder.as_ref().ok_or_else(|| Fault::internal("an index in memory is not rebuilt"))?;
        let first = self.present().name.rsplit('-').next().and_then(|number| number.parse::<u64>().ok());
        let name = format!("index-{}", first.unwrap_or(0) + 1 + self.rebuilds.fetch_add(1, Ordering::SeqCst));
        let next = Arc::new(start(folder.begin(&self.fields, &name)?, &self.fields, &self.recent, Some(folder))?);
        self.lives.write().unwrap_or_else(PoisonError::into_inner).next = Some(Arc::clone(&next));
        Ok(next)
    }

    /// Puts the next index in the place of the present one, which is removed.
    pub fn finish_next(&self) -> Result<(), Fault> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let next = self.lives.read().unwrap_or_else(PoisonError::into_inner).next.clone();
        let Some(next) = next else { return Ok(()) };
        folder.complete(&next.name)?;
        let old = {
            let mut lives = self.lives.write().unwrap_or_else(PoisonError::into_inner);
            lives.next = None;
            std::mem::replace(&mut lives.present, next)
        };
        // Searches under way keep the files of their snapshot open; only the names go.
        if let Some(home) = &old.home {
            home.make_obsolete();
        }
        Ok(())
    }

    /// Gives up on the next index.
    pub fn abandon_next(&self) {
        let next = self.lives.write().unwrap_or_else(PoisonError::into_inner).next.take();
        if let Some(home) = next.as_ref().and_then(|next| next.home.as_ref()) {
            home.make_obsolete();
        }
    }

    /// Notes that the present index holds the whole catalogue.
    pub fn mark_complete(&self) -> Result<(), Fault> {
        self.folder.as_ref().map_or(Ok(()), |folder| folder.complete(&self.present().name))
    }

    /// Links the files of the present index, as it is now, into a folder of their own below its folder, and answers
    /// where that is. It is there until the next one is made, or the next start.
    ///
    /// # Errors
    /// Unavailable when files come and go too fast.
    pub fn link(&self) -> Result<PathBuf, Fault> {
        let folder = self.folder.as_ref().ok_or_else(|| Fault::internal("an index in memory has no files"))?;
        folder.link(&self.present().name)
    }

    /// Bytes on disk.
    pub fn bytes(&self) -> u64 {
        self.folder.as_ref().map_or(0, |folder| folder.bytes(&self.present().name))
    }

    /// The present index.
    pub fn present(&self) -> Arc<Live> {
        Arc::clone(&self.lives.read().unwrap_or_else(PoisonError::into_inner).present)
    }
}

fn start(
    build: Build,
    fields: &Arc<Fields>,
    recent: &Arc<RecentStock>,
    folder: Option<&Folder>,
) -> Result<Live, Fault> {
    let home = folder.map(|folder| folder.home(&build.name));
    let (writer, shelf) = Writer::start(&build.index, fields, Arc::clone(recent), home.clone())?;
    Ok(Live { name: build.name, writer, shelf, home })
}
