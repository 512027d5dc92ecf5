use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use souk_types::Timestamp;

use crate::{Quota, Taken, Window, digest};

/// Callers that are counted apart; more are counted together.
const CALLERS_MAX: usize = 100_000;

/// Counts in this process.
pub struct InProcess {
    length_s: u32,
    present: Mutex<Present>,
}

#[derive(Default)]
struct Present {
    window: i64,
    counts: HashMap<u64, u32>,
}

impl InProcess {
    /// Counts by windows of so many seconds, at least one.
    pub fn new(length_s: u32) -> Self {
        Self { length_s: length_s.max(1), present: Mutex::default() }
    }

    pub(crate) fn length_s(&self) -> u32 {
        self.length_s
    }

    pub(crate) fn count(&self, caller: &str, now: Timestamp) -> Taken {
        let (window, mut caller) = (Window::at(now, self.length_s), digest(caller));
        let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        if present.window != window.number {
            *present = Present { window: window.number, counts: HashMap::new() };
        }
        if present.counts.len() >= CALLERS_MAX && !present.counts.contains_key(&caller) {
            caller = 0;
        }
        let count = present.counts.entry(caller).or_default();
        *count = count.saturating_add(1);
        Taken { count: *count, ends_in_s: window.ends_in_s }
    }
}

#[async_trait]
impl Quota for InProcess {
    async fn take(&self, caller: &str, _limit: u32, now: Timestamp) -> Taken {
        self.count(caller, now)
    }
}

impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InProcess").field("length_s", &self.length_s).finish_non_exhaustive()
    }
}
