//! Where an index lies on disk.
//!
//! A folder has a sub-folder for each build of the index and a file that names the present one. The file is
//! written when a build is complete, so what is found without it is not to be trusted.

use std::{
    fs, io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use souk_types::Fault;
use tantivy::{Index, IndexReader, ReloadPolicy, TantivyError, index::SegmentId};

use super::{
    fault, io_fault,
    schema::{Fields, SCHEMA_VERSION, register_tokenizers, settings},
};

/// The name of the first build of a folder.
pub const FIRST: &str = "index-1";
const CURRENT: &str = "CURRENT";
const LOCK: &str = "LOCK";
/// Where the files of a build are linked to be copied.
const LINKED: &str = "linked";
/// The files of an index that list the others.
const LISTS: [&str; 2] = [".managed.json", "meta.json"];
/// How often files are linked before it is given up.
const LINK_ATTEMPTS_MAX: usize = 5;
/// How long to wait until whoever had the folder lets go of it.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);

/// Says whether there is an index in a folder that this program can use, as far as its name tells.
pub fn has_present(folder: &Path) -> bool {
    fs::read_to_string(folder.join(CURRENT)).is_ok_and(|current| current.starts_with(&format!("{SCHEMA_VERSION} ")))
}

/// A folder of builds, which nobody else can have at the same time.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
    /// Keeps everybody else off until the last copy is dropped.
    _lock: Arc<fs::File>,
}

/// Where a writer writes. Whoever holds it keeps everybody else off the folder.
#[derive(Debug, Clone)]
pub struct Home {
    folder: Folder,
    name: String,
    is_obsolete: Arc<AtomicBool>,
}

impl Home {
    /// Notes that the build is no longer needed: its writer removes it in the end.
    pub fn make_obsolete(&self) {
        self.is_obsolete.store(true, Ordering::SeqCst);
    }

    /// Ends the writing.
    pub fn leave(self) {
        if self.is_obsolete.load(Ordering::SeqCst)
            && let Err(error) = fs::remove_dir_all(self.folder.path.join(&self.name))
        {
            tracing::warn!(%error, "an old search index could not be removed; the next start will do it");
        }
    }
}

/// An index of a folder.
pub struct Build {
    pub index: Index,
    pub name: String,
    /// It holds the whole catalogue, as far as it was told.
    pub complete: bool,
}

