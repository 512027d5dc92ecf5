//! What a customer changes of their account: name, consent, password, sessions.

use axum::{
    extract::State,
    response::{Html, IntoResponse as _, Redirect},
};
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use souk_contracts::{
    CustomerId,
    accounts::{Error, PASSWORD_CHARS_MIN, PasswordChange, ProfileChange, SessionSummary},
};
use souk_types::limits::LINE_BYTES_MAX;

use super::{
    account::{in_form, too_long},
    context::Base,
};
use crate::{
    body::Form,
    error::{Answer, Failure, retry_after},
    flash::{self, Notice},
    format,
    session::{self, Visitor},
    state::AppState,
    view::{Errors, TimeView, Values},
};

const PROFILE: &str = "/account/profile";
const SECURITY: &str = "/account/security";

#[derive(Serialize)]
struct ProfilePage {
    #[serde(flatten)]
    base: Base,
    errors: Errors,
    values: Values,
    email: String,
    email_verified: bool,
    marketing: bool,
    marketing_since: Option<TimeView>,
}

#[derive(Serialize)]
struct SecurityPage {
    #[serde(flatten)]
    base: Base,
    errors: Errors,
    values: Values,
    password_chars_min: usize,
    sessions: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    id: String,
    begun_at: TimeView,
    seen_at: TimeView,
    is_current: bool,
}

/// What was sent and is wrong with it.
#[derive(Default)]
struct Refused {
    status: StatusCode,
    errors: Errors,
    wait: Option<u64>,
}

/// `GET /account/profile`.
pub async fn profile_page(State(state): State<AppState>, headers: HeaderMap, mut visitor: Visitor) -> Answer {
    let customer = match visitor.require_account(&state, PROFILE) {
        Ok(customer) => customer,
        Err(elsewhere) => return Ok(visitor.jar.onto(*elsewhere)),
    };
    let notice = flash::take(&state, &headers, &mut visitor.jar);
    show_profile(&state, visitor, customer, None, notice, Refused::default()).await
}

/// `POST /account/profile`: `name`, `marketing`.
pub async fn change_profile(
    State(state): State<AppState>,
    headers: HeaderMap,
    mut visitor: Visitor,
    form: Form,
) -> Answer {
    let customer = match visitor.require_account(&state, PROFILE) {
        Ok(customer) => customer,
        Err(elsewhere) => return Ok(visitor.jar.onto(*elsewhere)),
    };
    let change = ProfileChange { name: form.text("name").to_owned(), marketing: form.text("marketing") == "yes" };
    let refused = match too_long(&form) {
        Some(errors) => Refused { status: StatusCode::UNPROCESSABLE_ENTITY, errors, wait: None },
        None => match state.accounts.change_profile(&visitor.cx, customer, change.clone()).await {
            Ok(()) => {
                // Sessions carry the name.
                if let Some(token) = session::session_token(&headers) {
                    state.sessions.forget(token).await;
                }
                return go(&state, visitor, PROFILE, Notice::success("Your profile is saved."));
            }
            Err(error) => {
                let (status, errors) = in_form(error.into())?;
                Refused { status, errors, wait: None }
            }
        },
    };
    show_profile(&state, visitor, customer, Some(change), None, refused).await
}

async fn show_profile(
    state: &AppState,
    visitor: Visitor,
    customer: CustomerId,
    sent: Option<ProfileChange>,
    notice: Option<Notice>,
    refused: Refused,
) -> Answer {
    let kept = state.accounts.profile(&visitor.cx, customer).await?.ok_or_else(Failure::not_found)?;
    let marketing = sent.as_ref().map_or(kept.marketing_since.is_some(), |sent| sent.marketing);
    let name: String = sent.map_or(kept.name, |sent| sent.name).chars().take(LINE_BYTES_MAX).collect();
    let page = ProfilePage {
        base: Base::of(state, PROFILE, &visitor, notice).await,
        errors: refused.errors,
        values: Values::from([("name".to_owned(), name)]),
        email: kept.email,
        email_verified: kept.email_verified,
        marketing,
        marketing_since: kept.marketing_since.map(format::time),
    };
    let html = state.theme.render("account/profile.html", &page)?;
    Ok(visitor.jar.onto((refused.status, Html(html)).into_response()))
}

