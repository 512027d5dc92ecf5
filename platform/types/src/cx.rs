use std::time::{Duration, Instant};

use crate::{Actor, Env, Fault, TraceId, TraceParent};

/// What goes along with every call: until when it is worth doing, who asks, which trace it belongs to,
/// and the idempotency key that the caller gave. Nothing else.
#[derive(Debug, Clone)]
pub struct Cx {
    /// When the caller stops waiting.
    pub deadline: Instant,
    /// Who asks.
    pub actor: Actor,
    /// The trace that this call belongs to.
    pub trace: TraceId,
    /// The span elsewhere that this call goes on from: in another process, or where an event or a job was made.
    pub parent: Option<TraceParent>,
    /// The caller's idempotency key.
    pub idempotency_key: Option<String>,
    /// Nobody waits for the answer: under load, a write may wait a moment longer to share a commit with others.
    pub unhurried: bool,
}

impl Cx {
    /// A context with a time limit from now.
    pub fn new(actor: Actor, limit: Duration, trace: TraceId) -> Self {
        Self { deadline: Instant::now() + limit, actor, trace, parent: None, idempotency_key: None, unhurried: false }
    }

    /// The context of background work that a service does for itself: 30 seconds, all permissions.
    pub fn background(service: &str, env: &Env) -> Self {
        Self::new(Actor::service(service), Duration::from_secs(30), TraceId::generate(env))
    }

    /// The same context in the trace of what it goes on from; unchanged when that is not known.
    #[must_use]
    pub fn going_on_from(mut self, parent: Option<TraceParent>) -> Self {
        if let Some(parent) = parent {
            (self.trace, self.parent) = (parent.trace, Some(parent));
        }
        self
    }

    /// The same context for work whose answer nobody waits for.
    #[must_use]
    pub fn unhurried(mut self) -> Self {
        self.unhurried = true;
        self
    }

    /// The same call, made on behalf of the service itself rather than of the one who asked.
    #[must_use]
    pub fn as_service(&self, service: &str) -> Self {
        Self { actor: Actor::service(service), ..self.clone() }
    }

    /// The same context with an idempotency key.
    #[must_use]
    pub fn with_idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.idempotency_key = Some(key.into());
        self
    }

    /// The time left; zero when the deadline has passed.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Refuses with [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable) when the deadline has passed.
    pub fn check_deadline(&self) -> Result<(), Fault> {
        if self.remaining().is_zero() { Err(Fault::deadline()) } else { Ok(()) }
    }
}
