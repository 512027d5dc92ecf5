use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use souk_types::Timestamp;

/// Which invalidations a load has seen: shared by the load and by the value that comes out of it, so
/// that invalidating a key also reaches a value that is still on its way.
#[derive(Debug)]
pub(crate) struct Validity {
    epoch: u64,
    revoked: AtomicBool,
}

impl Validity {
    pub(crate) fn new(epoch: u64) -> Self {
        Self { epoch, revoked: AtomicBool::new(false) }
    }

    pub(crate) fn revoke(&self) {
        self.revoked.store(true, Ordering::Release);
    }

    pub(crate) fn holds(&self, epoch: &AtomicU64) -> bool {
        !self.revoked.load(Ordering::Acquire) && self.epoch == epoch.load(Ordering::Acquire)
    }
}

/// How far a value has aged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Age {
    Fresh,
    Stale,
    Old,
}

/// A loaded value.
#[derive(Debug)]
pub(crate) struct Entry<V> {
    pub(crate) value: V,
    pub(crate) validity: Arc<Validity>,
    loaded_at: Timestamp,
    /// No new load before this, in microseconds: claims a revalidation, and spaces out failing ones.
    next_load_at: AtomicI64,
}

impl<V> Entry<V> {
    pub(crate) fn new(value: V, loaded_at: Timestamp, validity: Arc<Validity>) -> Self {
        Self { value, validity, loaded_at, next_load_at: AtomicI64::new(i64::MIN) }
    }

    pub(crate) fn age(&self, now: Timestamp, fresh: Duration, stale: Duration) -> Age {
        let age = now.since(self.loaded_at);
        if age < fresh {
            Age::Fresh
        } else if age < fresh.saturating_add(stale) {
            Age::Stale
        } else {
            Age::Old
        }
    }

    pub(crate) fn may_load(&self, now: Timestamp) -> bool {
        now.as_micros() >= self.next_load_at.load(Ordering::Relaxed)
    }

    pub(crate) fn postpone_load(&self, until: Timestamp) {
        self.next_load_at.store(until.as_micros(), Ordering::Relaxed);
    }

    /// True for exactly one of the callers that find a load due.
    pub(crate) fn claim_load(&self, now: Timestamp, until: Timestamp) -> bool {
        let seen = self.next_load_at.load(Ordering::Relaxed);
        now.as_micros() >= seen
            && self.next_load_at.compare_exchange(seen, until.as_micros(), Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}
