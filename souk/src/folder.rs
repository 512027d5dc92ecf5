//! The data folder: one program at a time, and a key that only its owner can read.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use souk_types::Env;

/// The data folder, locked for as long as this lives.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    _lock: File,
}

impl DataFolder {
    /// Makes the folder when it is not there, and locks it.
    ///
    /// # Errors
    /// Says so when another program has it, or when it cannot be written.
    pub fn open(path: &Path) -> Result<Self> {
        let Some(folder) = Self::try_open(path)? else {
            bail!(
                "the data folder {} is in use by another souk; stop that one first, or choose another folder with \
                 --data",
                path.display()
            );
        };
        Ok(folder)
    }

    /// Makes the folder when it is not there, and locks it; `None` when another program has it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn try_open(path: &Path) -> Result<Option<Self>> {
        fs::create_dir_all(path).with_context(|| format!("cannot make the data folder {}", path.display()))?;
        let lock_path = path.join("lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock_path)
            .with_context(|| format!("cannot write in the data folder {}", path.display()))?;
        Ok(lock.try_lock().is_ok().then(|| Self { path: path.to_owned(), _lock: lock }))
    }

    /// A part of the folder.
    pub fn join(&self, part: &str) -> PathBuf {
        self.path.join(part)
    }

    /// The shop's secret key, made on the first start with mode 0600.
    ///
    /// # Errors
    /// When the key file cannot be read or written, or is not 32 bytes.
    pub fn secret(&self, env: &Env) -> Result<[u8; 32]> {
        let path = self.join("secret.key");
        if !path.exists() {
            let key: [u8; 32] = env.random_bytes();
            write_whole(&path, &key).with_context(|| format!("cannot write {}", path.display()))?;
        }
        secret_in(&path)
    }
}

/// The secret key in a file.
///
/// # Errors
/// When it cannot be read, or is not 32 bytes.
pub fn secret_in(path: &Path) -> Result<[u8; 32]> {
    let key = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let key = <[u8; 32]>::try_from(key.as_slice()).ok();
    key.with_context(|| format!("{} is damaged: it must hold 32 bytes", path.display()))
}

/// Writes a file that is there whole or not at all, however full the disk is.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let begun = path.with_extension("new");
    // What an earlier try has left may have another mode.
    match fs::remove_file(&begun) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&begun)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&begun, path)?;
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locked_folder_is_refused_by_name() {
        let temp = tempfile::tempdir().unwrap();
        let _first = DataFolder::open(temp.path()).unwrap();
        let error = format!("{:#}", DataFolder::open(temp.path()).unwrap_err());
        assert!(error.contains("in use by another souk"), "{error}");
    }

    #[test]
    fn the_secret_stays_the_same_and_is_the_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let temp = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(temp.path()).unwrap();
        let first = folder.secret(&Env::system()).unwrap();
        assert_eq!(folder.secret(&Env::system()).unwrap(), first);
        assert!(!folder.join("secret.new").exists());
        let mode = fs::metadata(folder.join("secret.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_secret_that_was_not_written_to_its_end_is_made_anew() {
        let temp = tempfile::tempdir().unwrap();
        fs::write(temp.path().join("secret.new"), b"half").unwrap();
        let folder = DataFolder::open(temp.path()).unwrap();
        let secret = folder.secret(&Env::system()).unwrap();
        assert_eq!(fs::read(folder.join("secret.key")).unwrap(), secret);
    }
}
