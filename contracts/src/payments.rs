//! Money in and out: intents, captures, refunds, the ledger.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use souk_rpc::rpc;
use souk_types::{Cx, Event, Money, Page, PageRequest, Timestamp, text_enum};

use crate::{CustomerId, OrderId, PaymentId, RefundId, catalog::Blob, error::service_errors, settings::Settings};

service_errors! {
    /// The bank or gateway said no.
    Declined { code: String, reason: String } = Declined, "declined", "the payment was declined: {reason}";
    /// More would be refunded than was taken.
    RefundTooLarge { refundable: Money } = Invalid, "refund_too_large", "at most {refundable} can be refunded";
    /// The webhook's signature is wrong.
    BadSignature = Denied, "bad_signature", "the signature does not match";
}

/// Talks to the payment gateway and keeps the books.
#[rpc]
pub trait Payments {
    /// Authorises (and captures, when asked) the amount. Asking again with the same order and attempt answers
    /// the same. An unknown outcome is [`IntentState::Processing`] and is resolved in the background.
    #[idempotent]
    async fn authorise(&self, cx: &Cx, request: Authorise) -> Result<Intent, Error>;

    /// Asks the gateway how an order's intents stand now, and books what it answers.
    #[idempotent]
    async fn resolve(&self, cx: &Cx, customer: CustomerId, order: OrderId) -> Result<Vec<Intent>, Error>;

    /// Takes the money that was authorised.
    #[idempotent]
    async fn capture(&self, cx: &Cx, customer: CustomerId, order: OrderId) -> Result<Vec<Intent>, Error>;

    /// Lets go of what was authorised and gives back all that was captured: the order will not be.
    #[idempotent]
    async fn undo(&self, cx: &Cx, customer: CustomerId, order: OrderId, reason: String) -> Result<Vec<Intent>, Error>;

    /// Gives back a part of what was captured. The refund's id is its idempotency key.
    #[idempotent]
    async fn refund(&self, cx: &Cx, request: RefundRequest) -> Result<Refund, Error>;

    /// Takes a gateway's webhook; checks its signature; the same event twice does nothing.
    #[idempotent]
    async fn webhook(&self, cx: &Cx, webhook: Webhook) -> Result<(), Error>;

    /// Returns an order's intents with their refunds, oldest first.
    #[read]
    async fn intents(&self, cx: &Cx, customer: CustomerId, order: OrderId) -> Result<Vec<Intent>, Error>;

    /// Says which payment methods are offered, and how the checkout page gets a token for a card.
    #[read]
    async fn client_config(&self, cx: &Cx) -> Result<ClientConfig, Error>;

    /// Returns all payment methods in their order, for staff: those that staff saved, else those of the configuration
    /// file.
    #[read]
    async fn settings(&self, cx: &Cx) -> Result<Settings<Vec<MethodSetting>>, Error>;

    /// Has other methods be offered from now on in place of those of a version; `None`: those of the configuration
    /// file. Payments under way are not touched.
    async fn replace_settings(
        &self,
        cx: &Cx,
        version: i64,
        methods: Option<Vec<MethodSetting>>,
    ) -> Result<Settings<Vec<MethodSetting>>, Error>;

    /// Checks that the ledger balances and agrees with intents and with the gateway's own list; says what does not.
    #[read]
    async fn audit(&self, cx: &Cx) -> Result<Vec<String>, Error>;

    /// Lists all intents for the audit across services, in a stable order.
    #[read]
    async fn books(&self, cx: &Cx, page: PageRequest) -> Result<Page<IntentBooks>, Error>;
}

/// The name of the built-in gateway that moves no real money.
pub const SANDBOX_GATEWAY: &str = "sandbox";

/// A wish to pay for an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorise {
    /// Whose order.
    pub customer: CustomerId,
    /// The order.
    pub order: OrderId,
    /// Rises with every new try to pay for the same order, from 1.
    pub attempt: u32,
    /// How much.
    pub amount: Money,
    /// What the gateway gave for the card.
    pub token: String,
    /// Whether to capture at once.
    pub capture: bool,
    /// Where the shopper comes back to after a challenge: a path of the shop.
    pub return_path: String,
}

text_enum! {
    /// Where a payment intent stands.
    pub enum IntentState {
        /// Recorded; the gateway has not been asked.
        Created = "created",
        /// The gateway was asked; its answer is not known yet.
        Processing = "processing",
        /// The shopper must confirm with the bank first.
        ActionRequired = "action_required",
        /// The money is set aside at the bank.
        Authorised = "authorised",
        /// The money is taken.
        Captured = "captured",
        /// The bank or gateway said no.
        Failed = "failed",
        /// What was set aside was let go.
        Voided = "voided",
    }
}

