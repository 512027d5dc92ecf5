//! The sandbox gateway: the client that payments talks to, and, in `server`, the gateway itself, which behaves like a
//! real one but moves no money.

mod request;
mod response;
mod server;
#[cfg(test)]
mod tests;
mod webhook;

use std::{collections::BTreeMap, future::Future, sync::Arc};

use async_trait::async_trait;
use souk_contracts::{
    RefundId,
    payments::{ClientConfig, Method, MethodKind},
};
use souk_types::{Cx, Fault, Money};

pub use server::{SCHEMA, Sandbox, SandboxConfig, TEST_CARDS, TestCard, WebhookSink, in_process, queues, router};

use self::{
    request::{CreateCharge, idempotency_key},
    response::ChargeBody,
};
use super::{Answer, Found, Gateway, NewCharge, RefundAnswer, WebhookRefusal};
use crate::domain::{Charge, ChargeKey};

const NAME: &str = souk_contracts::payments::SANDBOX_GATEWAY;

/// The payment methods of the sandbox.
pub fn methods() -> Vec<Method> {
    [
        ("card", "Card", MethodKind::CardFields),
        ("hosted", "Card, on the payment provider’s page", MethodKind::HostedPage),
    ]
    .map(|(code, name, kind)| Method { code: code.to_owned(), name: name.to_owned(), kind })
    .to_vec()
}

/// Talks to the sandbox.
pub struct SandboxGateway {
    server: Arc<Sandbox>,
}

impl SandboxGateway {
    /// A client of this sandbox.
    pub fn new(server: Arc<Sandbox>) -> Self {
        Self { server }
    }

    /// Waits for the sandbox no longer than a client of a gateway does.
    async fn within<T>(&self, call: impl Future<Output = Result<T, Fault>>) -> Result<T, String> {
        match tokio::time::timeout(self.server.config().timeout, call).await {
            Ok(answer) => answer.map_err(|fault| fault.to_string()),
            Err(_) => Err("no answer in time".to_owned()),
        }
    }

    async fn answer(&self, call: impl Future<Output = Result<Option<ChargeBody>, Fault>>) -> Answer {
        match self.found(call).await {
            Found::Charge(charge) => Answer::Charge(charge),
            Found::NeverHeard => Answer::Unknown { why: "there is no such charge".to_owned() },
            Found::Unknown { why } => Answer::Unknown { why },
        }
    }

    async fn found(&self, call: impl Future<Output = Result<Option<ChargeBody>, Fault>>) -> Found {
        match self.within(call).await {
            Ok(Some(body)) => {
                Charge::try_from(body).map_or_else(|fault| Found::Unknown { why: fault.to_string() }, Found::Charge)
            }
            Ok(None) => Found::NeverHeard,
            Err(why) => Found::Unknown { why },
        }
    }
}

#[async_trait]
impl Gateway for SandboxGateway {
    fn name(&self) -> &'static str {
        NAME
    }

    fn methods(&self) -> Vec<Method> {
        methods()
    }

    fn client_config(&self, methods: Vec<Method>) -> ClientConfig {
        ClientConfig {
            gateway: NAME.to_owned(),
            sandbox: true,
            tokenise_url: "/sandbox-gateway/tokens".to_owned(),
            hosted_page_url: "/sandbox-gateway/pay".to_owned(),
            methods,
        }
    }

    async fn authorise(&self, cx: &Cx, charge: &NewCharge) -> Answer {
        self.answer(async { self.server.create(cx, CreateCharge::from(charge)).await.map(Some) }).await
    }

    async fn capture(&self, cx: &Cx, key: ChargeKey) -> Answer {
        self.answer(self.server.capture(cx, idempotency_key(key))).await
    }

    async fn void(&self, cx: &Cx, key: ChargeKey) -> Answer {
        self.answer(self.server.void(cx, idempotency_key(key))).await
    }

    async fn refund(&self, cx: &Cx, key: ChargeKey, refund: RefundId, amount: Money) -> RefundAnswer {
        let call = self.server.refund(cx, idempotency_key(key), refund.to_string(), amount);
        match self.within(call).await {
            Ok(Ok(())) => RefundAnswer::Given,
            Ok(Err(refused)) => RefundAnswer::Refused { code: refused.code, reason: refused.reason },
            Err(why) => RefundAnswer::Unknown { why },
        }
    }

    async fn query(&self, cx: &Cx, key: ChargeKey) -> Found {
        self.found(self.server.charge(cx, idempotency_key(key))).await
    }

    fn webhook(&self, headers: &BTreeMap<String, String>, body: &[u8]) -> Result<Charge, WebhookRefusal> {
        let unreadable = |why: String| WebhookRefusal::Unreadable { why };
        webhook::verify(self.server.webhook_key(), headers, body, self.server.now())?;
        let message: webhook::Message = serde_json::from_slice(body).map_err(|error| unreadable(error.to_string()))?;
        Charge::try_from(message.charge).map_err(|fault| unreadable(fault.to_string()))
    }

    async fn list(&self, cx: &Cx, after: Option<String>, limit: u32) -> Result<Vec<Charge>, Fault> {
        let bodies = self.server.list(cx, after, limit).await?;
        bodies.into_iter().map(Charge::try_from).collect()
    }
}
