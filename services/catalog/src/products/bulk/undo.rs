use std::{
    borrow::Cow,
    collections::HashMap,
    time::{Duration, Instant},
};

use souk_contracts::{
    BulkEditId, ProductId,
    catalog::{BulkEditState, BulkOutcome},
};
use souk_jobs::Outcome as JobOutcome;
use souk_store::Tx;
use souk_types::{Cx, Fault, ServiceError as _};

use super::{BATCH, RUN_MAX, run::give_up};
use crate::{
    core::{Core, into_fault},
    domain::{bulk, product::StoredProduct},
    products::batch::{self, Change, Outcome},
    store::{self, bulk::Counts},
};

const UNDOING: [BulkEditState; 2] = [BulkEditState::Undoing; 2];

/// Undoes an edit for a while, from where it stopped.
pub(crate) async fn run_undo(core: &Core, cx: &Cx, id: BulkEditId, attempt: u32) -> Result<JobOutcome, Fault> {
    let until = Instant::now() + RUN_MAX;
    loop {
        match core.write(&core.step(cx), move |tx| Ok(step(tx, id)?)).await.map_err(into_fault) {
            Ok(true) if Instant::now() < until => {}
            Ok(true) => return Ok(JobOutcome::Again(Duration::ZERO)),
            Ok(false) => return Ok(JobOutcome::Done),
            Err(fault) => return give_up(core, cx, id, UNDOING, attempt, fault).await,
        }
    }
}

/// Gives the next products back what they had; says whether there may be more.
fn step(tx: &mut Tx<'_>, id: BulkEditId) -> Result<bool, Fault> {
    let Some((BulkEditState::Undoing, place, _)) = store::bulk::lock(tx, id)? else { return Ok(false) };
    let changed = store::bulk::changed(tx, id, BATCH)?;
    if changed.is_empty() {
        store::bulk::finish(tx, id, UNDOING, BulkEditState::Undone, None)?;
        return Ok(false);
    }
    let ids: Vec<ProductId> = changed.iter().map(|item| item.product).collect();
    let products = store::products::by_ids_to_change(tx, &ids)?;
    let mut products: HashMap<ProductId, StoredProduct> =
        products.into_iter().map(|product| (product.id, product)).collect();
    let tree = store::categories::tree(tx)?;
    let (mut settled, mut changes) = (Vec::new(), Vec::new());
    for item in changed {
        match products.remove(&item.product) {
            None => settled.push((item.product, Some("it is not there any more".to_owned()))),
            Some(product) if product.version != item.version => {
                settled.push((item.product, Some("it was changed since".to_owned())));
            }
            Some(old) => {
                let mut draft = old.clone().into_draft(&tree);
                bulk::restore(item.old, &mut draft);
                let (id, slug, extra) = (old.id, old.slug.clone(), old.extra.clone());
                let draft = Cow::Owned(draft);
                changes.push(Change { id, old: Some(old), slug, draft, extra, only_if_new: false });
            }
        }
    }
    settled.extend(restore(tx, &tree, changes)?);
    let mut counts = Counts::default();
    for (product, kept) in settled {
        let outcome = if kept.is_some() { BulkOutcome::Kept } else { BulkOutcome::Restored };
        match outcome {
            BulkOutcome::Kept => counts.kept += 1,
            _ => counts.restored += 1,
        }
        store::bulk::settle_item(tx, id, product, outcome, kept.as_deref().unwrap_or_default())?;
    }
    store::bulk::advance(tx, id, BulkEditState::Undoing, &place, counts)?;
    Ok(true)
}

/// Writes the products; answers for each why it was not, if so.
fn restore(
    tx: &mut Tx<'_>,
    tree: &crate::domain::tree::Tree,
    changes: Vec<Change<'_>>,
) -> Result<Vec<(ProductId, Option<String>)>, Fault> {
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<ProductId> = changes.iter().map(|change| change.id).collect();
    let written = batch::write(tx, tree, changes)?;
    let refusal = |outcome: Outcome| match outcome {
        Outcome::Written(_) | Outcome::Unchanged(_) => None,
        Outcome::Refused(error) => Some(error.public_message()),
    };
    Ok(ids.into_iter().zip(written.outcomes.into_iter().map(refusal)).collect())
}
