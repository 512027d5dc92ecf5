//! Copies of the index and its database, kept where all instances reach them: a new instance begins with the last one
//! and hears the rest by events, instead of reading the whole catalogue.
//!
//! A copy is a folder that is complete once it has its name: the database first and the index after, so that the index
//! has at least what the database's place among the events says. What it has beyond that is told once more, and
//! changes nothing. Where nothing was heard since the last copy, no other is made.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use souk_store::{Engine, Store};
use souk_types::{Cx, Env, Fault, Timestamp};
use tokio::{task, time::sleep};

use crate::{
    SCHEMA,
    index::{
        folder::{FIRST, Folder, copy_files, has_present},
        io_fault,
        schema::SCHEMA_VERSION,
    },
    keeper::Keeper,
};

/// Copies that are kept: the last, and the one before for whoever is reading it.
const KEPT: usize = 2;
/// Looks for a copy that is too old, in the time after which one is.
const LOOKS: u32 = 10;
/// How long an unfinished copy is left alone: somebody may be writing it.
const UNFINISHED_KEPT: Duration = Duration::from_hours(1);

const COMPLETE: &str = "copy-";
const UNFINISHED: &str = "unfinished-";
const MANIFEST: &str = "copy.json";
const INDEX: &str = "index";

/// Where copies are, and how often one is made.
#[derive(Debug, Clone)]
pub struct Copies {
    /// The folder, which all instances share.
    pub folder: PathBuf,
    /// When the last one is older, and there was news since, another is made, by one of the instances or now and then by
    /// two.
    pub every: Duration,
}

/// What a copy says of itself.
#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    /// How the index is laid out: [`SCHEMA_VERSION`].
    index_version: u32,
    /// Products in it.
    documents: usize,
    /// How far it has followed each stream of events, at least.
    #[serde(default)]
    followed: BTreeMap<String, u64>,
}

impl Copies {
    /// Makes copies, for ever.
    pub async fn keep(self, keeper: Arc<Keeper>, store: Store, env: Env) {
        loop {
            sleep(env.jitter(self.every / LOOKS)).await;
            if !keeper.is_up_to_date() {
                continue;
            }
            match self.copy_when_due(&keeper, &store, &env).await {
                Ok(None) => {}
                Ok(Some(documents)) => tracing::info!(documents, "the search index was copied for other instances"),
                Err(fault) => tracing::warn!(%fault, "the search index could not be copied; it will be tried again"),
            }
        }
    }

    /// Makes a copy unless there is a fresh one, or one that has heard all that this instance has; answers how many
    /// products are in it.
    async fn copy_when_due(&self, keeper: &Arc<Keeper>, store: &Store, env: &Env) -> Result<Option<usize>, Fault> {
        let (now, folder) = (env.now(), self.folder.clone());
        let last = blocking(move || {
            fs::create_dir_all(&folder)?;
            let last = complete(&folder)?.into_iter().next();
            Ok(last.and_then(|copy| Some((made_at(&copy, COMPLETE)?, Manifest::read(&copy).ok()))))
        })
        .await?;
        // Before the copy, which may have more then.
        let followed = souk_events::followed(store, &Cx::background(SCHEMA.service, env)).await?;
        if last.is_some_and(|(at, manifest)| {
            now.since(at) < self.every || manifest.is_some_and(|manifest| manifest.fits() && manifest.heard(&followed))
        }) {
            return Ok(None);
        }
        let name = format!("{:020}-{:032x}", now.as_micros(), env.random_u128());
        let unfinished = self.folder.join(format!("{UNFINISHED}{name}"));
        let made = unfinished.clone();
        blocking(move || fs::create_dir(made)).await?;
        store.copy_to(&unfinished.join(database())).await?;
        let keeper = Arc::clone(keeper);
        let linked = task::spawn_blocking(move || {
            let documents = keeper.engine.snapshot().documents;
            keeper.engine.link().map(|files| (files, documents))
        });
        let (files, documents) = linked.await.map_err(Fault::internal)??;
        let (copy, folder) = (self.folder.join(format!("{COMPLETE}{name}")), self.folder.clone());
        blocking(move || {
            copy_files(&files, &unfinished.join(INDEX))?;
            let manifest = serde_json::to_vec(&Manifest { index_version: SCHEMA_VERSION, documents, followed })?;
            fs::write(unfinished.join(MANIFEST), manifest)?;
            fs::File::open(unfinished.join(MANIFEST))?.sync_all()?;
            fs::rename(unfinished, copy)?;
            remove_old(&folder, now)
        })
        .await?;
        Ok(Some(documents))
    }

