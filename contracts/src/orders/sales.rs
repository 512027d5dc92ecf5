use std::time::Duration;

use serde::{Deserialize, Serialize};
use souk_types::{Currency, Money, Timestamp};

/// How long one entry of the sales is: the finest that is kept.
pub const SALES_STEP: Duration = Duration::from_mins(15);
/// The longest span that can be asked for at once.
pub const SALES_SPAN_MAX: Duration = Duration::from_hours(31 * 24);
/// Orders that wait are counted up to here.
pub const WAITING_MAX: u64 = 1_000;

/// Which sales staff want to see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SalesRequest {
    /// In this currency.
    pub currency: Currency,
    /// From then on: rounded down to a whole [`SALES_STEP`].
    pub from: Timestamp,
    /// Before then: rounded up to a whole [`SALES_STEP`].
    pub to: Timestamp,
}

/// What was sold in one [`SALES_STEP`]: orders that were placed then and not cancelled since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sales {
    /// When the step begins.
    pub at: Timestamp,
    /// Orders.
    pub orders: i64,
    /// Pieces.
    pub pieces: i64,
    /// What was or will be paid for them; refunds are not taken off.
    pub total: Money,
}

/// Orders that wait for staff, each counted up to [`WAITING_MAX`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Placed, and nothing of them sent.
    pub to_ship: u64,
    /// Placed, and a part of them sent.
    pub partly_sent: u64,
    /// Stopped by staff.
    pub on_hold: u64,
}
