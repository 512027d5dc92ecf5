//! How the words of the system are shown.

use souk_contracts::{
    catalog::{FileFormat, ImportState, ProductStatus},
    delivery::ShipmentStatus,
    inventory::MovementKind,
    notifications::MessageState,
    orders::{FulfilmentStatus, Lifecycle, PaymentStatus},
    payments::{IntentState, RefundState},
};

use crate::view::{Badge, Choice};

/// `pending_payment` as `Pending payment`.
pub fn words(text: &str) -> String {
    let spaced = text.replace('_', " ");
    let mut letters = spaced.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// All entries of a list to choose from.
pub fn choices<'t>(texts: impl IntoIterator<Item = &'t str>) -> Vec<Choice> {
    texts.into_iter().map(|text| Choice::new(text, words(text))).collect()
}

/// An order's lifecycle.
pub fn lifecycle(lifecycle: Lifecycle) -> Badge {
    let kind = match lifecycle {
        Lifecycle::PendingPayment | Lifecycle::OnHold => "warning",
        Lifecycle::Placed => "info",
        Lifecycle::Cancelled | Lifecycle::Expired => "neutral",
        Lifecycle::Closed => "success",
    };
    Badge::new(words(lifecycle.as_str()), kind)
}

/// An order's money.
pub fn payment(payment: PaymentStatus) -> Badge {
    let kind = match payment {
        PaymentStatus::None | PaymentStatus::Voided | PaymentStatus::Refunded | PaymentStatus::PartiallyRefunded => {
            "neutral"
        }
        PaymentStatus::Pending | PaymentStatus::PartiallyPaid => "warning",
        PaymentStatus::Authorised => "info",
        PaymentStatus::Paid => "success",
        PaymentStatus::Overpaid => "danger",
    };
    let text = if payment == PaymentStatus::None { "Not paid".to_owned() } else { words(payment.as_str()) };
    Badge::new(text, kind)
}

/// An order's sending.
pub fn fulfilment(fulfilment: FulfilmentStatus) -> Badge {
    let kind = match fulfilment {
        FulfilmentStatus::Unfulfilled => "warning",
        FulfilmentStatus::Partial | FulfilmentStatus::Shipped | FulfilmentStatus::PartiallyDelivered => "info",
        FulfilmentStatus::Delivered => "success",
        FulfilmentStatus::Cancelled => "neutral",
    };
    Badge::new(words(fulfilment.as_str()), kind)
}

/// A payment.
pub fn intent(state: IntentState) -> Badge {
    let kind = match state {
        IntentState::Created | IntentState::Voided => "neutral",
        IntentState::Processing | IntentState::ActionRequired => "warning",
        IntentState::Authorised => "info",
        IntentState::Captured => "success",
        IntentState::Failed => "danger",
    };
    Badge::new(words(state.as_str()), kind)
}

/// A refund.
pub fn refund(state: RefundState) -> Badge {
    let kind = match state {
        RefundState::Pending => "warning",
        RefundState::Succeeded => "success",
        RefundState::Failed => "danger",
    };
    Badge::new(words(state.as_str()), kind)
}

/// A parcel.
pub fn shipment(status: ShipmentStatus) -> Badge {
    let kind = match status {
        ShipmentStatus::Planned | ShipmentStatus::LabelCreated => "neutral",
        ShipmentStatus::PickedUp | ShipmentStatus::InTransit | ShipmentStatus::OutForDelivery => "info",
        ShipmentStatus::Delivered => "success",
        ShipmentStatus::Exception => "danger",
    };
    Badge::new(words(status.as_str()), kind)
}

/// A product's status.
pub fn product(status: ProductStatus) -> Badge {
    let kind = match status {
        ProductStatus::Draft => "warning",
        ProductStatus::Active => "success",
        ProductStatus::Archived => "neutral",
    };
    Badge::new(words(status.as_str()), kind)
}

/// A stock movement.
pub fn movement(movement: MovementKind) -> Badge {
    let kind = match movement {
        MovementKind::Received | MovementKind::Returned => "success",
        MovementKind::Shipped => "info",
        MovementKind::Adjusted => "warning",
        MovementKind::Reserved | MovementKind::Released | MovementKind::Committed | MovementKind::Transferred => {
            "neutral"
        }
    };
    Badge::new(words(movement.as_str()), kind)
}

/// An import.
pub fn import(state: ImportState) -> Badge {
    let kind = match state {
        ImportState::Queued => "neutral",
        ImportState::Running => "info",
        ImportState::Finished => "success",
        ImportState::Failed => "danger",
    };
    Badge::new(words(state.as_str()), kind)
}

/// How far a message is.
pub fn message(state: MessageState) -> Badge {
    let kind = match state {
        MessageState::Kept => "neutral",
        MessageState::Queued => "warning",
        MessageState::Sent => "success",
        MessageState::Failed => "danger",
    };
    let text = match state {
        MessageState::Kept => "Not sent",
        MessageState::Queued => "Being sent",
        MessageState::Sent => "Sent",
        MessageState::Failed => "Failed",
    };
    Badge::new(text, kind)
}

/// A file format.
pub fn format(format: FileFormat) -> &'static str {
    match format {
        FileFormat::ShopifyCsv => "Products (CSV)",
        FileFormat::JsonLines => "Products (JSON Lines)",
    }
}
