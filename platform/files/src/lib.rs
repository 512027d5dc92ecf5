//! Files that all processes of a shop share: in a folder, or in S3. Who uses them does not know where they are.
//!
//! A key is what a path within the folder would be, so that a folder's content can be copied to a bucket as it is. A file
//! is there whole or not at all, and what was answered as kept survives a power cut.

mod bucket;
mod config;
mod folder;
mod incoming;
mod key;
mod place;
mod scratch;
#[cfg(feature = "testing")]
pub mod testing;
mod transport;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use metrics::{counter, histogram};
use souk_types::{Env, ErrorKind, Fault};
use tokio::{fs, sync::Mutex, time::timeout};

use self::{
    bucket::Bucket,
    folder::Folder,
    key::{UNFINISHED, checked},
    place::Place,
};
pub use self::{
    config::S3Config,
    incoming::{Incoming, NotKept, Received},
    scratch::Scratch,
};

/// Bytes of a file that is read into memory; larger ones are [fetched](Files::fetch).
pub const READ_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Files that are listed.
pub const KEYS_MAX: usize = 10_000;
/// How long one call for a small file may take, with what is tried again.
const CALL_MAX: Duration = Duration::from_secs(30);
/// How long a file of gigabytes may be under way.
const TRANSFER_MAX: Duration = Duration::from_hours(1);
/// What is said to people when something could not be kept.
const NOT_KEPT: &str = "files cannot be kept right now: nothing was saved, please try again in a while";

/// The files below a folder or in a bucket. Cheap to clone.
#[derive(Clone)]
pub struct Files {
    inner: Arc<Inner>,
    /// What every key begins with: empty, or ends with `/`.
    below: String,
}

struct Inner {
    place: Box<dyn Place>,
    scratch: PathBuf,
    env: Env,
    /// One file at a time is fetched to be read in place.
    fetching: Mutex<()>,
}

impl Files {
    /// Files in a folder, which is made when it is first written to. `scratch` is a folder of this process alone: what
    /// is in it is removed.
    #[must_use]
    pub fn in_folder(folder: PathBuf, scratch: PathBuf, env: Env) -> Self {
        Self::of(Box::new(Folder::new(folder, env.clone())), scratch, env)
    }

    /// Files in a bucket of S3. Nobody is asked yet. `scratch` as above.
    ///
    /// # Errors
    /// As [`S3Config::check`].
    pub fn in_s3(config: &S3Config, scratch: PathBuf, env: Env) -> Result<Self, Fault> {
        Ok(Self::of(Box::new(Bucket::try_new(config)?), scratch, env))
    }

    fn of(place: Box<dyn Place>, scratch: PathBuf, env: Env) -> Self {
        // What a crash has left. Whatever keeps it from being removed is told when it is written to.
        drop(std::fs::remove_dir_all(&scratch));
        Self { inner: Arc::new(Inner { place, scratch, env, fetching: Mutex::new(()) }), below: String::new() }
    }

    /// The files below a folder of these; their keys begin there.
    #[must_use]
    pub fn below(&self, folder: &str) -> Self {
        Self { inner: Arc::clone(&self.inner), below: format!("{}{folder}/", self.below) }
    }

    /// Says whether they can be reached.
    ///
    /// # Errors
    /// Unavailable, with the reason.
    pub async fn check(&self) -> Result<(), Fault> {
        within("check", CALL_MAX, "the files", self.inner.place.check()).await
    }

    /// The content of a file; `None` when there is none.
    ///
    /// # Errors
    /// Unavailable when it cannot be read now. Internal when it has more than [`READ_BYTES_MAX`] bytes.
    pub async fn get(&self, key: &str) -> Result<Option<Bytes>, Fault> {
        let key = self.whole(key)?;
        within("get", CALL_MAX, &key, self.inner.place.get(&key)).await
    }

    /// The size of a file, bytes; `None` when there is none.
    ///
    /// # Errors
    /// Unavailable when nobody can tell now.
    pub async fn size(&self, key: &str) -> Result<Option<u64>, Fault> {
        let key = self.whole(key)?;
        within("size", CALL_MAX, &key, self.inner.place.size(&key)).await
    }

    /// Keeps a file, in place of one that was there.
    ///
    /// # Errors
    /// Unavailable when it is not known to be kept; the public text says so.
    pub async fn put(&self, key: &str, bytes: Bytes) -> Result<(), Fault> {
        let key = self.whole(key)?;
        within("put", CALL_MAX, &key, self.inner.place.put(&key, bytes)).await.map_err(not_kept)
    }

    /// Keeps a copy of a file of this machine, which may be large.
    ///
    /// # Errors
    /// Unavailable when it cannot be read, or is not known to be kept; the public text says so.
    pub async fn store(&self, key: &str, from: &Path) -> Result<(), Fault> {
        let key = self.whole(key)?;
        within("store", TRANSFER_MAX, &key, self.inner.place.store(&key, from)).await.map_err(not_kept)
    }

