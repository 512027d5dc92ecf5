use std::{
    borrow::Cow,
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};

use souk_contracts::{
    BulkEditId, ProductId,
    catalog::{BulkEditState, BulkSelection},
};
use souk_jobs::Outcome as JobOutcome;
use souk_store::Tx;
use souk_types::{Cx, Fault, ServiceError as _, limits};

use super::{BATCH, RUN_MAX};
use crate::{
    core::{Core, into_fault},
    domain::{bulk, product::StoredProduct},
    products::batch::{self, Change, Outcome},
    store::{
        self,
        bulk::{Counts, Item, Work},
    },
};

pub(super) const UNDER_WAY: [BulkEditState; 2] = [BulkEditState::Queued, BulkEditState::Running];

/// Does an edit for a while, from where it stopped.
pub(crate) async fn run(core: &Core, cx: &Cx, id: BulkEditId, attempt: u32) -> Result<JobOutcome, Fault> {
    let until = Instant::now() + RUN_MAX;
    loop {
        match step(core, cx, id).await {
            Ok(true) if Instant::now() < until => {}
            Ok(true) => return Ok(JobOutcome::Again(Duration::ZERO)),
            Ok(false) => return Ok(JobOutcome::Done),
            Err(fault) => return give_up(core, cx, id, UNDER_WAY, attempt, fault).await,
        }
    }
}

/// Hands a failure to the queue, until the last attempt writes it down.
pub(super) async fn give_up(
    core: &Core,
    cx: &Cx,
    id: BulkEditId,
    from: [BulkEditState; 2],
    attempt: u32,
    fault: Fault,
) -> Result<JobOutcome, Fault> {
    if attempt < limits::JOB_ATTEMPTS_MAX {
        return Err(fault);
    }
    tracing::warn!(edit = %id, %fault, "a bulk edit has failed");
    let fail = move |tx: &mut Tx<'_>| store::bulk::finish(tx, id, from, BulkEditState::Failed, Some(&fault.public));
    core.store.write::<_, Fault>(&core.step(cx), fail).await?;
    Ok(JobOutcome::Done)
}

/// Deals with the next products; says whether there may be more.
async fn step(core: &Core, cx: &Cx, id: BulkEditId) -> Result<bool, Fault> {
    let cx = core.step(cx);
    // Looking for products may take a while, which is no reason to keep other writers waiting.
    let found = core.store.scan::<_, Fault>(&cx, move |tx| {
        let work = store::bulk::work(tx, id)?.filter(|work| UNDER_WAY.contains(&work.state));
        let Some(work) = work else { return Ok(None) };
        let ids = next(tx, &work)?;
        Ok(Some((work, ids)))
    });
    let Some((work, ids)) = found.await? else { return Ok(false) };
    if ids.is_empty() {
        let finish = move |tx: &mut Tx<'_>| store::bulk::finish(tx, id, UNDER_WAY, BulkEditState::Finished, None);
        core.store.write::<_, Fault>(&cx, finish).await?;
        return Ok(false);
    }
    let found = Arc::new((work, ids));
    core.write(&cx, move |tx| Ok(apply(tx, id, &found.0, &found.1)?)).await.map_err(into_fault)?;
    Ok(true)
}

fn next(tx: &mut Tx<'_>, work: &Work) -> Result<Vec<ProductId>, Fault> {
    match &work.edit.selection {
        BulkSelection::Matching(filter) => store::bulk::matching(tx, filter, &work.place, &work.upto, BATCH as u64),
        BulkSelection::Chosen(ids) => {
            let behind = ids.iter().filter(|id| id.to_string() > work.place);
            Ok(behind.take(BATCH).copied().collect())
        }
    }
}

/// Changes these products, unless the edit has been taken further or stopped meanwhile.
fn apply(tx: &mut Tx<'_>, id: BulkEditId, work: &Work, ids: &[ProductId]) -> Result<(), Fault> {
    let Some((state, place, _)) = store::bulk::lock(tx, id)? else { return Ok(()) };
    if place != work.place || !UNDER_WAY.contains(&state) {
        return Ok(());
    }
    let mut products = store::products::by_ids_to_change(tx, ids)?;
    let mut counts = Counts::default();
    let mut items = Vec::new();
    match &work.edit.selection {
        BulkSelection::Chosen(_) => items.extend(missing(ids, &products)),
        BulkSelection::Matching(filter) => {
            products.retain(|product| filter.status.is_none_or(|status| product.status == status));
        }
    }
    items.extend(change(tx, work, products, &mut counts)?);
    for item in &items {
        store::bulk::add_item(tx, id, item)?;
        match &item.done {
            Ok(_) => counts.changed += 1,
            Err(_) => counts.failed += 1,
        }
    }
    let place = ids.last().map_or(place, ToString::to_string);
    store::bulk::advance(tx, id, BulkEditState::Running, &place, counts)
}

fn missing(ids: &[ProductId], found: &[StoredProduct]) -> Vec<Item> {
    let found: HashSet<ProductId> = found.iter().map(|product| product.id).collect();
    let gone = ids.iter().filter(|id| !found.contains(*id));
    gone.map(|id| Item {
        product: *id,
        title: id.to_string(),
        version: 0,
        done: Err("there is no such product".to_owned()),
    })
    .collect()
}

fn change(tx: &mut Tx<'_>, work: &Work, products: Vec<StoredProduct>, counts: &mut Counts) -> Result<Vec<Item>, Fault> {
    let tree = store::categories::tree(tx)?;
    let (mut items, mut changing, mut changes) = (Vec::new(), Vec::new(), Vec::new());
    for old in products {
        let mut draft = old.clone().into_draft(&tree);
        let item = |done| Item { product: old.id, title: old.title.clone(), version: old.version, done };
        match bulk::apply(&work.edit.change, &mut draft) {
            Err(reason) => items.push(item(Err(reason))),
            Ok(None) => counts.unchanged += 1,
            Ok(Some(replaced)) => {
                changing.push(item(Ok(replaced)));
                let (id, slug, extra) = (old.id, old.slug.clone(), old.extra.clone());
                let draft = Cow::Owned(draft);
                changes.push(Change { id, old: Some(old), slug, draft, extra, only_if_new: false });
            }
        }
    }
    if changes.is_empty() {
        return Ok(items);
    }
    let written = batch::write(tx, &tree, changes)?;
    for (mut item, outcome) in changing.into_iter().zip(written.outcomes) {
        match outcome {
            Outcome::Written(written) => item.version = written.product.version,
            Outcome::Unchanged(_) => continue,
            Outcome::Refused(error) => item.done = Err(error.public_message()),
        }
        items.push(item);
    }
    Ok(items)
}
