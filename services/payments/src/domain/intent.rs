use souk_contracts::{
    PaymentId,
    payments::{self, IntentState, Refund, RefundState},
};
use souk_types::{Money, Timestamp, text_enum};

use super::ChargeKey;

text_enum! {
    /// What is wanted of an intent in the end.
    pub enum Goal {
        /// The money is set aside until somebody asks for it.
        Hold = "hold",
        /// The money is taken.
        Capture = "capture",
        /// The shopper keeps or gets back the money.
        Undo = "undo",
    }
}

/// Why the gateway refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub code: String,
    pub reason: String,
}

/// One attempt to pay for an order. Amounts are minor units of `amount.currency`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    pub id: PaymentId,
    pub key: ChargeKey,
    pub amount: Money,
    pub state: IntentState,
    pub goal: Goal,
    pub captured_minor: i64,
    pub refunding_minor: i64,
    pub refunded_minor: i64,
    /// Captured when nobody wanted it any more.
    pub late: bool,
    pub gateway: String,
    pub reference: Option<String>,
    /// The newest revision of the charge that was booked.
    pub revision: i64,
    pub token: String,
    pub return_path: String,
    pub action_url: Option<String>,
    pub failure: Option<Failure>,
    pub instrument: String,
    pub ask_at: Option<Timestamp>,
    /// How often it was asked in vain.
    pub asks: u32,
    pub version: i64,
    pub created_at: Timestamp,
    /// Oldest first.
    pub refunds: Vec<Refund>,
    /// Why its order must not keep this money: the order has ended, or is paid otherwise.
    pub unwanted: Option<String>,
}

impl Intent {
    /// It may become, or is, the order's payment. An order has one such at most.
    pub fn is_live(&self) -> bool {
        self.goal != Goal::Undo && !matches!(self.state, IntentState::Failed | IntentState::Voided)
    }

    /// What was captured and is neither given back nor on its way back.
    pub const fn refundable_minor(&self) -> i64 {
        self.captured_minor - self.refunded_minor - self.refunding_minor
    }

    pub const fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.amount.currency)
    }

    /// The first refund that the gateway has not answered.
    pub fn open_refund(&self) -> Option<&Refund> {
        self.refunds.iter().find(|refund| refund.state == RefundState::Pending)
    }

    /// The intent as everybody may see it.
    pub fn to_public(&self) -> payments::Intent {
        payments::Intent {
            id: self.id,
            customer: self.key.customer,
            order: self.key.order,
            attempt: self.key.attempt,
            amount: self.amount,
            state: self.state,
            captured: self.money(self.captured_minor),
            refunded: self.money(self.refunded_minor),
            gateway: self.gateway.clone(),
            gateway_reference: self.reference.clone(),
            action_url: self.action_url.clone(),
            failure_code: self.failure.as_ref().map(|failure| failure.code.clone()),
            failure_reason: self.failure.as_ref().map(|failure| failure.reason.clone()),
            instrument: self.instrument.clone(),
            refunds: self.refunds.clone(),
            created_at: self.created_at,
        }
    }
}
