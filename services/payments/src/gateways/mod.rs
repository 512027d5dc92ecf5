//! What payments needs of a payment gateway.

pub mod call;
pub mod sandbox;

use std::collections::BTreeMap;

use async_trait::async_trait;
use souk_contracts::{
    RefundId,
    payments::{ClientConfig, Method},
};
use souk_types::{Cx, Fault, Money};

use crate::domain::{Charge, ChargeKey};

/// A payment gateway. Every call that moves money carries a key, and done again with the same key does nothing more,
/// so an unknown outcome may be asked again.
#[async_trait]
pub trait Gateway: Send + Sync {
    /// The name, as in the address of its webhooks.
    fn name(&self) -> &'static str;
    /// The payment methods that it has, with the names that they have at first.
    fn methods(&self) -> Vec<Method>;
    /// What the checkout page needs to know when these are offered.
    fn client_config(&self, methods: Vec<Method>) -> ClientConfig;
    /// Asks for the money.
    async fn authorise(&self, cx: &Cx, charge: &NewCharge) -> Answer;
    /// Takes what is set aside.
    async fn capture(&self, cx: &Cx, key: ChargeKey) -> Answer;
    /// Lets a charge go that is not captured.
    async fn void(&self, cx: &Cx, key: ChargeKey) -> Answer;
    /// Gives back a part of what is captured.
    async fn refund(&self, cx: &Cx, key: ChargeKey, refund: RefundId, amount: Money) -> RefundAnswer;
    /// Says how a charge stands.
    async fn query(&self, cx: &Cx, key: ChargeKey) -> Found;
    /// Checks and reads a webhook.
    fn webhook(&self, headers: &BTreeMap<String, String>, body: &[u8]) -> Result<Charge, WebhookRefusal>;
    /// Lists charges in an order that stays, for reconciliation: those after a reference, `limit` at most.
    async fn list(&self, cx: &Cx, after: Option<String>, limit: u32) -> Result<Vec<Charge>, Fault>;
}

/// A charge to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCharge {
    pub key: ChargeKey,
    pub amount: Money,
    pub token: String,
    /// Whether to take the money at once.
    pub capture: bool,
    /// Where the shopper comes back to: a path of the shop.
    pub return_path: String,
}

/// What came of asking a gateway to do something with a charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The charge as it stands now: approved, refused, waiting for the shopper or for the bank.
    Charge(Charge),
    /// It may have been done or not.
    Unknown { why: String },
}

/// What came of asking for a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundAnswer {
    /// The money is given back.
    Given,
    /// The gateway will not.
    Refused { code: String, reason: String },
    /// It may have been done or not.
    Unknown { why: String },
}

/// What came of asking how a charge stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// So it stands.
    Charge(Charge),
    /// The gateway is sure that it never heard of it.
    NeverHeard,
    /// The gateway did not answer.
    Unknown { why: String },
}

/// Why a webhook is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookRefusal {
    /// The signature is missing, wrong or too old.
    BadSignature,
    /// It is signed, but not readable.
    Unreadable { why: String },
}
