use serde::{Deserialize, Serialize};
use souk_types::Money;

use crate::inventory::StockLine;

/// What of an order can still be given back by line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refundable {
    /// Lines of which pieces were not given back yet.
    pub lines: Vec<RefundableLine>,
    /// The delivery, with its tax; nothing when it was given back.
    pub delivery: Money,
    /// What was taken and not given back: no refund may be more.
    pub most: Money,
}

/// A line of which pieces were not given back yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundableLine {
    /// Stock keeping unit.
    pub sku: String,
    /// Pieces that were not given back.
    pub quantity: u32,
    /// What they come to, with tax.
    pub amount: Money,
}

/// A wish to give the money for pieces back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineRefund {
    /// Which pieces, each SKU once.
    pub lines: Vec<StockLine>,
    /// The delivery too.
    pub delivery: bool,
    /// Why.
    pub reason: String,
}