    /// Writes a file, which may be large, to a path of this machine, on its disk; `false` when there is no such file.
    ///
    /// # Errors
    /// Unavailable when it cannot be read or written; nothing is at the path then.
    pub async fn fetch(&self, key: &str, to: &Path) -> Result<bool, Fault> {
        let key = self.whole(key)?;
        let mut name = to.file_name().unwrap_or_default().to_owned();
        name.push(UNFINISHED);
        let unfinished = to.with_file_name(name);
        drop(fs::remove_file(&unfinished).await);
        let fetched = within("fetch", TRANSFER_MAX, &key, self.inner.place.fetch(&key, &unfinished)).await;
        let placed = match fetched {
            Ok(true) => put(&unfinished, to).await.map(|()| true),
            other => other,
        };
        if !matches!(placed, Ok(true)) {
            // The first error is the one to tell.
            drop(fs::remove_file(&unfinished).await);
        }
        placed
    }

    /// The keys below a folder, or all when it has no name, in order.
    ///
    /// # Errors
    /// Unavailable when nobody can tell now, or there are more than [`KEYS_MAX`].
    pub async fn list(&self, below: &str) -> Result<Vec<String>, Fault> {
        let whole = format!("{}{below}", self.below).trim_end_matches('/').to_owned();
        checked(&whole)?;
        let keys = within("list", CALL_MAX, &whole, self.inner.place.list(&whole)).await?;
        Ok(keys.into_iter().filter_map(|key| key.strip_prefix(&self.below).map(str::to_owned)).collect())
    }

    /// Removes a file, if it is there.
    ///
    /// # Errors
    /// Unavailable when it may still be there.
    pub async fn delete(&self, key: &str) -> Result<(), Fault> {
        let key = self.whole(key)?;
        within("delete", CALL_MAX, &key, self.inner.place.delete(&key)).await
    }

    /// Removes everything below a folder.
    ///
    /// # Errors
    /// Unavailable when some may still be there.
    pub async fn delete_all(&self, below: &str) -> Result<(), Fault> {
        let below = self.whole(below)?;
        within("delete_all", TRANSFER_MAX, &below, self.inner.place.delete_all(&below)).await
    }

    /// Where a file can be read by its path: in the folder itself, or fetched to this machine, in place of what was
    /// fetched before by this. It stays until it is [let go](Self::let_go). `None` when there is no such file.
    ///
    /// # Errors
    /// Unavailable when it cannot be fetched now.
    pub async fn local(&self, key: &str) -> Result<Option<PathBuf>, Fault> {
        let Some(bytes) = self.size(key).await? else { return Ok(None) };
        let whole = self.whole(key)?;
        if let Some(path) = self.inner.place.path_of(&whole) {
            return Ok(Some(path));
        }
        let _alone = self.inner.fetching.lock().await;
        let path = self.fetched(&whole);
        if fs::metadata(&path).await.is_ok_and(|there| there.len() == bytes) {
            return Ok(Some(path));
        }
        drop(fs::remove_dir_all(self.inner.scratch.join(FETCHED)).await);
        let folder = path.parent().unwrap_or(&self.inner.scratch);
        fs::create_dir_all(folder).await.map_err(|error| local_fault(folder, &error))?;
        Ok(self.fetch(key, &path).await?.then_some(path))
    }

    /// Removes what was [fetched](Self::local) of a file; the file itself stays.
    pub async fn let_go(&self, key: &str) {
        if let Ok(whole) = self.whole(key) {
            let _alone = self.inner.fetching.lock().await;
            // Most often nothing is there.
            drop(fs::remove_file(self.fetched(&whole)).await);
        }
    }

    fn fetched(&self, whole: &str) -> PathBuf {
        self.inner.scratch.join(FETCHED).join(whole)
    }

    fn whole(&self, key: &str) -> Result<String, Fault> {
        let whole = format!("{}{key}", self.below);
        checked(&whole).map(|()| whole)
    }
}

/// The folder of files that were fetched to be read in place.
const FETCHED: &str = "fetched";

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Files").field("below", &self.below).finish_non_exhaustive()
    }
}

async fn within<T>(
    name: &'static str,
    limit: Duration,
    key: &str,
    call: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    let begun = Instant::now();
    let late = |_| Err(Fault::unavailable(format!("{key}: no end after {limit:?}")));
    let ended = timeout(limit, call).await.unwrap_or_else(late);
    histogram!("souk_files_seconds", "call" => name).record(begun.elapsed());
    if ended.is_err() {
        counter!("souk_files_errors_total", "call" => name).increment(1);
    }
    ended
}

/// Puts a file of this machine in its place, safely on the disk.
async fn put(unfinished: &Path, to: &Path) -> Result<(), Fault> {
    let placed = async {
        fs::File::open(unfinished).await?.sync_all().await?;
        fs::rename(unfinished, to).await?;
        match to.parent() {
            Some(folder) => fs::File::open(folder).await?.sync_all().await,
            None => Ok(()),
        }
    };
    placed.await.map_err(|error| local_fault(to, &error))
}

fn local_fault(path: &Path, error: &std::io::Error) -> Fault {
    Fault::unavailable(format!("{} could not be written: {error}", path.display()))
}

fn not_kept(fault: Fault) -> Fault {
    match fault.kind {
        ErrorKind::Unavailable => Fault { public: NOT_KEPT.to_owned(), ..fault },
        _ => fault,
    }
}
