use souk_types::Money;

use crate::{domain::ChargeKey, gateways::NewCharge};

/// Asks the sandbox for a charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateCharge {
    /// The same key gives the same charge.
    pub idempotency_key: String,
    /// Comes back with the charge.
    pub customer: String,
    pub amount: Money,
    pub token: String,
    pub capture: bool,
    pub return_path: String,
}

impl From<&NewCharge> for CreateCharge {
    fn from(charge: &NewCharge) -> Self {
        Self {
            idempotency_key: idempotency_key(charge.key),
            customer: charge.key.customer.to_string(),
            amount: charge.amount,
            token: charge.token.clone(),
            capture: charge.capture,
            return_path: charge.return_path.clone(),
        }
    }
}

/// The idempotency key as the sandbox knows it.
pub fn idempotency_key(key: ChargeKey) -> String {
    key.to_string()
}
