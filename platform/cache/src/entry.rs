use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
};

use souk_types::Timestamp;

use crate::CacheConfig;

/// How often everything was made void, and how often everything was made out of date.
#[derive(Debug, Default)]
pub(crate) struct Epochs {
    void: AtomicU64,
    outdated: AtomicU64,
}

impl Epochs {
    pub(crate) fn void_all(&self) {
        self.void.fetch_add(1, Ordering::AcqRel);
    }

    pub(crate) fn outdate_all(&self) {
        self.outdated.fetch_add(1, Ordering::AcqRel);
    }
}

/// Which invalidations and which news a load has seen: shared by the load and by the value that comes out of it, so
/// that they also reach a value that is still on its way.
#[derive(Debug)]
pub(crate) struct Validity {
    void_epoch: u64,
    outdated_epoch: u64,
    void: AtomicBool,
    outdated: AtomicBool,
}

impl Validity {
    pub(crate) fn new(epochs: &Epochs) -> Self {
        Self {
            void_epoch: epochs.void.load(Ordering::Acquire),
            outdated_epoch: epochs.outdated.load(Ordering::Acquire),
            void: AtomicBool::new(false),
            outdated: AtomicBool::new(false),
        }
    }

    pub(crate) fn revoke(&self) {
        self.void.store(true, Ordering::Release);
    }

    pub(crate) fn outdate(&self) {
        self.outdated.store(true, Ordering::Release);
    }

    /// The value may be served, if only for want of a newer one.
    pub(crate) fn holds(&self, epochs: &Epochs) -> bool {
        !self.void.load(Ordering::Acquire) && self.void_epoch == epochs.void.load(Ordering::Acquire)
    }

    /// Nothing is known that the value does not tell yet.
    pub(crate) fn is_current(&self, epochs: &Epochs) -> bool {
        let outdated = self.outdated.load(Ordering::Acquire);
        !outdated && self.outdated_epoch == epochs.outdated.load(Ordering::Acquire) && self.holds(epochs)
    }
}

/// How far a value has aged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Age {
    Fresh,
    Stale,
    Old,
    /// Not to be served whatever happens.
    TooOld,
}

/// A loaded value.
#[derive(Debug)]
pub(crate) struct Entry<V> {
    pub(crate) value: V,
    pub(crate) validity: Arc<Validity>,
    loaded_at: Timestamp,
    /// No new load before this, in microseconds: claims a revalidation, and spaces out failing ones.
    next_load_at: AtomicI64,
    /// The last load of a newer one failed.
    failing: AtomicBool,
}

impl<V> Entry<V> {
    pub(crate) fn new(value: V, loaded_at: Timestamp, validity: Arc<Validity>) -> Self {
        Self { value, validity, loaded_at, next_load_at: AtomicI64::new(i64::MIN), failing: AtomicBool::new(false) }
    }

    pub(crate) fn age(&self, now: Timestamp, config: &CacheConfig, epochs: &Epochs) -> Age {
        let (age, stale_until) = (now.since(self.loaded_at), config.fresh.saturating_add(config.stale));
        let is_current = self.validity.is_current(epochs);
        match () {
            () if is_current && age < config.fresh => Age::Fresh,
            () if is_current && age < stale_until => Age::Stale,
            () if age < stale_until.max(config.stale_if_error) => Age::Old,
            () => Age::TooOld,
        }
    }

    /// A load has failed less than a pause ago: the source is left alone.
    pub(crate) fn must_wait(&self, now: Timestamp) -> bool {
        self.is_failing() && now.as_micros() < self.next_load_at.load(Ordering::Relaxed)
    }

    pub(crate) fn is_failing(&self) -> bool {
        self.failing.load(Ordering::Relaxed)
    }

    /// Notes that no newer value could be loaded.
    pub(crate) fn note_failure(&self, next_load_at: Timestamp) {
        self.next_load_at.store(next_load_at.as_micros(), Ordering::Relaxed);
        self.failing.store(true, Ordering::Relaxed);
    }

    /// True for exactly one of the callers that find a load due.
    pub(crate) fn claim_load(&self, now: Timestamp, until: Timestamp) -> bool {
        let seen = self.next_load_at.load(Ordering::Relaxed);
        now.as_micros() >= seen
            && self.next_load_at.compare_exchange(seen, until.as_micros(), Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}
