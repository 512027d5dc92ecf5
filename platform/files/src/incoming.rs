use std::{
    fs, io,
    path::{Path, PathBuf},
};

use souk_types::Fault;
use tokio::{
    fs::File,
    io::{AsyncWriteExt as _, BufWriter},
    runtime::Handle,
};

use crate::{Files, TRANSFER_MAX, key::UNFINISHED, not_kept, within};

/// Bytes that are written at once.
const WRITE_BYTES: usize = 256 * 1024;

/// A file that comes in piece by piece, on the disk and never in memory as a whole. It is gone when this is dropped.
#[derive(Debug)]
pub struct Incoming {
    files: Files,
    key: String,
    file: BufWriter<File>,
    path: PathBuf,
}

/// Why a file that came in is not kept.
#[derive(Debug)]
pub enum NotKept {
    /// The disk of this machine fails, or is full.
    Disk(io::Error),
    /// Where files are kept cannot be reached.
    Away(Fault),
}

impl From<io::Error> for NotKept {
    fn from(error: io::Error) -> Self {
        Self::Disk(error)
    }
}

/// A file that came in. It is removed again unless it is kept: whatever goes wrong, and when whoever sent it goes away.
#[derive(Debug)]
pub struct Received {
    files: Files,
    key: String,
    is_kept: bool,
}

impl Files {
    /// Begins to take a file in.
    ///
    /// # Errors
    /// What the disk answers; internal on a wrong key.
    pub async fn incoming(&self, key: &str) -> Result<Incoming, NotKept> {
        let whole = self.whole(key).map_err(NotKept::Away)?;
        // Beside its place, where it has a path: it is moved there.
        let place = self.inner.place.path_of(&whole);
        let folder = place.as_deref().and_then(Path::parent).unwrap_or(&self.inner.scratch);
        tokio::fs::create_dir_all(folder).await?;
        let path = folder.join(format!("{:032x}{UNFINISHED}", self.inner.env.random_u128()));
        let file = BufWriter::with_capacity(WRITE_BYTES, File::create_new(&path).await?);
        Ok(Incoming { files: self.clone(), key: key.to_owned(), file, path })
    }
}

impl Incoming {
    /// Adds a piece.
    ///
    /// # Errors
    /// What the disk answers.
    pub async fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.file.write_all(piece).await
    }

    /// Puts the file under its key.
    ///
    /// # Errors
    /// When it is not known to be kept.
    pub async fn finish(mut self) -> Result<Received, NotKept> {
        self.file.flush().await?;
        self.file.get_ref().sync_all().await?;
        let received = Received { files: self.files.clone(), key: self.key.clone(), is_kept: false };
        let whole = self.files.whole(&self.key).map_err(NotKept::Away)?;
        let taken = within("take", TRANSFER_MAX, &whole, self.files.inner.place.take(&whole, &self.path)).await;
        taken.map(|()| received).map_err(|fault| NotKept::Away(not_kept(fault)))
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

impl Received {
    /// Leaves the file where it is.
    pub fn keep(mut self) {
        self.is_kept = true;
    }
}

impl Drop for Received {
    fn drop(&mut self) {
        if self.is_kept {
            return;
        }
        let (files, key) = (self.files.clone(), std::mem::take(&mut self.key));
        if let Some(path) = files.whole(&key).ok().and_then(|whole| files.inner.place.path_of(&whole)) {
            remove(&path);
        } else if let Ok(runtime) = Handle::try_current() {
            // Nobody waits for it, and it ends by itself. What stays behind is a file that nobody knows of.
            runtime.spawn(async move {
                if let Err(fault) = files.delete(&key).await {
                    tracing::warn!(%fault, "an upload that is not kept could not be removed");
                }
            });
        }
    }
}

fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(%error, path = %path.display(), "a partial upload could not be removed");
    }
}
