//! Sets a consumer aside that hangs, so that the others need not wait for its time limit with every batch.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

/// The longest time that a consumer is set aside.
const PAUSE_MAX: Duration = Duration::from_secs(600);

#[derive(Debug, Default)]
pub(crate) struct Breaker {
    /// Whether the state need be looked at: the ordinary delivery only reads this.
    tripped: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    open_until: Option<Instant>,
    pause: Duration,
}

impl Breaker {
    /// How long the consumer is still set aside; `None` when it is not.
    pub(crate) fn remaining(&self) -> Option<Duration> {
        if !self.tripped.load(Ordering::Acquire) {
            return None;
        }
        let remaining = self.state().open_until?.saturating_duration_since(Instant::now());
        (!remaining.is_zero()).then_some(remaining)
    }

    /// Sets the consumer aside: twice as long each time, until a delivery is handled in between.
    pub(crate) fn trip(&self, first_pause: Duration) {
        if self.remaining().is_some() {
            return;
        }
        let mut state = self.state();
        state.pause = (state.pause * 2).clamp(first_pause, PAUSE_MAX.max(first_pause));
        state.open_until = Some(Instant::now() + state.pause);
        self.tripped.store(true, Ordering::Release);
    }

    pub(crate) fn reset(&self) {
        if self.tripped.load(Ordering::Acquire) {
            *self.state() = State::default();
            self.tripped.store(false, Ordering::Release);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
