use souk_types::{Cx, Fault};

use crate::{core::Core, store};

/// Products of old edits that one transaction forgets.
const BATCH_ROWS: u64 = 1_000;
/// Transactions before other work has its turn.
const BATCHES_MAX: usize = 100;

/// Forgets edits that are too old to be undone.
pub(crate) async fn sweep(core: &Core, cx: &Cx) -> Result<(), Fault> {
    for _ in 0..BATCHES_MAX {
        let step = core.step(cx);
        let forgot = core.store.write::<_, Fault>(&step, |tx| {
            let before = tx.now() - store::bulk::KEEP;
            let Some(id) = store::bulk::expired(tx, before)? else { return Ok(false) };
            if store::bulk::delete_items(tx, id, BATCH_ROWS)? < BATCH_ROWS {
                store::bulk::delete(tx, id)?;
            }
            Ok(true)
        });
        if !forgot.await? {
            break;
        }
    }
    Ok(())
}
