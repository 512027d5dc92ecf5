use souk_contracts::cart::{CartLine, CartState, CartView, Error, Warning};
use souk_types::{Currency, Money};

use super::{Facts, Line, OpenCart};

/// A quantity that was lowered to what there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lowered {
    /// Stock keeping unit.
    pub sku: String,
    /// What was asked.
    pub asked: u32,
}

/// The view of a cart that nothing was ever put in.
pub fn empty_view(currency: Currency) -> CartView {
    CartView {
        id: None,
        version: 0,
        state: CartState::Open,
        lines: Vec::new(),
        pieces: 0,
        subtotal: Money::zero(currency),
        weight_g: 0,
    }
}

/// A cart with present prices and warnings.
///
/// # Errors
/// When an amount does not fit or an offer is in another currency than the shop's.
pub fn view(cart: &OpenCart, facts: &Facts, lowered: &[Lowered], currency: Currency) -> Result<CartView, Error> {
    let mut view = CartView {
        id: Some(cart.id),
        version: cart.version,
        state: cart.state,
        lines: Vec::with_capacity(cart.lines.len()),
        ..empty_view(currency)
    };
    for line in &cart.lines {
        let shown = show(line, facts, lowered, cart.state)?;
        view.pieces += u64::from(line.quantity);
        if shown.can_be_bought() {
            view.subtotal = view.subtotal.plus(shown.total)?;
            let weight_g = facts.offer(&line.sku).map_or(0, |offer| offer.weight_g);
            view.weight_g = view.weight_g.saturating_add(weight_g.saturating_mul(i64::from(line.quantity)));
        }
        view.lines.push(shown);
    }
    Ok(view)
}

fn show(line: &Line, facts: &Facts, lowered: &[Lowered], state: CartState) -> Result<CartLine, Error> {
    let offer = facts.offer(&line.sku);
    let seen;
    let (text, unit_price) = match offer {
        Some(offer) => {
            seen = line.clone().seen(offer, line.quantity);
            (&seen, offer.price)
        }
        None => (line, line.price_seen),
    };
    Ok(CartLine {
        sku: line.sku.clone(),
        product: text.product,
        slug: text.slug.clone(),
        title: text.title.clone(),
        variant_title: text.variant_title.clone(),
        image: text.image.clone(),
        quantity: line.quantity,
        unit_price,
        compare_at: offer.and_then(|offer| offer.compare_at),
        total: unit_price.times(i64::from(line.quantity))?,
        warnings: warnings(line, facts, lowered, state),
    })
}

fn warnings(line: &Line, facts: &Facts, lowered: &[Lowered], state: CartState) -> Vec<Warning> {
    let unchecked = facts.are_lacking().then_some(Warning::Unchecked);
    let Some(offer) = facts.offer(&line.sku) else {
        return vec![unchecked.unwrap_or(Warning::Gone)];
    };
    let mut warnings = Vec::from_iter(unchecked);
    if offer.price != line.price_seen {
        warnings.push(Warning::PriceChanged { was: line.price_seen, now: offer.price });
    }
    // The order that is being made has set its pieces aside: they are no longer available, but not gone.
    if state == CartState::Open {
        match facts.available(&line.sku) {
            Some(0) => warnings.push(Warning::SoldOut),
            Some(available) if available < line.quantity => warnings.push(Warning::OnlyLeft { available }),
            Some(_) | None => {}
        }
    }
    if let Some(lowered) = lowered.iter().find(|lowered| lowered.sku == line.sku) {
        warnings.push(Warning::Lowered { asked: lowered.asked });
    }
    warnings
}
