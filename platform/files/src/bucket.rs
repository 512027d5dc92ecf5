use std::{
    error::Error,
    path::{Path, PathBuf},
    time::Duration,
};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use object_store::{
    BackoffConfig, MultipartUpload, ObjectStore as _, ObjectStoreExt as _, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder},
    path::Path as ObjectPath,
};
use souk_types::Fault;
use tokio::{
    fs::{self, File},
    io::{AsyncReadExt as _, AsyncWriteExt as _, BufWriter},
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

use crate::{KEYS_MAX, READ_BYTES_MAX, S3Config, place::Place, transport::Transport};

/// Requests that are made again, and how long that is thought of.
const RETRIES_MAX: usize = 2;
const RETRY_WITHIN: Duration = Duration::from_secs(8);
const PAUSE: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(1);
/// What is done at the same time at most; others wait.
const AT_ONCE_MAX: usize = 32;
/// A file is sent in parts of so many bytes, S3 takes 10,000 of them.
const PART_BYTES: usize = 16 * 1024 * 1024;
/// How long the next piece of a file may take to come.
const PIECE_MAX: Duration = Duration::from_secs(20);
const WRITE_BYTES: usize = 256 * 1024;

/// A bucket of S3, or of what speaks as S3 does.
pub(crate) struct Bucket {
    store: AmazonS3,
    name: String,
    prefix: String,
    turns: Semaphore,
}

impl Bucket {
    /// # Errors
    /// As [`S3Config::check`].
    pub(crate) fn try_new(config: &S3Config) -> Result<Self, Fault> {
        config.check()?;
        let retry = RetryConfig {
            backoff: BackoffConfig { init_backoff: PAUSE, max_backoff: PAUSE_MAX, base: 2.0 },
            max_retries: RETRIES_MAX,
            retry_timeout: RETRY_WITHIN,
        };
        let mut builder = AmazonS3Builder::new()
            .with_http_connector(Transport::try_new(config)?)
            .with_retry(retry)
            .with_bucket_name(&config.bucket)
            .with_region(&config.region)
            .with_access_key_id(&config.access_key)
            .with_secret_access_key(&config.secret_key)
            // Not every server knows how to remove many at once.
            .with_disable_bulk_delete(true);
        if let Some(endpoint) = &config.endpoint {
            builder = builder.with_endpoint(endpoint.trim_end_matches('/')).with_allow_http(config.is_plain());
        }
        let store = builder.build().map_err(|error| Fault::internal(cause(&error)))?;
        let (name, prefix) = (config.bucket.clone(), config.prefix.clone());
        Ok(Self { store, name, prefix, turns: Semaphore::new(AT_ONCE_MAX) })
    }

    fn path(&self, key: &str) -> Result<ObjectPath, Fault> {
        let whole = if self.prefix.is_empty() { key.to_owned() } else { format!("{}/{key}", self.prefix) };
        ObjectPath::parse(whole).map_err(Fault::internal)
    }

    async fn turn(&self) -> Result<SemaphorePermit<'_>, Fault> {
        self.turns.acquire().await.map_err(Fault::internal)
    }

    fn fault(&self, key: &str, what: &str, error: &object_store::Error) -> Fault {
        Fault::unavailable(format!("{key} could not be {what} in the bucket {}: {}", self.name, cause(error)))
    }

    /// The keys below a folder, up to `most`.
    async fn keys(&self, below: &str, most: usize) -> Result<Vec<String>, Fault> {
        let path = self.path(below)?;
        let found: Vec<_> = self
            .store
            .list(Some(&path))
            .take(most)
            .try_collect()
            .await
            .map_err(|error| self.fault(below, "listed", &error))?;
        let keys = found.into_iter().filter_map(|object| {
            let key: &str = object.location.as_ref();
            let key =
                if self.prefix.is_empty() { Some(key) } else { key.strip_prefix(&self.prefix)?.strip_prefix('/') };
            key.map(str::to_owned)
        });
        Ok(keys.collect())
    }

    async fn send_parts(&self, key: &str, file: &mut File, upload: &mut dyn MultipartUpload) -> Result<(), Fault> {
        let fault = |error: object_store::Error| self.fault(key, "written", &error);
        loop {
            let part = part(file).await.map_err(|error| Fault::unavailable(format!("{key}: {error}")))?;
            let is_last = part.len() < PART_BYTES;
            if !part.is_empty() {
                upload.put_part(part.into()).await.map_err(fault)?;
            }
            if is_last {
                return upload.complete().await.map(drop).map_err(fault);
            }
        }
    }
}

/// The next bytes of a file: a whole part, or what is left.
async fn part(file: &mut File) -> std::io::Result<Bytes> {
    let mut part = BytesMut::with_capacity(PART_BYTES);
    let mut file = file.take(PART_BYTES as u64);
    while part.len() < PART_BYTES && file.read_buf(&mut part).await? > 0 {}
    Ok(part.freeze())
}

/// What S3 calls the error, or what is at the bottom of it. The whole text would have the request in it.
fn cause(error: &object_store::Error) -> String {
    let text = error.to_string();
    let code = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
    if let Some((code, _)) = code {
        return format!("it answers {code}");
    }
    let mut bottom: &dyn Error = error;
    while let Some(below) = bottom.source() {
        bottom = below;
    }
    bottom.to_string().trim_end_matches([' ', ':']).to_owned()
}

