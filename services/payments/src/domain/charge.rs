use std::fmt;

use souk_contracts::{CustomerId, OrderId};
use souk_types::Money;

/// Which charge: one attempt to pay for an order. As text it is the idempotency key at the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChargeKey {
    pub customer: CustomerId,
    pub order: OrderId,
    pub attempt: u32,
}

/// `<order>:<attempt>`. The customer, who only says where our row lies, travels beside it.
impl fmt::Display for ChargeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.order, self.attempt)
    }
}

/// A charge as the gateway says it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    pub key: ChargeKey,
    /// The gateway's own id for it.
    pub reference: String,
    /// Rises with every change, so that what comes late or twice is recognised.
    pub revision: i64,
    pub amount: Money,
    pub status: ChargeStatus,
    pub captured_minor: i64,
    pub refunded_minor: i64,
    /// `Visa •••• 4242`.
    pub instrument: String,
}

/// Where a charge stands at the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChargeStatus {
    /// The gateway does not know yet; it will tell.
    Pending,
    /// The shopper must confirm there first.
    ActionRequired { url: String },
    /// The money is set aside.
    Authorised,
    /// The money is taken.
    Captured,
    /// Refused.
    Declined { code: String, reason: String },
    /// Let go.
    Voided,
}
