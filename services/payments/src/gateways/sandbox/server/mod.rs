//! The sandbox gateway itself. It keeps its books in a store of its own, so that no charge is lost when the shop is
//! killed, and it is spoken to through [`Sandbox`] and its HTTP pages only.

mod card;
mod charges;
mod http;
mod jobs;
mod keys;
mod pages;
mod token;

use std::time::Duration;

use hmac::Hmac;
use sha2::Sha256;
use souk_store::{Migration, Schema, Store};
use souk_types::{Cx, Fault, Money, Timestamp};

pub use card::{TEST_CARDS, TestCard};
pub use http::router;
pub use jobs::{WebhookSink, in_process, queues};

use self::{card::Scenario, charges::Row, keys::Keys, pages::Pages};
use super::{
    request::CreateCharge,
    response::{ChargeBody, Status},
};

/// The sandbox's own tables.
pub static SCHEMA: Schema = Schema {
    service: "sandbox_gateway",
    migrations: &[Migration {
        name: "0001_sandbox_gateway",
        sql: include_str!("../../../../migrations/sandbox/0001_sandbox_gateway.sql"),
    }],
};

/// How the sandbox behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SandboxConfig {
    /// How long every call takes beyond its own work.
    pub latency: Duration,
    /// How long after a change the webhook comes.
    pub webhook_delay: Duration,
    /// How long the client waits for an answer.
    pub timeout: Duration,
}

impl Default for SandboxConfig {
    fn default() -> Self {
        Self { latency: Duration::ZERO, webhook_delay: Duration::from_secs(2), timeout: Duration::from_secs(3) }
    }
}

/// Why a refund is not given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundRefused {
    pub code: String,
    pub reason: String,
}

/// The sandbox gateway.
pub struct Sandbox {
    store: Store,
    keys: Keys,
    pages: Pages,
    config: SandboxConfig,
}

impl Sandbox {
    /// Opens the sandbox over its own store; everything that it signs is signed with keys made of `secret`.
    ///
    /// # Errors
    /// Internal, when its pages cannot be read.
    pub fn try_new(store: Store, secret: &[u8; 32], config: SandboxConfig) -> Result<Self, Fault> {
        Ok(Self { store, keys: Keys::try_new(secret)?, pages: Pages::try_new()?, config })
    }

    pub(super) fn config(&self) -> &SandboxConfig {
        &self.config
    }

    pub(super) fn webhook_key(&self) -> &Hmac<Sha256> {
        &self.keys.webhooks
    }

    pub(super) fn now(&self) -> Timestamp {
        self.store.env().now()
    }

    /// Makes a charge, or finds the one that was made under the same key.
    pub(super) async fn create(&self, cx: &Cx, request: CreateCharge) -> Result<ChargeBody, Fault> {
        self.dawdle().await;
        let card = token::open(&self.keys, &request.token);
        let scenario = card.as_ref().map_or(Scenario::BadToken, |card| card.scenario);
        let label = card.map(|card| card.label()).unwrap_or_default();
        let fresh = self.new_row(request, scenario, label);
        let webhook_at = self.now() + self.config.webhook_delay;
        let (row, made) = self
            .store
            .write(cx, move |tx| {
                if charges::insert(tx, &fresh)? {
                    if fresh.body.status == Status::Pending {
                        jobs::announce(tx, &fresh.body, webhook_at)?;
                    }
                    return Ok::<_, Fault>((fresh.clone(), true));
                }
                let known = charges::by_reference(tx, &fresh.body.reference)?;
                known.map(|row| (row, false)).ok_or_else(|| Fault::internal("a charge is there and cannot be read"))
            })
            .await?;
        if made && scenario == Scenario::NoAnswer {
            // The money is taken, and whoever asked for it will never know: the client gives up before.
            std::future::pending::<()>().await;
        }
        Ok(row.body)
    }

    /// Takes the money of an authorised charge; any other is told as it stands.
    pub(super) async fn capture(&self, cx: &Cx, key: String) -> Result<Option<ChargeBody>, Fault> {
        self.dawdle().await;
        let reference = self.keys.reference(&key);
        self.store
            .write(cx, move |tx| {
                charges::capture(tx, &reference)?;
                Ok(charges::by_reference(tx, &reference)?.map(|row| row.body))
            })
            .await
    }

