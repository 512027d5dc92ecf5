use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use futures::{StreamExt, stream};
use souk_contracts::payments::Error;
use souk_jobs::{Periodic, Sweep};
use souk_types::{Cx, Fault, Timestamp};

use crate::{
    recording::{self, ASK_FIRST, pause},
    service::Service,
    store::{self, Due},
};

const EVERY: Duration = Duration::from_secs(2);
const DUE_MAX: u32 = 256;
const AT_A_TIME: usize = 8;

pub(crate) fn periodics(service: &Arc<Service>) -> Vec<Periodic> {
    vec![Periodic { name: "payments.unresolved", every: EVERY, sweep: Arc::new(Unresolved(Arc::clone(service))) }]
}

/// Takes up intents whose next step nobody has finished: the gateway's answer was lost, or the process was.
struct Unresolved(Arc<Service>);

#[async_trait]
impl Sweep for Unresolved {
    async fn run(&self, cx: &Cx) -> Result<(), Fault> {
        let due = self.0.store.scan(cx, |tx| store::due(tx, DUE_MAX)).await?;
        stream::iter(due)
            .for_each_concurrent(AT_A_TIME, |due| async move {
                if let Err(error) = self.resolve(cx, due).await {
                    tracing::warn!(charge = %due.key, %error, "a payment could not be resolved; it is tried again");
                }
            })
            .await;
        Ok(())
    }

    async fn unfinished(&self, cx: &Cx, since: Timestamp) -> Result<bool, Fault> {
        // A step that was asked for in vain is due later than that.
        let latest = since + ASK_FIRST;
        self.0.store.read(cx, move |tx| store::any_due(tx, latest)).await
    }
}

impl Unresolved {
    async fn resolve(&self, cx: &Cx, due: Due) -> Result<(), Error> {
        let claimed = self
            .0
            .store
            .write(cx, move |tx| {
                let next = tx.now() + pause(due.asks + 1);
                if store::claim(tx, &due, next)? { recording::load(tx, due.key).map(Some) } else { Ok(None) }
            })
            .await?;
        if let Some(intent) = claimed {
            self.0.advance(cx, intent).await?;
        }
        Ok(())
    }
}
