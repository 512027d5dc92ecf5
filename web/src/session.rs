//! Who the visitor is: a customer or a member of staff by a session cookie, or a guest by a secret of their own.

use std::time::Duration;

use axum::{
    extract::FromRequestParts,
    response::{Html, IntoResponse as _, Redirect, Response},
};
use http::{HeaderMap, Method, StatusCode, Uri, request::Parts};
use serde::Serialize;
use souk_cache::{Cache, CacheConfig};
use souk_contracts::{
    CustomerId, StaffId,
    accounts::{self, AccountsClient, Identity, Person, Session},
    permission::Role,
};
use souk_types::{Actor, Cx, Env, Fault, Permissions, TraceId};

use crate::{
    cookies::{self, Cookie, Jar},
    error::{Answer, Failure},
    flash::{self, Notice},
    negotiate::prefers_json,
    state::{AppState, CALL_LIMIT},
};

/// The session of a customer.
const SESSION: &str = "souk_session";
/// The session of a member of staff: not sent outside the admin console, nor when another site leads there.
const STAFF: &str = "souk_staff";
const STAFF_PATH: &str = "/admin";
/// The secret of a guest.
const GUEST: &str = "souk_guest";
/// How many pieces are in the cart, for the page's scripts.
const CART_COUNT: &str = "souk_cart_count";
/// What a program is told whose session has ended.
pub const SESSION_ENDED: (&str, &str) = ("session_ended", "Your session has ended. Sign in again.");
/// How long somebody is still known by what accounts said last, when it cannot be asked: somebody whose session was
/// ended a moment before stays in no longer than this.
pub const IDENTITY_KNOWN_MAX: Duration = Duration::from_secs(600);
const GUEST_LASTS: Duration = Duration::from_secs(180 * 24 * 3600);
/// How long the cookie of a session outlives it. A session that is used lasts longer than was said when it began,
/// and who comes back too late is told so.
const AFTER_SESSION: Duration = Duration::from_secs(30 * 24 * 3600);
/// Bytes of a session token.
const TOKEN_BYTES_MAX: usize = 200;

/// What sessions were found to be, for a few seconds each.
pub struct Sessions(Cache<[u8; 32], Option<Identity>>);

impl Sessions {
    /// Nothing known yet.
    pub fn new(env: &Env) -> Self {
        let config = CacheConfig {
            name: "web.sessions",
            capacity: 50_000,
            fresh: Duration::from_secs(10),
            stale: Duration::ZERO,
            stale_if_error: IDENTITY_KNOWN_MAX,
        };
        Self(Cache::new(config, env.clone()))
    }

    /// Whose session a token is.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn identity(&self, state: &AppState, token: &str) -> Result<Option<Identity>, Failure> {
        if token.len() > TOKEN_BYTES_MAX {
            return Ok(None);
        }
        let key = *blake3::hash(token.as_bytes()).as_bytes();
        let (accounts, cx, token) = (state.accounts.clone(), state.shared_cx(), token.to_owned());
        let load = || async move { find(&accounts, &cx, token).await };
        let identity = self.0.get(&key, load).await?;
        Ok(identity.filter(|identity| identity.expires_at > state.env.now()))
    }

    /// Forgets all: some of them were ended, and it is not known which.
    pub fn forget_all(&self) {
        self.0.invalidate_all();
    }

    /// Forgets a session that was ended.
    pub async fn forget(&self, token: &str) {
        self.0.invalidate(blake3::hash(token.as_bytes()).as_bytes()).await;
    }
}

async fn find(accounts: &AccountsClient, cx: &Cx, token: String) -> Result<Option<Identity>, accounts::Error> {
    accounts.session(&cx.as_service("web"), token).await
}

/// Somebody who shops, with the cookies that the answer is to set.
#[derive(Debug)]
pub struct Visitor {
    /// The context for calls on the visitor's behalf.
    pub cx: Cx,
    /// Who signed in; `None` for guests.
    pub identity: Option<Identity>,
    /// Cookies to set.
    pub jar: Jar,
    customer: Option<CustomerId>,
    /// Who this was before signing in, as long as that one's cart could not be taken along.
    left_behind: Option<CustomerId>,
    session_ended: bool,
}

impl Visitor {
    /// Whether this was a customer until a moment ago, without having signed out.
    pub fn session_ended(&self) -> bool {
        self.session_ended
    }

    /// The customer, signed in or guest; `None` for who never put anything in the cart.
    pub fn customer(&self) -> Option<CustomerId> {
        self.customer
    }

