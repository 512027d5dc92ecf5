//! Who people are: customers, staff, sessions.

mod keys;

pub use keys::*;
use serde::{Deserialize, Serialize};
use souk_rpc::rpc;
use souk_types::{Actor, Cx, Event, Page, PageRequest, Timestamp};

use crate::{
    ApiKeyId, CustomerId, StaffId,
    error::service_errors,
    permission::{Role, Scope},
};

/// Characters of a password, at least.
pub const PASSWORD_CHARS_MIN: usize = 10;
/// Characters of a password, at most: bounds the work of hashing, not the strength.
pub const PASSWORD_CHARS_MAX: usize = 200;

service_errors! {
    /// Email or password is wrong; which of them is not said.
    WrongCredentials = Denied, "wrong_credentials", "email or password is wrong";
    /// Too many wrong passwords.
    Throttled { retry_after_s: u64 } = TooMany, "throttled", "too many tries; wait {retry_after_s} seconds and try again",
        retry after retry_after_s;
    /// The one-time link was used, or is not the newest.
    LinkUsed = Denied, "link_used", "this link is not valid any more";
    /// Somebody has registered with this email.
    EmailTaken = Conflict, "email_taken", "there is an account with this email already; sign in instead";
}

/// Keeps customers, staff and their sessions. Passwords are kept as argon2id hashes, session tokens as digests.
#[rpc]
pub trait Accounts {
    /// Registers a customer and signs them in.
    async fn register(&self, cx: &Cx, registration: Registration) -> Result<Session, Error>;

    /// Signs a customer in.
    async fn sign_in(&self, cx: &Cx, credentials: Credentials) -> Result<Session, Error>;

    /// Signs a member of staff in.
    async fn sign_in_staff(&self, cx: &Cx, credentials: Credentials) -> Result<Session, Error>;

    /// Says whose session a token is; `None` when it ran out or was ended.
    #[read]
    async fn session(&self, cx: &Cx, token: String) -> Result<Option<Identity>, Error>;

    /// Ends a session.
    #[idempotent]
    async fn sign_out(&self, cx: &Cx, token: String) -> Result<(), Error>;

    /// Makes the one-time token with which the owner is created; `None` when there is an owner. A new token
    /// makes the one before useless.
    async fn owner_token(&self, cx: &Cx) -> Result<Option<String>, Error>;

    /// Creates the owner with the one-time token, and signs them in.
    async fn create_owner(&self, cx: &Cx, token: String, owner: Registration) -> Result<Session, Error>;

    /// Adds a member of staff.
    async fn add_staff(&self, cx: &Cx, member: Registration, role: Role) -> Result<StaffId, Error>;

    /// Lists staff.
    #[read]
    async fn staff(&self, cx: &Cx, page: PageRequest) -> Result<Page<StaffMember>, Error>;

    /// Makes an API key that may do no more than the one who makes it. Its secret is told this once.
    async fn create_api_key(&self, cx: &Cx, name: String, scopes: Vec<Scope>) -> Result<NewApiKey, Error>;

    /// Lists API keys, oldest first.
    #[read]
    async fn api_keys(&self, cx: &Cx, page: PageRequest) -> Result<Page<ApiKey>, Error>;

    /// Revokes an API key: it is not good any more.
    #[idempotent]
    async fn revoke_api_key(&self, cx: &Cx, key: ApiKeyId) -> Result<(), Error>;

    /// Says whose API key a token is, and notes its use; `None` when it was revoked or never made.
    #[read]
    async fn api_key(&self, cx: &Cx, token: String) -> Result<Option<ApiKey>, Error>;

    /// Lists registered customers for those who may see orders: the newest first, or by email.
    #[read]
    async fn customers(&self, cx: &Cx, filter: CustomerFilter, page: PageRequest) -> Result<Page<Customer>, Error>;

    /// Returns a registered customer to those who may see orders.
    #[read]
    async fn customer(&self, cx: &Cx, id: CustomerId) -> Result<Option<Customer>, Error>;
}

/// Somebody who registers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// Email, which is also the name to sign in with.
    pub email: String,
    /// At least 10 characters.
    pub password: String,
    /// Their name.
    pub name: String,
}

/// Email and password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// Email.
    pub email: String,
    /// Password.
    pub password: String,
}

impl std::fmt::Debug for Registration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registration").field("email", &self.email).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("email", &self.email).finish_non_exhaustive()
    }
}

/// A session that was just begun.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The secret that goes into the cookie: 256 random bits. Never logged.
    pub token: String,
    /// Whose it is.
    pub identity: Identity,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("identity", &self.identity).finish_non_exhaustive()
    }
}

/// Who somebody is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Customer or staff.
    pub person: Person,
    /// Email.
    pub email: String,
    /// Name.
    pub name: String,
    /// When the session runs out.
    pub expires_at: Timestamp,
}

/// Customer or staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Person {
    /// A registered customer.
    Customer(CustomerId),
    /// A member of staff.
    Staff(StaffId, Role),
}

impl Identity {
    /// The actor for calls on this person's behalf.
    pub fn actor(&self) -> Actor {
        match self.person {
            Person::Customer(id) => Actor::person(id, souk_types::Permissions::NONE),
            Person::Staff(id, role) => Actor::person(id, role.permissions()),
        }
    }
}

/// A member of staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffMember {
    /// Their id.
    pub id: StaffId,
    /// Email.
    pub email: String,
    /// Name.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

/// A registered customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// Their id.
    pub id: CustomerId,
    /// Email.
    pub email: String,
    /// Name.
    pub name: String,
    /// When they registered.
    pub created_at: Timestamp,
}

/// Which customers staff want to see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerFilter {
    /// Only emails that begin so.
    pub email: Option<String>,
}

/// Somebody registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerRegistered {
    /// The customer.
    pub customer: CustomerId,
    /// Email.
    pub email: String,
    /// Name.
    pub name: String,
}

impl Event for CustomerRegistered {
    const TOPIC: &'static str = "accounts.customer_registered";
    fn key(&self) -> String {
        self.customer.to_string()
    }
}
