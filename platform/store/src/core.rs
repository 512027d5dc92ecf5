//! What both engines share of an open store.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
};

use metrics::{Gauge, Histogram, gauge, histogram};
use souk_types::Env;
use tokio::sync::Notify;

use crate::{Schema, constraint::UniqueNames};

pub(crate) struct Core {
    pub(crate) service: &'static str,
    pub(crate) env: Env,
    pub(crate) unique_names: UniqueNames,
    pub(crate) meters: Meters,
    pub(crate) listeners: Listeners,
    statements: AtomicU64,
    commits: AtomicU64,
}

impl Core {
    pub(crate) fn new(schema: &'static Schema, env: Env) -> Self {
        Self {
            service: schema.service,
            env,
            unique_names: UniqueNames::of(schema),
            meters: Meters::new(schema.service),
            listeners: Listeners::default(),
            statements: AtomicU64::new(0),
            commits: AtomicU64::new(0),
        }
    }

    pub(crate) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Acquire)
    }

    /// To be called after a commit and before anybody is told of it.
    pub(crate) fn count_commit(&self) {
        self.commits.fetch_add(1, Ordering::Release);
    }

    pub(crate) fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    pub(crate) fn count_statement(&self) {
        self.statements.fetch_add(1, Ordering::Relaxed);
    }
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core").field("service", &self.service).finish_non_exhaustive()
    }
}

pub(crate) struct Meters {
    pub(crate) write_seconds: Histogram,
    /// How long writes wait before they are begun.
    pub(crate) wait_seconds: Histogram,
    pub(crate) batch_writes: Histogram,
    pub(crate) queued_writes: Gauge,
}

impl Meters {
    fn new(service: &'static str) -> Self {
        Self {
            write_seconds: histogram!("souk_store_write_seconds", "store" => service),
            wait_seconds: histogram!("souk_store_wait_seconds", "store" => service),
            batch_writes: histogram!("souk_store_batch_writes", "store" => service),
            queued_writes: gauge!("souk_store_queued_writes", "store" => service),
        }
    }
}

/// Those who wait for committed outbox rows and jobs. Each has a `Notify` of its own, which keeps one permit, so that
/// no wake-up is lost between a look into the table and the wait.
#[derive(Default)]
pub(crate) struct Listeners(Mutex<Vec<Weak<Notify>>>);

impl Listeners {
    pub(crate) fn add(&self) -> Arc<Notify> {
        let notify = Arc::new(Notify::new());
        let mut listeners = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.retain(|listener| listener.strong_count() > 0);
        listeners.push(Arc::downgrade(&notify));
        notify
    }

    pub(crate) fn wake(&self) {
        for listener in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            if let Some(notify) = listener.upgrade() {
                notify.notify_one();
            }
        }
    }
}
