//! Signing in and out, registering, and a customer's own orders.

use axum::{
    extract::{Query, State},
    response::{Html, IntoResponse as _, Redirect},
};
use futures::future::join_all;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use souk_contracts::{
    CustomerId,
    accounts::{Credentials, PASSWORD_CHARS_MIN, Person, Registration, Session},
    orders::OrderSummary,
};
use souk_types::{Cursor, PageRequest, limits::LINE_BYTES_MAX};

use crate::{
    body::Form,
    error::{Answer, Failure, retry_after, sentence},
    flash::{self, Notice},
    format,
    session::{self, Visitor, safe_next},
    state::AppState,
    storefront::{context::Base, order_view},
    view::{Badge, Errors, ImageView, MoneyView, Pagination, TimeView, Values},
};

/// Where a customer goes who does not come from anywhere.
pub const HOME: &str = "/account/orders";
/// Orders on one page.
const PAGE_ORDERS: u32 = 10;
/// Pictures of one order.
const IMAGES_MAX: usize = 4;
/// Bytes of a password: hashing takes longer for longer ones.
const PASSWORD_BYTES_MAX: usize = 1_024;

#[derive(Serialize)]
struct FormPage {
    #[serde(flatten)]
    base: Base,
    errors: Errors,
    values: Values,
    password_chars_min: usize,
}

impl FormPage {
    fn of(base: Base, errors: Errors, values: Values) -> Self {
        Self { base, errors, values, password_chars_min: PASSWORD_CHARS_MIN }
    }
}

#[derive(Serialize)]
struct OrdersPage {
    #[serde(flatten)]
    base: Base,
    email_verified: bool,
    orders: Vec<OrderRow>,
    pagination: Pagination,
}

#[derive(Serialize)]
struct OrderRow {
    number: String,
    url: String,
    placed_at: TimeView,
    total: MoneyView,
    item_text: String,
    status: Badge,
    images: Vec<ImageView>,
}

/// Where to go afterwards.
#[derive(Debug, Default, Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
}

/// One of the two pages with a form.
#[derive(Clone, Copy)]
enum Door {
    SignIn,
    Register,
}

impl Door {
    fn path(self) -> &'static str {
        match self {
            Self::SignIn => "/account/sign-in",
            Self::Register => "/account/register",
        }
    }

    fn template(self) -> &'static str {
        match self {
            Self::SignIn => "account/sign_in.html",
            Self::Register => "account/register.html",
        }
    }
}

/// `GET /account/sign-in`.
pub async fn sign_in_page(state: State<AppState>, next: Query<Next>, headers: HeaderMap, visitor: Visitor) -> Answer {
    door(state.0, &next.0, &headers, visitor, Door::SignIn).await
}

/// `GET /account/register`.
pub async fn register_page(state: State<AppState>, next: Query<Next>, headers: HeaderMap, visitor: Visitor) -> Answer {
    door(state.0, &next.0, &headers, visitor, Door::Register).await
}

async fn door(state: AppState, next: &Next, headers: &HeaderMap, mut visitor: Visitor, door: Door) -> Answer {
    let next = safe_next(&next.next, HOME);
    if visitor.identity.is_some() {
        return Ok(visitor.jar.onto(Redirect::to(next).into_response()));
    }
    let notice = flash::take(&state, headers, &mut visitor.jar);
    let values = Values::from([("next".to_owned(), next.to_owned())]);
    let base = Base::of(&state, door.path(), &visitor, notice).await;
    let html = state.theme.render(door.template(), &FormPage::of(base, Errors::new(), values))?;
    Ok(visitor.jar.onto(Html(html).into_response()))
}

/// `POST /account/sign-in`.
pub async fn sign_in(State(state): State<AppState>, headers: HeaderMap, visitor: Visitor, form: Form) -> Answer {
    let credentials = Credentials { email: form.text("email").to_owned(), password: form.raw("password").to_owned() };
    if let Some(errors) = too_long(&form) {
        return wrong(&state, visitor, &form, Door::SignIn, StatusCode::UNPROCESSABLE_ENTITY, errors).await;
    }
    match state.accounts.sign_in(&visitor.cx, credentials).await {
        Ok(session) => enter(&state, &headers, visitor, &form, &session).await,
        Err(error) => refused(&state, visitor, &form, Door::SignIn, error.into()).await,
    }
}

