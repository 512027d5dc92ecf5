use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::Files;

/// A folder of this process alone, which goes with this.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, path = %self.0.display(), "a folder for work could not be removed; the next start will do it");
        }
    }
}

impl Files {
    /// Makes an empty folder on the disk of this machine.
    ///
    /// # Errors
    /// What the disk answers.
    pub async fn scratch(&self) -> io::Result<Scratch> {
        let path = self.inner.scratch.join(format!("{:032x}", self.inner.env.random_u128()));
        tokio::fs::create_dir_all(&path).await?;
        Ok(Scratch(path))
    }
}