    /// Lets a charge go that is not captured; any other is told as it stands.
    pub(super) async fn void(&self, cx: &Cx, key: String) -> Result<Option<ChargeBody>, Fault> {
        self.dawdle().await;
        let reference = self.keys.reference(&key);
        self.store
            .write(cx, move |tx| {
                charges::void(tx, &reference)?;
                Ok(charges::by_reference(tx, &reference)?.map(|row| row.body))
            })
            .await
    }

    /// Gives a part of a captured charge back; the same refund key gives it once.
    pub(super) async fn refund(
        &self,
        cx: &Cx,
        key: String,
        refund_key: String,
        amount: Money,
    ) -> Result<Result<(), RefundRefused>, Fault> {
        self.dawdle().await;
        let reference = self.keys.reference(&key);
        self.store
            .write(cx, move |tx| {
                if charges::has_refund(tx, &reference, &refund_key)? {
                    return Ok(Ok(()));
                }
                if !charges::refund(tx, &reference, amount)? {
                    return Ok(Err(RefundRefused {
                        code: "not_refundable".to_owned(),
                        reason: "that much is not left of the charge".to_owned(),
                    }));
                }
                charges::insert_refund(tx, &reference, &refund_key, amount)?;
                Ok(Ok(()))
            })
            .await
    }

    /// The charge that was made under a key.
    pub(super) async fn charge(&self, cx: &Cx, key: String) -> Result<Option<ChargeBody>, Fault> {
        self.dawdle().await;
        let reference = self.keys.reference(&key);
        self.store.read(cx, move |tx| Ok(charges::by_reference(tx, &reference)?.map(|row| row.body))).await
    }

    /// Charges by reference.
    pub(super) async fn list(&self, cx: &Cx, after: Option<String>, limit: u32) -> Result<Vec<ChargeBody>, Fault> {
        let after = after.unwrap_or_default();
        self.store.scan(cx, move |tx| charges::list(tx, &after, limit)).await
    }

    /// The charge of a challenge page.
    async fn challenge(&self, cx: &Cx, reference: String) -> Result<Option<Row>, Fault> {
        self.store.read(cx, move |tx| charges::by_reference(tx, &reference)).await
    }

    /// The cardholder's answer to a challenge. A second one changes nothing.
    async fn answer_challenge(&self, cx: &Cx, reference: String, approved: bool) -> Result<Option<Row>, Fault> {
        let webhook_at = self.now() + self.config.webhook_delay;
        self.store
            .write(cx, move |tx| {
                let answered = charges::answer_challenge(tx, &reference, approved)?;
                let row = charges::by_reference(tx, &reference)?;
                if answered && let Some(row) = &row {
                    jobs::announce(tx, &row.body, webhook_at)?;
                }
                Ok(row)
            })
            .await
    }

    async fn dawdle(&self) {
        if !self.config.latency.is_zero() {
            tokio::time::sleep(self.config.latency).await;
        }
    }

    fn new_row(&self, request: CreateCharge, scenario: Scenario, card: String) -> Row {
        let reference = self.keys.reference(&request.idempotency_key);
        let outcome = scenario.outcome();
        let status = match outcome.status {
            Status::Authorised if request.capture => Status::Captured,
            other => other,
        };
        let action_url = (status == Status::ActionRequired).then(|| http::challenge_path(&reference));
        Row {
            capture: request.capture,
            return_path: request.return_path,
            body: ChargeBody {
                reference,
                idempotency_key: request.idempotency_key,
                customer: request.customer,
                amount: request.amount,
                status,
                captured_minor: if status == Status::Captured { request.amount.minor } else { 0 },
                refunded_minor: 0,
                card,
                code: outcome.refusal.map(|(code, _)| code.to_owned()),
                reason: outcome.refusal.map(|(_, reason)| reason.to_owned()),
                action_url,
                revision: 1,
            },
        }
    }
}
