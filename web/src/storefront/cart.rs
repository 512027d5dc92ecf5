//! The cart.

use std::time::Duration;

use axum::{
    Json,
    extract::State,
    response::{Html, IntoResponse as _, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;
use souk_contracts::{
    CartChangeId, CustomerId,
    cart::{self, CartState, CartView, Change, OUT_OF_REACH, Warning},
};
use souk_types::{
    Cx, Money, ServiceError as _,
    limits::{CART_LINES_MAX, LINE_BYTES_MAX, LINE_QUANTITY_MAX},
};
use tokio::time;

use crate::{
    api::idempotency::id_bits,
    body::{Form, Payload},
    error::{Answer, Failure, sentence},
    flash::{self, Notice},
    negotiate::prefers_json,
    session::Visitor,
    state::AppState,
    storefront::{account, cart_view, product, words},
    view::Errors,
};

/// How long a cart that is just becoming an order is waited for.
const COMPLETING_MAX: Duration = Duration::from_secs(2);

/// `GET /cart`: the page, or the `CartView` as JSON.
pub async fn show(State(state): State<AppState>, headers: HeaderMap, mut visitor: Visitor) -> Answer {
    if let (Some(guest), Some(customer)) = (visitor.left_behind(), visitor.customer()) {
        account::take_along(&state, &mut visitor, guest, customer).await;
    }
    let cart = view(&state, &visitor).await?;
    if prefers_json(&headers) {
        return Ok(visitor.jar.onto(Json(cart).into_response()));
    }
    let notice = flash::take(&state, &headers, &mut visitor.jar);
    if visitor.customer().is_some() {
        visitor.set_cart_count(cart.pieces);
    }
    let html = cart_view::page(&state, &visitor, &cart, Errors::new(), notice).await?;
    Ok(visitor.jar.onto(Html(html).into_response()))
}

/// `GET /cart/drawer`: what is in the cart, as a part of another page, for its script.
pub async fn drawer(State(state): State<AppState>, visitor: Visitor) -> Answer {
    let cart = view(&state, &visitor).await?;
    let html = cart_view::drawer(&state, &cart)?;
    Ok(visitor.jar.onto(Html(html).into_response()))
}

/// The visitor's cart; an empty one for who never put anything in.
pub async fn view(state: &AppState, visitor: &Visitor) -> Result<CartView, Failure> {
    match visitor.customer() {
        Some(customer) => Ok(state.cart.view(&visitor.cx, customer).await?),
        None => Ok(CartView {
            id: None,
            version: 0,
            state: CartState::Open,
            lines: Vec::new(),
            pieces: 0,
            subtotal: Money::zero(state.shop.currency),
            weight_g: 0,
        }),
    }
}

/// Something to put in the cart.
#[derive(Debug, Deserialize)]
pub struct NewLine {
    /// The SKU.
    #[serde(alias = "sku")]
    variant: String,
    #[serde(default = "one")]
    quantity: u32,
}

fn one() -> u32 {
    1
}

impl NewLine {
    fn read(payload: Payload<Self>) -> Result<Self, (String, &'static str)> {
        let line = match payload {
            Payload::Json(line) => line,
            Payload::Form(form) => {
                let name = if form.text("variant").is_empty() { "sku" } else { "variant" };
                let variant = form.text(name).to_owned();
                match form.text("quantity") {
                    "" => Self { variant, quantity: 1 },
                    text => match text.parse() {
                        Ok(quantity) => Self { variant, quantity },
                        Err(_) => return Err((variant, "Enter a whole number.")),
                    },
                }
            }
        };
        match line.quantity {
            0 => Err((line.variant, "Take at least one.")),
            1..=LINE_QUANTITY_MAX => Ok(line),
            _ => Err((line.variant, "That is more than one order can hold.")),
        }
    }
}

/// What a line was put in with.
#[derive(Serialize)]
struct Added {
    count: u64,
    text: String,
    cart: CartView,
}

/// `POST /cart/lines` with `variant` (or `sku`) and `quantity`: puts something in.
pub async fn add(
    State(state): State<AppState>,
    headers: HeaderMap,
    mut visitor: Visitor,
    payload: Payload<NewLine>,
) -> Answer {
    let json = prefers_json(&headers);
    let line = match NewLine::read(payload) {
        Ok(line) => line,
        Err((sku, wrong)) => return refuse(&state, visitor, &sku, Failure::invalid("quantity", wrong), json).await,
    };
    if line.variant.is_empty() || line.variant.len() > LINE_BYTES_MAX {
        return refuse(&state, visitor, "", Failure::invalid("variant", "Choose what to put in the cart."), json).await;
    }
    let customer = visitor.customer_or_new(&state);
    let wish = vec![Change::Add { sku: line.variant.clone(), quantity: line.quantity }];
    let cart = match change(&state, &visitor.cx, customer, wish).await {
        Ok(cart) => cart,
        Err(error) if error.kind().is_transient() => return not_now(&state, visitor, error, json),
        Err(error) => return refuse(&state, visitor, &line.variant, in_words(error), json).await,
    };
    visitor.set_cart_count(cart.pieces);
    let (text, fewer) = put_in(&cart, &line.variant);
    if json {
        let added = Added { count: cart.pieces, text, cart };
        return Ok(visitor.jar.onto(Json(added).into_response()));
    }
    let notice = if fewer { Notice::warning(text) } else { Notice::success(text) };
    flash::leave(&state, &mut visitor.jar, notice);
    Ok(visitor.jar.onto(Redirect::to("/cart").into_response()))
}

/// Says that a cart could not be changed because something is away or full, what is kept, and what to do.
fn not_now(state: &AppState, mut visitor: Visitor, error: cart::Error, json: bool) -> Answer {
    let mut text = "Your cart cannot be changed just now. What is in it is kept: try again in a minute.".to_owned();
    if let cart::Error::Fault(fault) = &error
        && fault.names_cause()
        && fault.public != OUT_OF_REACH
    {
        text = format!("{text} {}", sentence(&fault.public));
    }
    if json {
        return Err(Failure { message: text, ..Failure::from(error) });
    }
    tracing::warn!(%error, "a cart could not be changed");
    flash::leave(state, &mut visitor.jar, Notice::warning(text));
    Ok(visitor.jar.onto(Redirect::to("/cart").into_response()))
}

/// Says what is in the cart now, and whether it is less than was asked.
fn put_in(cart: &CartView, sku: &str) -> (String, bool) {
    let Some(line) = cart.lines.iter().find(|line| line.sku == sku) else {
        return ("Your cart was changed".to_owned(), false);
    };
    let fewer =
        line.warnings.iter().any(|warning| matches!(warning, Warning::Lowered { .. } | Warning::OnlyLeft { .. }));
    match fewer {
        true => (format!("Only {} of {} are left: that is what is in your cart", line.quantity, line.title), true),
        false => (format!("{} is in your cart", line.title), false),
    }
}

/// Changes a cart; one that is just becoming an order is waited for, because the next one follows at once.
pub async fn change(
    state: &AppState,
    cx: &Cx,
    customer: CustomerId,
    changes: Vec<Change>,
) -> Result<CartView, cart::Error> {
    let id = id_bits(cx).map_or_else(|| CartChangeId::generate(&state.env), CartChangeId::from_bits);
    match state.cart.change(cx, customer, id, changes.clone()).await {
        Err(cart::Error::Completing) => {
            settled(state, cx, customer).await?;
            state.cart.change(cx, customer, id, changes).await
        }
        other => other,
    }
}

/// The cart, once no order is being made from it, or as it is after two seconds.
pub async fn settled(state: &AppState, cx: &Cx, customer: CustomerId) -> Result<CartView, cart::Error> {
    let started = time::Instant::now();
    let mut pause = Duration::from_millis(5);
    loop {
        let cart = state.cart.view(cx, customer).await?;
        if cart.state != CartState::Completing || started.elapsed() > COMPLETING_MAX {
            return Ok(cart);
        }
        time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(100));
    }
}

fn in_words(error: cart::Error) -> Failure {
    let field = match &error {
        cart::Error::SoldOut { .. } => "quantity",
        cart::Error::UnknownSku { .. } => "variant",
        _ => "form",
    };
    let kind = error.kind();
    let mut failure = Failure::from(error);
    if failure.fields.is_empty() && !kind.is_transient() && kind != souk_types::ErrorKind::Internal {
        failure.fields = vec![souk_types::FieldError::new(field, sentence(&failure.message))];
    }
    failure
}

/// Shows why something was not put in: on the product's page, where the wish was made.
async fn refuse(state: &AppState, visitor: Visitor, sku: &str, failure: Failure, json: bool) -> Answer {
    if json || failure.status.is_server_error() || sku.is_empty() {
        return Err(failure);
    }
    match product::refused(state, &visitor, sku, failure.field_map(), None).await? {
        Some(html) => Ok(visitor.jar.onto((StatusCode::UNPROCESSABLE_ENTITY, Html(html)).into_response())),
        None => Err(failure),
    }
}

/// `POST /cart`: all quantities, and a button.
pub async fn update(State(state): State<AppState>, headers: HeaderMap, visitor: Visitor, form: Form) -> Answer {
    let Some(customer) = visitor.customer() else {
        return Ok(Redirect::to("/cart").into_response());
    };
    let (changes, mut errors) = wishes(&form);
    if errors.is_empty() && !changes.is_empty() {
        match change(&state, &visitor.cx, customer, changes).await {
            Ok(cart) => {
                return Ok(updated(&state, &headers, visitor, &cart));
            }
            Err(error) if error.kind().is_transient() => {
                return not_now(&state, visitor, error, prefers_json(&headers));
            }
            Err(error) => {
                let failure = Failure::from(error);
                if failure.status.is_server_error() || prefers_json(&headers) {
                    return Err(failure);
                }
                errors.insert("form".to_owned(), sentence(&failure.message));
            }
        }
    }
    if errors.is_empty() {
        return Ok(visitor.jar.onto(Redirect::to("/cart").into_response()));
    }
    if prefers_json(&headers) {
        let fields = errors.into_iter().map(|(field, text)| souk_types::FieldError::new(field, text)).collect();
        return Err(souk_types::Fault::invalid_fields(fields).into());
    }
    let cart = view(&state, &visitor).await?;
    let html = cart_view::page(&state, &visitor, &cart, errors, None).await?;
    Ok(visitor.jar.onto((StatusCode::UNPROCESSABLE_ENTITY, Html(html)).into_response()))
}

fn updated(state: &AppState, headers: &HeaderMap, mut visitor: Visitor, cart: &CartView) -> Response {
    visitor.set_cart_count(cart.pieces);
    if prefers_json(headers) {
        return visitor.jar.onto(Json(json!({"count": cart.pieces, "cart": cart})).into_response());
    }
    // The cart that is shown next does not know what was asked.
    if let Some(text) = words::lowered(&cart.lines) {
        flash::leave(state, &mut visitor.jar, Notice::warning(text));
    }
    visitor.jar.onto(Redirect::to("/cart").into_response())
}

/// What the form wants: each line's quantity, and the line that is to go.
fn wishes(form: &Form) -> (Vec<Change>, Errors) {
    let mut errors = Errors::new();
    let mut changes = Vec::new();
    let gone = form.text("remove");
    for (sku, text) in form.keyed("qty").take(CART_LINES_MAX) {
        if sku == gone || sku.is_empty() || sku.len() > LINE_BYTES_MAX {
            continue;
        }
        match text.parse::<u32>() {
            Ok(quantity) if quantity <= LINE_QUANTITY_MAX => {
                changes.push(Change::Set { sku: sku.to_owned(), quantity });
            }
            _ => {
                let wrong = format!("Enter a whole number up to {LINE_QUANTITY_MAX}.");
                errors.insert(format!("qty[{sku}]"), wrong);
            }
        }
    }
    if !gone.is_empty() && gone.len() <= LINE_BYTES_MAX {
        // Taking something out does not depend on the rest being right.
        errors.clear();
        changes.push(Change::Set { sku: gone.to_owned(), quantity: 0 });
    }
    (changes, errors)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&str, &str)]) -> Form {
        Form(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn all_quantities_are_set_and_the_removed_line_goes() {
        let (changes, errors) = wishes(&form(&[("qty[A]", "2"), ("qty[B]", "x"), ("remove", "B")]));
        assert!(errors.is_empty());
        assert_eq!(
            changes,
            [Change::Set { sku: "A".into(), quantity: 2 }, Change::Set { sku: "B".into(), quantity: 0 }]
        );
    }

    #[test]
    fn a_quantity_that_is_none_is_told_at_its_line() {
        let (_, errors) = wishes(&form(&[("qty[A]", "-1"), ("qty[B]", "1000"), ("qty[C]", "1"), ("update", "1")]));
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["qty[A]", "qty[B]"]);
    }
}
