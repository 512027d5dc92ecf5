//! Signing in and out, and the one-time link that makes the shop somebody's own.

use axum::{
    extract::{OriginalUri, Query, State},
    response::{Html, IntoResponse as _, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use souk_contracts::accounts::{Credentials, Error, PASSWORD_CHARS_MIN, Registration, Session};
use souk_types::{Actor, Cx};

use super::forms::{Refusal, values};
use crate::{
    assets::AssetUrls,
    body::Form,
    cookies::Jar,
    error::{Answer, Failure, retry_after},
    flash::{self, Notice},
    session::{self, Staff, safe_next},
    state::{AppState, CALL_LIMIT},
    view::{Errors, ShopView, Values},
};

/// Where the console begins.
pub const HOME: &str = "/admin";
/// Where one signs in.
pub const PAGE: &str = "/admin/sign-in";
const INVITATION: &str = "admin/invitation.html";

/// A page without the sidebar: nobody is signed in.
#[derive(Serialize)]
struct Plain<'a> {
    shop: ShopView,
    assets: AssetUrls,
    notice: Option<Notice>,
    action: &'a str,
    errors: Errors,
    values: Values,
    password_chars_min: usize,
}

/// Where to go after signing in.
#[derive(Debug, Default, Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
}

/// The secret of the one-time link.
#[derive(Debug, Default, Deserialize)]
pub struct Token {
    #[serde(default)]
    pub token: String,
}

/// `GET /admin/sign-in?next=`.
pub async fn page(
    State(state): State<AppState>,
    Query(next): Query<Next>,
    headers: HeaderMap,
    OriginalUri(uri): OriginalUri,
    staff: Result<Staff, Response>,
) -> Answer {
    let next = back_to(&next.next);
    if staff.is_ok() {
        return Ok(Redirect::to(next).into_response());
    }
    if let Some(again) = session::ask_again(&state, &headers, &uri) {
        return again;
    }
    let mut jar = Jar::new(state.secure());
    let notice = flash::take(&state, &headers, &mut jar);
    let values = Values::from([("next".to_owned(), next.to_owned())]);
    let html = render(&state, "admin/sign_in.html", PAGE, notice, Errors::new(), values)?;
    Ok(jar.onto(Html(html).into_response()))
}

/// `POST /admin/sign-in`: `email`, `password`, `next`.
pub async fn sign_in(State(state): State<AppState>, form: Form) -> Answer {
    let credentials = Credentials { email: form.text("email").to_owned(), password: form.raw("password").to_owned() };
    match state.accounts.sign_in_staff(&nobody(&state), credentials).await {
        Ok(session) => Ok(begin(&state, &session, back_to(form.text("next")))),
        Err(error) => refuse(&state, "admin/sign_in.html", PAGE, error, &form),
    }
}

/// `POST /admin/sign-out`.
pub async fn sign_out(State(state): State<AppState>, headers: HeaderMap) -> Answer {
    if let Some(token) = session::staff_token(&headers) {
        state.accounts.sign_out(&nobody(&state), token.to_owned()).await?;
        state.sessions.forget(token).await;
    }
    let mut jar = Jar::new(state.secure());
    session::sign_out_staff(&mut jar);
    flash::leave(&state, &mut jar, Notice::info("You are signed out."));
    Ok(jar.onto(Redirect::to(PAGE).into_response()))
}

/// `GET /admin/setup?token=`.
pub async fn setup_page(State(state): State<AppState>, Query(token): Query<Token>) -> Answer {
    let html = render(&state, "admin/setup.html", &link_action("setup", &token), None, Errors::new(), Values::new())?;
    Ok(Html(html).into_response())
}

/// `POST /admin/setup?token=`: `name`, `email`, `password`.
pub async fn set_up(State(state): State<AppState>, Query(token): Query<Token>, form: Form) -> Answer {
    let owner = Registration {
        email: form.text("email").to_owned(),
        password: form.raw("password").to_owned(),
        name: form.text("name").to_owned(),
    };
    let action = link_action("setup", &token);
    match state.accounts.create_owner(&nobody(&state), token.token, owner).await {
        Ok(session) => Ok(begin(&state, &session, HOME)),
        Err(error) => refuse(&state, "admin/setup.html", &action, error, &form),
    }
}

