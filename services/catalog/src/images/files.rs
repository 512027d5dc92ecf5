use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use souk_contracts::catalog::ImageFormat;
use souk_types::{Env, Fault};

/// The folder of pictures: `ab/abcdef….orig`, and beside each original what was made of it. All calls block.
#[derive(Debug, Clone)]
pub(super) struct ImageFiles {
    folder: PathBuf,
    env: Env,
}

impl ImageFiles {
    pub(super) fn new(files: &Path, env: Env) -> Self {
        Self { folder: files.join("images"), env }
    }

    fn original(&self, hash: &str) -> PathBuf {
        self.folder.join(&hash[..2]).join(format!("{hash}.orig"))
    }

    fn made(&self, hash: &str, width: u32, format: ImageFormat) -> PathBuf {
        self.folder.join(&hash[..2]).join(format!("{hash}.{width}.{format}"))
    }

    pub(super) fn read_original(&self, hash: &str) -> Result<Option<Vec<u8>>, Fault> {
        read(&self.original(hash))
    }

    /// Keeps an original; one that is there already has the same content.
    pub(super) fn put_original(&self, hash: &str, bytes: &[u8]) -> Result<(), Fault> {
        let path = self.original(hash);
        if path.exists() { Ok(()) } else { self.write(&path, bytes) }
    }

    pub(super) fn read_made(&self, hash: &str, width: u32, format: ImageFormat) -> Result<Option<Vec<u8>>, Fault> {
        read(&self.made(hash, width, format))
    }

    pub(super) fn put_made(&self, hash: &str, width: u32, format: ImageFormat, bytes: &[u8]) -> Result<(), Fault> {
        self.write(&self.made(hash, width, format), bytes)
    }

    /// A file is there whole or not at all, even after a power cut.
    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), Fault> {
        let folder = path.parent().unwrap_or(&self.folder);
        let temporary = folder.join(format!("{:032x}.part", self.env.random_u128()));
        let written = fs::create_dir_all(folder)
            .and_then(|()| File::create_new(&temporary))
            .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
            .and_then(|()| fs::rename(&temporary, path))
            .and_then(|()| File::open(folder)?.sync_all());
        written.map_err(|error| {
            // The first error is the one to tell; the half file is found by its name.
            drop(fs::remove_file(&temporary));
            Fault::unavailable(format!("{} could not be written: {error}", path.display()))
        })
    }
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, Fault> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Fault::unavailable(format!("{} could not be read: {error}", path.display()))),
    }
}
