use std::time::Duration;

use async_trait::async_trait;
use souk_jobs::Sweep;
use souk_store::Store;
use souk_types::{Cx, Env, Fault, Timestamp};

use crate::holding;

/// Rows that one transaction releases. More than one order can have, so that every batch gets on.
const BATCH_ROWS: usize = 1_000;
/// Batches of one sweep; the next sweep takes what is left.
const BATCHES_MAX: usize = 20;

/// How long a reservation that has run out is kept all the same, and how long a process that has just started
/// releases none.
///
/// An order that was placed in time may be told of late: its event waits while a process is down. Orders that
/// come to nothing are released by their own event, so the sweep is only for those that were forgotten, and
/// need not hurry.
pub const GRACE: Duration = Duration::from_secs(5 * 60);

/// Releases reservations that have run out.
pub struct ExpirySweep {
    store: Store,
    started_at: Timestamp,
}

impl ExpirySweep {
    pub fn new(store: Store, env: &Env) -> Self {
        Self { store, started_at: env.now() }
    }
}

#[async_trait]
impl Sweep for ExpirySweep {
    async fn run(&self, cx: &Cx) -> Result<(), Fault> {
        let now = self.store.env().now();
        if now.since(self.started_at) < GRACE {
            return Ok(());
        }
        for _ in 0..BATCHES_MAX {
            let seen = self.store.write(cx, move |tx| holding::run_out(tx, now - GRACE, BATCH_ROWS)).await?;
            if seen < BATCH_ROWS {
                break;
            }
        }
        Ok(())
    }
}
