//! What the balancer goes by.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::Response;
use tokio::time::Instant;
use tower::{Service, load::Load, util::BoxCloneSyncService};

use super::{Attempt, failure::SendFailure};

/// How long an address that failed counts as worse than any that did not: a call that is made again goes elsewhere.
const WORSE_FOR: Duration = Duration::from_secs(1);

/// An address, with what is known of how it does.
#[derive(Clone)]
pub(super) struct Watched {
    inner: BoxCloneSyncService<Attempt, Response<Bytes>, SendFailure>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    under_way: usize,
    failed: Option<Instant>,
}

impl Watched {
    pub(super) fn new(inner: BoxCloneSyncService<Attempt, Response<Bytes>, SendFailure>) -> Self {
        Self { inner, state: Arc::default() }
    }

    /// Another way to the same address.
    pub(super) fn beside(&self, inner: BoxCloneSyncService<Attempt, Response<Bytes>, SendFailure>) -> Self {
        Self { inner, state: Arc::clone(&self.state) }
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
        self.inner.poll_ready(cx)
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
