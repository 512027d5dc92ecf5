use std::collections::BTreeMap;

use souk_contracts::inventory::StockLine;
use souk_types::{Fault, limits};

/// One line a SKU, in the order of the SKUs: the order in which every transaction takes its locks.
///
/// # Errors
/// [`ErrorKind::Invalid`](souk_types::ErrorKind::Invalid) when there is no line or too many, or one is wrong.
pub fn merged(lines: Vec<StockLine>) -> Result<Vec<StockLine>, Fault> {
    if lines.is_empty() || lines.len() > limits::CART_LINES_MAX {
        return Err(Fault::invalid("lines", format!("must be 1 to {}", limits::CART_LINES_MAX)));
    }
    let mut sums = BTreeMap::<String, u32>::new();
    for (index, line) in lines.into_iter().enumerate() {
        check_sku(&line.sku)?;
        let sum = sums.entry(line.sku).or_default();
        *sum = sum
            .checked_add(line.quantity)
            .filter(|_| line.quantity > 0)
            .ok_or_else(|| Fault::invalid(format!("lines[{index}].quantity"), "must be at least 1, and countable"))?;
    }
    Ok(sums.into_iter().map(|(sku, quantity)| StockLine { sku, quantity }).collect())
}

/// Refuses what cannot be a SKU.
pub fn check_sku(sku: &str) -> Result<(), Fault> {
    if sku.is_empty() || sku.len() > limits::LINE_BYTES_MAX {
        return Err(Fault::invalid("sku", format!("must be 1 to {} bytes", limits::LINE_BYTES_MAX)));
    }
    Ok(())
}