/// `GET /account/security`.
pub async fn security_page(State(state): State<AppState>, headers: HeaderMap, mut visitor: Visitor) -> Answer {
    let customer = match visitor.require_account(&state, SECURITY) {
        Ok(customer) => customer,
        Err(elsewhere) => return Ok(visitor.jar.onto(*elsewhere)),
    };
    let notice = flash::take(&state, &headers, &mut visitor.jar);
    show_security(&state, &headers, visitor, customer, notice, Refused::default()).await
}

/// `POST /account/security`: `current_password`, `password`.
pub async fn change_password(
    State(state): State<AppState>,
    headers: HeaderMap,
    mut visitor: Visitor,
    form: Form,
) -> Answer {
    let customer = match visitor.require_account(&state, SECURITY) {
        Ok(customer) => customer,
        Err(elsewhere) => return Ok(visitor.jar.onto(*elsewhere)),
    };
    let change = PasswordChange {
        current: form.raw("current_password").to_owned(),
        new: form.raw("password").to_owned(),
        keep: session::session_token(&headers).unwrap_or_default().to_owned(),
    };
    let refused = match too_long(&form) {
        Some(errors) => Refused { status: StatusCode::UNPROCESSABLE_ENTITY, errors, wait: None },
        None => match state.accounts.change_password(&visitor.cx, customer, change).await {
            Ok(()) => {
                state.sessions.forget_all();
                let text = "Your new password is set, and every other device is signed out.";
                return go(&state, visitor, SECURITY, Notice::success(text));
            }
            Err(error) => {
                let (status, errors, wait) = in_password_form(error, "current_password")?;
                Refused { status, errors, wait }
            }
        },
    };
    show_security(&state, &headers, visitor, customer, None, refused).await
}

/// What was refused in a form that asks for the present password in a field of this name.
pub fn in_password_form(error: Error, field: &str) -> Result<(StatusCode, Errors, Option<u64>), Failure> {
    if error == Error::WrongCredentials {
        let errors = Errors::from([(field.to_owned(), "This is not your present password.".to_owned())]);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, errors, None));
    }
    let failure = Failure::from(error);
    let wait = failure.retry_after_s;
    let (status, errors) = in_form(failure)?;
    Ok((status, errors, wait))
}

async fn show_security(
    state: &AppState,
    headers: &HeaderMap,
    visitor: Visitor,
    customer: CustomerId,
    notice: Option<Notice>,
    refused: Refused,
) -> Answer {
    let token = session::session_token(headers).unwrap_or_default().to_owned();
    let sessions = state.accounts.sessions(&visitor.cx, customer, token).await?;
    let page = SecurityPage {
        base: Base::of(state, SECURITY, &visitor, notice).await,
        errors: refused.errors,
        values: Values::new(),
        password_chars_min: PASSWORD_CHARS_MIN,
        sessions: sessions.into_iter().map(row).collect(),
    };
    let html = state.theme.render("account/security.html", &page)?;
    let response = visitor.jar.onto((refused.status, Html(html)).into_response());
    Ok(retry_after(response, refused.wait))
}

fn row(session: SessionSummary) -> Row {
    Row {
        id: session.id,
        begun_at: format::time(session.begun_at),
        seen_at: format::time(session.seen_at),
        is_current: session.is_current,
    }
}

/// `POST /account/sessions/end`: `session`.
pub async fn end_session(State(state): State<AppState>, mut visitor: Visitor, form: Form) -> Answer {
    let customer = match visitor.require_account(&state, SECURITY) {
        Ok(customer) => customer,
        Err(elsewhere) => return Ok(visitor.jar.onto(*elsewhere)),
    };
    state.accounts.end_session(&visitor.cx, customer, form.text("session").to_owned()).await?;
    state.sessions.forget_all();
    go(&state, visitor, SECURITY, Notice::success("That device is signed out."))
}

fn go(state: &AppState, mut visitor: Visitor, to: &str, notice: Notice) -> Answer {
    flash::leave(state, &mut visitor.jar, notice);
    Ok(visitor.jar.onto(Redirect::to(to).into_response()))
}
