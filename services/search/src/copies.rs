//! Copies of the index and its database, kept where all instances reach them: a new instance begins with the last one
//! and hears the rest by events, instead of reading the whole catalogue.
//!
//! A copy is complete once it says what it is, which is written last: the database first and the index after, so that the
//! index has at least what the database's place among the events says. What it has beyond that is told once more, and
//! changes nothing. Where nothing was heard since the last copy, no other is made.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use souk_files::Files;
use souk_store::{Engine, Store};
use souk_types::{Cx, Env, Fault, Timestamp};
use tokio::{task, time::sleep};

use crate::{
    SCHEMA,
    index::{
        folder::{FIRST, Folder, has_present},
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

const COPY: &str = "copy-";
/// What programs from before called a copy that was under way.
const UNFINISHED: &str = "unfinished-";
const MANIFEST: &str = "copy.json";
const INDEX: &str = "index";

/// Where copies are, and how often one is made.
#[derive(Debug, Clone)]
pub struct Copies {
    /// Files that all instances share.
    pub files: Files,
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
        let now = env.now();
        let last = self.found().await?.complete().next().map(str::to_owned);
        // Before the copy, which may have more then.
        let followed = souk_events::followed(store, &Cx::background(SCHEMA.service, env)).await?;
        if let Some(last) = last {
            let is_fresh = made_at(&last).is_some_and(|at| now.since(at) < self.every);
            let has_heard = |manifest: Manifest| manifest.fits() && manifest.heard(&followed);
            if is_fresh || Manifest::read(&self.files, &last).await.is_ok_and(has_heard) {
                return Ok(None);
            }
        }
        let copy = format!("{COPY}{:020}-{:032x}", now.as_micros(), env.random_u128());
        match self.copy(&copy, keeper, store, followed).await {
            Ok(documents) => {
                self.remove_old(now).await?;
                Ok(Some(documents))
            }
            Err(fault) => {
                // What stays behind goes with the old ones.
                drop(self.files.delete_all(&copy).await);
                Err(fault)
            }
        }
    }

    async fn copy(
        &self,
        copy: &str,
        keeper: &Arc<Keeper>,
        store: &Store,
        followed: BTreeMap<String, u64>,
    ) -> Result<usize, Fault> {
        let scratch = self.files.scratch().await.map_err(io_fault)?;
        let taken = scratch.path().join(database());
        store.copy_to(&taken).await?;
        let keeper = Arc::clone(keeper);
        let (linked, names, documents) = blocking(move || {
            let documents = keeper.engine.snapshot().documents;
            let linked = keeper.engine.link()?;
            let names: io::Result<Vec<String>> =
                fs::read_dir(&linked).and_then(|found| found.map(|file| name_of(&file?)).collect());
            Ok((linked, names.map_err(io_fault)?, documents))
        })
        .await?;
        self.files.store(&format!("{copy}/{}", database()), &taken).await?;
        for name in names {
            self.files.store(&format!("{copy}/{INDEX}/{name}"), &linked.join(name)).await?;
        }
        let manifest = Manifest { index_version: SCHEMA_VERSION, documents, followed };
        let manifest = serde_json::to_vec(&manifest).map_err(Fault::internal)?;
        self.files.put(&format!("{copy}/{MANIFEST}"), manifest.into()).await?;
        Ok(documents)
    }

    async fn remove_old(&self, now: Timestamp) -> Result<(), Fault> {
        let found = self.found().await?;
        for old in found.complete().skip(KEPT) {
            // What it is goes first, so that nobody begins with what is left of it.
            self.files.delete(&format!("{old}/{MANIFEST}")).await?;
            self.files.delete_all(old).await?;
        }
        for left in found.unfinished() {
            if made_at(left).is_some_and(|at| now.since(at) > UNFINISHED_KEPT) {
                self.files.delete_all(left).await?;
            }
        }
        Ok(())
    }

    async fn found(&self) -> Result<Found, Fault> {
        Ok(Found(self.files.list("").await?.into_iter().collect()))
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
        let found = self.found().await.unwrap_or_else(|fault| {
            tracing::warn!(%fault, "copies of the search index cannot be looked for");
            Found::default()
        });
        for copy in found.complete() {
            match place.restore_from(&self.files, copy).await {
                Ok(Some(documents)) => {
                    tracing::info!(documents, copy, "the search index begins with a copy");
                    return Ok(());
                }
                Ok(None) => {}
                Err(fault) => tracing::warn!(copy, %fault, "a copy of the search index was no use"),
            }
        }
        Ok(())
    }
}

/// The keys of all that there is.
#[derive(Debug, Default)]
struct Found(BTreeSet<String>);

impl Found {
    /// The complete copies, the last first.
    fn complete(&self) -> impl Iterator<Item = &str> {
        self.names().rev().filter(|name| self.is_complete(name))
    }

    /// Those that are not complete, or not yet.
    fn unfinished(&self) -> impl Iterator<Item = &str> {
        self.names().filter(|name| !self.is_complete(name))
    }

    fn is_complete(&self, name: &str) -> bool {
        name.starts_with(COPY) && self.0.contains(&format!("{name}/{MANIFEST}"))
    }

    /// The folders of copies, in the order in which they were made.
    fn names(&self) -> impl DoubleEndedIterator<Item = &str> {
        let mut names: Vec<&str> = self.0.iter().filter_map(|key| Some(key.split_once('/')?.0)).collect();
        names.retain(|name| made_at(name).is_some());
        names.dedup();
        names.into_iter()
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
    async fn restore_from(&self, files: &Files, copy: &str) -> Result<Option<usize>, Fault> {
        let manifest = Manifest::read(files, copy).await?;
        let (staged, present) = (self.databases.join("copied"), self.databases.join(database()));
        if !manifest.fits() && present.exists() {
            return Ok(None);
        }
        let into = staged.clone();
        blocking(move || fs::create_dir_all(into).map_err(io_fault)).await?;
        fetch(files, &format!("{copy}/{}", database()), &staged.join(database())).await?;
        // One of a newer program cannot be opened by this one.
        souk_store::pending(&Engine::sqlite(&staged), &SCHEMA).await?;
        let index = self.index.clone();
        let folder = blocking(move || Folder::take(index)).await?;
        if manifest.fits() {
            let emptied = folder.clone();
            let build = blocking(move || emptied.make_room()).await?;
            for key in files.list(&format!("{copy}/{INDEX}")).await? {
                let name = key.rsplit('/').next().unwrap_or_default();
                fetch(files, &key, &build.join(name)).await?;
            }
        }
        blocking(move || {
            for ending in ["db-wal", "db-shm"] {
                drop(fs::remove_file(present.with_extension(ending)));
            }
            fs::rename(staged.join(database()), present).map_err(io_fault)?;
            fs::remove_dir_all(staged).map_err(io_fault)?;
            if !manifest.fits() {
                return Ok(None);
            }
            // Only now: an index without the database that belongs to it does not know what it has missed.
            folder.complete(FIRST)?;
            Ok(Some(manifest.documents))
        })
        .await
    }
}

impl Manifest {
    async fn read(files: &Files, copy: &str) -> Result<Self, Fault> {
        let key = format!("{copy}/{MANIFEST}");
        let text = files.get(&key).await?.ok_or_else(|| gone(&key))?;
        serde_json::from_slice(&text).map_err(|error| Fault::internal(format!("{key}: {error}")))
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

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Fault> + Send + 'static) -> Result<T, Fault> {
    task::spawn_blocking(work).await.map_err(Fault::internal)?
}

async fn fetch(files: &Files, key: &str, to: &Path) -> Result<(), Fault> {
    if files.fetch(key, to).await? { Ok(()) } else { Err(gone(key)) }
}

fn gone(key: &str) -> Fault {
    Fault::unavailable(format!("{key} is not there any more"))
}

fn database() -> String {
    format!("{}.db", SCHEMA.service)
}

fn name_of(file: &fs::DirEntry) -> io::Result<String> {
    file.file_name().into_string().map_err(|name| io::Error::other(format!("{} is no name", name.display())))
}

/// When a copy was made, by its name.
fn made_at(name: &str) -> Option<Timestamp> {
    let named = name.strip_prefix(COPY).or_else(|| name.strip_prefix(UNFINISHED))?;
    named.split_once('-')?.0.parse().ok().map(Timestamp::from_micros)
}
