//! What must hold of an intent and of what it books at any instant, by name. The audit asks the same of the tables.

use souk_contracts::payments::{IntentState, RefundState};

use super::{Intent, Journal};

/// Every journal adds up to zero.
pub fn ledger_balances(journals: &[Journal]) -> bool {
    journals.iter().all(|journal| journal.lines().iter().map(|(_, minor)| minor).sum::<i64>() == 0)
}

/// No more is given back, or promised to be, than was captured, and no more is captured than was asked for.
pub fn refunds_within_captured(intent: &Intent) -> bool {
    intent.captured_minor <= intent.amount.minor
        && intent.refunding_minor >= 0
        && intent.refunded_minor >= 0
        && intent.refundable_minor() >= 0
}

/// The refunds of an intent add up to what it says of them.
pub fn refunds_add_up(intent: &Intent) -> bool {
    let sum = |state| {
        let of_state = intent.refunds.iter().filter(|refund| refund.state == state);
        of_state.map(|refund| refund.amount.minor).sum::<i64>()
    };
    sum(RefundState::Pending) == intent.refunding_minor && sum(RefundState::Succeeded) == intent.refunded_minor
}

/// Money is captured in the state that says so, and in no other.
pub fn captured_means_money(intent: &Intent) -> bool {
    (intent.state == IntentState::Captured) == (intent.captured_minor > 0)
}
