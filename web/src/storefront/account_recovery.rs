//! Links that were sent by email: a new password, and showing that an address is one's own.

use axum::{
    extract::{Query, State},
    response::{Html, IntoResponse as _, Redirect},
};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use souk_contracts::accounts::{Error, PASSWORD_CHARS_MIN};
use souk_types::limits::LINE_BYTES_MAX;

use super::{
    account::{HOME, enter, in_form, too_long},
    context::Base,
};
use crate::{
    body::Form,
    error::{Answer, Failure, retry_after},
    flash::{self, Notice},
    session::{self, Visitor},
    state::AppState,
    view::{Errors, Values},
};

const SIGN_IN: &str = "/account/sign-in";
const FORGOT: &str = "/account/forgot-password";
const RESET: &str = "/account/reset-password";
const VERIFY: &str = "/account/verify";
const LINK_USED: &str = "This link does not work any more. Have a new one sent.";

/// The secret of a link.
#[derive(Debug, Default, Deserialize)]
pub struct Token {
    #[serde(default)]
    token: String,
}

#[derive(Serialize)]
struct FormPage {
    #[serde(flatten)]
    base: Base,
    errors: Errors,
    values: Values,
    password_chars_min: usize,
}

async fn show(
    state: &AppState,
    visitor: Visitor,
    (path, template): (&str, &str),
    (status, errors, values): (StatusCode, Errors, Values),
) -> Answer {
    let base = Base::of(state, path, &visitor, None).await;
    let page = FormPage { base, errors, values, password_chars_min: PASSWORD_CHARS_MIN };
    let html = state.theme.render(template, &page)?;
    Ok(visitor.jar.onto((status, Html(html)).into_response()))
}

fn go(state: &AppState, mut visitor: Visitor, to: &str, notice: Notice) -> Answer {
    flash::leave(state, &mut visitor.jar, notice);
    Ok(visitor.jar.onto(Redirect::to(to).into_response()))
}

/// `GET /account/forgot-password`.
pub async fn forgot_page(State(state): State<AppState>, headers: HeaderMap, mut visitor: Visitor) -> Answer {
    let notice = flash::take(&state, &headers, &mut visitor.jar);
    let base = Base::of(&state, FORGOT, &visitor, notice).await;
    let page = FormPage { base, errors: Errors::new(), values: Values::new(), password_chars_min: PASSWORD_CHARS_MIN };
    let html = state.theme.render("account/forgot_password.html", &page)?;
    Ok(visitor.jar.onto(Html(html).into_response()))
}

/// `POST /account/forgot-password`: `email`. Whether there is such an account is not said.
pub async fn forgot(State(state): State<AppState>, visitor: Visitor, form: Form) -> Answer {
    let refused = match too_long(&form) {
        Some(errors) => Some((StatusCode::UNPROCESSABLE_ENTITY, errors, None)),
        None => match state.accounts.request_password_reset(&visitor.cx, form.text("email").to_owned()).await {
            Ok(()) => None,
            Err(error) => {
                let failure = Failure::from(error);
                let wait = failure.retry_after_s;
                let (status, errors) = in_form(failure)?;
                Some((status, errors, wait))
            }
        },
    };
    let Some((status, errors, wait)) = refused else {
        let text = "If there is an account with this address, a link to choose a new password is on its way to it.";
        return go(&state, visitor, SIGN_IN, Notice::success(text));
    };
    let email = form.text("email").chars().take(LINE_BYTES_MAX).collect();
    let values = Values::from([("email".to_owned(), email)]);
    let page = show(&state, visitor, (FORGOT, "account/forgot_password.html"), (status, errors, values)).await?;
    Ok(retry_after(page, wait))
}

/// `GET /account/reset-password?token=`.
pub async fn reset_page(State(state): State<AppState>, Query(token): Query<Token>, visitor: Visitor) -> Answer {
    if !state.accounts.may_reset_password(&visitor.cx, token.token.clone()).await? {
        return go(&state, visitor, FORGOT, Notice::warning(LINK_USED));
    }
    let values = Values::from([("token".to_owned(), token.token)]);
    let page = (StatusCode::OK, Errors::new(), values);
    show(&state, visitor, (RESET, "account/reset_password.html"), page).await
}

