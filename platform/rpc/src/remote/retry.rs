use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Response, StatusCode};
use metrics::{Counter, counter};
use souk_types::Env;
use tokio::time::{Instant, sleep};
use tower::retry::{
    Policy,
    budget::{Budget as _, TpsBudget},
};

use super::{ATTEMPTS_MAX, Attempt, failure::SendFailure};

/// The pause before a call is made again, give or take half; it grows with each time.
const PAUSE: Duration = Duration::from_millis(25);
const PAUSE_GROWTH: u32 = 4;
/// So much of all calls of the last ten seconds may be made again, and so many a second in any case: a service that is
/// down gets no storm.
const BUDGET_OVER: Duration = Duration::from_secs(10);
const BUDGET_SHARE: f32 = 0.2;
const BUDGET_PER_S: u32 = 10;

/// Decides which calls are made again.
#[derive(Clone)]
pub(super) struct Again {
    budget: Arc<TpsBudget>,
    env: Env,
    made_again: Counter,
}

impl Again {
    pub(super) fn new(service: &str, env: &Env) -> Self {
        Self {
            budget: Arc::new(TpsBudget::new(BUDGET_OVER, BUDGET_PER_S, BUDGET_SHARE)),
            env: env.clone(),
            made_again: counter!("souk_rpc_retries_total", "service" => service.to_owned()),
        }
    }
}

impl Policy<Attempt, Response<Bytes>, SendFailure> for Again {
    type Future = Pin<Box<dyn Future<Output = ()> + Send + Sync>>;

    fn retry(
        &mut self,
        attempt: &mut Attempt,
        outcome: &mut Result<Response<Bytes>, SendFailure>,
    ) -> Option<Self::Future> {
        if !is_worth_it(attempt.idempotent, outcome) {
            self.budget.deposit();
            return None;
        }
        let pause = self.env.jitter(PAUSE * PAUSE_GROWTH.saturating_pow(attempt.retries));
        let in_time = Instant::now() + pause < attempt.deadline;
        if attempt.retries + 1 >= ATTEMPTS_MAX || !in_time || !self.budget.withdraw() {
            return None;
        }
        attempt.retries += 1;
        attempt.was_refused = matches!(outcome, Err(SendFailure::NotSent(_)));
        self.made_again.increment(1);
        Some(Box::pin(sleep(pause)))
    }

    fn clone_request(&mut self, attempt: &Attempt) -> Option<Attempt> {
        Some(attempt.clone())
    }
}

/// Says whether the call may be made again, and whether that can help.
fn is_worth_it(idempotent: bool, outcome: &Result<Response<Bytes>, SendFailure>) -> bool {
    match outcome {
        Ok(response) => idempotent && is_away(response.status()),
        Err(SendFailure::NotSent(_) | SendFailure::LeftAlone | SendFailure::NobodyLeft) => true,
        Err(SendFailure::Unanswered(_)) => idempotent,
    }
}

/// Says whether another instance, or this one a moment later, may answer better.
pub(super) fn is_away(status: StatusCode) -> bool {
    matches!(status, StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT)
}
