use std::time::Duration;

use souk_types::{Env, limits};

/// How much longer each pause between retries is than the one before.
const BACKOFF_FACTOR: u32 = 4;

/// The times and limits of a [`Worker`](crate::Worker).
#[derive(Debug, Clone, Copy)]
pub struct Config {
    /// How often the store is asked for due jobs when nothing wakes the worker.
    pub poll: Duration,
    /// How long a job of a worker that died stays untouched. A running job renews its lease in thirds of it.
    pub lease: Duration,
    /// When a run is given up.
    pub run_max: Duration,
    /// Runs of a job before it is parked.
    pub attempts_max: u32,
    /// The pause before the first retry; each later one is four times as long, give or take half.
    pub backoff_first: Duration,
    /// The longest pause between retries.
    pub backoff_max: Duration,
    /// How long a stopping worker waits for the jobs that it runs before it hands them back.
    pub grace: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            poll: Duration::from_secs(1),
            lease: Duration::from_secs(15),
            run_max: Duration::from_secs(300),
            attempts_max: limits::JOB_ATTEMPTS_MAX,
            backoff_first: Duration::from_secs(1),
            backoff_max: Duration::from_secs(900),
            grace: Duration::from_secs(10),
        }
    }
}

impl Config {
    /// The pause after the given failed attempt, counted from 1.
    pub(crate) fn backoff(&self, attempt: u32, env: &Env) -> Duration {
        let growth = BACKOFF_FACTOR.saturating_pow(attempt.saturating_sub(1));
        env.jitter(self.backoff_first.saturating_mul(growth).min(self.backoff_max))
    }
}
