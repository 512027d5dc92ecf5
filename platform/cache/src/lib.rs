//! A cache in front of something slower: one load per key however many ask, the old value while a new
//! one is fetched, and the old value when the source is down.
//!
//! A value goes through three ages, counted from the start of its load. *Fresh*: served as it is.
//! *Stale*: served as it is, while one background task loads a new one. *Old*: loaded again before
//! answering, and served only if that load fails. What has been invalidated is never served, not even
//! when it comes out of a load that was already under way.

mod cache;
mod entry;
mod flight;
mod meter;

pub use cache::{Cache, CacheConfig};
