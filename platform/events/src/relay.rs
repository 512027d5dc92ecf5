//! Reads what is not yet sent, hands it to the transport, marks it as sent.

use std::sync::Arc;

use souk_types::{Fault, Seldom};
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{failures, outbox, source::Source, transport::Transport};

pub(crate) struct Relay {
    source: Arc<Source>,
    transport: Arc<dyn Transport>,
    changed: Arc<Notify>,
    stop: CancellationToken,
    /// Keeps the log short while something is away.
    waits: Seldom,
}

impl Relay {
    pub(crate) fn new(source: Arc<Source>, transport: Arc<dyn Transport>, stop: CancellationToken) -> Self {
        let changed = source.store.outbox_changed();
        Self { source, transport, changed, stop, waits: Seldom::default() }
    }

    pub(crate) async fn run(self) {
        let config = self.source.config;
        while !self.stop.is_cancelled() {
            // Listened for before looking, so that no wake is missed in between.
            let (changed, nudged) = (self.changed.notified(), self.source.nudge.notified());
            let cut_off = async {
                self.stop.cancelled().await;
                sleep(config.grace).await;
            };
            let sent = tokio::select! {
                sent = self.round() => sent,
                () = cut_off => break,
            };
            match sent {
                Ok(sent) if sent == config.batch_max => continue,
                Ok(_) => {}
                Err(fault) => {
                    if let Some(more) = self.waits.pass() {
                        let service = self.source.service();
                        tracing::warn!(service, %fault, more, "events wait: they cannot be sent now");
                    }
                    let _ = timeout(config.poll, self.stop.cancelled()).await;
                    continue;
                }
            }
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = changed => {}
                () = nudged => {}
                () = sleep(config.poll) => {}
            }
        }
        self.source.lease.release(&self.source.store, &self.source.env).await;
    }

    /// Sends one batch; answers how many events it had.
    async fn round(&self) -> Result<usize, Fault> {
        let source = &*self.source;
        if !source.lease.is_held(&source.store, &source.env).await {
            return Ok(0);
        }
        self.transport.prepare(source).await?;
        let limit = source.config.batch_max;
        let batch = source.store.read(&source.cx(), move |tx| outbox::unsent(tx, limit)).await?;
        source.note_oldest(batch.first().map(|event| event.delivery.at));
        if batch.is_empty() {
            return Ok(0);
        }
        let batch = Arc::new(batch);
        let failures = self.transport.publish(source, Arc::clone(&batch)).await?;
        let failed = !failures.is_empty();
        let sent = batch.len();
        source.count_round();
        let books = if failed { Some(source.books.lock().await) } else { None };
        let mark = move |tx: &mut souk_store::Tx<'_>| {
            failures.iter().try_for_each(|failure| failures::insert(tx, failure))?;
            outbox::mark_sent(tx, batch.iter().map(|event| event.seq))
        };
        source.store.write(&source.cx(), mark).await?;
        drop(books);
        if failed {
            source.failed.notify_one();
        }
        Ok(sent)
    }
}
