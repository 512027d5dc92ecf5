use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use souk_contracts::{
    catalog::Blob,
    payments::{Payments, Webhook},
};
use souk_jobs::{Job, JobHandler, NewJob, Outcome, Queue, enqueue};
use souk_store::Tx;
use souk_types::{Cx, Fault, ServiceError, Timestamp};

use super::{Sandbox, charges};
use crate::gateways::sandbox::{
    NAME,
    response::ChargeBody,
    webhook::{self, Message, SIGNATURE_HEADER},
};

const QUEUE: &str = "sandbox_gateway.webhooks";

/// Where the sandbox's webhooks go.
#[async_trait]
pub trait WebhookSink: Send + Sync {
    /// Hands one over.
    ///
    /// # Errors
    /// An error is a webhook that was not acknowledged: it comes again later.
    async fn deliver(&self, cx: &Cx, webhook: Webhook) -> Result<(), Fault>;
}

/// Hands webhooks to the service in this process.
pub fn in_process(service: Arc<dyn Payments>) -> Arc<dyn WebhookSink> {
    Arc::new(InProcess(service))
}

struct InProcess(Arc<dyn Payments>);

#[async_trait]
impl WebhookSink for InProcess {
    async fn deliver(&self, cx: &Cx, webhook: Webhook) -> Result<(), Fault> {
        self.0.webhook(cx, webhook).await.map_err(|error| Fault::new(error.kind(), error.public_message()))
    }
}

/// The sandbox's background work.
pub fn queues(sandbox: &Arc<Sandbox>, sink: Arc<dyn WebhookSink>) -> Vec<Queue> {
    vec![Queue { name: QUEUE, concurrency: 4, handler: Arc::new(Webhooks { sandbox: Arc::clone(sandbox), sink }) }]
}

/// Sees to it that the merchant is told of a charge as it is now, or as the bank decides by then.
pub fn announce(tx: &mut Tx<'_>, body: &ChargeBody, due: Timestamp) -> Result<(), Fault> {
    let key = format!("{}:{}", body.reference, body.revision);
    enqueue(tx, NewJob { queue: QUEUE, key: &key, payload: body.reference.clone(), due })
}

struct Webhooks {
    sandbox: Arc<Sandbox>,
    sink: Arc<dyn WebhookSink>,
}

#[async_trait]
impl JobHandler for Webhooks {
    async fn run(&self, cx: &Cx, job: &Job) -> Result<Outcome, Fault> {
        let reference = job.payload.clone();
        let row = self
            .sandbox
            .store
            .write(cx, move |tx| {
                charges::settle(tx, &reference)?;
                charges::by_reference(tx, &reference)
            })
            .await?;
        if let Some(row) = row {
            self.sink.deliver(cx, self.webhook(&job.key, row.body)?).await?;
        }
        Ok(Outcome::Done)
    }
}

impl Webhooks {
    fn webhook(&self, id: &str, charge: ChargeBody) -> Result<Webhook, Fault> {
        let kind = format!("charge.{}", charge.status);
        let body = serde_json::to_vec(&Message { id: id.to_owned(), kind, charge }).map_err(Fault::internal)?;
        let signature = webhook::sign(self.sandbox.webhook_key(), &body, self.sandbox.now());
        Ok(Webhook {
            gateway: NAME.to_owned(),
            headers: BTreeMap::from([(SIGNATURE_HEADER.to_owned(), signature)]),
            body: Blob(body),
        })
    }
}
