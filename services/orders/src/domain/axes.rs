//! The two axes that follow from an order's money and its counted lines. Derived here, then stored and
//! indexed, so that staff can filter by them.

use souk_contracts::orders::{FulfilmentStatus, Lifecycle, OrderMoney, PaymentStatus};
use souk_types::Money;

use super::lifecycle::State;

/// Derives the payment status.
pub fn payment(lifecycle: Lifecycle, total: Money, money: &OrderMoney) -> PaymentStatus {
    let (captured, refunded, authorised) = (money.captured.minor, money.refunded.minor, money.authorised.minor);
    if refunded > 0 {
        return if refunded >= captured { PaymentStatus::Refunded } else { PaymentStatus::PartiallyRefunded };
    }
    if captured > 0 || total.is_zero() {
        return match captured.cmp(&total.minor) {
            std::cmp::Ordering::Less => PaymentStatus::PartiallyPaid,
            std::cmp::Ordering::Equal => PaymentStatus::Paid,
            std::cmp::Ordering::Greater => PaymentStatus::Overpaid,
        };
    }
    match lifecycle {
        Lifecycle::Cancelled | Lifecycle::Expired => PaymentStatus::Voided,
        _ if authorised >= total.minor => PaymentStatus::Authorised,
        Lifecycle::PendingPayment => PaymentStatus::Pending,
        Lifecycle::Placed | Lifecycle::OnHold | Lifecycle::Closed => PaymentStatus::None,
    }
}

/// Derives the fulfilment status.
pub fn fulfilment(state: &State) -> FulfilmentStatus {
    if matches!(state.lifecycle, Lifecycle::Cancelled | Lifecycle::Expired) {
        return FulfilmentStatus::Cancelled;
    }
    let ordered: u64 = state.lines.iter().map(|line| u64::from(line.quantity)).sum();
    let count = |of: fn(&super::lifecycle::Shipment) -> bool| -> u64 {
        let counted = state.shipments.iter().filter(|shipment| of(shipment));
        counted.flat_map(|shipment| &shipment.lines).map(|line| u64::from(line.quantity)).sum()
    };
    let (shipped, delivered) = (count(|shipment| shipment.left), count(|shipment| shipment.arrived));
    if delivered > 0 {
        return if delivered == ordered { FulfilmentStatus::Delivered } else { FulfilmentStatus::PartiallyDelivered };
    }
    match shipped {
        0 => FulfilmentStatus::Unfulfilled,
        all if all == ordered => FulfilmentStatus::Shipped,
        _ => FulfilmentStatus::Partial,
    }
}
