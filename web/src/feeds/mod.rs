//! What machines read of the shop: which pages there are, what is for sale, what is new.
//!
//! All of it is public, and none of it is put together in memory: long documents are read a page at a time from the
//! services and sent as they come, however large the catalogue is.

use std::{future::Future, sync::Arc, time::Duration};

use axum::{Router, body::Body, response::Response, routing::get};
use bytes::Bytes;
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};
use http::{HeaderValue, StatusCode, header};
use souk_cache::{Cache, CacheConfig};
use souk_types::{Cursor, Env, Page, PageRequest};
use tokio::sync::Semaphore;

use crate::{
    error::{Answer, Failure},
    state::AppState,
};

mod merchant;
mod new_products;
mod robots;
mod sitemap;
mod xml;

pub use new_products::PATH as NEWS;

/// Long documents that are being sent at a time; each goes through the whole catalogue.
const SENDING_MAX: usize = 8;
/// Seconds after which whoever found no place may come again.
const COME_AGAIN_S: u64 = 30;
/// Search engines come now and then; an hour makes no difference to them.
const KEEP: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// What these documents share.
pub struct Feeds {
    /// Where one sitemap of products ends and the next begins.
    marks: Cache<(), Arc<Vec<Cursor>>>,
    places: Arc<Semaphore>,
}

impl Feeds {
    /// Nothing known yet.
    pub fn new(env: &Env) -> Self {
        let marks = CacheConfig {
            name: "web.sitemap_marks",
            capacity: 1,
            fresh: Duration::from_secs(3_600),
            stale: Duration::from_secs(86_400),
            stale_if_error: Duration::from_secs(7 * 86_400),
        };
        Self { marks: Cache::new(marks, env.clone()), places: Arc::new(Semaphore::new(SENDING_MAX)) }
    }
}

/// The addresses of these documents.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/robots.txt", get(robots::robots))
        .route("/sitemap.xml", get(sitemap::index))
        .route("/sitemaps/{file}", get(sitemap::sitemap))
        .route("/feeds/google.xml", get(merchant::feed))
        .route("/feeds/new.xml", get(new_products::feed))
}

/// A list from a place on, read a page of `limit` at a time as it is consumed.
pub fn pages<T, F, R>(after: Option<Cursor>, limit: u32, read: R) -> impl Stream<Item = Result<Vec<T>, Failure>>
where
    F: Future<Output = Result<Page<T>, Failure>>,
    R: Fn(PageRequest) -> F,
{
    stream::try_unfold(Some(PageRequest { limit, after }), move |request| {
        let reading = request.map(&read);
        async move {
            let Some(reading) = reading else { return Ok(None) };
            let Page { items, next } = reading.await?;
            Ok(Some((items, next.map(|after| PageRequest { limit, after: Some(after) }))))
        }
    })
}

/// Sends a document whose middle is made while it is sent. Its first piece is waited for, so that a service that is
/// away is told by the status; a failure later cuts the answer off, which every client notices.
async fn send<S>(state: &AppState, content_type: &'static str, head: String, middle: S, tail: &'static str) -> Answer
where
    S: Stream<Item = Result<String, Failure>> + Send + 'static,
{
    let place = Arc::clone(&state.feeds.places).try_acquire_owned().map_err(|_| busy())?;
    let mut middle = Box::pin(middle);
    let first = middle.try_next().await?.unwrap_or_default();
    let pieces = stream::iter([Ok(head), Ok(first)]).chain(middle).chain(stream::iter([Ok(tail.to_owned())]));
    let bytes = pieces.map(move |piece| {
        // The place is taken until the last piece has gone.
        let _ = &place;
        piece.map(Bytes::from).map_err(|failure| {
            tracing::warn!(%failure, "a document could not be sent to its end");
            std::io::Error::other("cut off")
        })
    });
    let mut response = Response::new(Body::from_stream(bytes));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response.headers_mut().insert(header::CACHE_CONTROL, KEEP);
    Ok(response)
}

fn busy() -> Failure {
    Failure {
        retry_after_s: Some(COME_AGAIN_S),
        ..Failure::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "busy",
            "Many are reading the whole catalogue just now. Come again a little later.",
        )
    }
}
