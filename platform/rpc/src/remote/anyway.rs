//! The last resort: when the breakers of all addresses are open, calls go to one anyway; and so does a call whose address
//! is not there. A service that is back, or was never away, is then found by the first call, and not after the two seconds
//! for which an address is left alone: whoever restarts one instance after the other need not wait for that.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::Response;
use tokio::sync::Semaphore;
use tower::{Service, ServiceExt as _, balance::p2c::Balance, discover::ServiceList};

use super::{Attempt, failure::SendFailure, watched::Watched};

/// Calls to one service that may be under way against the breakers: so many callers wait for a service that hangs, and
/// such a load meets one that comes back. All others fail at once.
const UNDER_WAY_MAX: usize = 16;

/// All addresses of a service, whatever their breakers say.
pub(super) struct Everyone {
    addresses: Mutex<BTreeMap<SocketAddr, Watched>>,
    room: Semaphore,
}

impl Everyone {
    pub(super) fn new() -> Self {
        Self { addresses: Mutex::default(), room: Semaphore::new(UNDER_WAY_MAX) }
    }

    pub(super) fn came(&self, address: SocketAddr, open: Watched) {
        self.addresses.lock().unwrap_or_else(PoisonError::into_inner).insert(address, open);
    }

    pub(super) fn left(&self, address: &SocketAddr) {
        self.addresses.lock().unwrap_or_else(PoisonError::into_inner).remove(address);
    }

    /// Asks one of them, chosen as the balancer chooses.
    async fn ask(&self, attempt: Attempt) -> Result<Response<Bytes>, SendFailure> {
        let all: Vec<Watched> =
            self.addresses.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        let Some(_room) = self.room.try_acquire().ok().filter(|_| !all.is_empty()) else {
            return Err(SendFailure::NobodyLeft);
        };
        Balance::new(ServiceList::new::<Attempt>(all)).oneshot(attempt).await.map_err(SendFailure::of)
    }
}

/// The balancer over addresses whose breakers are closed, and what is done when it has none.
#[derive(Clone)]
pub(super) struct Anyway<S> {
    balanced: S,
    everyone: Arc<Everyone>,
}

impl<S> Anyway<S> {
    pub(super) fn new(balanced: S, everyone: Arc<Everyone>) -> Self {
        Self { balanced, everyone }
    }
}

impl<S> Service<Attempt> for Anyway<S>
where
    S: Service<Attempt, Response = Response<Bytes>, Error = SendFailure> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response<Bytes>;
    type Error = SendFailure;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Bytes>, SendFailure>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SendFailure>> {
        self.balanced.poll_ready(cx)
    }

    fn call(&mut self, attempt: Attempt) -> Self::Future {
        let everyone = Arc::clone(&self.everyone);
        let later = self.balanced.clone();
        // The one that said that it is ready.
        let mut balanced = std::mem::replace(&mut self.balanced, later);
        Box::pin(async move {
            if attempt.was_refused {
                // Breakers know nothing of who is back; of all, the one that was not there is the last to be asked.
                match everyone.ask(attempt.clone()).await {
                    Err(SendFailure::NobodyLeft) => balanced.call(attempt).await,
                    outcome => outcome,
                }
            } else {
                match balanced.call(attempt.clone()).await {
                    Err(SendFailure::NobodyLeft) => everyone.ask(attempt).await,
                    outcome => outcome,
                }
            }
        })
    }
}
