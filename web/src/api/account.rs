//! What customers see and change of their own account.

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use souk_contracts::{
    CustomerId, CustomerKind,
    accounts::{Error, PasswordChange, ProfileChange, SessionSummary},
};

use super::{
    caller::{Access, Caller},
    cart::shopper,
    model::instant,
    operation::{Asked, Call, Group, Nothing, Operation, Reply, Twice, Verb},
    schema,
};
use crate::error::Failure;

/// What is known of a customer.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Profile {
    /// Their id.
    #[schemars(schema_with = "schema::id::<CustomerKind>")]
    id: String,
    /// Email.
    email: String,
    /// Whether the email is known to be theirs.
    email_verified: bool,
    /// Name.
    name: String,
    /// Whether they want to be told of offers by email.
    marketing: bool,
    /// Since when they want to.
    #[schemars(schema_with = "schema::maybe_instant")]
    marketing_since: Option<String>,
}

async fn profile(call: &Call, customer: CustomerId) -> Result<Profile, Failure> {
    let known = call.state.accounts.profile(&call.cx, customer).await?.ok_or_else(Failure::not_found)?;
    Ok(Profile {
        id: customer.to_string(),
        email: known.email,
        email_verified: known.email_verified,
        name: known.name,
        marketing: known.marketing_since.is_some(),
        marketing_since: known.marketing_since.map(instant),
    })
}

/// The token of the session that asks.
fn session(call: &Call) -> Result<&str, Failure> {
    match &call.caller {
        Caller::Customer(_, _, token) => Ok(token),
        Caller::Anyone | Caller::Guest(_) | Caller::Key(_) => Err(Failure::not_found()),
    }
}

/// Reads who is signed in.
pub struct ReadCustomer;

impl Operation for ReadCustomer {
    const NAME: &'static str = "readCustomer";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/customer";
    const GROUP: Group = Group::People;
    const SUMMARY: &'static str = "Tells who is signed in.";
    const ACCESS: Access = Access::Customer;
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = Profile;

    async fn run(call: Call, _: Asked<Self>) -> Result<Reply<Profile>, Failure> {
        Ok(Reply::of(profile(&call, shopper(&call)?).await?))
    }
}

/// What customers change of what is known of them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileInput {
    /// Name.
    #[schemars(length(min = 1, max = 200))]
    name: String,
    /// Whether they want to be told of offers by email. A consent that stands keeps its time.
    marketing: bool,
}

/// Changes what is known of a customer.
pub struct ReplaceCustomer;

impl Operation for ReplaceCustomer {
    const NAME: &'static str = "replaceCustomer";
    const VERB: Verb = Verb::Put;
    const PATH: &'static str = "/customer";
    const GROUP: Group = Group::People;
    const SUMMARY: &'static str = "Changes the name of who is signed in, and whether they want to be told of offers.";
    const ACCESS: Access = Access::Customer;
    type Path = Nothing;
    type Query = Nothing;
    type Body = ProfileInput;
    type Answer = Profile;

    async fn run(call: Call, Asked { body, .. }: Asked<Self>) -> Result<Reply<Profile>, Failure> {
        let customer = shopper(&call)?;
        let change = ProfileChange { name: body.name, marketing: body.marketing };
        call.state.accounts.change_profile(&call.cx, customer, change).await?;
        // Sessions carry the name.
        call.state.sessions.forget(session(&call)?).await;
        Ok(Reply::of(profile(&call, customer).await?))
    }
}

/// A new password in place of the present one.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordInput {
    /// The present password.
    #[schemars(length(min = 1, max = 200))]
    current: String,
    /// The new one: at least 10 characters.
    #[schemars(length(min = 10, max = 200))]
    new: String,
}

/// Sets a new password.
pub struct ChangePassword;

impl Operation for ChangePassword {
    const NAME: &'static str = "changePassword";
    const VERB: Verb = Verb::Post;
    const PATH: &'static str = "/customer/password";
    const GROUP: Group = Group::People;
    const SUMMARY: &'static str = "Sets a new password. The session that asks goes on, all others end.";
    const ACCESS: Access = Access::Customer;
    const STATUS: StatusCode = StatusCode::NO_CONTENT;
    // What is kept of a wish includes a plain digest of its body, from which passwords could be guessed.
    const TWICE: Twice = Twice::Harmless;
    type Path = Nothing;
    type Query = Nothing;
    type Body = PasswordInput;
    type Answer = Nothing;

