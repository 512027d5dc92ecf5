use std::{
    fmt,
    str::FromStr,
    time::{Duration, Instant},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{Actor, Env, Fault};

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
    /// The caller's idempotency key.
    pub idempotency_key: Option<String>,
    /// Nobody waits for the answer: under load, a write may wait a moment longer to share a commit with others.
    pub unhurried: bool,
}

impl Cx {
    /// A context with a time limit from now.
    pub fn new(actor: Actor, limit: Duration, trace: TraceId) -> Self {
        Self { deadline: Instant::now() + limit, actor, trace, idempotency_key: None, unhurried: false }
    }

    /// The context of background work that a service does for itself: 30 seconds, all permissions.
    pub fn background(service: &str, env: &Env) -> Self {
        Self::new(Actor::service(service), Duration::from_secs(30), TraceId::generate(env))
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

/// A W3C trace id (128 bits, 32 hexadecimal digits in `traceparent`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceId(u128);

impl TraceId {
    /// Draws a new one.
    pub fn generate(env: &Env) -> Self {
        Self(env.random_u128())
    }

    /// Wraps 128 bits.
    pub const fn from_bits(bits: u128) -> Self {
        Self(bits)
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for TraceId {
    type Err = std::num::ParseIntError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u128::from_str_radix(text, 16).map(Self)
    }
}

impl Serialize for TraceId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TraceId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
