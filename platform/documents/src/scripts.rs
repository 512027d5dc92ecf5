use std::fmt;

use souk_redis::{Redis, Script};

/// Documents are spread over so many slots of a cluster; each has an index of its own, so that a script finds a document
/// and its place in the index in one slot.
const SLOTS: u32 = 64;

/// Keys: document, index. Arguments: tag, new tag, content (none: it goes), now, life in milliseconds, the document's key.
const PUT: &str = "
local tag = redis.call('HGET', KEYS[1], 'tag') or ''
if tag == ARGV[2] then return true end
if tag ~= ARGV[1] then return false end
if ARGV[3] == '' then
    redis.call('DEL', KEYS[1])
    redis.call('ZREM', KEYS[2], ARGV[6])
else
    redis.call('HSET', KEYS[1], 'tag', ARGV[2], 'content', ARGV[3], 'changed_at', ARGV[4])
    redis.call('PEXPIRE', KEYS[1], ARGV[5])
    redis.call('ZADD', KEYS[2], ARGV[4], ARGV[6])
end
return true";

/// Keys: document, index, that it was brought. Arguments: tag, content, when it was changed, life in milliseconds, the
/// document's key, for how long to remember that it was brought.
const BRING: &str = "
if redis.call('EXISTS', KEYS[1], KEYS[3]) > 0 then return false end
redis.call('SET', KEYS[3], '', 'PX', ARGV[6])
redis.call('HSET', KEYS[1], 'tag', ARGV[1], 'content', ARGV[2], 'changed_at', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[5])
return true";

/// Keys: index. Arguments: since when, how many.
const DUE: &str = "return redis.call('ZRANGE', KEYS[1], '-inf', ARGV[1], 'BYSCORE', 'LIMIT', 0, ARGV[2])";

/// Keys: document, index, what is put aside. Arguments: the document's key, since when.
const PUT_ASIDE: &str = "
local kept = redis.call('HMGET', KEYS[1], 'changed_at', 'content')
if not kept[1] then
    redis.call('ZREM', KEYS[2], ARGV[1])
    return false
end
if tonumber(kept[1]) > tonumber(ARGV[2]) then return false end
redis.call('HSET', KEYS[3], kept[1] .. ':' .. ARGV[1], kept[2])
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[1])
return true";

/// Keys: what is put aside. Arguments: how many.
const ASIDE: &str = "return redis.call('HRANDFIELD', KEYS[1], ARGV[1], 'WITHVALUES')";

/// Keys: what is put aside. Arguments: which.
const FORGET: &str = "return redis.call('HDEL', KEYS[1], ARGV[1])";

pub(crate) struct Scripts {
    pub(crate) put: Script,
    pub(crate) bring: Script,
    pub(crate) due: Script,
    pub(crate) put_aside: Script,
    pub(crate) aside: Script,
    pub(crate) forget: Script,
}

impl Default for Scripts {
    fn default() -> Self {
        Self {
            put: Script::new("document.put", PUT),
            bring: Script::new("document.bring", BRING),
            due: Script::new("document.due", DUE),
            put_aside: Script::new("document.put_aside", PUT_ASIDE),
            aside: Script::new("document.aside", ASIDE),
            forget: Script::new("document.forget", FORGET),
        }
    }
}

impl fmt::Debug for Scripts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scripts").finish_non_exhaustive()
    }
}

/// The names of keys that lie in one slot.
#[derive(Debug, Clone)]
pub(crate) struct Slot {
    base: String,
    /// The document that was asked for.
    pub(crate) document: String,
    /// When each document of the slot was last changed.
    pub(crate) changed: String,
    /// Documents that have expired and are still to be told of.
    pub(crate) aside: String,
}

impl Slot {
    pub(crate) fn of(redis: &Redis, name: &str, key: &str) -> Self {
        let hash = blake3::hash(key.as_bytes());
        let number = u32::from_le_bytes(hash.as_bytes().first_chunk().copied().unwrap_or_default()) % SLOTS;
        let slot = Self::numbered(redis, name, number);
        Self { document: slot.document(key), ..slot }
    }

    pub(crate) fn all(redis: &Redis, name: &str) -> Vec<Self> {
        (0..SLOTS).map(|number| Self::numbered(redis, name, number)).collect()
    }

    fn numbered(redis: &Redis, name: &str, number: u32) -> Self {
        let base = redis.key(format_args!("{{{name}-{number}}}"));
        let (changed, aside) = (format!("{base}:changed"), format!("{base}:aside"));
        Self { base, document: String::new(), changed, aside }
    }

    pub(crate) fn document(&self, key: &str) -> String {
        format!("{}:of:{key}", self.base)
    }

    /// What is there while it is remembered that a document was brought here from elsewhere.
    pub(crate) fn brought(&self, key: &str) -> String {
        format!("{}:brought:{key}", self.base)
    }
}
