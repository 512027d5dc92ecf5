//! Pages that are the same for everybody, kept in memory ready to be sent.
//!
//! Architecture invariant: nothing about a visitor goes into a [`Page`]. Whoever makes one gets no visitor.

use std::{
    fmt,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use souk_cache::{Cache, CacheConfig};
use souk_contracts::{ProductId, catalog::Product};
use souk_types::{Env, Fault, Timestamp};

use crate::{
    assets::etag,
    error::{Answer, Failure},
    gzip::{SOON, gunzip, gzip},
    headers,
    negotiate::accepts_gzip,
    pages_index::Index,
};

/// Bytes of all kept pages together.
const BYTES_MAX: u64 = 24 * 1024 * 1024;
/// How long a page is sent as it is. Events end it earlier.
const FRESH: Duration = Duration::from_secs(10);
/// How long after that an older page is sent while a new one is made.
const STALE: Duration = Duration::from_secs(60);
/// How long after news of stock the search index may still answer as before.
const SETTLES: Duration = Duration::from_secs(3);
/// How often lists are made anew at most while it does.
const LISTS_EVERY: Duration = Duration::from_secs(1);
/// Pages below this are sent as they are.
const GZIP_BYTES_MIN: usize = 1_024;
/// And so are documents below this: the first packets carry them (ten, RFC 6928), and many a program that asks for one
/// does not take gzip.
const GZIP_JSON_BYTES_MIN: usize = 10 * 1_460;

/// A page for everybody.
pub struct Page {
    status: StatusCode,
    body: Kept,
    etag: HeaderValue,
    headers: HeaderMap,
}

/// What a page's body is kept as.
enum Kept {
    /// As it is, when it is short.
    Plain(Bytes),
    /// Only gzipped, in a quarter of the room or less, so that more pages are kept. It is unpacked for those few who
    /// cannot take it so.
    Zipped { bytes: Bytes, unpacked: usize },
}

impl Page {
    /// An HTML page.
    pub fn html(html: String) -> Self {
        let mut page = Self::new(StatusCode::OK, html.into(), "text/html; charset=utf-8", GZIP_BYTES_MIN);
        let (name, value) = headers::SPECULATION_RULES;
        page.headers.insert(name, value);
        page
    }

    /// Says that the page is about this product: caches in front can be told to drop it by `product-<id>`.
    #[must_use]
    pub fn about(mut self, product: ProductId) -> Self {
        if let Ok(keys) = HeaderValue::try_from(format!("pages product-{product}")) {
            self.headers.insert(headers::SURROGATE_KEY, keys);
        }
        self
    }

    /// A JSON document.
    pub fn json(json: Vec<u8>) -> Self {
        Self::new(StatusCode::OK, json.into(), "application/json", GZIP_JSON_BYTES_MIN)
    }

    /// A document of another kind.
    pub fn text(text: String, content_type: &'static str) -> Self {
        Self::new(StatusCode::OK, text.into(), content_type, GZIP_BYTES_MIN)
    }

    /// The page has moved there for good.
    pub fn moved(url: &str) -> Self {
        Self::redirect(StatusCode::MOVED_PERMANENTLY, url)
    }

    /// The page there is shown instead, for now.
    pub fn elsewhere(url: &str) -> Self {
        Self::redirect(StatusCode::FOUND, url)
    }

    fn redirect(status: StatusCode, url: &str) -> Self {
        let mut page = Self::new(status, Bytes::new(), "text/plain", GZIP_BYTES_MIN);
        if let Ok(url) = HeaderValue::from_str(url) {
            page.headers.insert(header::LOCATION, url);
        }
        page
    }

    /// There is no such page. Kept too, so that asking for it again and again costs nothing.
    pub fn absent() -> Self {
        Self::new(StatusCode::NOT_FOUND, Bytes::new(), "text/plain", GZIP_BYTES_MIN)
    }

    fn new(status: StatusCode, body: Bytes, content_type: &'static str, gzip_bytes_min: usize) -> Self {
        let etag = etag(&body);
        let mut headers = HeaderMap::with_capacity(13);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(header::CACHE_CONTROL, headers::SHARED);
        headers.insert(header::VARY, HeaderValue::from_static("accept, accept-encoding"));
        headers.insert(header::ETAG, etag.clone());
        headers.insert(headers::SURROGATE_KEY, HeaderValue::from_static("pages"));
        headers::secure(&mut headers);
        let body = if body.len() < gzip_bytes_min {
            Kept::Plain(body)
        } else {
            Kept::Zipped { bytes: gzip(&body, SOON), unpacked: body.len() }
        };
        Self { status, body, etag, headers }
    }

    /// The answer to somebody who asks for it.
    ///
    /// # Errors
    /// Not found, when that is what it says.
    fn answer(&self, asked: &HeaderMap) -> Answer {
        if self.status == StatusCode::NOT_FOUND {
            return Err(Failure::not_found());
        }
        if asked.get(header::IF_NONE_MATCH).is_some_and(|tag| *tag == self.etag) {
            return Ok(respond(StatusCode::NOT_MODIFIED, Bytes::new(), &self.headers));
        }
        let zipped = match &self.body {
            Kept::Plain(plain) => return Ok(respond(self.status, plain.clone(), &self.headers)),
            Kept::Zipped { bytes, .. } if accepts_gzip(asked) => bytes,
            Kept::Zipped { bytes, unpacked } => {
                let plain = gunzip(bytes, *unpacked).map_err(Fault::internal)?;
                return Ok(respond(self.status, plain, &self.headers));
            }
        };
        let mut response = respond(self.status, zipped.clone(), &self.headers);
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        Ok(response)
    }

    /// Bytes that it takes, roughly.
    fn weight(&self) -> u32 {
        let (Kept::Plain(bytes) | Kept::Zipped { bytes, .. }) = &self.body;
        u32::try_from(bytes.len() + 2_048).unwrap_or(u32::MAX)
    }
}

fn respond(status: StatusCode, body: Bytes, headers: &HeaderMap) -> Response {
    let mut response = Response::new(if body.is_empty() { Body::empty() } else { Body::from(body) });
    *response.status_mut() = status;
    *response.headers_mut() = headers.clone();
    response
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page").field("status", &self.status).field("weight", &self.weight()).finish_non_exhaustive()
    }
}

