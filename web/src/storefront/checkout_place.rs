//! Placing an order from the checkout, and every way in which that can end.

use std::time::Duration;

use axum::{
    Json,
    extract::{Query, State},
    response::{IntoResponse as _, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use souk_contracts::{
    CartId, CustomerId,
    cart::CartState,
    inventory::Shortage,
    orders::{Error, Order, Placement},
};
use souk_types::{Cx, ErrorKind, Fault, ServiceError as _};
use tokio::time;

use crate::{
    cookies::{self, Cookie},
    error::{Answer, Failure, sentence},
    flash::{self, Notice},
    format,
    session::Visitor,
    state::AppState,
    storefront::{
        checkout_form::{self, CheckoutForm},
        checkout_page::{Priced, Said, page, price},
        order_view::{confirmation_url, track_url},
        orders::find,
    },
    view::Errors,
};

/// How long placing may take: a bank is asked on the way.
pub const PLACE_LIMIT: Duration = Duration::from_secs(25);
/// How long a cart is waited for that comes back from an order that ended.
const REOPEN_MAX: Duration = Duration::from_secs(2);
const PENDING: &str = "souk_pending";
const PENDING_LASTS: Duration = Duration::from_secs(3_600);

/// How an attempt to buy stands, for a program.
#[derive(Serialize)]
struct Standing<'o> {
    number: &'o str,
    access_key: &'o str,
    /// `placed`, `action_required` or `pending`.
    state: &'static str,
    /// Where the shopper must confirm.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'o str>,
}

/// Places the order, and answers with where the shopper goes next (or with how it stands, as JSON).
pub async fn place(
    state: &AppState,
    mut visitor: Visitor,
    customer: CustomerId,
    form: CheckoutForm,
    json: bool,
) -> Answer {
    visitor.cx = Cx::new(visitor.cx.actor, PLACE_LIMIT, visitor.cx.trace);
    if json {
        let placement = placed(state, &visitor.cx, customer, form).await?;
        return Ok(answer(visitor, &placement, true));
    }
    match attempt(state, &visitor.cx, customer, &form).await {
        Ok(Placement::Ended(order)) => {
            let text = ended(&order);
            let notice = Some(Notice::warning(text));
            let said = Said { status: StatusCode::CONFLICT, errors: Errors::new(), notice };
            again(state, visitor, customer, form, said).await
        }
        Ok(placement) => Ok(answer(visitor, &placement, false)),
        Err(error) => refused(state, visitor, customer, form, error).await,
    }
}

/// Places the order of a program; whatever does not come to one is a failure that says why.
///
/// # Errors
/// Why it did not come to an order.
pub async fn placed(state: &AppState, cx: &Cx, customer: CustomerId, form: CheckoutForm) -> Result<Placement, Failure> {
    match attempt(state, cx, customer, &form).await? {
        Placement::Ended(order) => Err(Failure::new(StatusCode::CONFLICT, "order_ended", ended(&order))),
        placement => Ok(placement),
    }
}

/// Tries to buy. When it comes to nothing, the cart has come back before this answers.
async fn attempt(state: &AppState, cx: &Cx, customer: CustomerId, form: &CheckoutForm) -> Result<Placement, Error> {
    let cart = match form.cart {
        Some(cart) => cart,
        None => state.cart.view(cx, customer).await.map_err(from_cart)?.id.ok_or(Error::EmptyCart)?,
    };
    let outcome = state.orders.place(cx, form.request(customer, cart, state)).await;
    if matches!(outcome, Ok(Placement::Ended(_)) | Err(Error::PaymentDeclined { .. })) {
        reopened(state, cx, customer, cart).await.map_err(from_cart)?;
    }
    outcome
}

fn from_cart(error: souk_contracts::cart::Error) -> Error {
    Error::Fault(Fault::new(error.kind(), error.public_message()).because(error))
}

/// Why the order of this cart ended before.
fn ended(order: &Order) -> String {
    let reason = order.cancel_reason.as_deref().unwrap_or("it was not paid in time");
    format!("The last attempt came to nothing: {} Your cart is kept; please try again.", sentence(reason))
}

/// Leads on from an order that was placed or is under way.
fn answer(mut visitor: Visitor, placement: &Placement, json: bool) -> Response {
    let order = placement.order();
    let (standing, url) = match placement {
        Placement::ActionRequired { url, .. } => ("action_required", Some(url.as_str())),
        Placement::Pending(_) => ("pending", None),
        Placement::Placed(_) | Placement::Ended(_) => ("placed", None),
    };
    visitor.set_cart_count(0);
    CheckoutForm::forget(&mut visitor.jar);
    match standing {
        "placed" => visitor.jar.set(Cookie::gone(PENDING).at("/checkout")),
        _ => Pending::remember(&mut visitor, order),
    }
    if json {
        let standing = Standing { number: &order.number, access_key: &order.access_key, state: standing, url };
        return visitor.jar.onto(Json(standing).into_response());
    }
    let next = match placement {
        Placement::ActionRequired { url, .. } => url.clone(),
        Placement::Pending(order) => track_url(order),
        Placement::Placed(order) | Placement::Ended(order) => confirmation_url(order),
    };
    visitor.jar.onto(Redirect::to(&next).into_response())
}

/// Tells the shopper why it did not come to an order; what was entered stays.
async fn refused(state: &AppState, visitor: Visitor, customer: CustomerId, form: CheckoutForm, error: Error) -> Answer {
    match error {
        Error::TotalChanged { .. } => {
            let priced = price(state, &visitor, customer, &form).await?;
            other_total(state, visitor, &form, &priced).await
        }
        Error::OutOfStock { shortages } => {
            let text = sold_out(state, &visitor.cx, customer, &shortages).await;
            Ok(to(state, visitor, "/cart", Notice::warning(text)))
        }
        Error::EmptyCart => Ok(to(state, visitor, "/cart", Notice::info("There is nothing in your cart to buy."))),
        Error::PaymentDeclined { reason, .. } => {
            let text = format!("{} Nothing was taken. Try again or use another card.", sentence(&reason));
            let errors = Errors::from([("payment".to_owned(), text)]);
            again(state, visitor, customer, form, Said { status: StatusCode::PAYMENT_REQUIRED, errors, notice: None })
                .await
        }
        Error::NotNow { reason, .. } => {
            let errors = Errors::from([("form".to_owned(), sentence(&reason))]);
            again(state, visitor, customer, form, Said { status: StatusCode::CONFLICT, errors, notice: None }).await
        }
        Error::Fault(fault) if matches!(fault.kind, ErrorKind::Invalid | ErrorKind::Conflict) => {
            let mut errors = checkout_form::errors(fault.fields());
            if errors.contains_key("payment") {
                // Staff may have switched a method off: the page offers those that there are now.
                state.shared.forget_settings().await;
            }
            if errors.is_empty() {
                errors.insert("form".to_owned(), sentence(&fault.public));
            }
            let status = StatusCode::from_u16(fault.kind.http_status()).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
            again(state, visitor, customer, form, Said { status, errors, notice: None }).await
        }
        Error::Fault(fault) => Err(fault.into()),
    }
}

/// The checkout page again, priced anew.
async fn again(state: &AppState, visitor: Visitor, customer: CustomerId, form: CheckoutForm, said: Said) -> Answer {
    let priced = price(state, &visitor, customer, &form).await?;
    let response = page(state, &visitor, &form, &priced, said).await?;
    Ok(visitor.jar.onto(response))
}

/// The page with the total as it is now; nothing was taken.
pub async fn other_total(state: &AppState, visitor: Visitor, form: &CheckoutForm, priced: &Priced) -> Answer {
    let now = priced.total_minor().map(|minor| souk_types::Money::new(minor, state.shop.currency));
    let text = match now {
        Some(now) => format!(
            "The total is {} now. Nothing was taken: look at it once more before you pay.",
            format::money_text(now)
        ),
        None => "We cannot deliver to this address. Nothing was taken: choose another.".to_owned(),
    };
    let said = Said { status: StatusCode::CONFLICT, errors: Errors::new(), notice: Some(Notice::warning(text)) };
    let response = page(state, &visitor, form, priced, said).await?;
    Ok(visitor.jar.onto(response))
}

fn to(state: &AppState, mut visitor: Visitor, url: &str, notice: Notice) -> Response {
    flash::leave(state, &mut visitor.jar, notice);
    visitor.jar.onto(Redirect::to(url).into_response())
}

/// Names what there is not enough of.
async fn sold_out(state: &AppState, cx: &Cx, customer: CustomerId, shortages: &[Shortage]) -> String {
    let cart = state.cart.view(cx, customer).await;
    let title = |sku: &str| {
        let lines = cart.as_ref().map(|cart| cart.lines.as_slice()).unwrap_or_default();
        lines.iter().find(|line| line.sku == sku).map_or_else(|| sku.to_owned(), |line| line.title.clone())
    };
    let lacks = shortages.iter().take(5).map(|shortage| match shortage.available {
        ..=0 => format!("{} is sold out", title(&shortage.sku)),
        left => format!("only {left} of {} are left", title(&shortage.sku)),
    });
    let lacks = lacks.collect::<Vec<_>>().join("; ");
    format!("{} Nothing was taken, and the rest of your cart is kept.", sentence(&lacks))
}

/// Waits until the lines of a cart whose order ended are back in an open one.
async fn reopened(
    state: &AppState,
    cx: &Cx,
    customer: CustomerId,
    ended: CartId,
) -> Result<(), souk_contracts::cart::Error> {
    let started = time::Instant::now();
    let mut pause = Duration::from_millis(5);
    while started.elapsed() < REOPEN_MAX {
        let cart = state.cart.view(cx, customer).await?;
        if cart.state == CartState::Open && cart.id.is_some_and(|id| id != ended) {
            break;
        }
        time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(100));
    }
    Ok(())
}