/// Says whether a file is not there. That there is no bucket is another matter.
fn is_absent(error: &object_store::Error) -> bool {
    matches!(error, object_store::Error::NotFound { .. }) && !error.to_string().contains("NoSuchBucket")
}

#[async_trait]
impl Place for Bucket {
    fn path_of(&self, _: &str) -> Option<PathBuf> {
        None
    }

    async fn check(&self) -> Result<(), Fault> {
        let unusable = |fault| Fault { public: format!("the bucket {} cannot be used", self.name), ..fault };
        self.keys("images", 1).await.map(drop).map_err(unusable)
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, Fault> {
        let (path, _turn) = (self.path(key)?, self.turn().await?);
        let fault = |error| self.fault(key, "read", &error);
        match self.store.get(&path).await {
            Ok(found) if found.meta.size > READ_BYTES_MAX => {
                Err(Fault::internal(format!("{key} has more than {READ_BYTES_MAX} bytes")))
            }
            Ok(found) => found.bytes().await.map(Some).map_err(fault),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(fault(error)),
        }
    }

    async fn size(&self, key: &str) -> Result<Option<u64>, Fault> {
        let (path, _turn) = (self.path(key)?, self.turn().await?);
        match self.store.head(&path).await {
            Ok(found) => Ok(Some(found.size)),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(self.fault(key, "looked at", &error)),
        }
    }

    async fn put(&self, key: &str, bytes: Bytes) -> Result<(), Fault> {
        let (path, _turn) = (self.path(key)?, self.turn().await?);
        self.store.put(&path, bytes.into()).await.map(drop).map_err(|error| self.fault(key, "written", &error))
    }

    async fn store(&self, key: &str, from: &Path) -> Result<(), Fault> {
        let unread = |error| Fault::unavailable(format!("{} could not be read: {error}", from.display()));
        if fs::metadata(from).await.map_err(unread)?.len() <= PART_BYTES as u64 {
            return self.put(key, fs::read(from).await.map_err(unread)?.into()).await;
        }
        let mut file = File::open(from).await.map_err(unread)?;
        let (path, _turn) = (self.path(key)?, self.turn().await?);
        let begun = self.store.put_multipart(&path).await;
        let mut upload = begun.map_err(|error| self.fault(key, "written", &error))?;
        let sent = self.send_parts(key, &mut file, &mut *upload).await;
        if sent.is_err() {
            // The first error is the one to tell; parts that stay behind are for a rule of the bucket to remove.
            drop(timeout(PIECE_MAX, upload.abort()).await);
        }
        sent
    }

    async fn take(&self, key: &str, from: &Path) -> Result<(), Fault> {
        self.store(key, from).await
    }

    async fn fetch(&self, key: &str, to: &Path) -> Result<bool, Fault> {
        let (path, _turn) = (self.path(key)?, self.turn().await?);
        let fault = |error| self.fault(key, "read", &error);
        let found = match self.store.get(&path).await {
            Ok(found) => found,
            Err(error) if is_absent(&error) => return Ok(false),
            Err(error) => return Err(fault(error)),
        };
        let unwritten = |error| Fault::unavailable(format!("{} could not be written: {error}", to.display()));
        let mut file = BufWriter::with_capacity(WRITE_BYTES, File::create_new(to).await.map_err(unwritten)?);
        let (size, mut pieces) = (found.meta.size, found.into_stream());
        while let Some(piece) = timeout(PIECE_MAX, pieces.next())
            .await
            .map_err(|_| Fault::unavailable(format!("{key} stopped coming from the bucket {}", self.name)))?
        {
            file.write_all(&piece.map_err(fault)?).await.map_err(unwritten)?;
        }
        file.flush().await.map_err(unwritten)?;
        if fs::metadata(to).await.map_err(unwritten)?.len() == size {
            Ok(true)
        } else {
            Err(Fault::unavailable(format!("{key} did not come whole from the bucket {}", self.name)))
        }
    }

    async fn list(&self, below: &str) -> Result<Vec<String>, Fault> {
        let _turn = self.turn().await?;
        let mut keys = self.keys(below, KEYS_MAX + 1).await?;
        if keys.len() > KEYS_MAX {
            return Err(Fault::internal(format!("there are more than {KEYS_MAX} files below {below}")));
        }
        keys.sort_unstable();
        Ok(keys)
    }

    async fn delete(&self, key: &str) -> Result<(), Fault> {
        let (path, _turn) = (self.path(key)?, self.turn().await?);
        match self.store.delete(&path).await {
            Err(error) if !is_absent(&error) => Err(self.fault(key, "removed", &error)),
            _ => Ok(()),
        }
    }

    async fn delete_all(&self, below: &str) -> Result<(), Fault> {
        let keys = self.list(below).await?;
        let _turn = self.turn().await?;
        let paths: Vec<_> = keys.iter().map(|key| self.path(key)).collect::<Result<_, _>>()?;
        let removed = self.store.delete_stream(stream::iter(paths.into_iter().map(Ok)).boxed());
        removed.try_for_each(|_| async { Ok(()) }).await.map_err(|error| self.fault(below, "removed", &error))
    }
}
