//! A link that brings a cart which was filled elsewhere, by an assistant for example, into the visitor's own.
//!
//! The link says which cart is meant and is signed; it does not make the visitor that cart's guest. What is in it is
//! copied when the visitor agrees, so that whoever sent the link sees nothing of what they then order.

use std::time::Duration;

use axum::{
    extract::{Path, State},
    response::{Html, IntoResponse as _, Redirect},
};
use serde::Serialize;
use souk_contracts::{
    CustomerId,
    cart::{CartLine, CartView, Change},
};
use souk_types::{Actor, Cx, Permissions, Timestamp};

use crate::{
    error::{Answer, Failure},
    flash::{self, Notice},
    format,
    session::Visitor,
    signing,
    state::AppState,
    storefront::{
        cart::{change, view},
        cart_view::summary_line,
        context::Base,
        orders::secret,
    },
    view::{MoneyView, SummaryLine, TotalRow},
};

const PURPOSE: &str = "cart link";
const LASTS: Duration = Duration::from_secs(24 * 3600);

/// Makes a link to a customer's cart, and says how long it holds.
pub fn make(state: &AppState, customer: CustomerId) -> (String, Timestamp) {
    let until = signing::until(&state.env, LASTS);
    let seal = state.signer.seal(PURPOSE, customer.to_string().as_bytes(), until);
    (format!("{}/cart/link/{seal}", state.shop.public_url), until)
}

/// The cart that a link is about, as it is now.
async fn linked(state: &AppState, cx: &Cx, seal: &str) -> Result<CartView, Failure> {
    let payload = state.signer.open(PURPOSE, seal, state.env.now());
    let customer = payload.and_then(|bytes| String::from_utf8(bytes).ok()?.parse::<CustomerId>().ok());
    let Some(customer) = customer else {
        let message = "This link has run out or is not complete. Ask for a new one where you got it.".into();
        return Err(Failure { message, ..Failure::not_found() });
    };
    let cx = Cx { actor: Actor::person(customer, Permissions::NONE), ..cx.clone() };
    Ok(state.cart.view(&cx, customer).await?)
}

#[derive(Serialize)]
struct LinkPage {
    #[serde(flatten)]
    base: Base,
    action: String,
    lines: Vec<SummaryLine>,
    left_out: Vec<String>,
    totals_rows: Vec<TotalRow>,
    total: MoneyView,
}

/// `GET /cart/link/{seal}`: what is in the cart, and a button that takes it.
pub async fn show(State(state): State<AppState>, Path(seal): Path<String>, visitor: Visitor) -> Answer {
    let cart = linked(&state, &visitor.cx, &seal).await?;
    let (good, bad): (Vec<_>, Vec<_>) = cart.lines.iter().partition(|line| line.can_be_bought());
    let total = format::money(cart.subtotal);
    let page = LinkPage {
        base: Base::of(&state, "/cart", &visitor, None).await,
        action: format!("/cart/link/{seal}"),
        lines: good.into_iter().map(summary_line).collect(),
        left_out: bad.into_iter().map(|line| line.title.clone()).collect(),
        totals_rows: vec![TotalRow::noted("Delivery", "Calculated at checkout")],
        total,
    };
    let html = state.theme.render("cart_link.html", &page)?;
    Ok(visitor.jar.onto(secret(Html(html).into_response())))
}

/// `POST /cart/link/{seal}`: puts it in the visitor's cart and goes to the checkout.
pub async fn take(State(state): State<AppState>, Path(seal): Path<String>, mut visitor: Visitor) -> Answer {
    let wanted = linked(&state, &visitor.cx, &seal).await?;
    let own = view(&state, &visitor).await?;
    let changes = missing(&wanted, &own);
    if changes.is_empty() {
        let to = if own.lines.is_empty() { "/cart" } else { "/checkout" };
        return Ok(visitor.jar.onto(Redirect::to(to).into_response()));
    }
    let customer = visitor.customer_or_new(&state);
    let cart = change(&state, &visitor.cx, customer, changes).await?;
    visitor.set_cart_count(cart.pieces);
    let left_out: Vec<_> = wanted.lines.iter().filter(|line| !line.can_be_bought()).collect();
    let to = match left_out.as_slice() {
        [] => "/checkout",
        lines => {
            let titles: Vec<_> = lines.iter().map(|line| line.title.as_str()).collect();
            let text = format!("The rest is in your cart. Not for sale now: {}.", titles.join(", "));
            flash::leave(&state, &mut visitor.jar, Notice::warning(text));
            "/cart"
        }
    };
    Ok(visitor.jar.onto(Redirect::to(to).into_response()))
}

/// What it takes for a cart to hold what another one holds. What is there already is not put in again, so that the
/// same link twice does nothing.
fn missing(wanted: &CartView, own: &CartView) -> Vec<Change> {
    let held = |line: &CartLine| own.lines.iter().find(|other| other.sku == line.sku).map_or(0, |line| line.quantity);
    let lines = wanted.lines.iter().filter(|line| line.can_be_bought() && held(line) < line.quantity);
    lines.map(|line| Change::Set { sku: line.sku.clone(), quantity: line.quantity }).collect()
}
