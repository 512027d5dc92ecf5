//! How often somebody may ask: counted by windows of time, in this process or by all instances together.
//!
//! Windows are cut by the clock (with a minute, from :00 to :59), so that all who count mean the same one without
//! talking to each other.

mod in_process;
mod shared;

use std::fmt;

use async_trait::async_trait;
use souk_types::Timestamp;

pub use self::{in_process::InProcess, shared::Shared};

/// Counts what callers ask.
#[async_trait]
pub trait Quota: Send + Sync + fmt::Debug {
    /// Counts one more of a caller who has `limit` in a window. Counting never fails and takes no longer than a call of
    /// Redis may.
    async fn take(&self, caller: &str, limit: u32, now: Timestamp) -> Taken;
}

/// How often a caller has asked in the present window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// With this one. Beyond the limit it need not be exact.
    pub count: u32,
    /// Until the count begins anew, seconds: 1 to the length of a window.
    pub ends_in_s: u32,
}

/// One window of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Window {
    number: i64,
    ends_in_s: u32,
}

impl Window {
    fn at(now: Timestamp, length_s: u32) -> Self {
        let (seconds, length) = (now.as_secs(), i64::from(length_s));
        let gone = u32::try_from(seconds.rem_euclid(length)).unwrap_or_default();
        Self { number: seconds.div_euclid(length), ends_in_s: length_s - gone }
    }
}

/// Callers by digest: whoever asks chooses how long a name is, and names are nobody else's business.
fn digest(caller: &str) -> u64 {
    let hash = blake3::hash(caller.as_bytes());
    u64::from_le_bytes(hash.as_bytes().first_chunk().copied().unwrap_or_default())
}