/// `GET /admin/invitation?token=`.
pub async fn invitation_page(State(state): State<AppState>, Query(token): Query<Token>) -> Answer {
    let values = invited(&state, &token).await?;
    let html = render(&state, INVITATION, &link_action("invitation", &token), None, Errors::new(), values)?;
    Ok(Html(html).into_response())
}

/// `POST /admin/invitation?token=`: `password`.
pub async fn accept_invitation(State(state): State<AppState>, Query(token): Query<Token>, form: Form) -> Answer {
    let password = form.raw("password").to_owned();
    match state.accounts.accept_invitation(&nobody(&state), token.token.clone(), password).await {
        Ok(session) => Ok(begin(&state, &session, HOME)),
        Err(error) => {
            let (refusal, retry_after_s) = refusal(error)?;
            let (action, values) = (link_action("invitation", &token), invited(&state, &token).await?);
            let html = render(&state, INVITATION, &action, None, refusal.errors, values)?;
            Ok(retry_after((refusal.status, Html(html)).into_response(), retry_after_s))
        }
    }
}

/// Whom the link invites; nothing when it does not work.
async fn invited(state: &AppState, token: &Token) -> Result<Values, Failure> {
    let found = state.accounts.invited(&nobody(state), token.token.clone()).await?;
    Ok(found.map(|invited| Values::from([("email".to_owned(), invited.email)])).unwrap_or_default())
}

/// Who signs in is nobody yet.
pub fn nobody(state: &AppState) -> Cx {
    Cx::new(Actor::ANONYMOUS, CALL_LIMIT, state.next_trace())
}

/// Only ever a page of the console.
fn back_to(next: &str) -> &str {
    let next = safe_next(next, HOME);
    if next.starts_with("/admin/") || next.starts_with("/admin?") { next } else { HOME }
}

/// The address of a form that a link led to.
pub fn link_action(page: &str, token: &Token) -> String {
    let query = serde_urlencoded::to_string([("token", &token.token)]).unwrap_or_default();
    format!("/admin/{page}?{query}")
}

/// Lets whoever has shown who they are in.
pub fn begin(state: &AppState, session: &Session, to: &str) -> Response {
    let mut jar = Jar::new(state.secure());
    session::sign_in_staff(state, &mut jar, session);
    jar.onto(Redirect::to(to).into_response())
}

fn refuse(state: &AppState, template: &str, action: &str, error: Error, form: &Form) -> Answer {
    let (refusal, retry_after_s) = refusal(error)?;
    let html = render(state, template, action, None, refusal.errors, values(form))?;
    Ok(retry_after((refusal.status, Html(html)).into_response(), retry_after_s))
}

/// What is wrong with what was entered, and how long to wait.
pub fn refusal(error: Error) -> Result<(Refusal, Option<u64>), Failure> {
    // Wrong passwords and used links are about what was entered, rather than about what somebody may do.
    let about_form = matches!(error, Error::WrongCredentials | Error::LinkUsed);
    let mut failure = Failure::from(error);
    if let (true, StatusCode::FORBIDDEN) = (about_form, failure.status) {
        failure.status = StatusCode::UNPROCESSABLE_ENTITY;
    }
    let retry_after_s = failure.retry_after_s;
    let place = |field: &str| matches!(field, "name" | "email" | "password").then(|| field.to_owned());
    Ok((Refusal::from_service(failure, place)?, retry_after_s))
}

/// A page for whoever is not signed in.
pub fn render(
    state: &AppState,
    template: &str,
    action: &str,
    notice: Option<Notice>,
    errors: Errors,
    values: Values,
) -> Result<String, Failure> {
    let assets = state.theme.assets().admin.clone();
    let page = Plain {
        shop: ShopView::of(&state.shop),
        assets,
        notice,
        action,
        errors,
        values,
        password_chars_min: PASSWORD_CHARS_MIN,
    };
    Ok(state.theme.render(template, &page)?)
}
