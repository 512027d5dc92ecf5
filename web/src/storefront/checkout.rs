//! Buying what is in the cart.
//!
//! A cart becomes an order once, however often the form is sent: its id is the form's idempotency key.

use axum::{
    Json,
    extract::{Query, State},
    response::{IntoResponse as _, Redirect},
};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use souk_contracts::{
    Address, CustomerId,
    cart::{CartLine, CartState},
    orders::{Quote, QuoteRequest},
};
use souk_types::{Cx, PageRequest};

use crate::{
    body::Payload,
    error::{Answer, Failure, Words},
    flash::{self, Notice},
    negotiate::prefers_json,
    session::{SESSION_ENDED, Visitor},
    state::AppState,
    storefront::{
        cart::settled,
        checkout_form::{CheckoutForm, CheckoutJson},
        checkout_page::{Priced, Said, page, price},
        checkout_place::{self, Pending},
        shared,
    },
    view::Errors,
};

/// A destination in the address of the page, for programs.
#[derive(Debug, Default, Deserialize)]
pub struct Destination {
    country: Option<String>,
    #[serde(default)]
    region: String,
    method: Option<String>,
}

/// What the checkout says when something is away that it needs, before anything was sent to be bought.
const NOT_NOW: Words = (
    "We cannot take orders just now",
    &[
        "Nothing was ordered, and nothing was taken.",
        "Your cart is kept.",
        "Wait a minute, then open the checkout again.",
    ],
);
/// The same once it was sent: whether it came in is not known here.
const NOT_SURE: Words = (
    "We could not finish this just now",
    &[
        "Your cart is kept. If your order did come in, it is kept, too, and we write to you.",
        "Wait a minute, then reload this page to send it again: one cart is never ordered or paid twice.",
    ],
);

/// `GET /checkout`: the page; as JSON (with `country`, `region`, `method`) the quote.
pub async fn show(
    State(state): State<AppState>,
    Query(to): Query<Destination>,
    headers: HeaderMap,
    visitor: Visitor,
) -> Answer {
    look(state, to, headers, visitor).await.map_err(|failure| failure.away_in(&NOT_NOW))
}

async fn look(state: AppState, to: Destination, headers: HeaderMap, mut visitor: Visitor) -> Answer {
    if visitor.session_ended() {
        return sign_in_again(&state, &headers, visitor);
    }
    let Some(customer) = visitor.customer() else {
        return empty(&headers);
    };
    if prefers_json(&headers) {
        let request = QuoteRequest {
            customer,
            country: to.country.unwrap_or_else(|| state.shop.country.clone()),
            region: to.region,
            method: to.method,
        };
        return Ok(Json(quote(&state, &visitor.cx, request).await?).into_response());
    }
    let form = first_form(&state, &headers, &visitor, customer).await?;
    let priced = price(&state, &visitor, customer, &form).await?;
    if let Some(url) = not_now(&state, &headers, &mut visitor, &priced) {
        return Ok(visitor.jar.onto(Redirect::to(&url).into_response()));
    }
    let notice = flash::take(&state, &headers, &mut visitor.jar);
    let response = page(&state, &visitor, &form, &priced, Said { notice, ..Said::nothing() }).await?;
    Ok(visitor.jar.onto(response))
}

/// The cart is a customer's, whose session has ended: as a guest they would find nothing.
fn sign_in_again(state: &AppState, headers: &HeaderMap, mut visitor: Visitor) -> Answer {
    if prefers_json(headers) {
        let (code, text) = SESSION_ENDED;
        return Err(Failure::new(StatusCode::UNAUTHORIZED, code, text));
    }
    let elsewhere = visitor.lead_to_sign_in(state, "/checkout");
    Ok(visitor.jar.onto(elsewhere))
}

fn empty(headers: &HeaderMap) -> Answer {
    match prefers_json(headers) {
        true => Err(souk_contracts::orders::Error::EmptyCart.into()),
        false => Ok(Redirect::to("/cart").into_response()),
    }
}

/// Prices a cart for a destination. One that is just becoming an order, or coming back from one, is waited for.
///
/// # Errors
/// Whatever the services refuse.
pub async fn quote(state: &AppState, cx: &Cx, request: QuoteRequest) -> Result<Quote, Failure> {
    let quote = state.orders.quote(cx, request.clone()).await?;
    if quote.cart.state == CartState::Completing {
        settled(state, cx, request.customer).await?;
        return Ok(state.orders.quote(cx, request).await?);
    }
    Ok(quote)
}

