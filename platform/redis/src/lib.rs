//! Redis, for what the instances of a service share: counts, and documents that live for a while.
//!
//! Everything that changes something is a Lua script, which Redis runs in one piece. All keys of one call lie in one
//! slot of a cluster: whoever makes keys gives those that belong together the same hash tag.
//!
//! A Redis that is away costs nobody time: after a few failures in a row a circuit breaker answers at once, and lets one
//! call through every second to see whether it is back.

mod breaker;
mod config;
mod connection;
mod script;
#[cfg(feature = "testing")]
pub mod testing;

use std::{fmt, sync::Arc, time::Instant};

use metrics::{counter, histogram};
use redis::Value;
use souk_types::Fault;

pub use self::{config::RedisConfig, script::Script};
pub use redis::FromRedisValue;

use self::{
    breaker::{Failure, Guarded},
    connection::Connection,
};

/// A Redis server or cluster. Cheap to clone.
#[derive(Clone)]
pub struct Redis(Arc<Inner>);

struct Inner {
    calls: Guarded,
    prefix: String,
}

impl Redis {
    /// Takes the addresses. It connects when it is first asked, and again whenever the connection was lost: a server
    /// that is away keeps nobody from starting.
    ///
    /// # Errors
    /// Invalid on what of the configuration cannot be used; the text never quotes an address.
    pub fn try_new(config: &RedisConfig) -> Result<Self, Fault> {
        config.check()?;
        let calls = breaker::guarded(Connection::to(config)?)?;
        Ok(Self(Arc::new(Inner { calls, prefix: config.prefix.clone() })))
    }

    /// The name of a key. What stands in braces decides about its slot.
    pub fn key(&self, name: impl fmt::Display) -> String {
        format!("{}:{name}", self.0.prefix)
    }

    /// Reads some fields of a hash; all are `None` when there is no such key. It is asked again, once, when no answer came.
    ///
    /// # Errors
    /// Unavailable when Redis does not answer in time.
    pub async fn fields<T: FromRedisValue>(&self, call: &'static str, key: &str, fields: &[&str]) -> Result<T, Fault> {
        let started = Instant::now();
        let mut cmd = redis::cmd("HMGET");
        cmd.arg(key).arg(fields);
        let mut answered = self.0.calls.call(cmd.clone()).await;
        if matches!(&answered, Err(Failure::Away(_))) {
            answered = self.0.calls.call(cmd).await;
        }
        taken(call, started, answered)
    }

    /// Runs a script on keys of one slot.
    ///
    /// # Errors
    /// Unavailable when Redis does not answer in time: the script may have run nevertheless. Internal when it refuses.
    pub async fn run<T: FromRedisValue>(
        &self,
        script: &Script,
        keys: &[&str],
        arguments: &[&[u8]],
    ) -> Result<T, Fault> {
        let started = Instant::now();
        let mut answered = self.0.calls.call(script.by_digest(keys, arguments)).await;
        if matches!(&answered, Err(failure) if failure.is_unknown_script()) {
            answered = self.0.calls.call(script.in_full(keys, arguments)).await;
        }
        taken(script.name(), started, answered)
    }
}

fn taken<T: FromRedisValue>(
    call: &'static str,
    started: Instant,
    answered: Result<Value, Failure>,
) -> Result<T, Fault> {
    histogram!("souk_redis_seconds", "call" => call).record(started.elapsed());
    let read = answered.map_err(Fault::from).and_then(|value| T::from_redis_value(value).map_err(Fault::internal));
    if read.is_err() {
        counter!("souk_redis_errors_total", "call" => call).increment(1);
    }
    read
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Its addresses may have passwords.
        f.debug_struct("Redis").field("prefix", &self.0.prefix).finish_non_exhaustive()
    }
}
