//! Phrases that several pages use.

use souk_contracts::cart::{CartLine, Warning};

use crate::format;

/// `2–4 working days`.
pub fn days(min: u32, max: u32) -> String {
    match (min, max) {
        (1, 1) => "1 working day".to_owned(),
        (min, max) if min == max => format!("{min} working days"),
        (min, max) => format!("{min}–{max} working days"),
    }
}

/// What the shopper should know about a line of the cart: the gravest thing.
pub fn warning(line: &CartLine) -> Option<String> {
    let gravest = line.warnings.iter().max_by_key(|warning| match warning {
        Warning::Gone => 4,
        Warning::SoldOut => 3,
        Warning::OnlyLeft { .. } => 2,
        Warning::Lowered { .. } => 1,
        Warning::PriceChanged { .. } => 0,
    })?;
    Some(match gravest {
        Warning::Gone => "This is not sold any more. Remove it to go on.".to_owned(),
        Warning::SoldOut => "This is sold out. Remove it to go on.".to_owned(),
        Warning::OnlyLeft { available } => format!("Only {available} left. Lower the quantity to go on."),
        Warning::Lowered { asked } => format!("You asked for {asked}, but only {} are left.", line.quantity),
        Warning::PriceChanged { was, now } => {
            format!("The price changed from {} to {}.", format::money_text(*was), format::money_text(*now))
        }
    })
}
