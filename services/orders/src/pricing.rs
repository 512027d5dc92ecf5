//! What a cart costs at a destination: lines, delivery, tax.

use souk_contracts::{
    cart::{CartLine, CartState, CartView, Warning},
    delivery::{ParcelQuery, Rate},
    inventory::Shortage,
    orders::{Error, Quote, QuoteRequest, TaxRule, Taxes, Totals},
};
use souk_types::{Cx, ErrorKind, Fault, Money, ServiceError as _};

use crate::{Deps, domain::tax, model::FrozenLine};

/// Prices a customer's cart afresh.
pub async fn quote(deps: &Deps, taxes: &Taxes, cx: &Cx, request: QuoteRequest) -> Result<Quote, Error> {
    let cart = deps.cart.view(cx, request.customer).await.map_err(|error| fault(&error))?;
    if cart.lines.iter().any(CartLine::is_unchecked) {
        let public = "prices and stock cannot be checked just now";
        return Err(Fault::new(ErrorKind::Unavailable, public).into());
    }
    let parcel = ParcelQuery {
        country: request.country.clone(),
        region: request.region.clone(),
        weight_g: cart.weight_g,
        subtotal: cart.subtotal,
    };
    let rates = deps.delivery.rates(cx, parcel).await.map_err(from_delivery)?;
    let wanted = |rate: &&Rate| Some(&rate.method) == request.method.as_ref();
    let rate = rates
        .iter()
        .find(wanted)
        .or_else(|| rates.first())
        .ok_or_else(|| Fault::invalid("country", format!("we do not deliver to {}", request.country)))?;
    let totals = totals(taxes, &cart, rate.price, taxes.rule(&request.country, &request.region))?;
    let method = rate.method.clone();
    Ok(Quote { cart, method, totals, rates })
}

fn totals(taxes: &Taxes, cart: &CartView, delivery: Money, rule: Option<&TaxRule>) -> Result<Totals, Error> {
    let rate_bp = rule.map_or(0, |rule| rule.rate_bp);
    let mut tax = tax::tax(taxes, delivery, rate_bp)?;
    for line in cart.lines.iter().filter(|line| line.can_be_bought()) {
        tax = tax.plus(tax::tax(taxes, line.total, rate_bp)?)?;
    }
    let net = cart.subtotal.plus(delivery)?;
    let total = if taxes.included { net } else { net.plus(tax)? };
    let tax_name = rule.map(|rule| rule.name.clone()).unwrap_or_default();
    Ok(Totals { subtotal: cart.subtotal, delivery, tax, tax_included: taxes.included, tax_name, total })
}

/// Freezes the lines of a cart that can be bought whole.
///
/// # Errors
/// [`Error::EmptyCart`]; [`Error::OutOfStock`] when a line cannot be bought as it stands.
pub fn freeze(taxes: &Taxes, cart: &CartView, rate_bp: i64) -> Result<Vec<FrozenLine>, Error> {
    if cart.lines.is_empty() || cart.state != CartState::Open {
        return Err(Error::EmptyCart);
    }
    let shortages: Vec<Shortage> = cart.lines.iter().filter(|line| !line.can_be_bought()).map(shortage).collect();
    if !shortages.is_empty() {
        return Err(Error::OutOfStock { shortages });
    }
    let freeze = |line: &CartLine| {
        Ok(FrozenLine {
            tax: tax::tax(taxes, line.total, rate_bp)?,
            sku: line.sku.clone(),
            product: line.product,
            slug: line.slug.clone(),
            title: line.title.clone(),
            variant_title: line.variant_title.clone(),
            image: line.image.clone(),
            quantity: line.quantity,
            unit_price: line.unit_price,
            total: line.total,
        })
    };
    cart.lines.iter().map(freeze).collect()
}

fn shortage(line: &CartLine) -> Shortage {
    let left = line.warnings.iter().find_map(|warning| match warning {
        Warning::OnlyLeft { available } => Some(i64::from(*available)),
        _ => None,
    });
    Shortage { sku: line.sku.clone(), wanted: line.quantity, available: left.unwrap_or(0) }
}

fn from_delivery(error: souk_contracts::delivery::Error) -> Error {
    match error {
        souk_contracts::delivery::Error::NotServed { .. } => Fault::invalid("country", error.to_string()).into(),
        away if away.kind() == ErrorKind::Unavailable => {
            let public = "delivery cannot be worked out just now";
            Fault::new(ErrorKind::Unavailable, public).because(away).into()
        }
        other => fault(&other),
    }
}

/// Another service's refusal, of its kind and with its message, as one of this service's.
pub fn fault<E: souk_types::ServiceError>(error: &E) -> Error {
    let fault = Fault::new(error.kind(), error.public_message());
    Error::Fault(Fault { fields: error.fields().to_vec(), ..fault }.because(error))
}