/// An order whose payment is under way, remembered in the shopper's browser.
#[derive(Debug, Default, Deserialize)]
pub struct Pending {
    #[serde(default)]
    order: String,
    #[serde(default)]
    key: String,
    /// The shopper wants to go on, rather than comes back from the bank.
    #[serde(default)]
    go_on: bool,
}

impl Pending {
    fn remember(visitor: &mut Visitor, order: &Order) {
        let value = format!("{}.{}", order.number, order.access_key);
        visitor.jar.set(Cookie::new(PENDING, &value).at("/checkout").lasting(PENDING_LASTS));
    }

    /// The order that was remembered.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let (order, key) = cookies::get(headers, PENDING)?.split_once('.')?;
        Some(Self { order: order.to_owned(), key: key.to_owned(), go_on: true })
    }

    /// Where the shopper goes on with it.
    pub fn continue_url(&self) -> String {
        let query = [("order", self.order.as_str()), ("key", self.key.as_str()), ("go_on", "true")];
        format!("/checkout/return?{}", serde_urlencoded::to_string(query).unwrap_or_default())
    }
}

/// `GET /checkout/return?order=&key=`: the shopper comes back from the bank's page.
pub async fn come_back(State(state): State<AppState>, Query(pending): Query<Pending>, visitor: Visitor) -> Answer {
    let order = find(&state, &visitor.cx, &pending.order, &pending.key).await?;
    // Whoever holds the key may ask how the order stands, in whichever browser the bank sent them to.
    let cx = Cx::new(souk_types::Actor::service("web"), PLACE_LIMIT, visitor.cx.trace);
    let own = visitor.customer() == Some(order.customer);
    let notice = match state.orders.resume(&cx, order.customer, order.id).await {
        Ok(Placement::ActionRequired { url, .. }) if pending.go_on => {
            return Ok(visitor.jar.onto(Redirect::to(&url).into_response()));
        }
        Ok(Placement::ActionRequired { .. }) => {
            let text = "Your bank still waits for your confirmation. Open the checkout again to go on.";
            return Ok(to(&state, visitor, &track_url(&order), Notice::warning(text)));
        }
        Ok(Placement::Ended(ended)) => {
            let reason = ended.cancel_reason.unwrap_or_else(|| "it was not paid in time".to_owned());
            Notice::error(format!("{} Nothing was taken; your cart is kept.", sentence(&reason)))
        }
        Ok(placement) => return Ok(answer(visitor, &placement, false)),
        Err(Error::PaymentDeclined { reason, .. }) => {
            let reason = sentence(&format!("the payment was declined: {reason}"));
            Notice::error(format!("{reason} Nothing was taken; your cart is kept. Try again or use another card."))
        }
        Err(Error::OutOfStock { shortages }) => {
            let text = sold_out(&state, &cx, order.customer, &shortages).await;
            return Ok(to(&state, visitor, if own { "/cart" } else { "/" }, Notice::warning(text)));
        }
        Err(other) => return Err(other.into()),
    };
    if !own {
        return Ok(to(&state, visitor, &track_url(&order), notice));
    }
    reopened(&state, &cx, order.customer, order.cart).await?;
    Ok(to(&state, visitor, "/checkout", notice))
}
