use souk_contracts::cart::{Change, Error};
use souk_types::{
    Fault, FieldError, Timestamp,
    limits::{CART_LINES_MAX, LINE_BYTES_MAX, LINE_QUANTITY_MAX},
};

use super::{Facts, Line, Lowered};

/// Refuses changes that make no sense whatever is in the cart.
pub fn check(changes: &[Change]) -> Result<(), Fault> {
    if changes.is_empty() || changes.len() > CART_LINES_MAX {
        return Err(Fault::invalid("changes", format!("must be 1 to {CART_LINES_MAX}")));
    }
    let wrong: Vec<FieldError> = changes
        .iter()
        .enumerate()
        .filter_map(|(index, change)| match change {
            Change::Add { quantity: 0, .. } => {
                Some(FieldError::new(format!("changes[{index}].quantity"), "must be at least 1"))
            }
            Change::Add { sku, .. } | Change::Set { sku, .. } => (sku.is_empty() || sku.len() > LINE_BYTES_MAX)
                .then(|| FieldError::new(format!("changes[{index}].sku"), "is not a SKU")),
        })
        .collect();
    if wrong.is_empty() { Ok(()) } else { Err(Fault::invalid_fields(wrong)) }
}

/// Applies all changes, or none when one is refused; says which quantities were lowered to what there is.
pub(super) fn apply(
    lines: &mut Vec<Line>,
    changes: &[Change],
    facts: &Facts,
    now: Timestamp,
) -> Result<Vec<Lowered>, Error> {
    let mut lowered = Vec::new();
    for change in changes {
        let (sku, wanted) = match change {
            Change::Add { sku, quantity } => {
                let present = lines.iter().find(|line| line.sku == *sku).map_or(0, |line| line.quantity);
                (sku, present.saturating_add(*quantity))
            }
            Change::Set { sku, quantity } => (sku, *quantity),
        };
        lowered.retain(|before: &Lowered| before.sku != *sku);
        if wanted == 0 {
            lines.retain(|line| line.sku != *sku);
        } else if put(lines, sku, wanted, facts, now)? < wanted {
            lowered.push(Lowered { sku: sku.clone(), asked: wanted });
        }
    }
    if lines.len() > CART_LINES_MAX {
        return Err(Error::TooManyLines { lines_max: CART_LINES_MAX });
    }
    Ok(lowered)
}

/// Sets a line's quantity to what is wanted or what there is, and says to what.
fn put(lines: &mut Vec<Line>, sku: &str, wanted: u32, facts: &Facts, now: Timestamp) -> Result<u32, Error> {
    let offer = facts.offer(sku).ok_or_else(|| Error::UnknownSku { sku: sku.to_owned() })?;
    let available = facts.available(sku).unwrap_or(0);
    if available == 0 {
        return Err(Error::SoldOut { sku: sku.to_owned(), title: offer.title.clone() });
    }
    let quantity = wanted.min(available).min(LINE_QUANTITY_MAX);
    match lines.iter_mut().find(|line| line.sku == sku) {
        Some(line) => *line = line.clone().seen(offer, quantity),
        None => lines.push(Line::of(offer, quantity, now)),
    }
    Ok(quantity)
}
