use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use bytes::Bytes;
use souk_types::{Env, Fault};
use tokio::task;

use crate::{KEYS_MAX, READ_BYTES_MAX, key::UNFINISHED, place::Place};

/// A folder, whose files have the keys as their paths.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    path: PathBuf,
    env: Env,
}

impl Folder {
    pub(crate) fn new(path: PathBuf, env: Env) -> Self {
        Self { path, env }
    }

    /// Runs blocking work on a file on a thread of its own.
    async fn on<T: Send + 'static>(
        &self,
        key: &str,
        what: &'static str,
        work: impl FnOnce(&Self, &Path) -> io::Result<T> + Send + 'static,
    ) -> Result<T, Fault> {
        let (folder, path) = (self.clone(), self.path.join(key));
        let done = move || {
            work(&folder, &path)
                .map_err(|error| Fault::unavailable(format!("{} could not be {what}: {error}", path.display())))
        };
        task::spawn_blocking(done).await.map_err(Fault::internal)?
    }

    /// Has a file written beside its place, and puts it there: whole or not at all, even after a power cut.
    fn write(&self, path: &Path, fill: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
        let folder = path.parent().unwrap_or(&self.path);
        self.make(folder)?;
        let temporary = folder.join(format!("{:032x}{UNFINISHED}", self.env.random_u128()));
        let written = fill(&temporary).and_then(|()| fs::rename(&temporary, path)).and_then(|()| sync(folder));
        if written.is_err() {
            // The first error is the one to tell; the half file is found by its name.
            drop(fs::remove_file(&temporary));
        }
        written
    }

    /// Makes a folder that is there after a power cut, too.
    fn make(&self, folder: &Path) -> io::Result<()> {
        if folder.is_dir() {
            return Ok(());
        }
        fs::create_dir_all(folder)?;
        let mut above = folder.ancestors().skip(1).take_while(|above| above.starts_with(&self.path));
        above.try_for_each(sync)
    }

    /// Adds the keys below a folder.
    fn walk(&self, folder: &Path, keys: &mut Vec<String>) -> io::Result<()> {
        let found = match fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            found => found?,
        };
        for entry in found {
            let entry = entry?;
            let path = entry.path();
            if entry.file_type()?.is_dir() {
                self.walk(&path, keys)?;
            } else if let Some(key) = path.strip_prefix(&self.path).ok().and_then(Path::to_str)
                && !key.ends_with(UNFINISHED)
            {
                if keys.len() >= KEYS_MAX {
                    return Err(io::Error::other(format!("there are more than {KEYS_MAX} files")));
                }
                keys.push(key.to_owned());
            }
        }
        Ok(())
    }
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// `None` for what is not there.
fn if_there<T>(done: io::Result<T>) -> io::Result<Option<T>> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        done => done.map(Some),
    }
}

#[async_trait]
impl Place for Folder {
    fn path_of(&self, key: &str) -> Option<PathBuf> {
        Some(self.path.join(key))
    }

    async fn check(&self) -> Result<(), Fault> {
        Ok(())
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, Fault> {
        let read = |_: &Self, path: &Path| {
            let Some(metadata) = if_there(fs::metadata(path))? else { return Ok(None) };
            if metadata.len() > READ_BYTES_MAX {
                return Err(io::Error::other(format!("it has more than {READ_BYTES_MAX} bytes")));
            }
            if_there(fs::read(path)).map(|bytes| bytes.map(Bytes::from))
        };
        self.on(key, "read", read).await
    }

    async fn size(&self, key: &str) -> Result<Option<u64>, Fault> {
        let look = |_: &Self, path: &Path| {
            let found = if_there(fs::metadata(path))?;
            Ok(found.filter(fs::Metadata::is_file).map(|metadata| metadata.len()))
        };
        self.on(key, "looked at", look).await
    }

    async fn put(&self, key: &str, bytes: Bytes) -> Result<(), Fault> {
        let put = move |folder: &Self, path: &Path| {
            folder.write(path, |temporary| {
                let mut file = File::create_new(temporary)?;
                file.write_all(&bytes).and_then(|()| file.sync_all())
            })
        };
        self.on(key, "written", put).await
    }

    async fn store(&self, key: &str, from: &Path) -> Result<(), Fault> {
        let from = from.to_owned();
        let copy = move |folder: &Self, path: &Path| {
            folder.write(path, |temporary| {
                fs::copy(&from, temporary)?;
                File::open(temporary)?.sync_all()
            })
        };
        self.on(key, "written", copy).await
    }

    async fn take(&self, key: &str, from: &Path) -> Result<(), Fault> {
        let from = from.to_owned();
        let put = move |folder: &Self, path: &Path| {
            fs::rename(from, path)?;
            sync(path.parent().unwrap_or(&folder.path))
        };
        self.on(key, "put in its place", put).await
    }

    async fn fetch(&self, key: &str, to: &Path) -> Result<bool, Fault> {
        let to = to.to_owned();
        let copy = move |_: &Self, path: &Path| Ok(if_there(fs::copy(path, to))?.is_some());
        self.on(key, "copied", copy).await
    }

    async fn list(&self, below: &str) -> Result<Vec<String>, Fault> {
        let list = |folder: &Self, path: &Path| {
            let mut keys = Vec::new();
            folder.walk(path, &mut keys)?;
            keys.sort_unstable();
            Ok(keys)
        };
        self.on(below, "listed", list).await
    }

    async fn delete(&self, key: &str) -> Result<(), Fault> {
        self.on(key, "removed", |_, path| if_there(fs::remove_file(path)).map(drop)).await
    }

    async fn delete_all(&self, below: &str) -> Result<(), Fault> {
        self.on(below, "removed", |_, path| if_there(fs::remove_dir_all(path)).map(drop)).await
    }
}
