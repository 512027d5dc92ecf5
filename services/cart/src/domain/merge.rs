use souk_types::limits::{CART_LINES_MAX, LINE_QUANTITY_MAX};

use super::{Facts, Line, Lowered};

/// Puts lines into a cart: quantities of the same SKU add up, as far as there is enough. Lines beyond the
/// limit stay out, for signing in must not fail over a full cart.
pub fn merge(lines: &mut Vec<Line>, others: Vec<Line>, facts: &Facts) -> Vec<Lowered> {
    let mut lowered = Vec::new();
    for other in others {
        let Some(line) = lines.iter_mut().find(|line| line.sku == other.sku) else {
            if lines.len() < CART_LINES_MAX {
                lines.push(other);
            }
            continue;
        };
        let asked = line.quantity.saturating_add(other.quantity);
        // What is sold out keeps its quantity and is shown as sold out.
        let available = facts.available(&line.sku).filter(|available| *available > 0).unwrap_or(u32::MAX);
        line.quantity = asked.min(available).min(LINE_QUANTITY_MAX);
        if line.quantity < asked {
            lowered.push(Lowered { sku: line.sku.clone(), asked });
        }
    }
    lowered
}
