//! A cache in front of something slower: one load per key however many ask, the old value while a new
//! one is fetched, and the old value when the source is down.
//!
//! A value goes through three ages, counted from the start of its load. *Fresh*: served as it is.
//! *Stale*: served as it is, while one background task loads a new one. *Old*: loaded again before
//! answering, and served only if that load fails, up to an age that is told. There may be news of a value: then
//! it is old at once. What has been invalidated is never served, not even when it comes out of a load that was
//! already under way. Who asks by [`Cache::serve`] is told whether the value is served for want of a newer one.

mod cache;
mod entry;
mod flight;
mod meter;

pub use cache::{Cache, CacheConfig, Served};