/// `POST /account/reset-password`: `token`, `password`.
pub async fn reset(State(state): State<AppState>, headers: HeaderMap, visitor: Visitor, form: Form) -> Answer {
    let token = form.text("token").to_owned();
    let refused = match too_long(&form) {
        Some(errors) => (StatusCode::UNPROCESSABLE_ENTITY, errors),
        None => {
            let password = form.raw("password").to_owned();
            match state.accounts.reset_password(&visitor.cx, token.clone(), password).await {
                Ok(session) => {
                    state.sessions.forget_all();
                    return enter(&state, &headers, visitor, &form, &session).await;
                }
                Err(Error::LinkUsed) => return go(&state, visitor, FORGOT, Notice::warning(LINK_USED)),
                Err(error) => in_form(error.into())?,
            }
        }
    };
    let (status, errors) = refused;
    let values = Values::from([("token".to_owned(), token)]);
    show(&state, visitor, (RESET, "account/reset_password.html"), (status, errors, values)).await
}

/// `GET /account/verify?token=`: a page with a button, because mail programs open links to look at them.
pub async fn verify_page(State(state): State<AppState>, Query(token): Query<Token>, mut visitor: Visitor) -> Answer {
    if let Err(elsewhere) = visitor.require_account(&state, &verify_path(&token.token)) {
        return Ok(visitor.jar.onto(*elsewhere));
    }
    let values = Values::from([("token".to_owned(), token.token)]);
    show(&state, visitor, (VERIFY, "account/verify.html"), (StatusCode::OK, Errors::new(), values)).await
}

/// `POST /account/verify`: `token`.
pub async fn verify(State(state): State<AppState>, mut visitor: Visitor, form: Form) -> Answer {
    let token = form.text("token").to_owned();
    if let Err(elsewhere) = visitor.require_account(&state, &verify_path(&token)) {
        return Ok(visitor.jar.onto(*elsewhere));
    }
    let notice = match state.accounts.verify_email(&visitor.cx, token).await {
        Ok(()) => Notice::success("Your address is confirmed. Orders that you made with it join your account."),
        Err(Error::LinkUsed) => Notice::warning(LINK_USED),
        Err(error) => return Err(error.into()),
    };
    go(&state, visitor, HOME, notice)
}

fn verify_path(token: &str) -> String {
    format!("{VERIFY}?{}", serde_urlencoded::to_string([("token", token)]).unwrap_or_default())
}

/// `POST /account/verify/send`.
pub async fn send_verification(State(state): State<AppState>, mut visitor: Visitor) -> Answer {
    let customer = match visitor.require_account(&state, HOME) {
        Ok(customer) => customer,
        Err(elsewhere) => return Ok(visitor.jar.onto(*elsewhere)),
    };
    let notice = match state.accounts.request_verification(&visitor.cx, customer).await {
        Ok(()) => Notice::success("The link is on its way to you."),
        Err(Error::Throttled { retry_after_s }) => Notice::warning(format!(
            "A link was sent just now. If it has not come in {} minutes, try again.",
            retry_after_s.div_ceil(60)
        )),
        Err(error) => return Err(error.into()),
    };
    go(&state, visitor, HOME, notice)
}

/// `POST /account/sign-out-everywhere`.
pub async fn sign_out_everywhere(State(state): State<AppState>, headers: HeaderMap, mut visitor: Visitor) -> Answer {
    let customer = match visitor.require_account(&state, HOME) {
        Ok(customer) => customer,
        Err(elsewhere) => return Ok(visitor.jar.onto(*elsewhere)),
    };
    state.accounts.sign_out_everywhere(&visitor.cx, customer).await?;
    if let Some(token) = session::session_token(&headers) {
        state.sessions.forget(token).await;
    }
    state.sessions.forget_all();
    visitor.sign_out();
    go(&state, visitor, SIGN_IN, Notice::success("You are signed out on every device."))
}
