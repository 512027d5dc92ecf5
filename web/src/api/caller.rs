//! Who calls: told by the bearer token alone. Cookies are never looked at, so that no other site can make a visitor's
//! browser call on their behalf.

use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use souk_cache::{Cache, CacheConfig};
use souk_contracts::{
    CustomerId,
    accounts::{ApiKey, Identity, Person},
    permission::Scope,
};
use souk_types::{Actor, Env, Permissions};

use crate::{error::Failure, session::IDENTITY_KNOWN_MAX, state::AppState};

/// Before the secret of a guest.
pub const GUEST: &str = "souk_guest_";
/// Before the token of a customer's session.
pub const SESSION: &str = "souk_session_";

/// Bytes of a secret.
const TOKEN_BYTES_MAX: usize = 200;
/// Before the secret of an API key.
pub const KEY: &str = "souk_key_";

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody, with a token or without.
    Anyone,
    /// Whoever shops: guests and customers.
    Shopper,
    /// Customers who have signed in.
    Customer,
    /// Programs of the house whose key permits it.
    Key(Scope),
}

/// Who calls.
#[derive(Debug, Clone)]
pub enum Caller {
    /// Nobody that is known.
    Anyone,
    /// A guest.
    Guest(CustomerId),
    /// A customer, with the token of the session.
    Customer(CustomerId, Box<Identity>, String),
    /// A program of the house.
    Key(Box<ApiKey>),
}

impl Caller {
    /// Finds out by the token who calls.
    ///
    /// # Errors
    /// Not signed in (401), with a token that is not good.
    pub async fn of(state: &AppState, headers: &HeaderMap) -> Result<Self, Failure> {
        let Some(given) = headers.get(header::AUTHORIZATION) else { return Ok(Self::Anyone) };
        let token = given.to_str().ok().and_then(|text| text.split_once(' '));
        let token = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
        let token = token.ok_or_else(unknown)?;
        if let Some(secret) = token.strip_prefix(GUEST) {
            return state.signer.guest(secret).map(Self::Guest).ok_or_else(unknown);
        }
        if let Some(secret) = token.strip_prefix(KEY) {
            let key = state.keys.find(state, secret).await?.ok_or_else(unknown)?;
            return Ok(Self::Key(Box::new(key)));
        }
        let Some(session) = token.strip_prefix(SESSION) else { return Err(unknown()) };
        let identity = state.sessions.identity(state, session).await?.ok_or_else(unknown)?;
        match identity.person {
            Person::Customer(customer) => Ok(Self::Customer(customer, Box::new(identity), session.to_owned())),
            Person::Staff(..) => Err(unknown()),
        }
    }

    /// Refuses whoever may not call an operation.
    ///
    /// # Errors
    /// Not signed in (401) without a token, denied (403) with one of the wrong kind.
    pub fn require(&self, access: Access) -> Result<(), Failure> {
        match (access, self) {
            (Access::Anyone, _)
            | (Access::Shopper, Self::Guest(_) | Self::Customer(..))
            | (Access::Customer, Self::Customer(..)) => Ok(()),
            (_, Self::Anyone) => {
                let text = "Send a token as Authorization: Bearer.";
                Err(Failure::new(StatusCode::UNAUTHORIZED, "token_missing", text))
            }
            (Access::Key(scope), Self::Key(key)) => match key.actor().may(scope.permissions()) {
                true => Ok(()),
                false => {
                    let text = format!("This key lacks the scope {scope}.");
                    Err(Failure::new(StatusCode::FORBIDDEN, "scope_missing", text))
                }
            },
            (Access::Key(_), _) => {
                let text = "This takes an API key, which the owner makes in the admin console.";
                Err(Failure::new(StatusCode::FORBIDDEN, "token_not_enough", text))
            }
            (Access::Shopper | Access::Customer, _) => {
                let text = "This token is not for that: sign in as a customer.";
                Err(Failure::new(StatusCode::FORBIDDEN, "token_not_enough", text))
            }
        }
    }

    /// Whoever shops.
    pub fn customer(&self) -> Option<CustomerId> {
        match self {
            Self::Anyone | Self::Key(_) => None,
            Self::Guest(customer) | Self::Customer(customer, ..) => Some(*customer),
        }
    }

    /// The actor for calls on the caller's behalf.
    pub fn actor(&self) -> Actor {
        match self {
            Self::Anyone => Actor::ANONYMOUS,
            Self::Guest(customer) => Actor::person(*customer, Permissions::NONE),
            Self::Customer(_, identity, _) => identity.actor(),
            Self::Key(key) => key.actor(),
        }
    }
}

/// What keys were found to be, for a few seconds each.
pub struct Keys(Cache<[u8; 32], Option<ApiKey>>);

impl Keys {
    /// Nothing known yet.
    pub fn new(env: &Env) -> Self {
        let config = CacheConfig {
            name: "web.api_keys",
            capacity: 10_000,
            fresh: Duration::from_secs(10),
            stale: Duration::ZERO,
            stale_if_error: IDENTITY_KNOWN_MAX,
        };
        Self(Cache::new(config, env.clone()))
    }

    async fn find(&self, state: &AppState, secret: &str) -> Result<Option<ApiKey>, Failure> {
        if secret.len() > TOKEN_BYTES_MAX {
            return Ok(None);
        }
        let (accounts, cx, secret) = (state.accounts.clone(), state.shared_cx().as_service("web"), secret.to_owned());
        let known = *blake3::hash(secret.as_bytes()).as_bytes();
        let load = || async move { accounts.api_key(&cx, secret).await };
        Ok(self.0.get(&known, load).await?)
    }

    /// Forgets all, when one was revoked.
    pub fn forget(&self) {
        self.0.invalidate_all();
    }
}

fn unknown() -> Failure {
    let text = "This token is not known, or not any more. Ask for a new one.";
    Failure::new(StatusCode::UNAUTHORIZED, "token_unknown", text)
}
