use serde::{Deserialize, Serialize};
use souk_types::{Actor, Permissions, Timestamp};

use crate::{ApiKeyId, permission::Scope};

/// API keys that are not revoked, at most.
pub const API_KEYS_MAX: usize = 1_000;

/// What a program may do, and how it is known. Its secret is only kept as a digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// What it is for, in the words of who made it.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// The last characters of its secret, to tell keys apart.
    pub hint: String,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
}

impl ApiKey {
    /// The actor for calls on the program's behalf.
    pub fn actor(&self) -> Actor {
        let permissions = self.scopes.iter().fold(Permissions::NONE, |all, scope| all | scope.permissions());
        Actor::person(self.id, permissions)
    }
}

/// A key that was just made.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewApiKey {
    /// The secret: 256 random bits. Told this once, never logged.
    pub token: String,
    /// The key.
    pub key: ApiKey,
}

impl std::fmt::Debug for NewApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewApiKey").field("key", &self.key).finish_non_exhaustive()
    }
}