    /// Puts the last copy that fits where an instance is about to open its index and its database, unless it has
    /// both. To be called before either is opened.
    ///
    /// # Errors
    /// When the folder of the index is in use or cannot be written. A copy that is no use is passed over.
    pub async fn restore(&self, index: &Path, databases: &Path) -> Result<(), Fault> {
        let place = Place { index: index.to_owned(), databases: databases.to_owned() };
        if place.has_both() {
            return Ok(());
        }
        let folder = self.folder.clone();
        // Without a folder there was no copy yet.
        for copy in blocking(move || complete(&folder)).await.unwrap_or_default() {
            match place.restore_from(&copy).await {
                Ok(Some(documents)) => {
                    tracing::info!(documents, copy = %copy.display(), "the search index begins with a copy");
                    return Ok(());
                }
                Ok(None) => {}
                Err(fault) => tracing::warn!(copy = %copy.display(), %fault, "a copy of the search index was no use"),
            }
        }
        Ok(())
    }
}

/// Where an instance has its index and its database.
#[derive(Clone)]
struct Place {
    index: PathBuf,
    databases: PathBuf,
}

impl Place {
    fn has_both(&self) -> bool {
        has_present(&self.index) && self.databases.join(database()).exists()
    }

    /// Answers how many products the copy has, or `None` when the index in it is of another version. Its database,
    /// which knows what was bought, is of use even then, where there is none.
    async fn restore_from(&self, copy: &Path) -> Result<Option<usize>, Fault> {
        let (place, from, staged) = (self.clone(), copy.to_owned(), self.databases.join("copied"));
        let into = staged.clone();
        let manifest = blocking(move || {
            let manifest = Manifest::read(&from)?;
            if manifest.fits() || !place.databases.join(database()).exists() {
                fs::create_dir_all(&into)?;
                fs::copy(from.join(database()), into.join(database()))?;
            }
            Ok(manifest)
        })
        .await?;
        if !staged.join(database()).exists() {
            return Ok(None);
        }
        // One of a newer program cannot be opened by this one.
        souk_store::pending(&Engine::sqlite(&staged), &SCHEMA).await?;
        let (place, from) = (self.clone(), copy.to_owned());
        let put = task::spawn_blocking(move || {
            let folder = Folder::take(place.index)?;
            if manifest.fits() {
                folder.put(&from.join(INDEX))?;
            }
            let database = place.databases.join(database());
            for ending in ["db-wal", "db-shm"] {
                drop(fs::remove_file(database.with_extension(ending)));
            }
            fs::rename(staged.join(self::database()), database).map_err(io_fault)?;
            fs::remove_dir_all(staged).map_err(io_fault)?;
            if !manifest.fits() {
                return Ok(None);
            }
            // Only now: an index without the database that belongs to it does not know what it has missed.
            folder.complete(FIRST)?;
            Ok(Some(manifest.documents))
        });
        put.await.map_err(Fault::internal)?
    }
}

impl Manifest {
    fn read(copy: &Path) -> io::Result<Self> {
        Ok(serde_json::from_slice(&fs::read(copy.join(MANIFEST))?)?)
    }

    /// Says whether the copy has heard what somebody has who has come so far. Of one that follows no stream, nobody can
    /// tell.
    fn heard(&self, followed: &BTreeMap<String, u64>) -> bool {
        let heard = |(stream, place): (&String, &u64)| self.followed.get(stream).is_some_and(|copied| copied >= place);
        !followed.is_empty() && followed.iter().all(heard)
    }

    /// Says whether this program can use the index.
    fn fits(&self) -> bool {
        self.index_version == SCHEMA_VERSION
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, Fault> {
    task::spawn_blocking(work).await.map_err(Fault::internal)?.map_err(io_fault)
}

fn database() -> String {
    format!("{}.db", SCHEMA.service)
}

/// The complete copies, the last first.
fn complete(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut copies = named(folder, COMPLETE)?;
    copies.sort_unstable_by(|one, other| other.cmp(one));
    Ok(copies)
}

fn named(folder: &Path, beginning: &str) -> io::Result<Vec<PathBuf>> {
    let paths = fs::read_dir(folder)?.map(|found| found.map(|found| found.path()));
    let paths: Vec<PathBuf> = paths.collect::<io::Result<_>>()?;
    Ok(paths.into_iter().filter(|path| made_at(path, beginning).is_some()).collect())
}

/// When a copy was made, by its name.
fn made_at(copy: &Path, beginning: &str) -> Option<Timestamp> {
    let (micros, _) = copy.file_name()?.to_str()?.strip_prefix(beginning)?.split_once('-')?;
    micros.parse().ok().map(Timestamp::from_micros)
}

fn remove_old(folder: &Path, now: Timestamp) -> io::Result<()> {
    for old in complete(folder)?.into_iter().skip(KEPT) {
        fs::remove_dir_all(old)?;
    }
    for left in named(folder, UNFINISHED)? {
        if made_at(&left, UNFINISHED).is_some_and(|at| now.since(at) > UNFINISHED_KEPT) {
            fs::remove_dir_all(left)?;
        }
    }
    Ok(())
}