/// The pages by their address: path and, in one fixed order, those parameters that make a difference.
pub struct Pages {
    products: Cache<String, Arc<Page>>,
    /// Lists of products: the front page, categories, searches.
    lists: Cache<String, Arc<Page>>,
    index: Index,
    settling: Settling,
    env: Env,
}

/// Whether lists may still show stock as it was.
///
/// The news reaches the gateway and the search index at the same time, so that a list made just after it may be old
/// already. Until the index has settled, lists are dropped again and again, and once more when it has.
#[derive(Default)]
struct Settling {
    heard_us: AtomicI64,
    dropped_us: AtomicI64,
}

impl Settling {
    fn hear(&self, now: Timestamp) {
        self.heard_us.fetch_max(now.as_micros(), Ordering::SeqCst);
    }

    /// Says whether the lists are to be dropped now: to one of all who ask.
    fn due(&self, now: Timestamp) -> bool {
        let (heard_us, dropped_us) = (self.heard_us.load(Ordering::SeqCst), self.dropped_us.load(Ordering::SeqCst));
        let (heard, dropped) = (Timestamp::from_micros(heard_us), Timestamp::from_micros(dropped_us));
        if heard == Timestamp::EPOCH || dropped >= heard + SETTLES || now < dropped + LISTS_EVERY {
            return false;
        }
        self.dropped_us.compare_exchange(dropped_us, now.as_micros(), Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }
}

impl Pages {
    /// No pages yet.
    pub fn new(env: &Env) -> Self {
        let cache = |name| {
            let config = CacheConfig { name, capacity: BYTES_MAX / 2, fresh: FRESH, stale: STALE };
            Cache::weighted(config, env.clone(), |address: &String, page: &Arc<Page>| {
                page.weight().saturating_add(u32::try_from(address.len()).unwrap_or(u32::MAX))
            })
        };
        Self {
            products: cache("web.pages"),
            lists: cache("web.lists"),
            index: Index::default(),
            settling: Settling::default(),
            env: env.clone(),
        }
    }

    /// The page at this address if there is a fresh one.
    pub fn peek(&self, address: &str, asked: &HeaderMap) -> Option<Response> {
        self.kept(address).peek_fresh(&address.to_owned())?.answer(asked).ok()
    }