/// `POST /account/register`.
pub async fn register(State(state): State<AppState>, headers: HeaderMap, visitor: Visitor, form: Form) -> Answer {
    if let Some(errors) = too_long(&form) {
        return wrong(&state, visitor, &form, Door::Register, StatusCode::UNPROCESSABLE_ENTITY, errors).await;
    }
    let registration = Registration {
        email: form.text("email").to_owned(),
        password: form.raw("password").to_owned(),
        name: form.text("name").to_owned(),
    };
    match state.accounts.register(&visitor.cx, registration).await {
        Ok(session) => enter(&state, &headers, visitor, &form, &session).await,
        Err(error) => refused(&state, visitor, &form, Door::Register, error.into()).await,
    }
}

pub fn too_long(form: &Form) -> Option<Errors> {
    let fields = [
        ("email", LINE_BYTES_MAX),
        ("name", LINE_BYTES_MAX),
        ("password", PASSWORD_BYTES_MAX),
        ("current_password", PASSWORD_BYTES_MAX),
    ];
    let long = fields.into_iter().filter(|(name, max)| form.raw(name).len() > *max);
    let errors: Errors = long.map(|(name, _)| (name.to_owned(), "This is too long.".to_owned())).collect();
    (!errors.is_empty()).then_some(errors)
}

/// Lets a customer in; what they put in the cart as a guest comes along.
pub async fn enter(
    state: &AppState,
    headers: &HeaderMap,
    mut visitor: Visitor,
    form: &Form,
    session: &Session,
) -> Answer {
    let guest = visitor.customer().filter(|_| visitor.identity.is_none());
    if let Some(old) = session::session_token(headers) {
        state.sessions.forget(old).await;
    }
    visitor.sign_in(state, session);
    match (guest, session.identity.person) {
        (Some(guest), Person::Customer(customer)) => take_along(state, &mut visitor, guest, customer).await,
        (None, _) | (_, Person::Staff(..)) => visitor.end_guest(),
    }
    let next = safe_next(form.text("next"), HOME);
    Ok(visitor.jar.onto(Redirect::to(next).into_response()))
}

/// Takes a guest's cart along. What cannot be reached now comes along when the cart is looked at later.
pub async fn take_along(state: &AppState, visitor: &mut Visitor, guest: CustomerId, customer: CustomerId) {
    match state.cart.merge(&visitor.cx.as_service("web"), guest, customer).await {
        Ok(cart) => {
            visitor.end_guest();
            visitor.set_cart_count(cart.pieces);
        }
        Err(error) => {
            tracing::warn!(%error, "a guest's cart was not taken along");
            let text = "You are signed in. What was in your cart is kept: it comes along when you open your cart a little later.";
            flash::leave(state, &mut visitor.jar, Notice::warning(text));
        }
    }
}

async fn refused(state: &AppState, visitor: Visitor, form: &Form, door: Door, failure: Failure) -> Answer {
    let retry_after_s = failure.retry_after_s;
    let (status, errors) = in_form(failure)?;
    let page = wrong(state, visitor, form, door, status, errors).await?;
    Ok(retry_after(page, retry_after_s))
}

/// What a service refused, by the form's fields; what nobody can mend in the form is left to the error page.
pub fn in_form(failure: Failure) -> Result<(StatusCode, Errors), Failure> {
    if failure.status.is_server_error() {
        return Err(failure);
    }
    let mut errors: Errors = failure
        .field_map()
        .into_iter()
        .map(|(field, text)| match field.as_str() {
            "email" | "name" | "password" => (field, sentence(&text)),
            _ => ("form".to_owned(), sentence(&text)),
        })
        .collect();
    if errors.is_empty() {
        errors.insert("form".to_owned(), sentence(&failure.message));
    }
    let status = match failure.status {
        StatusCode::FORBIDDEN => StatusCode::UNPROCESSABLE_ENTITY,
        other => other,
    };
    Ok((status, errors))
}

