//! Links by which staff who forgot their password choose a new one.

use axum::{
    extract::{Query, State},
    response::{Html, IntoResponse as _, Redirect, Response},
};
use http::HeaderMap;
use souk_contracts::accounts::Error;

use super::{
    forms::values,
    sign_in::{self, Token, begin, link_action, nobody, refusal, render},
};
use crate::{
    body::Form,
    cookies::Jar,
    error::{Answer, retry_after},
    flash::{self, Notice},
    state::AppState,
    view::{Errors, Values},
};

const FORGOT: &str = "/admin/forgot-password";
const FORGOT_PAGE: &str = "admin/forgot_password.html";
const RESET_PAGE: &str = "admin/reset_password.html";

/// `GET /admin/forgot-password`.
pub async fn forgot_page(State(state): State<AppState>, headers: HeaderMap) -> Answer {
    let mut jar = Jar::new(state.secure());
    let notice = flash::take(&state, &headers, &mut jar);
    let html = render(&state, FORGOT_PAGE, FORGOT, notice, Errors::new(), Values::new())?;
    Ok(jar.onto(Html(html).into_response()))
}

/// `POST /admin/forgot-password`: `email`. Whether there is such a member of staff is not said.
pub async fn forgot(State(state): State<AppState>, form: Form) -> Answer {
    let email = form.text("email").to_owned();
    match state.accounts.request_staff_password_reset(&nobody(&state), email).await {
        Ok(()) => {
            let text = "If somebody works here with this address, a link to choose a new password is on its way to it.";
            Ok(go(&state, sign_in::PAGE, Notice::success(text)))
        }
        Err(error) => {
            let (refusal, wait) = refusal(error)?;
            let html = render(&state, FORGOT_PAGE, FORGOT, None, refusal.errors, values(&form))?;
            Ok(retry_after((refusal.status, Html(html)).into_response(), wait))
        }
    }
}

/// `GET /admin/reset-password?token=`.
pub async fn reset_page(State(state): State<AppState>, Query(token): Query<Token>) -> Answer {
    if !state.accounts.may_reset_staff_password(&nobody(&state), token.token.clone()).await? {
        return Ok(link_used(&state));
    }
    let action = link_action("reset-password", &token);
    let html = render(&state, RESET_PAGE, &action, None, Errors::new(), Values::new())?;
    Ok(Html(html).into_response())
}

/// `POST /admin/reset-password?token=`: `password`.
pub async fn reset(State(state): State<AppState>, Query(token): Query<Token>, form: Form) -> Answer {
    let password = form.raw("password").to_owned();
    match state.accounts.reset_staff_password(&nobody(&state), token.token.clone(), password).await {
        Ok(session) => {
            state.sessions.forget_all();
            Ok(begin(&state, &session, sign_in::HOME))
        }
        Err(Error::LinkUsed) => Ok(link_used(&state)),
        Err(error) => {
            let (refusal, wait) = refusal(error)?;
            let action = link_action("reset-password", &token);
            let html = render(&state, RESET_PAGE, &action, None, refusal.errors, Values::new())?;
            Ok(retry_after((refusal.status, Html(html)).into_response(), wait))
        }
    }
}

fn link_used(state: &AppState) -> Response {
    go(state, FORGOT, Notice::warning("This link does not work any more. Have a new one sent."))
}

fn go(state: &AppState, to: &str, notice: Notice) -> Response {
    let mut jar = Jar::new(state.secure());
    flash::leave(state, &mut jar, notice);
    jar.onto(Redirect::to(to).into_response())
}
