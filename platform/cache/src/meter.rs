use metrics::{Counter, counter};

/// The counters of one cache, looked up once: a hit then costs an atomic addition.
#[derive(Clone)]
pub(crate) struct Meter {
    pub(crate) hits: Counter,
    pub(crate) stale: Counter,
    pub(crate) misses: Counter,
    pub(crate) rescued: Counter,
    pub(crate) failures: Counter,
}

impl Meter {
    pub(crate) fn new(cache: &'static str) -> Self {
        let requests =
            |result: &'static str| counter!("souk_cache_requests_total", "cache" => cache, "result" => result);
        Self {
            hits: requests("hit"),
            stale: requests("stale"),
            misses: requests("miss"),
            rescued: requests("stale_on_error"),
            failures: counter!("souk_cache_load_failures_total", "cache" => cache),
        }
    }
}