async fn wrong(
    state: &AppState,
    visitor: Visitor,
    form: &Form,
    door: Door,
    status: StatusCode,
    errors: Errors,
) -> Answer {
    let shown = |name: &str| (name.to_owned(), form.text(name).chars().take(LINE_BYTES_MAX).collect());
    let mut values = Values::from([shown("email"), shown("name")]);
    values.insert("next".to_owned(), safe_next(form.text("next"), HOME).to_owned());
    let base = Base::of(state, door.path(), &visitor, None).await;
    let html = state.theme.render(door.template(), &FormPage::of(base, errors, values))?;
    Ok(visitor.jar.onto((status, Html(html)).into_response()))
}

/// `POST /account/sign-out`.
pub async fn sign_out(State(state): State<AppState>, headers: HeaderMap, mut visitor: Visitor) -> Answer {
    if let Some(token) = session::session_token(&headers) {
        state.accounts.sign_out(&visitor.cx, token.to_owned()).await?;
        state.sessions.forget(token).await;
    }
    visitor.sign_out();
    flash::leave(&state, &mut visitor.jar, Notice::success("You are signed out."));
    Ok(visitor.jar.onto(Redirect::to("/account/sign-in").into_response()))
}

/// Which page of the orders.
#[derive(Debug, Default, Deserialize)]
pub struct After {
    after: Option<String>,
}

/// `GET /account/orders?after=`.
pub async fn orders(
    State(state): State<AppState>,
    Query(page): Query<After>,
    headers: HeaderMap,
    mut visitor: Visitor,
) -> Answer {
    let customer = match visitor.require_account(&state, HOME) {
        Ok(customer) => customer,
        Err(elsewhere) => return Ok(visitor.jar.onto(*elsewhere)),
    };
    let after = page.after.filter(|after| !after.is_empty());
    if after.as_ref().is_some_and(|after| after.len() > LINE_BYTES_MAX) {
        return Err(Failure::invalid("after", "is too long"));
    }
    let first = after.is_none();
    let request = PageRequest { limit: PAGE_ORDERS, after: after.map(Cursor) };
    let found = state.orders.of_customer(&visitor.cx, customer, request).await?;
    let rows = join_all(found.items.iter().map(|summary| row(&state, &visitor, summary))).await;
    let next = found
        .next
        .map(|cursor| format!("{HOME}?{}", serde_urlencoded::to_string([("after", cursor.0)]).unwrap_or_default()));
    let notice = flash::take(&state, &headers, &mut visitor.jar);
    // What cannot be told is not asked for.
    let profile = state.accounts.profile(&visitor.cx, customer).await.ok().flatten();
    let page = OrdersPage {
        base: Base::of(&state, HOME, &visitor, notice).await,
        email_verified: profile.is_none_or(|profile| profile.email_verified),
        orders: rows,
        pagination: Pagination { prev_url: (!first).then(|| HOME.to_owned()), next_url: next, label: String::new() },
    };
    let html = state.theme.render("account/orders.html", &page)?;
    Ok(visitor.jar.onto(Html(html).into_response()))
}

/// A line of the list; its pictures and the link are in the order itself.
async fn row(state: &AppState, visitor: &Visitor, summary: &OrderSummary) -> OrderRow {
    let order = state.orders.order(&visitor.cx, summary.customer, summary.id, None).await.ok().flatten();
    let lines = order.as_ref().map(|order| order.lines.as_slice()).unwrap_or_default();
    let images = lines.iter().filter_map(|line| Some(format::image(line.image.as_ref()?, &line.title)));
    OrderRow {
        number: summary.number.clone(),
        // Signed in, the customer needs no key.
        url: format!("/orders/{}", summary.number),
        placed_at: format::time(summary.created_at),
        total: format::money(summary.total),
        item_text: format::counted(summary.pieces, "item", "items"),
        status: order_view::status(summary.lifecycle, summary.fulfilment),
        images: images.take(IMAGES_MAX).collect(),
    }
}