    /// Who this was before signing in, when that one's cart is still to be taken along.
    pub fn left_behind(&self) -> Option<CustomerId> {
        self.left_behind
    }

    /// Ends the guest on this side: nothing of theirs is left that could come along.
    pub fn end_guest(&mut self) {
        self.jar.set(Cookie::gone(GUEST));
        self.left_behind = None;
    }

    /// The customer; makes a guest of a visitor who is none yet.
    pub fn customer_or_new(&mut self, state: &AppState) -> CustomerId {
        if let Some(customer) = self.customer {
            return customer;
        }
        let secret = state.signer.new_guest(&state.env);
        let customer = state.signer.guest(&secret).unwrap_or_else(|| souk_types::Id::generate(&state.env));
        self.jar.set(Cookie::new(GUEST, &secret).lasting(GUEST_LASTS));
        self.cx.actor = Actor::person(customer, Permissions::NONE);
        self.customer = Some(customer);
        customer
    }

    /// The customer who signed in, or sends to the sign-in page and back.
    pub fn require_account(&mut self, state: &AppState, back: &str) -> Result<CustomerId, Box<Response>> {
        match (&self.identity, self.customer) {
            (Some(_), Some(customer)) => Ok(customer),
            _ => Err(Box::new(self.lead_to_sign_in(state, back))),
        }
    }

    /// Sends to the sign-in page and back.
    pub fn lead_to_sign_in(&mut self, state: &AppState, back: &str) -> Response {
        if self.session_ended {
            let text = "Your session has ended. Your cart and what you entered are kept: sign in to go on.";
            flash::leave(state, &mut self.jar, Notice::info(text));
        }
        to_sign_in("/account/sign-in", back)
    }

    /// Tells the page how many pieces are in the cart.
    pub fn set_cart_count(&mut self, pieces: u64) {
        let text = pieces.to_string();
        self.jar.set(Cookie::new(CART_COUNT, &text).lasting(GUEST_LASTS).for_scripts());
    }

    /// Begins a customer's session. The guest is still to be ended, when what they had has come along.
    pub fn sign_in(&mut self, state: &AppState, session: &Session) {
        let lasts = session.identity.expires_at.since(state.env.now());
        self.jar.set(Cookie::new(SESSION, &session.token).lasting(lasts + AFTER_SESSION));
        self.cx.actor = session.identity.actor();
        if let Person::Customer(customer) = session.identity.person {
            self.customer = Some(customer);
        }
        self.identity = Some(session.identity.clone());
    }

    /// Ends the session on this side.
    pub fn sign_out(&mut self) {
        self.jar.set(Cookie::gone(SESSION));
        self.jar.set(Cookie::gone(CART_COUNT));
    }
}

/// The token of a customer's session.
pub fn session_token(headers: &HeaderMap) -> Option<&str> {
    cookies::get(headers, SESSION)
}

fn trace(parts: &Parts, state: &AppState) -> TraceId {
    parts.extensions.get::<TraceId>().copied().unwrap_or_else(|| state.next_trace())
}

impl FromRequestParts<AppState> for Visitor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Failure> {
        let mut jar = Jar::new(state.secure());
        let trace = trace(parts, state);
        let guest = cookies::get(&parts.headers, GUEST).and_then(|secret| state.signer.guest(secret));
        let mut session_ended = false;
        if let Some(token) = cookies::get(&parts.headers, SESSION) {
            match state.sessions.identity(state, token).await? {
                Some(identity) => {
                    if let Person::Customer(customer) = identity.person {
                        let cx = Cx::new(identity.actor(), CALL_LIMIT, trace);
                        let (customer, identity) = (Some(customer), Some(identity));
                        return Ok(Self { cx, identity, jar, customer, left_behind: guest, session_ended });
                    }
                }
                None => {
                    session_ended = true;
                    jar.set(Cookie::gone(SESSION));
                }
            }
        }
        let actor = guest.map_or(Actor::ANONYMOUS, |guest| Actor::person(guest, Permissions::NONE));
        let cx = Cx::new(actor, CALL_LIMIT, trace);
        Ok(Self { cx, identity: None, jar, customer: guest, left_behind: None, session_ended })
    }
}

/// A member of staff. Whoever is none is sent to the sign-in page (or gets 401 as a program).
#[derive(Debug)]
pub struct Staff {
    /// The context for calls on this person's behalf.
    pub cx: Cx,
    /// Their id.
    pub id: StaffId,
    /// What they may do.
    pub role: Role,
    /// Name and email.
    pub identity: Identity,
    /// Cookies to set.
    pub jar: Jar,
}

