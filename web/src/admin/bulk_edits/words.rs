use souk_contracts::catalog::{BulkChange, BulkEdit, BulkEditState, BulkFacts, PriceRounding};

use super::super::labels::words;
use crate::{format, view::Badge};

/// What a change does, in a line.
pub fn change(change: &BulkChange) -> String {
    match change {
        BulkChange::Status(status) => format!("Status: {}", words(status.as_str())),
        BulkChange::AddTag(tag) => format!("Add the tag “{tag}”"),
        BulkChange::RemoveTag(tag) => format!("Remove the tag “{tag}”"),
        BulkChange::Brand(brand) if brand.is_empty() => "No brand".to_owned(),
        BulkChange::Brand(brand) => format!("Brand: {brand}"),
        BulkChange::Price(price) => {
            let (whole, rest) = (price.basis_points.abs() / 100, price.basis_points.abs() % 100);
            let sign = if price.basis_points < 0 { "−" } else { "+" };
            let rest = if rest == 0 { String::new() } else { format!(".{rest:02}") };
            format!("Prices {sign}{whole}{rest} %, {}", rounding(price.rounding))
        }
    }
}

pub fn rounding(rounding: PriceRounding) -> &'static str {
    match rounding {
        PriceRounding::Minor => "not rounded further",
        PriceRounding::Whole => "to whole amounts",
        PriceRounding::JustBelow => "to just below whole amounts",
    }
}

/// What a change is about, before or after it.
pub fn facts(change: &BulkChange, facts: &BulkFacts) -> String {
    match change {
        BulkChange::Status(_) => words(facts.status.as_str()),
        BulkChange::AddTag(_) | BulkChange::RemoveTag(_) if facts.tags.is_empty() => "No tags".to_owned(),
        BulkChange::AddTag(_) | BulkChange::RemoveTag(_) => facts.tags.join(", "),
        BulkChange::Brand(_) if facts.brand.is_empty() => "No brand".to_owned(),
        BulkChange::Brand(_) => facts.brand.clone(),
        BulkChange::Price(_) => {
            let (least, most) = (format::money_text(facts.price_min), format::money_text(facts.price_max));
            if least == most { least } else { format!("{least} – {most}") }
        }
    }
}

pub fn state(state: BulkEditState) -> Badge {
    let kind = match state {
        BulkEditState::Queued | BulkEditState::Stopped | BulkEditState::Undone => "neutral",
        BulkEditState::Running | BulkEditState::Undoing => "info",
        BulkEditState::Finished => "success",
        BulkEditState::Failed => "danger",
    };
    Badge::new(words(state.as_str()), kind)
}

/// How much is done, of what could be counted.
pub fn percent(edit: &BulkEdit) -> Option<u64> {
    let (done, all) = match edit.state {
        BulkEditState::Finished | BulkEditState::Undone => return Some(100),
        BulkEditState::Undoing => (edit.restored + edit.kept, edit.changed),
        BulkEditState::Queued | BulkEditState::Running | BulkEditState::Stopped | BulkEditState::Failed => {
            (edit.changed + edit.unchanged + edit.failed, edit.total?)
        }
    };
    Some((done * 100).checked_div(all).unwrap_or(0).min(100))
}
