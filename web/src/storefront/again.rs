//! What else one does with an order: buy the same again, and print its invoice.

use axum::{
    extract::{Path, Query, State},
    response::{Html, IntoResponse as _, Redirect},
};
use http::HeaderMap;
use serde::Serialize;
use souk_contracts::{
    CustomerId,
    cart::{self, CartView, Change},
    orders::{Lifecycle, Order},
};

use crate::{
    error::{Answer, Failure},
    flash::{self, Notice},
    format,
    session::Visitor,
    state::AppState,
    storefront::{
        cart::change,
        context::Base,
        order_view::{OrderView, address_lines, total_rows},
        orders::{Key, find, paid_with, secret},
    },
    view::{MoneyView, TimeView, TotalRow},
};

/// `POST /orders/{number}/reorder?key=`: puts the same in the cart.
pub async fn reorder(
    State(state): State<AppState>,
    Path(number): Path<String>,
    Query(key): Query<Key>,
    mut visitor: Visitor,
) -> Answer {
    let order = find(&state, &visitor.cx, &number, key.as_str()).await?;
    let customer = visitor.customer_or_new(&state);
    let (cart, left_out) = put_in(&state, &visitor, customer, &order).await?;
    if let Some(cart) = cart {
        visitor.set_cart_count(cart.pieces);
    }
    let notice = match left_out.as_slice() {
        [] => Notice::success(format!("What you bought with order {} is in your cart.", order.number)),
        missing if missing.len() == order.lines.len() => {
            Notice::warning("Nothing of that order is for sale at the moment.")
        }
        missing => Notice::warning(format!("The rest is in your cart. Not for sale now: {}.", missing.join(", "))),
    };
    flash::leave(&state, &mut visitor.jar, notice);
    Ok(visitor.jar.onto(Redirect::to("/cart").into_response()))
}

/// Puts an order's lines in the cart: all at once, or, when some are not sold any more, one by one. Answers the titles
/// of those that were left out.
async fn put_in(
    state: &AppState,
    visitor: &Visitor,
    customer: CustomerId,
    order: &Order,
) -> Result<(Option<CartView>, Vec<String>), Failure> {
    let add = |line: &souk_contracts::orders::OrderLine| Change::Add { sku: line.sku.clone(), quantity: line.quantity };
    match change(state, &visitor.cx, customer, order.lines.iter().map(add).collect()).await {
        Ok(cart) => return Ok((Some(cart), Vec::new())),
        Err(cart::Error::UnknownSku { .. } | cart::Error::SoldOut { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let (mut cart, mut left_out) = (None, Vec::new());
    for line in &order.lines {
        match change(state, &visitor.cx, customer, vec![add(line)]).await {
            Ok(changed) => cart = Some(changed),
            Err(cart::Error::UnknownSku { .. } | cart::Error::SoldOut { .. }) => left_out.push(line.title.clone()),
            Err(error) => return Err(error.into()),
        }
    }
    Ok((cart, left_out))
}

#[derive(Serialize)]
struct InvoicePage {
    #[serde(flatten)]
    base: Base,
    order: OrderView,
    invoice: Invoice,
}

#[derive(Serialize)]
struct Invoice {
    issued_at: TimeView,
    seller: Vec<String>,
    buyer: Vec<String>,
    lines: Vec<InvoiceLine>,
    totals: Vec<TotalRow>,
    total: MoneyView,
}

#[derive(Serialize)]
struct InvoiceLine {
    title: String,
    options_text: String,
    sku: String,
    quantity: u32,
    unit_price: MoneyView,
    tax: MoneyView,
    total: MoneyView,
}

/// `GET /orders/{number}/invoice?key=`: for printing. Only an order that was placed has one.
pub async fn invoice(
    State(state): State<AppState>,
    Path(number): Path<String>,
    Query(key): Query<Key>,
    headers: HeaderMap,
    mut visitor: Visitor,
) -> Answer {
    let order = find(&state, &visitor.cx, &number, key.as_str()).await?;
    let Some(placed_at) = order.placed_at.filter(|_| has_invoice(&order)) else {
        return Err(Failure { message: "There is no invoice for this order.".into(), ..Failure::not_found() });
    };
    let notice = flash::take(&state, &headers, &mut visitor.jar);
    let payment = paid_with(&state, &visitor.cx, &order).await;
    let lines = order.lines.iter().map(|line| InvoiceLine {
        title: line.title.clone(),
        options_text: line.variant_title.clone(),
        sku: line.sku.clone(),
        quantity: line.quantity,
        unit_price: format::money(line.unit_price),
        tax: format::money(line.tax),
        total: format::money(line.total),
    });
    let page = InvoicePage {
        base: Base::of(&state, &format!("/orders/{}/invoice", order.number), &visitor, notice).await,
        invoice: Invoice {
            issued_at: format::time(placed_at),
            seller: vec![state.shop.name.clone(), state.shop.public_url.clone()],
            buyer: address_lines(&order.address),
            lines: lines.collect(),
            totals: total_rows(&order.totals, &order.delivery.name),
            total: format::money(order.totals.total),
        },
        order: OrderView::of(&order, payment.as_ref()),
    };
    let html = state.theme.render("invoice.html", &page)?;
    Ok(visitor.jar.onto(secret(Html(html).into_response())))
}

/// Says whether an order was placed and stands.
pub fn has_invoice(order: &Order) -> bool {
    order.placed_at.is_some() && matches!(order.lifecycle, Lifecycle::Placed | Lifecycle::OnHold | Lifecycle::Closed)
}