impl Staff {
    /// Refuses unless all of these permissions are held.
    pub fn require(&self, needed: Permissions) -> Result<(), Fault> {
        self.cx.actor.require(needed)
    }
}

/// The token of a staff session.
pub fn staff_token(headers: &HeaderMap) -> Option<&str> {
    cookies::get(headers, STAFF)
}

/// Begins a staff session.
pub fn sign_in_staff(state: &AppState, jar: &mut Jar, session: &Session) {
    let lasts = session.identity.expires_at.since(state.env.now());
    jar.set(Cookie::new(STAFF, &session.token).at(STAFF_PATH).lasting(lasts + AFTER_SESSION).strict());
}

/// Ends a staff session on this side.
pub fn sign_out_staff(jar: &mut Jar) {
    jar.set(Cookie::gone(STAFF).at(STAFF_PATH).strict());
}

impl FromRequestParts<AppState> for Staff {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let token = cookies::get(&parts.headers, STAFF);
        let identity = match token {
            Some(token) => state.sessions.identity(state, token).await.map_err(Failure::into_response)?,
            None => None,
        };
        let session_ended = token.is_some() && identity.is_none();
        if let Some(identity) = identity
            && let Person::Staff(id, role) = identity.person
        {
            let cx = Cx::new(identity.actor(), CALL_LIMIT, trace(parts, state));
            return Ok(Self { cx, id, role, identity, jar: Jar::new(state.secure()) });
        }
        if prefers_json(&parts.headers) {
            let (code, text) = match session_ended {
                true => SESSION_ENDED,
                false => ("not_signed_in", "Sign in as a member of staff first."),
            };
            return Err(Failure::new(StatusCode::UNAUTHORIZED, code, text).into_response());
        }
        if parts.method == Method::GET
            && let Some(again) = ask_again(state, &parts.headers, &parts.uri)
        {
            return Err(again.into_response());
        }
        let back = match parts.method {
            Method::GET => parts.uri.path_and_query().map_or("/admin", |uri| uri.as_str()),
            _ => "/admin",
        };
        let mut jar = Jar::new(state.secure());
        if session_ended {
            sign_out_staff(&mut jar);
            let text = match parts.method {
                Method::GET => "Your session has ended. Sign in to go on.",
                _ => "Your session had ended before this was sent, so nothing was changed. Sign in and do it again.",
            };
            flash::leave(state, &mut jar, Notice::warning(text));
        }
        Err(jar.onto(to_sign_in("/admin/sign-in", back)))
    }
}

#[derive(Serialize)]
struct Again<'a> {
    to: &'a str,
}

/// A page that has the browser come again by itself, when a link on another site led here: the cookie of staff is not
/// sent with such a visit, nor with a redirect of it, but with the next one.
pub fn ask_again(state: &AppState, headers: &HeaderMap, uri: &Uri) -> Option<Answer> {
    let site = headers.get("sec-fetch-site")?.as_bytes();
    let page = headers.get("sec-fetch-mode").is_none_or(|mode| mode == "navigate");
    if !page || !matches!(site, b"cross-site" | b"same-site") || cookies::get(headers, STAFF).is_some() {
        return None;
    }
    let again = Again { to: safe_next(uri.path_and_query()?.as_str(), STAFF_PATH) };
    Some(state.theme.render("admin/again.html", &again).map(|html| Html(html).into_response()).map_err(Failure::from))
}

fn to_sign_in(page: &str, back: &str) -> Response {
    let query = serde_urlencoded::to_string([("next", back)]).unwrap_or_default();
    Redirect::to(&format!("{page}?{query}")).into_response()
}

/// Where to go after signing in: only ever a path of this shop.
pub fn safe_next<'n>(next: &'n str, otherwise: &'n str) -> &'n str {
    let mut bytes = next.bytes();
    let local = bytes.next() == Some(b'/') && !matches!(bytes.next(), Some(b'/' | b'\\'));
    let clean = next.len() <= 400 && next.bytes().all(|byte| byte > 0x20 && byte != b'\\' && byte < 0x7f);
    if local && clean { next } else { otherwise }
}

#[cfg(test)]
mod tests {
    use super::safe_next;

    #[test]
    fn only_a_path_of_this_shop_is_gone_to() {
        for good in ["/", "/account/orders", "/search?q=a%20b"] {
            assert_eq!(safe_next(good, "/home"), good);
        }
        for bad in ["", "//evil.example", "/\\evil.example", "https://evil.example", "javascript:x", "/a\r\nb", "/\t/x"]
        {
            assert_eq!(safe_next(bad, "/home"), "/home", "{bad:?}");
        }
    }
}
