//! Tells the log when a service is away and when it is back: once each, and seldom in between, however many calls meet it.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

/// How often the log is told that it is still away.
const TOLD_EVERY: Duration = Duration::from_secs(10);
/// It is back when it answers, and nothing has failed for so long: one of several instances may answer all the while.
const SURE_AFTER: Duration = Duration::from_secs(2);

/// What is known of one service.
pub(super) struct Outage {
    service: String,
    /// The same as that there is a state, to be looked at by every call that goes well.
    is_on: AtomicBool,
    state: Mutex<Option<State>>,
}

struct State {
    since: Instant,
    last: Instant,
    told: Instant,
    /// Calls that failed, in all and since the log was told.
    failed: u64,
    untold: u64,
}

impl Outage {
    pub(super) fn new(service: String) -> Self {
        Self { service, is_on: AtomicBool::new(false), state: Mutex::default() }
    }

    /// A call met nobody, or nobody answered it.
    pub(super) fn failed(&self, why: &dyn std::fmt::Display) {
        let (service, now) = (&self.service, Instant::now());
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(state) = &mut *state else {
            *state = Some(State { since: now, last: now, told: now, failed: 1, untold: 0 });
            self.is_on.store(true, Ordering::Release);
            tracing::error!(service, %why, "a service is away: calls to it fail");
            return;
        };
        (state.last, state.failed, state.untold) = (now, state.failed + 1, state.untold + 1);
        if now - state.told >= TOLD_EVERY {
            tracing::error!(service, %why, failed = state.untold, "a service is still away");
            (state.told, state.untold) = (now, 0);
        }
    }

    /// A call was answered.
    pub(super) fn answered(&self) {
        if !self.is_on.load(Ordering::Acquire) {
            return;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(State { since, failed, .. }) = state.take_if(|state| state.last.elapsed() >= SURE_AFTER) else {
            return;
        };
        self.is_on.store(false, Ordering::Release);
        tracing::info!(service = self.service, failed, away_s = since.elapsed().as_secs(), "a service is back");
    }
}

#[cfg(test)]
mod tests {
    use std::{io, sync::Arc};

    use tokio::time::advance;
    use tracing_subscriber::fmt::MakeWriter;

    use super::*;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Log {
        type Writer = Self;

        fn make_writer(&self) -> Self {
            self.clone()
        }
    }

    impl Log {
        fn lines(&self) -> Vec<String> {
            let text = String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap();
            text.lines().map(str::to_owned).collect()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_outage_is_told_of_once_then_seldom_and_so_is_its_end() {
        let (log, outage) = (Log::default(), Outage::new("stock".to_owned()));
        let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).without_time().finish();
        let _guard = tracing::subscriber::set_default(subscriber);
        outage.answered();
        assert_eq!(log.lines(), [""; 0]);
        for _ in 0..200 {
            outage.failed(&"nobody there");
            advance(Duration::from_millis(100)).await;
        }
        let told = log.lines();
        assert_eq!(told.len(), 2, "in twenty seconds: {told:#?}");
        assert!(told[0].contains("a service is away") && told[0].contains("stock") && told[0].contains("nobody there"));
        assert!(told[1].contains("still away") && told[1].contains("failed=100"), "{}", told[1]);
        outage.answered();
        assert_eq!(log.lines(), [""; 0], "one that answers may be one of several");
        advance(SURE_AFTER).await;
        outage.answered();
        outage.answered();
        let told = log.lines();
        assert_eq!(told.len(), 1, "{told:#?}");
        assert!(told[0].contains("a service is back") && told[0].contains("failed=200"), "{}", told[0]);
        outage.failed(&"nobody there");
        assert_eq!(log.lines().len(), 1, "the next one is another");
    }
}
