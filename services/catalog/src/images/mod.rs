//! Pictures: uploaded or fetched, kept by the hash of their content, and made ready in the sizes that pages need.

mod address;
mod codec;
mod fetch;
mod files;
mod refresh;
mod rendition;
mod upload;

use std::{sync::Arc, time::Duration};

use souk_cache::{Cache, CacheConfig};
use souk_contracts::catalog::{ImageFormat, Rendition};
use souk_files::Files;
use souk_types::{Cx, Env, Fault};
use tokio::{
    sync::Semaphore,
    task,
    time::{Instant, timeout_at},
};

use self::{fetch::Fetcher, files::ImageFiles};
pub(crate) use self::{refresh::refresh, rendition::rendition, upload::add_image};

/// Width and height of drawings and placeholders, pixels.
pub(crate) const SQUARE_PX: u32 = 800;
/// Pictures that are decoded at the same time: each may take some hundred megabytes.
const DECODINGS_MAX: usize = 2;
/// Bytes of hot pictures that are kept in memory.
const HOT_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// A picture never changes, so how long it is kept in memory only says how soon a cold one goes.
const HOT: Duration = Duration::from_secs(24 * 3600);

type RenditionKey = (String, u32, ImageFormat);

/// What the work on pictures needs.
pub(crate) struct Pictures {
    files: ImageFiles,
    fetcher: Fetcher,
    decoding: Arc<Semaphore>,
    hot: Cache<RenditionKey, Arc<Rendition>>,
}

impl Pictures {
    pub(crate) fn new(files: &Files, env: Env, allow_private_hosts: bool) -> Self {
        let hot = CacheConfig {
            name: "catalog_pictures",
            capacity: HOT_BYTES_MAX,
            fresh: HOT,
            stale: HOT,
            stale_if_error: HOT * 2,
        };
        let weigh =
            |_: &RenditionKey, picture: &Arc<Rendition>| u32::try_from(picture.bytes.0.len()).unwrap_or(u32::MAX);
        Self {
            hot: Cache::weighted(hot, env, weigh),
            files: ImageFiles::new(files),
            fetcher: Fetcher::new(allow_private_hosts),
            decoding: Arc::new(Semaphore::new(DECODINGS_MAX)),
        }
    }

    /// Runs work on a decoded picture on a thread of its own, few at a time.
    async fn decode<T: Send + 'static>(
        &self,
        cx: &Cx,
        work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let permit = timeout_at(Instant::from_std(cx.deadline), Arc::clone(&self.decoding).acquire_owned());
        let permit = permit.await.map_err(|_| Fault::deadline())?.map_err(Fault::internal)?;
        let work = move || {
            let outcome = work();
            drop(permit);
            outcome
        };
        task::spawn_blocking(work).await.map_err(Fault::internal)?
    }
}
