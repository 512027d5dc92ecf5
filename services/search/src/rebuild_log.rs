//! How building the index anew goes.

use std::sync::{Mutex, MutexGuard, PoisonError};

use souk_contracts::search::{Rebuild, RebuildState};
use souk_types::{Fault, Timestamp};

/// The last time that the index was built anew.
#[derive(Default)]
pub struct RebuildLog(Mutex<Option<Rebuild>>);

impl RebuildLog {
    /// The last time, if there was one.
    pub fn last(&self) -> Option<Rebuild> {
        self.lock().clone()
    }

    /// Notes that it begins; `false` when it is under way.
    pub fn begin(&self, now: Timestamp) -> bool {
        let mut last = self.lock();
        if last.as_ref().is_some_and(|last| last.state == RebuildState::Running) {
            return false;
        }
        *last = Some(Rebuild { state: RebuildState::Running, done: 0, started_at: now, ended_at: None, failure: None });
        true
    }

    /// Notes that so many more products were read.
    pub fn count(&self, products: usize) {
        if let Some(last) = self.lock().as_mut().filter(|last| last.state == RebuildState::Running) {
            last.done += products as u64;
        }
    }

    /// Notes how it ended.
    pub fn end(&self, now: Timestamp, built: &Result<(), Fault>) {
        if let Some(last) = self.lock().as_mut() {
            last.state = if built.is_ok() { RebuildState::Finished } else { RebuildState::Failed };
            last.ended_at = Some(now);
            last.failure = built.as_ref().err().map(|fault| fault.public.clone());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Rebuild>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
