//! Who people are: customers, staff, sessions.

mod activity;
mod keys;
mod own;

pub use activity::*;
pub use keys::*;
pub use own::*;
use serde::{Deserialize, Serialize};
use souk_rpc::rpc;
use souk_types::{Actor, Cx, Event, Page, PageRequest, Timestamp, text_enum};

use crate::{
    ActivityId, AddressId, ApiKeyId, CustomerId, InvitationId, StaffId,
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
    /// There must be somebody who may do everything.
    LastOwner = Conflict, "last_owner", "this is the only owner, and a shop needs one";
    /// Somebody has registered with this email.
    EmailTaken = Conflict, "email_taken", "there is an account with this email already; sign in instead";
    /// The customer keeps as many addresses as there may be.
    TooManyAddresses { addresses_max: usize } = Invalid, "too_many_addresses",
        "an account keeps at most {addresses_max} addresses; remove one first";
    /// It has changed since the caller looked.
    VersionConflict { current: i64 } = Conflict, "version_conflict",
        "this was changed meanwhile (it is now at version {current}); reload and try again";
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

    /// Ends all sessions of a customer, who is the one that asks.
    #[idempotent]
    async fn sign_out_everywhere(&self, cx: &Cx, customer: CustomerId) -> Result<(), Error>;

    /// Says what is known of a customer, to that customer or to staff.
    #[read]
    async fn profile(&self, cx: &Cx, customer: CustomerId) -> Result<Option<Profile>, Error>;

    /// Changes what is known of a customer, who is the one that asks.
    #[idempotent]
    async fn change_profile(&self, cx: &Cx, customer: CustomerId, change: ProfileChange) -> Result<(), Error>;

    /// Returns the addresses that a customer keeps, who is the one that asks: the default first; at most
    /// [`ADDRESSES_MAX`].
    #[read]
    async fn addresses(&self, cx: &Cx, customer: CustomerId) -> Result<Vec<SavedAddress>, Error>;

    /// Keeps an address for a customer, in place of what had its id; refused when that is not in the version that was
    /// seen. The first one is the default.
    async fn save_address(&self, cx: &Cx, customer: CustomerId, address: AddressDraft) -> Result<(), Error>;

    /// Makes an address the default.
    #[idempotent]
    async fn prefer_address(&self, cx: &Cx, customer: CustomerId, address: AddressId) -> Result<(), Error>;

    /// Removes an address. If it was the default, the one that was the default before is so again. Refused when
    /// `version` is told and is not the present one.
    #[idempotent]
    async fn remove_address(
        &self,
        cx: &Cx,
        customer: CustomerId,
        address: AddressId,
        version: Option<i64>,
    ) -> Result<(), Error>;

    /// Sets a new password for a customer who knows the present one, and ends their other sessions. Wrong passwords
    /// count like those of signing in.
    async fn change_password(&self, cx: &Cx, customer: CustomerId, change: PasswordChange) -> Result<(), Error>;

    /// Returns the sessions of a customer, who asks with the token of one: those used last first; at most
    /// [`SESSIONS_LISTED_MAX`].
    #[read]
    async fn sessions(&self, cx: &Cx, customer: CustomerId, token: String) -> Result<Vec<SessionSummary>, Error>;

    /// Ends one session of a customer by the id in that list.
    #[idempotent]
    async fn end_session(&self, cx: &Cx, customer: CustomerId, session: String) -> Result<(), Error>;

    /// Erases the account of a customer who knows its password: email, name, password, addresses and sessions.
    async fn erase(&self, cx: &Cx, customer: CustomerId, password: String) -> Result<(), Error>;

    /// Sends a link to choose a new password to the customer with this email. Whether there is one is not said.
    async fn request_password_reset(&self, cx: &Cx, email: String) -> Result<(), Error>;

    /// Says whether a link to choose a new password still works.
    #[read]
    async fn may_reset_password(&self, cx: &Cx, token: String) -> Result<bool, Error>;

    /// Sets a new password by such a link, ends all sessions, and signs the customer in.
    async fn reset_password(&self, cx: &Cx, token: String, password: String) -> Result<Session, Error>;

    /// Sends a link to confirm the email of a customer, who is the one that asks.
    async fn request_verification(&self, cx: &Cx, customer: CustomerId) -> Result<(), Error>;

    /// Confirms an email by such a link, which must be of the customer who asks.
    async fn verify_email(&self, cx: &Cx, token: String) -> Result<(), Error>;

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

    /// Lists registered customers for those who may see orders: by itself the newest first, or by email where it is
    /// narrowed by that.
    #[read]
    async fn customers(&self, cx: &Cx, filter: CustomerFilter, page: PageRequest) -> Result<Page<Customer>, Error>;

    /// Returns a registered customer to those who may see orders.
    #[read]
    async fn customer(&self, cx: &Cx, id: CustomerId) -> Result<Option<Customer>, Error>;

    /// Gives a member of staff another role, from their next request on.
    #[idempotent]
    async fn set_role(&self, cx: &Cx, member: StaffId, role: Role) -> Result<(), Error>;

    /// Sends a link to choose a new password to the member of staff with this email. Whether there is one is not said.
    async fn request_staff_password_reset(&self, cx: &Cx, email: String) -> Result<(), Error>;

    /// Says whether such a link still works.
    #[read]
    async fn may_reset_staff_password(&self, cx: &Cx, token: String) -> Result<bool, Error>;

    /// Sets a new password by such a link, ends all sessions, and signs the member of staff in.
    async fn reset_staff_password(&self, cx: &Cx, token: String, password: String) -> Result<Session, Error>;

    /// Ends somebody's being a member of staff, and their sessions; API keys that they made are revoked.
    #[idempotent]
    async fn remove_staff(&self, cx: &Cx, member: StaffId) -> Result<(), Error>;

    /// Sends a link by which somebody becomes a member of staff. Inviting the same email again sends a new link.
    async fn invite_staff(&self, cx: &Cx, invited: Invited) -> Result<InvitationId, Error>;

    /// Lists invitations that were not accepted.
    #[read]
    async fn invitations(&self, cx: &Cx, page: PageRequest) -> Result<Page<Invitation>, Error>;

    /// Takes an invitation back: its link does not work any more.
    #[idempotent]
    async fn revoke_invitation(&self, cx: &Cx, invitation: InvitationId) -> Result<(), Error>;

    /// Says whom an invitation's link invites; `None` when it does not work (any more).
    #[read]
    async fn invited(&self, cx: &Cx, token: String) -> Result<Option<Invited>, Error>;

    /// Makes a member of staff of whoever has the link, and signs them in.
    async fn accept_invitation(&self, cx: &Cx, token: String, password: String) -> Result<Session, Error>;

    /// Notes in the activity log what the asking member of staff or API key has done. An id is noted once.
    #[idempotent]
    async fn record_activity(&self, cx: &Cx, id: ActivityId, done: NewActivity) -> Result<(), Error>;

    /// Lists the activity log for those who manage staff. Entries are kept for a year.
    #[read]
    async fn activity(&self, cx: &Cx, filter: ActivityFilter, page: PageRequest) -> Result<Page<Activity>, Error>;
}

