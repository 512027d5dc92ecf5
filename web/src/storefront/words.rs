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

/// What the shopper should know about a line of the cart, the gravest thing first.
pub fn warnings(line: &CartLine) -> Vec<String> {
    let mut warnings: Vec<&Warning> = line.warnings.iter().collect();
    warnings.sort_by_key(|warning| match warning {
        Warning::Unchecked => 0,
        Warning::Gone => 1,
        Warning::SoldOut => 2,
        Warning::OnlyLeft { .. } => 3,
        Warning::Lowered { .. } => 4,
        Warning::PriceChanged { .. } => 5,
    });
    warnings.into_iter().map(|warning| in_words(warning, line.quantity)).collect()
}

fn in_words(warning: &Warning, quantity: u32) -> String {
    match warning {
        Warning::Unchecked => "Shown as you saw it last.".to_owned(),
        Warning::Gone => "This is not sold any more. Remove it to go on.".to_owned(),
        Warning::SoldOut => "This is sold out. Remove it to go on.".to_owned(),
        Warning::OnlyLeft { available } => format!("Only {available} left. Lower the quantity to go on."),
        Warning::Lowered { asked } => format!("You asked for {asked}, but there {} left.", are(quantity)),
        Warning::PriceChanged { was, now } => {
            format!("The price changed from {} to {}.", format::money_text(*was), format::money_text(*now))
        }
    }
}

/// What was lowered in a cart when it was changed, if anything: `You asked for 60 of …, but there are only 39 left.`
pub fn lowered(lines: &[CartLine]) -> Option<String> {
    let lowered = lines.iter().filter_map(|line| {
        let asked = line.warnings.iter().find_map(|warning| match warning {
            Warning::Lowered { asked } => Some(*asked),
            _ => None,
        })?;
        Some(format!("You asked for {asked} of {}, but there {} left.", line.title, are(line.quantity)))
    });
    let lowered = lowered.collect::<Vec<_>>().join(" ");
    (!lowered.is_empty()).then(|| format!("{lowered} That is what is in your cart now."))
}

/// `is only 1`, `are only 39`.
fn are(quantity: u32) -> String {
    format!("{} only {quantity}", if quantity == 1 { "is" } else { "are" })
}
