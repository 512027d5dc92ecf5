use async_trait::async_trait;
use souk_jobs::Sweep;
use souk_store::Store;
use souk_types::{Cx, Fault};

use crate::{
    activity::KEPT,
    domain::FORGET_AFTER,
    store::{activity, invitations, links, sessions, tries},
};

/// Rows of each kind that one transaction deletes.
const BATCH_ROWS: usize = 500;
/// Batches of one sweep; the next sweep takes what is left.
const BATCHES_MAX: usize = 50;

/// Deletes sessions, links and invitations that have run out, old tries to sign in and old activity.
pub struct ExpirySweep {
    store: Store,
}

impl ExpirySweep {
    pub fn new(store: Store) -> Self {
        Self { store }
    }
}

#[async_trait]
impl Sweep for ExpirySweep {
    async fn run(&self, cx: &Cx) -> Result<(), Fault> {
        for _ in 0..BATCHES_MAX {
            let work = |tx: &mut souk_store::Tx<'_>| {
                let sessions = sessions::delete_run_out(tx, BATCH_ROWS)?;
                let before = tx.now() - FORGET_AFTER;
                let links = links::delete_run_out(tx, BATCH_ROWS)?;
                invitations::delete_run_out(tx)?;
                let tries = tries::forget_old(tx, before, BATCH_ROWS)?;
                let done_before = tx.now() - KEPT;
                let activity = activity::forget_old(tx, done_before, BATCH_ROWS)?;
                Ok::<_, Fault>(sessions.max(links).max(tries).max(activity))
            };
            let most = self.store.write(cx, work).await?;
            if usize::try_from(most).is_ok_and(|most| most < BATCH_ROWS) {
                break;
            }
        }
        Ok(())
    }
}
