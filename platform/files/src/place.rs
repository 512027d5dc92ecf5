use std::path::{Path, PathBuf};

use async_trait::async_trait;
use bytes::Bytes;
use souk_types::Fault;

/// Where files lie. Keys are [checked](crate::key::checked) before, and waits are limited around it.
#[async_trait]
pub(crate) trait Place: Send + Sync {
    /// The path of a file, where files have one.
    fn path_of(&self, key: &str) -> Option<PathBuf>;

    /// Says whether it can be reached.
    async fn check(&self) -> Result<(), Fault>;

    async fn get(&self, key: &str) -> Result<Option<Bytes>, Fault>;

    /// Its size, bytes.
    async fn size(&self, key: &str) -> Result<Option<u64>, Fault>;

    async fn put(&self, key: &str, bytes: Bytes) -> Result<(), Fault>;

    /// Keeps a copy of a file of this machine.
    async fn store(&self, key: &str, from: &Path) -> Result<(), Fault>;

    /// Keeps a file that was written for it: beside its place, where it has a path. Whoever wrote it may remove it then.
    async fn take(&self, key: &str, from: &Path) -> Result<(), Fault>;

    /// Writes a file's content to a path that does not exist yet; `false` when there is no such file.
    async fn fetch(&self, key: &str, to: &Path) -> Result<bool, Fault>;

    /// The keys below a folder, in order.
    async fn list(&self, below: &str) -> Result<Vec<String>, Fault>;

    /// Removes a file; one that is not there is removed already.
    async fn delete(&self, key: &str) -> Result<(), Fault>;

    /// Removes everything below a folder.
    async fn delete_all(&self, below: &str) -> Result<(), Fault>;
}