impl Folder {
    /// Takes a folder, which is made when it does not exist.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](souk_types::ErrorKind::Unavailable) when somebody else has it.
    pub fn take(path: PathBuf) -> Result<Self, Fault> {
        fs::create_dir_all(&path).map_err(io_fault)?;
        let lock = fs::File::create(path.join(LOCK)).map_err(io_fault)?;
        let started = Instant::now();
        while let Err(error) = lock.try_lock() {
            // The thread that wrote the index until just now may still be ending.
            if started.elapsed() > LOCK_PATIENCE {
                return Err(Fault::unavailable(format!("{} is used by another process: {error}", path.display())));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(Self { path, _lock: Arc::new(lock) })
    }

    /// A build of the folder, for whoever writes it.
    pub fn home(&self, name: &str) -> Home {
        Home { folder: self.clone(), name: name.to_owned(), is_obsolete: Arc::default() }
    }

    /// Opens the present build. What cannot be used is removed, and an empty build is begun instead.
    pub fn open(&self, fields: &Fields) -> Result<Build, Fault> {
        let current = match fs::read_to_string(self.path.join(CURRENT)) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => Some(error.to_string()),
        };
        if let Some(current) = current {
            match self.open_build(current.trim(), fields) {
                Ok(build) => {
                    self.remove_all_but(&build.name)?;
                    return Ok(build);
                }
                Err(why) => tracing::warn!(
                    folder = %self.path.display(),
                    why,
                    "the search index cannot be used and is built anew"
                ),
            }
        }
        self.remove_all_but("")?;
        self.begin(fields, FIRST)
    }

    /// Begins an empty build beside the present one.
    pub fn begin(&self, fields: &Fields, name: &str) -> Result<Build, Fault> {
        let path = self.path.join(name);
        if path.exists() {
            fs::remove_dir_all(&path).map_err(io_fault)?;
        }
        fs::create_dir_all(&path).map_err(io_fault)?;
        let index =
            Index::builder().schema(fields.schema.clone()).settings(settings()).create_in_dir(&path).map_err(fault)?;
        register_tokenizers(&index);
        Ok(Build { index, name: name.to_owned(), complete: false })
    }

    /// Makes a build the present one.
    pub fn complete(&self, name: &str) -> Result<(), Fault> {
        let next = self.path.join("CURRENT.next");
        fs::write(&next, format!("{SCHEMA_VERSION} {name}\n")).map_err(io_fault)?;
        fs::File::open(&next).and_then(|file| file.sync_all()).map_err(io_fault)?;
        fs::rename(&next, self.path.join(CURRENT)).map_err(io_fault)?;
        fs::File::open(&self.path).and_then(|folder| folder.sync_all()).map_err(io_fault)
    }

    /// Empties the folder for the files of its first build, which is not the present one yet; answers where they go.
    pub fn make_room(&self) -> Result<PathBuf, Fault> {
        self.remove_all_but("")?;
        let build = self.path.join(FIRST);
        fs::create_dir_all(&build).map_err(io_fault)?;
        Ok(build)
    }

    /// Links the files of a build into a folder of their own.
    pub fn link(&self, name: &str) -> Result<PathBuf, Fault> {
        let linked = self.path.join(LINKED);
        for _ in 0..LINK_ATTEMPTS_MAX {
            match fs::remove_dir_all(&linked) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io_fault(error)),
                _ => {}
            }
            fs::create_dir_all(&linked).map_err(io_fault)?;
            // Segments are merged and removed at any time: whether all are there that the list names is seen after.
            if link_all(&self.path.join(name), &linked).map_err(io_fault)? {
                return Ok(linked);
            }
        }
        Err(Fault::unavailable("the files of the search index change too fast to be copied"))
    }

    /// Bytes that a build takes up.
    pub fn bytes(&self, name: &str) -> u64 {
        let files = fs::read_dir(self.path.join(name)).into_iter().flatten();
        files.filter_map(|file| file.ok()?.metadata().ok()).map(|metadata| metadata.len()).sum()
    }

    fn open_build(&self, current: &str, fields: &Fields) -> Result<Build, String> {
        let name = current
            .strip_prefix(&format!("{SCHEMA_VERSION} "))
            .filter(|name| name.starts_with("index-") && !name.contains(['/', '\\', '.']))
            .ok_or_else(|| format!("it was made by another version: {current:?}"))?;
        // A file that was cut short may be more than its reader expects.
        let opening = || open_whole(&self.path.join(name), fields);
        let index = catch_unwind(AssertUnwindSafe(opening)).map_err(|_| "it cannot be read")??;
        register_tokenizers(&index);
        Ok(Build { index, name: name.to_owned(), complete: true })
    }

    fn remove_all_but(&self, name: &str) -> Result<(), Fault> {
        for found in fs::read_dir(&self.path).map_err(io_fault)? {
            let found = found.map_err(io_fault)?;
            let is_present = !name.is_empty() && (found.file_name() == name || found.file_name() == CURRENT);
            if is_present || found.file_name() == LOCK {
                continue;
            }
            let is_folder = found.file_type().map_err(io_fault)?.is_dir();
            let removed = if is_folder { fs::remove_dir_all(found.path()) } else { fs::remove_file(found.path()) };
            removed.map_err(io_fault)?;
        }
        Ok(())
    }
}

/// Links all files of an index that its list of segments needs; `false` when one of them has gone meanwhile.
fn link_all(from: &Path, to: &Path) -> io::Result<bool> {
    // The list first: what it names is there now, and is linked below unless it goes in between.
    for list in LISTS {
        fs::copy(from.join(list), to.join(list))?;
    }
    let index = Index::open_in_dir(to).map_err(io::Error::other)?;
    let segments = index.searchable_segment_ids().map_err(io::Error::other)?;
    let segments: Vec<String> = segments.iter().map(SegmentId::uuid_string).collect();
    for found in fs::read_dir(from)? {
        let name = found?.file_name();
        if segments.iter().any(|segment| name.to_string_lossy().starts_with(segment)) {
            match fs::hard_link(from.join(&name), to.join(&name)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
                linked => linked?,
            }
        }
    }
    let reader: Result<IndexReader, _> = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into();
    Ok(reader.is_ok())
}

fn open_whole(path: &Path, fields: &Fields) -> Result<Index, String> {
    let text = |error: TantivyError| error.to_string();
    let index = Index::open_in_dir(path).map_err(text)?;
    if index.schema() != fields.schema {
        return Err("it has other fields".to_owned());
    }
    let damaged = index.validate_checksum().map_err(text)?;
    if let Some(file) = damaged.iter().next() {
        return Err(format!("{} is damaged", file.display()));
    }
    Ok(index)
}
