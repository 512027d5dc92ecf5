use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Lets something through once in a while and counts the rest: for lines of the log that would come with every request
/// while something is away.
#[derive(Debug)]
pub struct Seldom {
    every: Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    last: Option<Instant>,
    held_back: u64,
}

impl Seldom {
    /// Lets the first through, and then one in this time at most.
    pub const fn new(every: Duration) -> Self {
        Self { every, state: Mutex::new(State { last: None, held_back: 0 }) }
    }

    /// Says how many were held back since the last one; `None` when this one is.
    pub fn pass(&self) -> Option<u64> {
        self.pass_at(Instant::now())
    }

    fn pass_at(&self, now: Instant) -> Option<u64> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.last.is_some_and(|last| now.saturating_duration_since(last) < self.every) {
            state.held_back += 1;
            return None;
        }
        state.last = Some(now);
        Some(std::mem::take(&mut state.held_back))
    }
}

impl Default for Seldom {
    /// For what the log says while something is away: one line in ten seconds.
    fn default() -> Self {
        Self::new(Duration::from_secs(10))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_passes_in_its_time_and_the_next_tells_of_the_rest() {
        let (seldom, now) = (Seldom::new(Duration::from_secs(10)), Instant::now());
        let at = |s| seldom.pass_at(now + Duration::from_secs(s));
        assert_eq!([at(0), at(1), at(9), at(10), at(11), at(40)], [Some(0), None, None, Some(2), None, Some(1)]);
    }
}
