use bytes::Bytes;
use souk_contracts::catalog::ImageFormat;
use souk_files::Files;
use souk_types::Fault;

/// The files of pictures: `ab/abcdef….orig`, and beside each original what was made of it.
#[derive(Debug)]
pub(super) struct ImageFiles(Files);

impl ImageFiles {
    pub(super) fn new(files: &Files) -> Self {
        Self(files.below("images"))
    }

    pub(super) async fn original(&self, hash: &str) -> Result<Option<Bytes>, Fault> {
        self.0.get(&original(hash)).await
    }

    /// Keeps an original; one that is there already has the same content.
    pub(super) async fn put_original(&self, hash: &str, bytes: Bytes) -> Result<(), Fault> {
        self.0.put(&original(hash), bytes).await
    }

    pub(super) async fn made(&self, hash: &str, width: u32, format: ImageFormat) -> Result<Option<Bytes>, Fault> {
        self.0.get(&made(hash, width, format)).await
    }

    pub(super) async fn put_made(
        &self,
        hash: &str,
        width: u32,
        format: ImageFormat,
        bytes: Bytes,
    ) -> Result<(), Fault> {
        self.0.put(&made(hash, width, format), bytes).await
    }
}

fn original(hash: &str) -> String {
    format!("{}/{hash}.orig", &hash[..2])
}

fn made(hash: &str, width: u32, format: ImageFormat) -> String {
    format!("{}/{hash}.{width}.{format}", &hash[..2])
}
