use std::time::Duration;

use souk_types::{Env, limits};

/// How much longer each pause between retries is than the one before.
const BACKOFF_FACTOR: u32 = 4;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The times and limits of a [`Bus`](crate::Bus).
#[derive(Debug, Clone, Copy)]
pub struct Config {
    /// Events taken up at a time.
    pub batch_max: usize,
    /// Deliveries to one consumer, of different keys, that run at the same time.
    pub lanes_max: usize,
    /// When a delivery is given up.
    pub delivery_max: Duration,
    /// Deliveries of one event to one consumer before it becomes a dead letter.
    pub attempts_max: u32,
    /// The pause before the first retry; each later one is four times as long, give or take half.
    pub backoff_first: Duration,
    /// The longest pause between retries.
    pub backoff_max: Duration,
    /// How often the store is asked for events when nothing wakes the bus.
    pub poll: Duration,
    /// How long events are kept for a replay after they were sent.
    pub keep_sent: Duration,
    /// How long a consumer's inbox remembers an event: no replay may reach back further.
    pub keep_inbox: Duration,
    /// How often what was kept long enough is deleted.
    pub sweep_every: Duration,
    /// How long a stopping bus waits for deliveries under way. What is cut off is delivered again later.
    pub grace: Duration,
    /// With several processes on one database: how long one that died still counts as the one that delivers.
    /// `None` when there is only one process.
    pub lease: Option<Duration>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            batch_max: limits::EVENT_BATCH_MAX,
            lanes_max: 128,
            delivery_max: Duration::from_secs(30),
            attempts_max: limits::EVENT_ATTEMPTS_MAX,
            backoff_first: Duration::from_secs(1),
            backoff_max: Duration::from_secs(900),
            poll: Duration::from_secs(1),
            keep_sent: 3 * DAY,
            keep_inbox: 30 * DAY,
            sweep_every: Duration::from_secs(60),
            grace: Duration::from_secs(10),
            lease: None,
        }
    }
}

impl Config {
    /// The pause after the given failed attempt, counted from 1.
    pub(crate) fn backoff(&self, attempt: u32, env: &Env) -> Duration {
        let growth = BACKOFF_FACTOR.saturating_pow(attempt.saturating_sub(1));
        env.jitter(self.backoff_first.saturating_mul(growth).min(self.backoff_max))
    }

    pub(crate) fn is_last(&self, attempt: u32) -> bool {
        attempt >= self.attempts_max
    }
}
