//! Pages that are the same for everybody, kept in memory ready to be sent.
//!
//! Architecture invariant: nothing about a visitor goes into a [`Page`]. Whoever makes one gets no visitor.

use std::{
    fmt,
    future::Future,
    io,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use metrics::{Counter, counter};
use souk_cache::{Cache, CacheConfig};
use souk_contracts::{ProductId, catalog::Product};
use souk_types::{Env, Fault, Timestamp, limits::STALE_IF_ERROR};

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

/// What the layout has on every page that may once be out of date: a line that says so, hidden.
const HIDDEN_LINE: &str = "id=\"outdated\" hidden";
/// The same for everybody to see.
const SHOWN_LINE: &str = "id=\"outdated\"";

/// A page for everybody.
pub struct Page {
    status: StatusCode,
    body: Kept,
    etag: HeaderValue,
    headers: HeaderMap,
    /// What it is made of may be out of date.
    outdated: bool,
    /// The same page saying that it may be out of date, once that was needed.
    marked: OnceLock<Box<Page>>,
}

/// What a page's body is kept as.
#[derive(Clone)]
enum Kept {
    /// As it is, when it is short.
    Plain(Bytes),
    /// Only gzipped, in a quarter of the room or less, so that more pages are kept. It is unpacked for those few who
    /// cannot take it so.
    Zipped { bytes: Bytes, unpacked: usize },
}

impl Kept {
    fn of(body: Bytes, gzip_bytes_min: usize) -> Self {
        if body.len() < gzip_bytes_min {
            return Self::Plain(body);
        }
        Self::Zipped { bytes: gzip(&body, SOON), unpacked: body.len() }
    }

    fn plain(&self) -> io::Result<Bytes> {
        match self {
            Self::Plain(bytes) => Ok(bytes.clone()),
            Self::Zipped { bytes, unpacked } => gunzip(bytes, *unpacked),
        }
    }
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

    /// Says whether what the page is made of may be out of date.
    #[must_use]
    pub fn made_of(mut self, outdated: bool) -> Self {
        self.outdated = outdated;
        self
    }

    /// Says that the page lacks something that is away, so that caches in front do not keep it.
    #[must_use]
    pub fn lacking(mut self) -> Self {
        self.headers.insert(header::CACHE_CONTROL, headers::PASSING);
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
        let body = Kept::of(body, gzip_bytes_min);
        Self { status, body, etag, headers, outdated: false, marked: OnceLock::new() }
    }

    /// The same page, saying that it may be out of date, to its readers and to caches in front.
    fn marked(&self) -> Result<&Self, Failure> {
        if let Some(marked) = self.marked.get() {
            return Ok(marked);
        }
        let mut marked =
            Self { body: self.body.clone(), etag: self.etag.clone(), headers: self.headers.clone(), ..Self::absent() };
        marked.status = self.status;
        if self.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html")) {
            let plain = self.body.plain().map_err(Fault::internal)?;
            let shown = String::from_utf8_lossy(&plain).replacen(HIDDEN_LINE, SHOWN_LINE, 1);
            marked.etag = etag(shown.as_bytes());
            marked.body = Kept::of(shown.into(), GZIP_BYTES_MIN);
            marked.headers.insert(header::ETAG, marked.etag.clone());
        }
        marked.headers.insert(header::CACHE_CONTROL, headers::PASSING);
        let (name, value) = headers::OUTDATED;
        marked.headers.insert(name, value);
        Ok(self.marked.get_or_init(|| Box::new(marked)))
    }

    /// The answer to somebody who asks for it; `outdated`: no newer page could be made.
    ///
    /// # Errors
    /// Not found, when that is what it says.
    fn answer(&self, asked: &HeaderMap, outdated: bool) -> Answer {
        if outdated || self.outdated { self.marked()?.plainly(asked) } else { self.plainly(asked) }
    }

    fn plainly(&self, asked: &HeaderMap) -> Answer {
        if self.status == StatusCode::NOT_FOUND {
            return Err(Failure::not_found());
        }
        if asked.get(header::IF_NONE_MATCH).is_some_and(|tag| *tag == self.etag) {
            return Ok(respond(StatusCode::NOT_MODIFIED, Bytes::new(), &self.headers));
        }
        let zipped = match &self.body {
            Kept::Plain(plain) => return Ok(respond(self.status, plain.clone(), &self.headers)),
            Kept::Zipped { bytes, .. } if accepts_gzip(asked) => bytes,
            zipped @ Kept::Zipped { .. } => {
                let plain = zipped.plain().map_err(Fault::internal)?;
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
    outdated_sent: Counter,
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
            let config = CacheConfig {
                name,
                capacity: BYTES_MAX / 2,
                fresh: FRESH,
                stale: STALE,
                stale_if_error: STALE_IF_ERROR,
            };
            Cache::weighted(config, env.clone(), |address: &String, page: &Arc<Page>| {
                page.weight().saturating_add(u32::try_from(address.len()).unwrap_or(u32::MAX))
            })
        };
        Self {
            products: cache("web.pages"),
            lists: cache("web.lists"),
            index: Index::default(),
            settling: Settling::default(),
            outdated_sent: counter!("souk_web_pages_outdated_total"),
            env: env.clone(),
        }
    }

    /// The page at this address if there is a fresh one.
    pub fn peek(&self, address: &str, asked: &HeaderMap) -> Option<Response> {
        let page = self.kept(address).peek_fresh(&address.to_owned())?;
        self.send(&page, asked, false).ok()
    }

    /// The page at this address, made if need be; an older one, which says so, when it cannot be made.
    ///
    /// # Errors
    /// What the maker answers, when there is no older page; not found.
    pub async fn serve<M, F>(&self, address: String, asked: &HeaderMap, make: M) -> Answer
    where
        M: FnOnce() -> F + Send + 'static,
        F: Future<Output = Result<Page, Failure>> + Send + 'static,
    {
        let load = move || async move { make().await.map(Arc::new) };
        let served = self.kept(&address).serve(&address, load).await?;
        self.send(&served.value, asked, served.outdated)
    }

    fn send(&self, page: &Page, asked: &HeaderMap, outdated: bool) -> Answer {
        if outdated || page.outdated {
            self.outdated_sent.increment(1);
        }
        page.answer(asked, outdated)
    }

    /// Where a page is kept. Lists that may be old are made anew before they are shown.
    fn kept(&self, address: &str) -> &Cache<String, Arc<Page>> {
        if is_product(address) {
            return &self.products;
        }
        if self.settling.due(self.env.now()) {
            self.lists.outdate_all();
        }
        &self.lists
    }

    /// Notes which addresses show a product.
    pub fn shows(&self, product: &Product) {
        if self.index.note(product) {
            self.products.invalidate_all();
        }
    }

    /// Drops all pages of products. What was changed or taken off is not shown as it was, whatever is away.
    pub async fn forget_products(&self, products: &[ProductId]) {
        for address in self.index.addresses(products) {
            self.products.invalidate(&address).await;
        }
    }

    /// Has the pages of the products that these SKUs belong to made anew, and the lists that may show them. Where that
    /// cannot be done, the old ones are shown, and say so.
    pub async fn outdate_skus(&self, skus: &[String]) {
        self.settling.hear(self.env.now());
        let mut products: Vec<ProductId> = skus.iter().filter_map(|sku| self.index.product_of(sku)).collect();
        products.dedup();
        for address in self.index.addresses(&products) {
            self.products.outdate(&address).await;
        }
    }

    /// Has all pages made anew; where that cannot be done, the old ones are shown, and say so.
    pub fn outdate_all(&self) {
        self.products.outdate_all();
        self.lists.outdate_all();
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
        let (zipped, plain) = (page.answer(&browser, false).unwrap(), page.answer(&HeaderMap::new(), false).unwrap());
        assert_eq!(zipped.headers()[header::CONTENT_ENCODING], "gzip");
        assert!(!plain.headers().contains_key(header::CONTENT_ENCODING));
        assert_eq!(zipped.headers()[header::ETAG], plain.headers()[header::ETAG]);
        assert_eq!(gunzip(&body_of(zipped), html.len()).unwrap(), html);
        assert_eq!(body_of(plain), html);
        let short = Page::html("<p>Hello</p>".to_owned()).answer(&browser, false).unwrap();
        assert!(!short.headers().contains_key(header::CONTENT_ENCODING));
        assert_eq!(body_of(short), "<p>Hello</p>");
    }

    #[test]
    fn a_page_tells_caches_how_long_it_holds_and_what_it_is_about() {
        let product = ProductId::from_bits(7);
        let answer = |page: Page| page.answer(&HeaderMap::new(), false).unwrap();
        let (page, list) = (answer(Page::html(String::new()).about(product)), answer(Page::html(String::new())));
        assert_eq!(page.headers()[headers::SURROGATE_KEY], format!("pages product-{product}"));
        assert_eq!(list.headers()[headers::SURROGATE_KEY], "pages");
        let kept = page.headers()[header::CACHE_CONTROL].to_str().unwrap();
        assert!(kept.starts_with("public, ") && kept.contains("stale-if-error="), "{kept}");
        assert!(!page.headers().contains_key(header::SET_COOKIE));
    }

    #[test]
    fn a_page_that_may_be_out_of_date_says_so_and_is_kept_by_no_cache_in_front() {
        let body_of = |answer: Response| answer.into_body().collect().now_or_never().unwrap().unwrap().to_bytes();
        let html = format!("<p id=\"outdated\" hidden>Old</p>{}", "<li>A chair</li>".repeat(500));
        for page in [Page::html(html.clone()), Page::html("<p id=\"outdated\" hidden>Old</p>".to_owned())] {
            let good = page.answer(&HeaderMap::new(), false).unwrap();
            let old = page.answer(&HeaderMap::new(), true).unwrap();
            assert_ne!(good.headers()[header::ETAG], old.headers()[header::ETAG]);
            assert_eq!(old.headers()[header::CACHE_CONTROL], "no-cache");
            assert!(old.headers().contains_key("cache-status") && !good.headers().contains_key("cache-status"));
            assert!(body_of(good).starts_with(b"<p id=\"outdated\" hidden>"));
            assert!(body_of(old).starts_with(b"<p id=\"outdated\">Old</p>"));
            let made_of_old = page.made_of(true).answer(&HeaderMap::new(), false).unwrap();
            assert!(made_of_old.headers().contains_key("cache-status"));
        }
        let data = Page::json(b"{}".to_vec()).answer(&HeaderMap::new(), true).unwrap();
        assert_eq!(data.headers()[header::CACHE_CONTROL], "no-cache");
        assert_eq!(body_of(data), "{}");
    }

    #[test]
    fn caches_in_front_keep_a_page_for_need_as_long_as_the_shop_itself() {
        let kept = headers::SHARED.to_str().unwrap().to_owned();
        assert!(kept.ends_with(&format!("stale-if-error={}", STALE_IF_ERROR.as_secs())), "{kept}");
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