    /// The page at this address, made if need be; an older one when it cannot be made.
    ///
    /// # Errors
    /// What the maker answers, when there is no older page; not found.
    pub async fn serve<M, F>(&self, address: String, asked: &HeaderMap, make: M) -> Answer
    where
        M: FnOnce() -> F + Send + 'static,
        F: Future<Output = Result<Page, Failure>> + Send + 'static,
    {
        let load = move || async move { make().await.map(Arc::new) };
        self.kept(&address).get(&address, load).await?.answer(asked)
    }

    /// Where a page is kept. Lists that may be old are dropped before they are looked at.
    fn kept(&self, address: &str) -> &Cache<String, Arc<Page>> {
        if is_product(address) {
            return &self.products;
        }
        if self.settling.due(self.env.now()) {
            self.lists.invalidate_all();
        }
        &self.lists
    }

    /// Notes which addresses show a product.
    pub fn shows(&self, product: &Product) {
        if self.index.note(product) {
            self.products.invalidate_all();
        }
    }

    /// Drops all pages of products.
    pub async fn forget_products(&self, products: &[ProductId]) {
        for address in self.index.addresses(products) {
            self.products.invalidate(&address).await;
        }
    }

    /// Drops the pages of the products that these SKUs belong to, and the lists that may show them.
    pub async fn forget_skus(&self, skus: &[String]) {
        self.settling.hear(self.env.now());
        let mut products: Vec<ProductId> = skus.iter().filter_map(|sku| self.index.product_of(sku)).collect();
        products.dedup();
        self.forget_products(&products).await;
    }

    /// Drops all pages.
    pub fn forget_all(&self) {
        self.products.invalidate_all();
        self.lists.invalidate_all();
    }
}

fn is_product(address: &str) -> bool {
    address.starts_with("/products/")
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use http_body_util::BodyExt as _;

    use super::*;

    #[test]
    fn a_page_kept_gzipped_is_the_same_to_everybody() {
        let body_of = |answer: Response| answer.into_body().collect().now_or_never().unwrap().unwrap().to_bytes();
        let mut browser = HeaderMap::new();
        browser.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        let html = "<li>A chair</li>".repeat(500);
        let page = Page::html(html.clone());
        assert!(page.weight() < 3_000, "{}", page.weight());
        let (zipped, plain) = (page.answer(&browser).unwrap(), page.answer(&HeaderMap::new()).unwrap());
        assert_eq!(zipped.headers()[header::CONTENT_ENCODING], "gzip");
        assert!(!plain.headers().contains_key(header::CONTENT_ENCODING));
        assert_eq!(zipped.headers()[header::ETAG], plain.headers()[header::ETAG]);
        assert_eq!(gunzip(&body_of(zipped), html.len()).unwrap(), html);
        assert_eq!(body_of(plain), html);
        let short = Page::html("<p>Hello</p>".to_owned()).answer(&browser).unwrap();
        assert!(!short.headers().contains_key(header::CONTENT_ENCODING));
        assert_eq!(body_of(short), "<p>Hello</p>");
    }

    #[test]
    fn a_page_tells_caches_how_long_it_holds_and_what_it_is_about() {
        let product = ProductId::from_bits(7);
        let answer = |page: Page| page.answer(&HeaderMap::new()).unwrap();
        let (page, list) = (answer(Page::html(String::new()).about(product)), answer(Page::html(String::new())));
        assert_eq!(page.headers()[headers::SURROGATE_KEY], format!("pages product-{product}"));
        assert_eq!(list.headers()[headers::SURROGATE_KEY], "pages");
        let kept = page.headers()[header::CACHE_CONTROL].to_str().unwrap();
        assert!(kept.starts_with("public, ") && kept.contains("stale-if-error="), "{kept}");
        assert!(!page.headers().contains_key(header::SET_COOKIE));
    }

    #[test]
    fn lists_are_dropped_until_the_index_has_settled_and_once_more_then() {
        let settling = Settling::default();
        let at = |ms: u64| Timestamp::from_micros(1_767_225_600_000_000) + Duration::from_millis(ms);
        assert!(!settling.due(at(0)), "nothing was heard");
        // Much news in a short time costs no more than a little.
        let mut drops = Vec::new();
        for ms in (0..10_000_u64).step_by(100) {
            if ms <= 2_000 {
                settling.hear(at(ms));
            }
            if settling.due(at(ms)) {
                drops.push(ms);
            }
        }
        assert_eq!(drops, [0, 1_000, 2_000, 3_000, 4_000, 5_000]);
    }
}
