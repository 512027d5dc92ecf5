use std::fmt;

use async_trait::async_trait;
use souk_redis::{Redis, Script};
use souk_types::Timestamp;

use crate::{InProcess, Quota, Taken, Window, digest};

const COUNT: &str = "
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return count";

/// Clocks of instances may differ by so much, seconds, before a count is forgotten too early.
const CLOCKS_DIFFER_S: u32 = 5;

/// Counts with all instances, in Redis. What was asked here is counted here as well: while Redis is away that count
/// holds, and who is beyond the limit already costs Redis nothing.
pub struct Shared {
    redis: Redis,
    name: &'static str,
    count: Script,
    here: InProcess,
}

impl Shared {
    /// Counts under a name, by windows of so many seconds, at least one.
    pub fn new(redis: Redis, name: &'static str, length_s: u32) -> Self {
        Self { redis, name, count: Script::new("count", COUNT), here: InProcess::new(length_s) }
    }
}

#[async_trait]
impl Quota for Shared {
    async fn take(&self, caller: &str, limit: u32, now: Timestamp) -> Taken {
        let here = self.here.count(caller, now);
        if here.count > limit {
            return here;
        }
        let Window { number, ends_in_s } = Window::at(now, self.here.length_s());
        let key = self.redis.key(format_args!("quota:{}:{:016x}:{number}", self.name, digest(caller)));
        let lives_s = (ends_in_s + CLOCKS_DIFFER_S).to_string();
        match self.redis.run::<u32>(&self.count, &[&key], &[lives_s.as_bytes()]).await {
            Ok(count) => Taken { count, ends_in_s },
            Err(fault) => {
                tracing::debug!(%fault, "counted in this process alone");
                here
            }
        }
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("name", &self.name).field("here", &self.here).finish_non_exhaustive()
    }
}
