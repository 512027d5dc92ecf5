use souk_contracts::{
    BulkEditId, ProductId,
    catalog::{
        BULK_EDIT_CHOSEN_MAX, BULK_EDIT_COUNTED_MAX, BulkChange, BulkEditState, BulkExample, BulkPreview,
        BulkSelection, Error, NewBulkEdit, ProductFilter,
    },
};
use souk_types::{Cx, Env, Fault};

use super::run::UNDER_WAY;
use crate::{
    core::Core,
    domain::{bulk, fields::is_lookup, product::StoredProduct, tree::Tree},
    jobs, store,
};

/// Products that a preview shows.
const EXAMPLES: usize = 3;

/// How many products an edit is for, and what it does to the first few.
pub(crate) async fn preview(
    core: &Core,
    cx: &Cx,
    selection: BulkSelection,
    change: Option<BulkChange>,
) -> Result<BulkPreview, Error> {
    let selection = checked(selection)?;
    let change = change.map(bulk::checked).transpose()?;
    let upto = upto(&core.env);
    let wants_examples = change.is_some();
    let found = core.store.scan::<_, Fault>(cx, move |tx| {
        let ids = match selection {
            BulkSelection::Chosen(ids) => ids,
            BulkSelection::Matching(filter) => {
                store::bulk::matching(tx, &filter, "", &upto, BULK_EDIT_COUNTED_MAX + 1)?
            }
        };
        let shown = if wants_examples { &ids[..ids.len().min(EXAMPLES)] } else { &[] };
        let mut products = if shown.is_empty() { Vec::new() } else { store::products::by_ids(tx, shown)? };
        products.sort_by_key(|product| product.id);
        Ok((ids.len() as u64, products))
    });
    let (count, products) = found.await?;
    let tree = core.tree(cx).await?;
    let examples = match &change {
        Some(change) => products.into_iter().filter_map(|product| example(change, product, &tree)).collect(),
        None => Vec::new(),
    };
    Ok(BulkPreview { count: count.min(BULK_EDIT_COUNTED_MAX), more: count > BULK_EDIT_COUNTED_MAX, examples })
}

fn example(change: &BulkChange, product: StoredProduct, tree: &Tree) -> Option<BulkExample> {
    let id = product.id;
    let mut draft = product.into_draft(tree);
    let before = bulk::facts(&draft)?;
    let mut changed = draft.clone();
    let refusal = bulk::apply(change, &mut changed).err();
    if refusal.is_none() {
        draft = changed;
    }
    Some(BulkExample { product: id, title: draft.title.clone(), before, after: bulk::facts(&draft)?, refusal })
}

/// Starts an edit; the same id again is the same edit.
pub(crate) async fn start(core: &Core, cx: &Cx, id: BulkEditId, edit: NewBulkEdit) -> Result<(), Error> {
    let edit = NewBulkEdit { selection: checked(edit.selection)?, change: bulk::checked(edit.change)? };
    let upto = upto(&core.env);
    let total = match edit.selection.clone() {
        BulkSelection::Chosen(ids) => Some(ids.len() as u64),
        BulkSelection::Matching(filter) => {
            let upto = upto.clone();
            let count = move |tx: &mut souk_store::Tx<'_>| {
                store::bulk::matching(tx, &filter, "", &upto, BULK_EDIT_COUNTED_MAX + 1)
            };
            let count = core.store.scan::<_, Fault>(cx, count).await?.len() as u64;
            (count <= BULK_EDIT_COUNTED_MAX).then_some(count)
        }
    };
    core.write(cx, move |tx| {
        if store::bulk::insert(tx, id, &edit, &upto, total)? {
            jobs::run_bulk_edit(tx, id)?;
        } else if store::bulk::work(tx, id)?.is_none_or(|work| work.edit != edit) {
            return Err(Fault::conflict("another bulk edit has this id").into());
        }
        Ok(())
    })
    .await
}

/// Stops an edit between two of its steps.
pub(crate) async fn stop(core: &Core, cx: &Cx, id: BulkEditId) -> Result<(), Error> {
    core.write(cx, move |tx| {
        // Waits for the end of a step.
        store::bulk::lock(tx, id)?.ok_or_else(|| Fault::not_found("the bulk edit"))?;
        Ok(store::bulk::finish(tx, id, UNDER_WAY, BulkEditState::Stopped, None)?)
    })
    .await
}

/// Stops an edit and has it undone.
pub(crate) async fn undo(core: &Core, cx: &Cx, id: BulkEditId) -> Result<(), Error> {
    core.write(cx, move |tx| {
        let (state, _, created_at) = store::bulk::lock(tx, id)?.ok_or_else(|| Fault::not_found("the bulk edit"))?;
        if matches!(state, BulkEditState::Undoing | BulkEditState::Undone) {
            return Ok(());
        }
        if tx.now() >= created_at + store::bulk::KEEP {
            return Err(Fault::conflict("what the products had before is not kept any more").into());
        }
        store::bulk::begin_undo(tx, id)?;
        Ok(jobs::undo_bulk_edit(tx, id)?)
    })
    .await
}

/// The first id behind those of all products that there are: ids begin with the time.
fn upto(env: &Env) -> String {
    let millis = u64::try_from(env.now().as_millis()).unwrap_or(0);
    ProductId::derived(millis + 1, 0).to_string()
}

fn checked(selection: BulkSelection) -> Result<BulkSelection, Fault> {
    match selection {
        BulkSelection::Chosen(mut ids) => {
            ids.sort_unstable();
            ids.dedup();
            match ids.len() {
                0 => Err(Fault::invalid("selection", "must name at least one product")),
                count if count > BULK_EDIT_CHOSEN_MAX => {
                    Err(Fault::invalid("selection", format!("must name at most {BULK_EDIT_CHOSEN_MAX} products")))
                }
                _ => Ok(BulkSelection::Chosen(ids)),
            }
        }
        BulkSelection::Matching(filter) => {
            let text = filter.text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
            if text.as_ref().is_some_and(|text| !is_lookup(text)) {
                return Err(Fault::invalid("selection.text", "no product can match this"));
            }
            Ok(BulkSelection::Matching(ProductFilter { text, sort: None, ..filter }))
        }
    }
}
