use std::{fmt, time::Duration};

use metrics::gauge;
use redis::{Cmd, ErrorKind, RedisError, ServerErrorKind, Value};
use souk_types::Fault;
use tower::{Layer as _, ServiceExt as _, util::BoxCloneSyncService};
use tower_resilience_circuitbreaker::{CircuitBreakerError, CircuitBreakerLayer, CircuitState};

use crate::connection::Connection;

/// Redis is left alone after so many failures in a row, for so long.
const FAILURES_MAX: usize = 5;
const ALONE_FOR: Duration = Duration::from_secs(1);

/// Why a call brought no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Redis is away, or too slow.
    Away(String),
    /// Redis answers, and refuses this.
    Refused(RedisError),
}

impl Failure {
    pub(crate) fn of(error: RedisError) -> Self {
        use ServerErrorKind::{BusyLoading, ClusterDown, MasterDown, ReadOnly, TryAgain};
        match error.kind() {
            ErrorKind::Io | ErrorKind::ClusterConnectionNotFound | ErrorKind::AuthenticationFailed => {
                Self::Away(error.to_string())
            }
            ErrorKind::Server(BusyLoading | ClusterDown | MasterDown | ReadOnly | TryAgain) => {
                Self::Away(error.to_string())
            }
            _ => Self::Refused(error),
        }
    }

    pub(crate) fn is_unknown_script(&self) -> bool {
        matches!(self, Self::Refused(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript))
    }
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Away(why) => Self::unavailable(format!("Redis: {why}")),
            // A full memory, most of all: it can be made room for.
            Failure::Refused(error) if error.code() == Some("OOM") => Self::unavailable(format!("Redis: {error}")),
            Failure::Refused(error) => Self::internal(format!("Redis: {error}")),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Away(why) => f.write_str(why),
            Self::Refused(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Failure {}

/// A connection behind its circuit breaker.
pub(crate) struct Guarded(BoxCloneSyncService<Cmd, Value, CircuitBreakerError<Failure>>);

impl Guarded {
    pub(crate) async fn call(&self, cmd: Cmd) -> Result<Value, Failure> {
        self.0.clone().oneshot(cmd).await.map_err(|error| match error {
            CircuitBreakerError::Inner(failure) => failure,
            open @ CircuitBreakerError::OpenCircuit => Failure::Away(open.to_string()),
        })
    }
}

pub(crate) fn guarded(connection: Connection) -> Result<Guarded, Fault> {
    let open = gauge!("souk_redis_breaker_open");
    let breaker = CircuitBreakerLayer::builder()
        .name("redis")
        .consecutive_failures(FAILURES_MAX)
        .wait_duration_in_open(ALONE_FOR)
        .permitted_calls_in_half_open(1)
        .failure_classifier(|outcome: &Result<Value, Failure>| matches!(outcome, Err(Failure::Away(_))))
        .on_state_transition(move |_, to| {
            open.set(if to == CircuitState::Closed { 0.0 } else { 1.0 });
            match to {
                CircuitState::Open => tracing::warn!("Redis does not answer: it is left alone"),
                CircuitState::HalfOpen => {}
                CircuitState::Closed => tracing::info!("Redis answers again"),
            }
        })
        .build()
        .map_err(Fault::internal)?;
    Ok(Guarded(BoxCloneSyncService::new(breaker.layer(connection))))
}
