//! What the balancer goes by.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::Response;
use tokio::time::{Instant, Sleep, sleep};
use tower::{Service, load::Load, util::BoxCloneSyncService};

use super::{Attempt, failure::SendFailure};

/// How long an address that failed counts as worse than any that did not: a call that is made again goes elsewhere.
const WORSE_FOR: Duration = Duration::from_secs(1);

/// How often an address that is not ready is looked at, whether it says that it is ready or not.
const LOOKED_AT_EVERY: Duration = Duration::from_millis(100);

/// An address, with what is known of how it does.
pub(super) struct Watched {
    inner: BoxCloneSyncService<Attempt, Response<Bytes>, SendFailure>,
    state: Arc<Mutex<State>>,
    /// When it is looked at again. The breaker (`tower-resilience-circuitbreaker` 0.14) waits by a timer whose first answer it drops: when
    /// the timer has run out by then, as on a machine that is busy, nobody would ever be woken.
    look: Option<Pin<Box<Sleep>>>,
}

impl Clone for Watched {
    fn clone(&self) -> Self {
        self.beside(self.inner.clone())
    }
}

#[derive(Default)]
struct State {
    under_way: usize,
    failed: Option<Instant>,
}

impl Watched {
    pub(super) fn new(inner: BoxCloneSyncService<Attempt, Response<Bytes>, SendFailure>) -> Self {
        Self { inner, state: Arc::default(), look: None }
    }

    /// Another way to the same address.
    pub(super) fn beside(&self, inner: BoxCloneSyncService<Attempt, Response<Bytes>, SendFailure>) -> Self {
        Self { inner, state: Arc::clone(&self.state), look: None }
    }
}

impl Load for Watched {
    /// When it failed, if that was just now, and calls under way. Of two that failed, the one that did so longer ago is
    /// better: a call that is made again does not go where it has just failed.
    type Metric = (Option<Instant>, usize);

    fn load(&self) -> Self::Metric {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        (state.failed.filter(|at| at.elapsed() < WORSE_FOR), state.under_way)
    }
}

impl Service<Attempt> for Watched {
    type Response = Response<Bytes>;
    type Error = SendFailure;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Bytes>, SendFailure>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SendFailure>> {
        let ready = self.inner.poll_ready(cx);
        if ready.is_ready() {
            self.look = None;
            return ready;
        }
        let look = self.look.get_or_insert_with(|| Box::pin(sleep(LOOKED_AT_EVERY)));
        while look.as_mut().poll(cx).is_ready() {
            look.set(sleep(LOOKED_AT_EVERY));
        }
        ready
    }

    fn call(&mut self, attempt: Attempt) -> Self::Future {
        let under_way = UnderWay::begin(&self.state);
        let call = self.inner.call(attempt);
        Box::pin(async move {
            let outcome = call.await;
            under_way.end(outcome.is_err());
            outcome
        })
    }
}

/// A call under way: counted until it is dropped.
struct UnderWay(Arc<Mutex<State>>);

impl UnderWay {
    fn begin(state: &Arc<Mutex<State>>) -> Self {
        state.lock().unwrap_or_else(PoisonError::into_inner).under_way += 1;
        Self(Arc::clone(state))
    }

    fn end(self, failed: bool) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.failed = failed.then(Instant::now);
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).under_way -= 1;
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;
    use tower::ServiceExt as _;

    use super::*;

    /// Is not ready the first time, and wakes nobody when it is.
    #[derive(Clone, Default)]
    struct Forgetful(Arc<Mutex<u32>>);

    impl Service<Attempt> for Forgetful {
        type Response = Response<Bytes>;
        type Error = SendFailure;
        type Future = Pin<Box<dyn Future<Output = Result<Response<Bytes>, SendFailure>> + Send>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), SendFailure>> {
            let mut looks = self.0.lock().unwrap();
            *looks += 1;
            if *looks > 3 { Poll::Ready(Ok(())) } else { Poll::Pending }
        }

        fn call(&mut self, _: Attempt) -> Self::Future {
            unreachable!("nobody calls")
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_that_is_ready_and_tells_nobody_is_found_to_be() {
        let mut watched = Watched::new(BoxCloneSyncService::new(Forgetful::default()));
        let ready = timeout(LOOKED_AT_EVERY * 4, watched.ready()).await;
        assert!(ready.unwrap().is_ok());
    }
}
