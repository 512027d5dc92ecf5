use souk_types::text_enum;

text_enum! {
    /// The only axis of an order that is commanded.
    pub enum Lifecycle {
        /// Made; stock and payment are under way.
        PendingPayment = "pending_payment",
        /// Stock and payment are sure: to be sent.
        Placed = "placed",
        /// Stopped by staff.
        OnHold = "on_hold",
        /// Called off, by the shopper, by staff or by a refusal. Final.
        Cancelled = "cancelled",
        /// Was never paid. Final.
        Expired = "expired",
        /// Delivered, and nothing is left to do.
        Closed = "closed",
    }
}

text_enum! {
    /// Derived from the order's money.
    pub enum PaymentStatus {
        /// Nothing was tried.
        None = "none",
        /// Under way.
        Pending = "pending",
        /// All is set aside at the bank.
        Authorised = "authorised",
        /// A part is taken.
        PartiallyPaid = "partially_paid",
        /// All is taken.
        Paid = "paid",
        /// More than the total is taken.
        Overpaid = "overpaid",
        /// A part is given back.
        PartiallyRefunded = "partially_refunded",
        /// All is given back.
        Refunded = "refunded",
        /// What was set aside was let go.
        Voided = "voided",
    }
}

text_enum! {
    /// Derived from the order's counted lines.
    pub enum FulfilmentStatus {
        /// Nothing was sent.
        Unfulfilled = "unfulfilled",
        /// A part was sent.
        Partial = "partial",
        /// All was sent.
        Shipped = "shipped",
        /// A part has arrived.
        PartiallyDelivered = "partially_delivered",
        /// All has arrived.
        Delivered = "delivered",
        /// Nothing will be sent.
        Cancelled = "cancelled",
    }
}