    async fn run(call: Call, Asked { body, .. }: Asked<Self>) -> Result<Reply<Nothing>, Failure> {
        let change = PasswordChange { current: body.current, new: body.new, keep: session(&call)?.to_owned() };
        match call.state.accounts.change_password(&call.cx, shopper(&call)?, change).await {
            Ok(()) => call.state.sessions.forget_all(),
            Err(Error::WrongCredentials) => return Err(Failure::invalid("current", "is not the present password")),
            Err(error) => return Err(error.into()),
        }
        Ok(Reply::of(Nothing {}))
    }
}

/// The sessions of a customer.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SessionList {
    /// The sessions, those used last first; at most 50.
    items: Vec<Session>,
}

/// A session of a customer.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Session {
    /// Tells it apart. It is no token.
    id: String,
    /// When it began.
    #[schemars(schema_with = "schema::instant")]
    begun_at: String,
    /// When it was last used, to the hour.
    #[schemars(schema_with = "schema::instant")]
    seen_at: String,
    /// Whether it is the one that asks.
    is_current: bool,
}

impl From<SessionSummary> for Session {
    fn from(session: SessionSummary) -> Self {
        Self {
            id: session.id,
            begun_at: instant(session.begun_at),
            seen_at: instant(session.seen_at),
            is_current: session.is_current,
        }
    }
}

/// Lists the customer's sessions.
pub struct ListSessions;

impl Operation for ListSessions {
    const NAME: &'static str = "listSessions";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/customer/sessions";
    const GROUP: Group = Group::People;
    const SUMMARY: &'static str = "Lists where the customer is signed in.";
    const ACCESS: Access = Access::Customer;
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = SessionList;

    async fn run(call: Call, _: Asked<Self>) -> Result<Reply<SessionList>, Failure> {
        let token = session(&call)?.to_owned();
        let sessions = call.state.accounts.sessions(&call.cx, shopper(&call)?, token).await?;
        Ok(Reply::of(SessionList { items: sessions.into_iter().map(Session::from).collect() }))
    }
}

/// Which session.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct SessionPath {
    /// Its id, of the list.
    session: String,
}

/// Ends one of the customer's sessions.
pub struct EndOneSession;

impl Operation for EndOneSession {
    const NAME: &'static str = "endOneSession";
    const VERB: Verb = Verb::Delete;
    const PATH: &'static str = "/customer/sessions/{session}";
    const GROUP: Group = Group::People;
    const SUMMARY: &'static str = "Ends one of the customer's sessions, if there still is one with this id.";
    const ACCESS: Access = Access::Customer;
    const STATUS: StatusCode = StatusCode::NO_CONTENT;
    type Path = SessionPath;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = Nothing;

    async fn run(call: Call, Asked { path, .. }: Asked<Self>) -> Result<Reply<Nothing>, Failure> {
        call.state.accounts.end_session(&call.cx, shopper(&call)?, path.session).await?;
        call.state.sessions.forget_all();
        Ok(Reply::of(Nothing {}))
    }
}

/// Signs the customer out everywhere.
pub struct EndAllSessions;

impl Operation for EndAllSessions {
    const NAME: &'static str = "endAllSessions";
    const VERB: Verb = Verb::Delete;
    const PATH: &'static str = "/customer/sessions";
    const GROUP: Group = Group::People;
    const SUMMARY: &'static str = "Signs the customer out everywhere, here as well.";
    const ACCESS: Access = Access::Customer;
    const STATUS: StatusCode = StatusCode::NO_CONTENT;
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = Nothing;

    async fn run(call: Call, _: Asked<Self>) -> Result<Reply<Nothing>, Failure> {
        call.state.accounts.sign_out_everywhere(&call.cx, shopper(&call)?).await?;
        call.state.sessions.forget_all();
        Ok(Reply::of(Nothing {}))
    }
}
