//! The cart as its page shows it.

use serde::Serialize;
use souk_contracts::cart::{CartLine, CartView, Warning};
use souk_types::limits::LINE_QUANTITY_MAX;

use crate::{
    error::Failure,
    flash::Notice,
    format,
    pages_index::variant_address,
    session::Visitor,
    state::AppState,
    storefront::{context::Base, words},
    view::{Errors, ImageView, MoneyView, SummaryLine, TotalRow},
};

#[derive(Serialize)]
struct CartPage {
    #[serde(flatten)]
    base: Base,
    cart: Cart,
    errors: Errors,
}

#[derive(Serialize)]
struct Cart {
    lines: Vec<Line>,
    item_count: u64,
    totals: Vec<TotalRow>,
    total: MoneyView,
    can_checkout: bool,
    /// Prices or stock cannot be checked just now.
    unchecked: bool,
    coupons: Option<()>,
}

#[derive(Serialize)]
struct Line {
    sku: String,
    title: String,
    url: String,
    image: Option<ImageView>,
    options_text: String,
    unit_price: MoneyView,
    compare_at: Option<MoneyView>,
    quantity: u32,
    quantity_max: u32,
    total: MoneyView,
    counted: bool,
    warnings: Vec<Notice>,
}

/// The cart page of a visitor.
pub async fn page(
    state: &AppState,
    visitor: &Visitor,
    cart: &CartView,
    errors: Errors,
    notice: Option<Notice>,
) -> Result<String, Failure> {
    let page = CartPage { base: Base::of(state, "/cart", visitor, notice).await, cart: Cart::of(cart), errors };
    Ok(state.theme.render("cart.html", &page)?)
}

#[derive(Serialize)]
struct Drawer {
    cart: Cart,
}

/// What is in the cart, as a part of another page.
pub fn drawer(state: &AppState, cart: &CartView) -> Result<String, Failure> {
    Ok(state.theme.render("partials/cart_drawer.html", &Drawer { cart: Cart::of(cart) })?)
}

impl Cart {
    fn of(cart: &CartView) -> Self {
        let subtotal = format::money(cart.subtotal);
        Self {
            lines: cart.lines.iter().map(Line::of).collect(),
            item_count: cart.pieces,
            totals: vec![
                TotalRow::new("Subtotal", subtotal.clone(), ""),
                TotalRow::noted("Delivery", "Calculated at checkout"),
            ],
            total: subtotal,
            can_checkout: !cart.lines.is_empty() && cart.lines.iter().all(CartLine::can_be_bought),
            unchecked: cart.lines.iter().any(CartLine::is_unchecked),
            coupons: None,
        }
    }
}

impl Line {
    fn of(line: &CartLine) -> Self {
        let left = line.warnings.iter().find_map(|warning| match warning {
            Warning::OnlyLeft { available } => Some(*available),
            Warning::SoldOut | Warning::Gone => Some(0),
            Warning::Lowered { .. } => Some(line.quantity),
            Warning::PriceChanged { .. } | Warning::Unchecked => None,
        });
        Self {
            sku: line.sku.clone(),
            title: line.title.clone(),
            url: variant_address(&line.slug, &line.sku),
            image: line.image.as_ref().map(|image| format::image(image, &line.title)),
            options_text: line.variant_title.clone(),
            unit_price: format::money(line.unit_price),
            compare_at: line.compare_at.map(format::money),
            quantity: line.quantity,
            quantity_max: left.unwrap_or(LINE_QUANTITY_MAX),
            total: format::money(line.total),
            // What cannot be bought at all is not in the subtotal.
            counted: !line.warnings.iter().any(|warning| matches!(warning, Warning::SoldOut | Warning::Gone)),
            warnings: words::warnings(line)
                .into_iter()
                .map(|text| match line.can_be_bought() || line.is_unchecked() {
                    true => Notice::info(text),
                    false => Notice::warning(text),
                })
                .collect(),
        }
    }
}

/// A line of the cart in a summary.
pub fn summary_line(line: &CartLine) -> SummaryLine {
    SummaryLine {
        title: line.title.clone(),
        url: variant_address(&line.slug, &line.sku),
        image: line.image.as_ref().map(|image| format::image(image, &line.title)),
        options_text: line.variant_title.clone(),
        quantity: line.quantity,
        total: format::money(line.total),
    }
}