/// What the form holds at first: what was entered a while ago, or where the last order went.
async fn first_form(
    state: &AppState,
    headers: &HeaderMap,
    visitor: &Visitor,
    customer: CustomerId,
) -> Result<CheckoutForm, Failure> {
    let mut form = match CheckoutForm::kept(state, headers) {
        Some(form) => form.with_addresses(state, visitor).await,
        None => of_own_addresses(state, visitor, customer).await,
    };
    if let Some(identity) = visitor.identity.as_ref().filter(|_| form.email.is_empty()) {
        form.email.clone_from(&identity.email);
        if form.address.name.is_empty() {
            form.address.name.clone_from(&identity.name);
        }
    }
    if form.address.country.is_empty() {
        form.address.country = default_country(state).await?;
    }
    Ok(form)
}

/// The shop's own country, if it delivers there; otherwise the first that it delivers to.
pub async fn default_country(state: &AppState) -> Result<String, Failure> {
    let countries = shared::countries(state).await?;
    let own = countries.iter().find(|choice| choice.value == state.shop.country);
    let country = own.or(countries.first()).map(|choice| choice.value.clone());
    Ok(country.unwrap_or_else(|| state.shop.country.clone()))
}

/// The customer's default address, or else where the last order went.
async fn of_own_addresses(state: &AppState, visitor: &Visitor, customer: CustomerId) -> CheckoutForm {
    let mut form = CheckoutForm::default().with_addresses(state, visitor).await;
    match form.addresses.first().map(|kept| kept.id) {
        Some(first) => form.choose(Some(first)),
        None => form = of_last_order(state, visitor, customer).await.unwrap_or_default(),
    }
    form
}

async fn of_last_order(state: &AppState, visitor: &Visitor, customer: CustomerId) -> Option<CheckoutForm> {
    visitor.identity.as_ref()?;
    let page = state.orders.of_customer(&visitor.cx, customer, PageRequest::first(1)).await.ok()?;
    let last = page.items.first()?;
    let order = state.orders.order(&visitor.cx, customer, last.id, None).await.ok()??;
    let rate = order.delivery.method;
    Some(CheckoutForm { email: order.email, address: order.address, rate, ..CheckoutForm::default() })
}

/// Where to go instead, when this cart cannot be bought as it is.
fn not_now(state: &AppState, headers: &HeaderMap, visitor: &mut Visitor, priced: &Priced) -> Option<String> {
    if priced.cart.state == CartState::Completing {
        if let Some(pending) = Pending::of(headers) {
            return Some(pending.continue_url());
        }
        let text = "An order is being made from this cart. Wait a moment, then look again.";
        flash::leave(state, &mut visitor.jar, Notice::info(text));
        return Some("/cart".to_owned());
    }
    if !priced.cart.lines.iter().all(CartLine::can_be_bought) {
        let text = "Some items cannot be bought as they are. Change the lines that are marked, then go on.";
        flash::leave(state, &mut visitor.jar, Notice::warning(text));
        return Some("/cart".to_owned());
    }
    priced.cart.lines.is_empty().then(|| "/cart".to_owned())
}

/// `POST /checkout`: `intent=update` prices anew; everything else buys.
pub async fn submit(
    State(state): State<AppState>,
    headers: HeaderMap,
    visitor: Visitor,
    payload: Payload<CheckoutJson>,
) -> Answer {
    take(state, headers, visitor, payload).await.map_err(|failure| failure.away_in(&NOT_NOW))
}

