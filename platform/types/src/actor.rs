use std::ops;

use serde::{Deserialize, Serialize};

use crate::Fault;

/// Who asks, and what that one may do. Filled in at the edge from the session, checked in the services.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Who asks.
    pub subject: Subject,
    /// What the subject may do beyond what everybody may.
    pub permissions: Permissions,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Nobody that is known.
    Anonymous,
    /// A person, by id (`cus_…`, `stf_…`).
    Person(String),
    /// A part of the system itself, by its service name.
    Service(String),
}

impl Actor {
    /// Nobody that is known, with no permissions.
    pub const ANONYMOUS: Self = Self { subject: Subject::Anonymous, permissions: Permissions::NONE };

    /// A person, with permissions.
    pub fn person(id: impl Into<String>, permissions: Permissions) -> Self {
        Self { subject: Subject::Person(id.into()), permissions }
    }

    /// A part of the system, which may do everything.
    pub fn service(name: &str) -> Self {
        Self { subject: Subject::Service(name.to_owned()), permissions: Permissions::ALL }
    }

    /// Says whether all of these permissions are held.
    pub fn may(&self, needed: Permissions) -> bool {
        self.permissions.contains(needed)
    }

    /// Refuses with [`ErrorKind::Denied`](crate::ErrorKind::Denied) unless all of these permissions are held.
    pub fn require(&self, needed: Permissions) -> Result<(), Fault> {
        if self.may(needed) { Ok(()) } else { Err(Fault::denied("you may not do this")) }
    }

    /// A short text for logs and histories: an id, a service name, or `anonymous`.
    pub fn label(&self) -> &str {
        match &self.subject {
            Subject::Anonymous => "anonymous",
            Subject::Person(id) => id,
            Subject::Service(name) => name,
        }
    }
}

/// A set of permissions, a bit each. The bits are named in contracts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Permissions(u64);

impl Permissions {
    /// No permission.
    pub const NONE: Self = Self(0);
    /// Every permission.
    pub const ALL: Self = Self(u64::MAX);

    /// The permission of bit `n`, 0 to 63.
    pub const fn bit(n: u8) -> Self {
        Self(1 << n)
    }

    /// Both sets together.
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Says whether every permission of `other` is in this set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl ops::BitOr for Permissions {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        self.union(other)
    }
}