/// One attempt to pay for an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// Its id.
    pub id: PaymentId,
    /// Whose order.
    pub customer: CustomerId,
    /// The order.
    pub order: OrderId,
    /// Which try, from 1.
    pub attempt: u32,
    /// How much.
    pub amount: Money,
    /// Where it stands.
    pub state: IntentState,
    /// How much was captured.
    pub captured: Money,
    /// How much of that was given back.
    pub refunded: Money,
    /// Which gateway; [`SANDBOX_GATEWAY`] moves no real money.
    pub gateway: String,
    /// The gateway's own id for it.
    pub gateway_reference: Option<String>,
    /// Where the shopper must go to confirm.
    pub action_url: Option<String>,
    /// The gateway's code of refusal.
    pub failure_code: Option<String>,
    /// The reason of refusal, fit for the shopper.
    pub failure_reason: Option<String>,
    /// `Visa •••• 4242`.
    pub instrument: String,
    /// Its refunds.
    pub refunds: Vec<Refund>,
    /// When it was recorded.
    pub created_at: Timestamp,
}

impl Intent {
    /// Says whether it is play: the gateway moved no real money.
    pub fn is_sandbox(&self) -> bool {
        self.gateway == SANDBOX_GATEWAY
    }
}

/// An intent for the audit across services.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntentBooks {
    /// Whose order.
    pub customer: CustomerId,
    /// The order.
    pub order: OrderId,
    /// Which try, from 1.
    pub attempt: u32,
    /// Where it stands.
    pub state: IntentState,
    /// How much was asked for.
    pub amount: Money,
    /// How much was captured.
    pub captured: Money,
    /// How much of that was given back.
    pub refunded: Money,
}

/// A wish to give money back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundRequest {
    /// The refund, chosen by the caller.
    pub refund: RefundId,
    /// Whose order.
    pub customer: CustomerId,
    /// The order.
    pub order: OrderId,
    /// How much.
    pub amount: Money,
    /// Why.
    pub reason: String,
}

text_enum! {
    /// Where a refund stands.
    pub enum RefundState {
        /// Asked of the gateway.
        Pending = "pending",
        /// Given back.
        Succeeded = "succeeded",
        /// Refused by the gateway.
        Failed = "failed",
    }
}

/// Money given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// Its id.
    pub id: RefundId,
    /// How much.
    pub amount: Money,
    /// Where it stands.
    pub state: RefundState,
    /// Why.
    pub reason: String,
    /// When it was asked for.
    pub created_at: Timestamp,
}

/// A gateway's message, as it came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Which gateway, from the address that it was sent to.
    pub gateway: String,
    /// Headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body, byte for byte: the signature covers it.
    pub body: Blob,
}

text_enum! {
    /// Where the shopper enters what a payment method needs.
    pub enum MethodKind {
        /// In card fields at the checkout, which talk to the gateway; without scripts, on the gateway's page.
        CardFields = "card_fields",
        /// On the gateway's own page.
        HostedPage = "hosted_page",
    }
}

/// A payment method as it is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MethodSetting {
    /// Which: `card`.
    pub code: String,
    /// What shoppers read.
    pub name: String,
    /// Whether shoppers can choose it.
    #[serde(default = "offered")]
    pub offered: bool,
}

fn offered() -> bool {
    true
}

/// A payment method that is offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Method {
    /// Which: `card`.
    pub code: String,
    /// What shoppers read.
    pub name: String,
    /// How it is paid.
    pub kind: MethodKind,
}

/// What the checkout page needs to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientConfig {
    /// Which gateway.
    pub gateway: String,
    /// No real money moves: must be shown wherever the shopper pays.
    pub sandbox: bool,
    /// Where card data is sent for a token, never to the shop's own handlers.
    pub tokenise_url: String,
    /// The gateway's own page.
    pub hosted_page_url: String,
    /// The payment methods that are offered, in the order of the page; one at least.
    pub methods: Vec<Method>,
}

/// An order's money changed: the whole present state of one intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentChanged {
    /// The intent as it is now, with its refunds.
    pub intent: Intent,
}

impl Event for PaymentChanged {
    const TOPIC: &'static str = "payments.changed";
    fn key(&self) -> String {
        self.intent.order.to_string()
    }
}