async fn take(state: AppState, headers: HeaderMap, mut visitor: Visitor, payload: Payload<CheckoutJson>) -> Answer {
    let json = prefers_json(&headers);
    let (form, update) = match payload {
        Payload::Json(json) => (CheckoutForm::from(json), false),
        Payload::Form(form) => (CheckoutForm::from(&form), form.text("intent") == "update"),
    };
    if visitor.session_ended() {
        form.keep(&state, &mut visitor.jar);
        return sign_in_again(&state, &headers, visitor);
    }
    let Some(customer) = visitor.customer() else {
        return empty(&headers);
    };
    if json {
        return buy(&state, visitor, customer, form, true).await;
    }
    let mut form = form.with_addresses(&state, &visitor).await;
    if form.address == Address::default() {
        // Another address than those that are kept: its fields were not on the page yet.
        form.address.country = default_country(&state).await?;
    }
    let problems = if update { Errors::new() } else { form.problems() };
    if !update && problems.is_empty() {
        form.keep_if_wanted(&state, &visitor).await;
    }
    let hosted = form.payment_token.is_empty();
    if !update && !hosted && problems.is_empty() {
        return buy(&state, visitor, customer, form, false).await;
    }
    let priced = price(&state, &visitor, customer, &form).await?;
    if let Some(url) = not_now(&state, &headers, &mut visitor, &priced) {
        return Ok(visitor.jar.onto(Redirect::to(&url).into_response()));
    }
    if update || !problems.is_empty() {
        let said = if update { Said::nothing() } else { Said::wrong(problems) };
        let response = page(&state, &visitor, &form, &priced, said).await?;
        return Ok(visitor.jar.onto(response));
    }
    if priced.total_minor() != Some(form.expected_total) {
        return checkout_place::other_total(&state, visitor, &form, &priced).await;
    }
    to_hosted_page(&state, visitor, form, &priced).await
}

/// Keeps what was entered and sends the shopper to the gateway's own page: by choice, or without scripts.
async fn to_hosted_page(state: &AppState, mut visitor: Visitor, mut form: CheckoutForm, priced: &Priced) -> Answer {
    let payment = shared::payment(state).await?;
    let chosen = &form.payment_method;
    if !chosen.is_empty() && payment.methods.iter().all(|method| method.code != *chosen) {
        let text = "This way to pay is not offered any more. Nothing was taken: choose another.";
        let said = Said::wrong(Errors::from([("payment".to_owned(), text.to_owned())]));
        let response = page(state, &visitor, &form, priced, said).await?;
        return Ok(visitor.jar.onto(response));
    }
    form.cart = priced.cart.id;
    if !form.keep(state, &mut visitor.jar) {
        let errors = Errors::from([("form".to_owned(), "This address is too long. Shorten it, please.".to_owned())]);
        let response = page(state, &visitor, &form, priced, Said::wrong(errors)).await?;
        return Ok(visitor.jar.onto(response));
    }
    let elsewhere = payment.hosted_page_url.contains("://");
    let shop = if elsewhere { state.shop.public_url.as_str() } else { "" };
    let back = format!("{shop}/checkout/pay-return");
    let amount = form.expected_total.to_string();
    let currency = state.shop.currency.to_string();
    let query = [("return", back.as_str()), ("amount", amount.as_str()), ("currency", currency.as_str())];
    let query = serde_urlencoded::to_string(query).unwrap_or_default();
    let joint = if payment.hosted_page_url.contains('?') { '&' } else { '?' };
    let url = format!("{}{joint}{query}", payment.hosted_page_url);
    Ok(visitor.jar.onto(Redirect::to(&url).into_response()))
}

/// What the gateway's page brings back.
#[derive(Debug, Default, Deserialize)]
pub struct Paid {
    #[serde(default, alias = "payment_token")]
    token: String,
}

/// `GET /checkout/pay-return?payment_token=`: the shopper comes back from the gateway's own page.
pub async fn pay_return(
    State(state): State<AppState>,
    Query(paid): Query<Paid>,
    headers: HeaderMap,
    mut visitor: Visitor,
) -> Answer {
    let kept = CheckoutForm::kept(&state, &headers);
    let (Some(customer), Some(form), false) = (visitor.customer(), kept, paid.token.is_empty()) else {
        let text = "The payment was not finished. Nothing was taken, and your cart is kept.";
        flash::leave(&state, &mut visitor.jar, Notice::warning(text));
        return Ok(visitor.jar.onto(Redirect::to("/checkout").into_response()));
    };
    let form = CheckoutForm { payment_token: paid.token, ..form }.with_addresses(&state, &visitor).await;
    buy(&state, visitor, customer, form, false).await
}

async fn buy(state: &AppState, visitor: Visitor, customer: CustomerId, form: CheckoutForm, json: bool) -> Answer {
    let bought = checkout_place::place(state, visitor, customer, form, json).await;
    bought.map_err(|failure| failure.away_in(&NOT_SURE))
}
