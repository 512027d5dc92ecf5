//! Recovery: takes up orders that stand still and finishes or undoes them.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use souk_contracts::{CustomerId, OrderId};
use souk_jobs::{Periodic, Sweep};
use souk_types::{Cx, Fault, Timestamp};
use tracing::{info, warn};

use crate::{meters, service::Service, store};

/// Orders that one sweep takes up.
const SWEEP_ORDERS_MAX: i64 = 100;

pub fn recovery(service: Arc<Service>, every: Duration) -> Periodic {
    Periodic { name: "orders.recovery", every, sweep: Arc::new(Recovery(service)) }
}

struct Recovery(Arc<Service>);

#[async_trait]
impl Sweep for Recovery {
    async fn run(&self, cx: &Cx) -> Result<(), Fault> {
        let service = &self.0;
        let lease_until = service.deps.store.env().now() + service.deps.rules.recover_after;
        let due: Vec<(CustomerId, OrderId)> =
            service.deps.store.write(cx, move |tx| store::lease_due(tx, lease_until, SWEEP_ORDERS_MAX)).await?;
        for (customer, order) in due {
            match service.settle(cx, customer, order).await {
                Ok(placement) => {
                    meters::recovered(Some(placement.order().lifecycle));
                    info!(%order, lifecycle = %placement.order().lifecycle, "took up an order that stood still");
                }
                // Each order by itself: one that cannot go on now must not keep the others from it.
                Err(error) => {
                    meters::recovered(None);
                    warn!(%order, %error, "an order that stands still could not go on");
                }
            }
        }
        Ok(())
    }

    async fn unfinished(&self, cx: &Cx, since: Timestamp) -> Result<bool, Fault> {
        // Every order under way is due within that time, whether a request or a sweep has it in hand. One that waits
        // for its shopper is due later, and so is one that a sweep could not go on with.
        let latest = since + self.0.deps.rules.recover_after;
        self.0.deps.store.read(cx, move |tx| store::any_due(tx, latest)).await
    }
}
