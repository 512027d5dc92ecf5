use std::{error::Error, fmt};

use souk_types::Fault;
use tower::{BoxError, load_shed::error::Overloaded};
use tower_resilience_circuitbreaker::CircuitBreakerError;

/// Why an attempt brought no answer.
#[derive(Debug)]
pub(super) enum SendFailure {
    /// The service has surely not heard of it.
    NotSent(String),
    /// It was not sent: the address is left alone.
    LeftAlone,
    /// It was not sent: every address is left alone.
    NobodyLeft,
    /// Nobody knows whether the service has heard of it.
    Unanswered(String),
}

impl SendFailure {
    /// What came out of the layers.
    pub(super) fn of(error: BoxError) -> Self {
        match error.downcast::<Self>() {
            Ok(failure) => *failure,
            Err(error) if error.is::<Overloaded>() => Self::NobodyLeft,
            Err(error) => Self::NotSent(error.to_string()),
        }
    }
}

impl From<CircuitBreakerError<SendFailure>> for SendFailure {
    fn from(error: CircuitBreakerError<SendFailure>) -> Self {
        match error {
            CircuitBreakerError::Inner(failure) => failure,
            CircuitBreakerError::OpenCircuit => Self::LeftAlone,
        }
    }
}

impl From<SendFailure> for Fault {
    fn from(failure: SendFailure) -> Self {
        Self::unavailable(failure)
    }
}

impl fmt::Display for SendFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSent(why) => write!(f, "not sent: {why}"),
            Self::LeftAlone => f.write_str("not sent: the address is left alone"),
            Self::NobodyLeft => f.write_str("not sent: no address of it answers"),
            Self::Unanswered(why) => write!(f, "sent, but no answer came: {why}"),
        }
    }
}

impl Error for SendFailure {}

/// An error with all that led to it: what a connection failed of stands last.
pub(super) fn with_causes(error: &dyn Error) -> String {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
