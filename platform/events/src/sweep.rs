//! Deletes what was kept long enough, a little at a time, so that no write waits long for it.

use std::sync::Arc;

use souk_types::Fault;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{failures, outbox, source::Source};

/// Rows deleted in one transaction.
const CHUNK_ROWS: u64 = 1_000;
/// Chunks of one table in one sweep.
const CHUNKS_MAX: u32 = 100;

pub(crate) struct Sweeper {
    pub(crate) source: Arc<Source>,
    pub(crate) stop: CancellationToken,
}

impl Sweeper {
    pub(crate) async fn run(self) {
        let source = &*self.source;
        loop {
            let pause = source.env.jitter(source.config.sweep_every);
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = sleep(pause) => {}
            }
            tokio::select! {
                () = self.stop.cancelled() => return,
                swept = sweep(source) => if let Err(fault) = swept {
                    tracing::warn!(service = source.service(), %fault, "old events were not swept away");
                },
            }
        }
    }
}

async fn sweep(source: &Source) -> Result<(), Fault> {
    if !source.lease.is_held(&source.store, &source.env).await {
        return Ok(());
    }
    let now = source.env.now();
    let (sent_before, seen_before) = (now - source.config.keep_sent, now - source.config.keep_inbox);
    let deletions: [(fn(&mut souk_store::Tx<'_>, _, _) -> _, _); 2] =
        [(outbox::delete_sent, sent_before), (outbox::delete_inbox, seen_before)];
    for (delete, before) in deletions {
        for _ in 0..CHUNKS_MAX {
            let deleted: u64 =
                source.store.write::<_, Fault>(&source.cx(), move |tx| delete(tx, before, CHUNK_ROWS)).await?;
            if deleted < CHUNK_ROWS {
                break;
            }
        }
    }
    let promoted = source.store.write::<_, Fault>(&source.cx(), failures::promote_orphans).await?;
    if promoted > 0 {
        source.failed.notify_one();
    }
    Ok(())
}
