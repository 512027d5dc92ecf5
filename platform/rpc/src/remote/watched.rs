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
    /// When a call failed, unless one went well since.
    failed: Option<Instant>,
    /// When it was not there. One that stops goes on answering on the connections that it has, and that does not count.
    refused: Option<Instant>,
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
        (state.failed.max(state.refused).filter(|at| at.elapsed() < WORSE_FOR), state.under_way)
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
            under_way.end(outcome.as_ref().err());
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

    fn end(self, failure: Option<&SendFailure>) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match failure {
            Some(SendFailure::NotSent(_)) => state.refused = Some(Instant::now()),
            Some(SendFailure::Unanswered(_)) => state.failed = Some(Instant::now()),
            // Nobody was asked.
            Some(SendFailure::LeftAlone | SendFailure::NobodyLeft) => {}
            None => state.failed = None,
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).under_way -= 1;
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use tokio::time::{advance, timeout};
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

    fn attempt() -> Attempt {
        let deadline = Instant::now() + WORSE_FOR;
        let (request, limit) = (http::Request::default(), WORSE_FOR);
        Attempt { request, idempotent: true, deadline, limit, retries: 0, was_refused: false }
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_stops_is_worse_for_a_while_though_it_still_answers_who_is_inside() {
        type Answer = Result<Response<Bytes>, SendFailure>;
        let answers: [fn() -> Answer; 4] = [
            || Err(SendFailure::Unanswered(String::new())),
            || Ok(Response::default()),
            || Err(SendFailure::NotSent(String::new())),
            || Ok(Response::default()),
        ];
        let mut answers = answers.into_iter();
        let service = tower::service_fn(move |_: Attempt| {
            ready(answers.next().map_or(Err(SendFailure::NobodyLeft), |say| say()))
        });
        let mut watched = Watched::new(BoxCloneSyncService::new(service));
        for is_worse in [true, false, true, true] {
            drop(watched.ready().await.unwrap().call(attempt()).await);
            assert_eq!(watched.load().0.is_some(), is_worse);
        }
        advance(WORSE_FOR).await;
        assert_eq!(watched.load(), (None, 0));
    }
}