/// What is known of a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Email.
    pub email: String,
    /// Name.
    pub name: String,
    /// Whether the email is known to be theirs.
    pub email_verified: bool,
    /// Since when they want to be told of offers by email; `None` when they do not.
    #[serde(default)]
    pub marketing_since: Option<Timestamp>,
}

/// Somebody who is invited to become a member of staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invited {
    /// Email.
    pub email: String,
    /// Their name.
    pub name: String,
    /// What they are there for.
    pub role: Role,
}

/// An invitation that was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// Who.
    #[serde(flatten)]
    pub invited: Invited,
    /// When it was sent.
    pub created_at: Timestamp,
    /// Until when it can be accepted.
    pub expires_at: Timestamp,
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

text_enum! {
    /// The orders of a list of customers.
    pub enum CustomerSort {
        /// Who registered last comes first.
        Newest = "-registered",
        /// Who registered last comes last.
        Oldest = "registered",
        /// By email.
        Email = "email",
        /// By email, backwards.
        EmailReversed = "-email",
    }
}

/// Which customers staff want to see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerFilter {
    /// Only emails that begin so.
    pub email: Option<String>,
    /// In this order, which must be one of [`sorts`](Self::sorts).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<CustomerSort>,
}

impl CustomerFilter {
    /// The orders in which these customers can be listed; the first is that of the list by itself. Those whose emails
    /// begin alike are found by email alone.
    pub fn sorts(&self) -> &'static [CustomerSort] {
        match &self.email {
            Some(email) if !email.trim().is_empty() => &[CustomerSort::Email, CustomerSort::EmailReversed],
            _ => CustomerSort::ALL,
        }
    }
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

/// A customer has shown that an email is theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmailVerified {
    /// The customer.
    pub customer: CustomerId,
    /// Email.
    pub email: String,
    /// When.
    pub at: Timestamp,
}

impl Event for EmailVerified {
    const TOPIC: &'static str = "accounts.email_verified";
    fn key(&self) -> String {
        self.customer.to_string()
    }
}
