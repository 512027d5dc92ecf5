//! Sends what is queued, and clears away what was kept long enough.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use souk_contracts::{MessageId, notifications::MessageState};
use souk_jobs::{Job, JobHandler, NewJob, Outcome, Periodic, Queue, Sweep, enqueue};
use souk_store::{Store, Tx};
use souk_types::{Cx, Fault, limits::JOB_ATTEMPTS_MAX};

use crate::{
    gateways::smtp::{Mail, Smtp, Unsent},
    service::Service,
    store::{self, MessageRow},
};

const QUEUE: &str = "notifications.mail";
/// Messages on their way to the mail server at a time.
const SENDING_MAX: usize = 4;
const CLEAR_EVERY: Duration = Duration::from_mins(10);
/// Messages that one transaction clears away.
const BATCH_ROWS: usize = 500;
/// Batches of one sweep; the next sweep takes what is left.
const BATCHES_MAX: usize = 50;

pub fn queues(service: &Arc<Service>) -> Vec<Queue> {
    vec![Queue { name: QUEUE, concurrency: SENDING_MAX, handler: Arc::new(Sending(Arc::clone(service))) }]
}

/// Has a message sent.
pub fn send(tx: &mut Tx<'_>, message: MessageId) -> Result<(), Fault> {
    let due = tx.now();
    enqueue(tx, NewJob { queue: QUEUE, key: &message.to_string(), payload: String::new(), due })
}

/// Has a message tried again that was given up.
pub async fn retry(store: &Store, cx: &Cx, message: MessageId) -> Result<(), Fault> {
    souk_jobs::retry_parked(store, cx, QUEUE, &message.to_string()).await
}

struct Sending(Arc<Service>);

#[async_trait]
impl JobHandler for Sending {
    async fn run(&self, cx: &Cx, job: &Job) -> Result<Outcome, Fault> {
        let id: MessageId = job.key.parse().map_err(Fault::internal)?;
        let found = self.0.store.read(cx, move |tx| store::by_id(tx, id)).await?;
        let Some(row) = found.filter(|row| row.summary.state != MessageState::Sent) else {
            return Ok(Outcome::Done);
        };
        let Some(smtp) = &self.0.smtp else {
            self.0.store.write(cx, move |tx| store::keep(tx, id)).await?;
            return Ok(Outcome::Done);
        };
        match self.deliver(smtp, row).await {
            Ok(()) => {
                self.0.store.write(cx, move |tx| store::sent(tx, id)).await?;
                Ok(Outcome::Done)
            }
            Err(Unsent::Refused(why)) => {
                tracing::warn!(message = %id, why, "the mail server refused a message");
                self.note(cx, id, MessageState::Failed, why).await?;
                Ok(Outcome::Done)
            }
            Err(Unsent::Later(why)) => {
                let last = job.attempt >= JOB_ATTEMPTS_MAX;
                let state = if last { MessageState::Failed } else { MessageState::Queued };
                self.note(cx, id, state, why.clone()).await?;
                Err(Fault::unavailable(why))
            }
        }
    }
}

impl Sending {
    async fn deliver(&self, smtp: &Smtp, row: MessageRow) -> Result<(), Unsent> {
        let run_out = row.link_until.is_some_and(|until| until <= self.0.store.env().now());
        if row.html.is_empty() || run_out {
            return Err(Unsent::Refused("its link ran out before it could be sent".to_owned()));
        }
        let MessageRow { summary, name, html, text, .. } = row;
        smtp.send(Mail {
            id: summary.id,
            email: summary.email,
            name,
            subject: summary.subject,
            html,
            text,
            written_at: summary.created_at,
        })
        .await
    }

    async fn note(&self, cx: &Cx, id: MessageId, state: MessageState, why: String) -> Result<(), Fault> {
        self.0.store.write(cx, move |tx| store::not_sent(tx, id, state, &why)).await
    }
}

/// Deletes old messages, and erases links that have run out.
pub fn clearing(service: &Arc<Service>, keep: Duration) -> Periodic {
    let sweep = Arc::new(Clearing { store: service.store.clone(), keep });
    Periodic { name: "notifications.clearing", every: CLEAR_EVERY, sweep }
}

struct Clearing {
    store: Store,
    keep: Duration,
}

#[async_trait]
impl Sweep for Clearing {
    async fn run(&self, cx: &Cx) -> Result<(), Fault> {
        for _ in 0..BATCHES_MAX {
            let keep = self.keep;
            let work = move |tx: &mut Tx<'_>| {
                let erased = store::erase_run_out(tx, BATCH_ROWS)?;
                let before = tx.now() - keep;
                Ok::<_, Fault>(erased.max(store::delete_old(tx, before, BATCH_ROWS)?))
            };
            let most = self.store.write(cx, work).await?;
            if usize::try_from(most).is_ok_and(|most| most < BATCH_ROWS) {
                break;
            }
        }
        Ok(())
    }
}
