//! Guests, and customers who sign in.
//!
//! What these operations answer is a secret, so it is not kept: sent twice, they make two tokens, which does no harm.

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use souk_contracts::{
    CustomerKind,
    accounts::{Credentials, Identity, Person, Registration, Session},
};

use super::{
    caller::{Access, Caller, GUEST, SESSION},
    model::instant,
    operation::{Asked, Call, Group, Nothing, Operation, Reply, Twice, Verb},
    schema,
};
use crate::error::Failure;

/// A guest.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Guest {
    /// To be sent as `Authorization: Bearer`. Whoever has it has the guest's cart: keep it.
    token: String,
}

/// Makes a guest.
pub struct CreateGuest;

impl Operation for CreateGuest {
    const NAME: &'static str = "createGuest";
    const VERB: Verb = Verb::Post;
    const PATH: &'static str = "/guests";
    const GROUP: Group = Group::People;
    const SUMMARY: &'static str = "Makes a guest, who can fill a cart and buy without an account.";
    const STATUS: StatusCode = StatusCode::CREATED;
    const TWICE: Twice = Twice::Harmless;
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = Guest;

    async fn run(Call { state, .. }: Call, _: Asked<Self>) -> Result<Reply<Guest>, Failure> {
        let secret = state.signer.new_guest(&state.env);
        Ok(Reply::of(Guest { token: format!("{GUEST}{secret}") }))
    }
}

/// Email and password.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The customer's email.
    #[schemars(length(min = 3, max = 254))]
    email: String,
    /// The customer's password.
    #[schemars(length(min = 1, max = 200))]
    password: String,
}

/// Who registers.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCustomer {
    /// Email, which is also the name to sign in with.
    #[schemars(length(min = 3, max = 254))]
    email: String,
    /// At least 10 characters.
    #[schemars(length(min = 10, max = 200))]
    password: String,
    /// Their name.
    #[schemars(length(min = 1, max = 200))]
    name: String,
}

/// A customer.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Customer {
    /// Their id.
    #[schemars(schema_with = "schema::id::<CustomerKind>")]
    id: String,
    /// Email.
    email: String,
    /// Name.
    name: String,
}

impl Customer {
    fn of(identity: &Identity) -> Self {
        let id = match identity.person {
            Person::Customer(id) => id.to_string(),
            Person::Staff(id, _) => id.to_string(),
        };
        Self { id, email: identity.email.clone(), name: identity.name.clone() }
    }
}

/// A session that was just begun.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NewSession {
    /// To be sent as `Authorization: Bearer`.
    token: String,
    /// When it runs out; every use makes it last longer.
    #[schemars(schema_with = "schema::instant")]
    expires_at: String,
    /// Who signed in.
    customer: Customer,
}

/// Lets a customer in; what they put in the cart as a guest comes along.
async fn enter(call: &Call, session: Session) -> NewSession {
    let Session { token, identity } = session;
    if let (Caller::Guest(guest), Person::Customer(customer)) = (&call.caller, identity.person)
        && let Err(error) = call.state.cart.merge(&call.cx.as_service("web"), *guest, customer).await
    {
        tracing::warn!(%error, "a guest's cart was not taken along");
    }
    NewSession {
        token: format!("{SESSION}{token}"),
        expires_at: instant(identity.expires_at),
        customer: Customer::of(&identity),
    }
}

/// Signs a customer in.
pub struct CreateSession;

impl Operation for CreateSession {
    const NAME: &'static str = "createSession";
    const VERB: Verb = Verb::Post;
    const PATH: &'static str = "/sessions";
    const GROUP: Group = Group::People;
    const SUMMARY: &'static str = "Signs a customer in. Sent with a guest's token, the guest's cart comes along.";
    const STATUS: StatusCode = StatusCode::CREATED;
    const TWICE: Twice = Twice::Harmless;
    type Path = Nothing;
    type Query = Nothing;
    type Body = SignIn;
    type Answer = NewSession;

    async fn run(call: Call, Asked { body, .. }: Asked<Self>) -> Result<Reply<NewSession>, Failure> {
        let credentials = Credentials { email: body.email, password: body.password };
        let session = call.state.accounts.sign_in(&call.cx, credentials).await?;
        Ok(Reply::of(enter(&call, session).await))
    }
}

/// Registers a customer.
pub struct CreateCustomer;

impl Operation for CreateCustomer {
    const NAME: &'static str = "createCustomer";
    const VERB: Verb = Verb::Post;
    const PATH: &'static str = "/customers";
    const GROUP: Group = Group::People;
    const SUMMARY: &'static str = "Registers a customer and signs them in. Sent with a guest's token, the guest's cart \
        comes along.";
    const STATUS: StatusCode = StatusCode::CREATED;
    const TWICE: Twice = Twice::Harmless;
    type Path = Nothing;
    type Query = Nothing;
    type Body = NewCustomer;
    type Answer = NewSession;

    async fn run(call: Call, Asked { body, .. }: Asked<Self>) -> Result<Reply<NewSession>, Failure> {
        let registration = Registration { email: body.email, password: body.password, name: body.name };
        let session = call.state.accounts.register(&call.cx, registration).await?;
        Ok(Reply::of(enter(&call, session).await))
    }
}

/// Signs a customer out.
pub struct EndSession;

impl Operation for EndSession {
    const NAME: &'static str = "endSession";
    const VERB: Verb = Verb::Delete;
    const PATH: &'static str = "/sessions/current";
    const GROUP: Group = Group::People;
    const SUMMARY: &'static str = "Signs the customer out: the token is not good any more.";
    const ACCESS: Access = Access::Customer;
    const STATUS: StatusCode = StatusCode::NO_CONTENT;
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = Nothing;

    async fn run(Call { state, cx, caller, .. }: Call, _: Asked<Self>) -> Result<Reply<Nothing>, Failure> {
        if let Caller::Customer(_, _, token) = caller {
            state.accounts.sign_out(&cx, token.clone()).await?;
            state.sessions.forget(&token).await;
        }
        Ok(Reply::of(Nothing {}))
    }
}
