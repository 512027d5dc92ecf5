use souk_contracts::{CollectionId, ProductId, catalog::Condition};
use souk_store::Tx;
use souk_types::Fault;

use crate::{
    domain::{product::StoredProduct, rule, tree::Tree},
    store,
};

/// Products that one step of a sweep looks at.
const SWEEP_PRODUCTS: i64 = 500;

/// Puts changed products into the collections whose rules they match now, and out of the others.
pub(crate) fn apply(tx: &mut Tx<'_>, tree: &Tree, products: &[&StoredProduct]) -> Result<(), Fault> {
    if products.is_empty() {
        return Ok(());
    }
    let rules = store::collections::rules(tx)?;
    if rules.is_empty() { Ok(()) } else { apply_to(tx, tree, &rules, products) }
}

fn apply_to(
    tx: &mut Tx<'_>,
    tree: &Tree,
    rules: &[(CollectionId, Vec<Condition>)],
    products: &[&StoredProduct],
) -> Result<(), Fault> {
    let ids: Vec<ProductId> = products.iter().map(|product| product.id).collect();
    let collections: Vec<CollectionId> = rules.iter().map(|(id, _)| *id).collect();
    let present = store::collections::memberships(tx, &ids, &collections)?;
    for product in products {
        for (collection, conditions) in rules {
            let is_in = present.contains(&(product.id, *collection));
            match (rule::matches(conditions, product, tree), is_in) {
                (true, false) => store::collections::add_member(tx, product.id, *collection, 0)?,
                (false, true) => store::collections::remove_member(tx, product.id, *collection)?,
                (true, true) | (false, false) => {}
            }
        }
    }
    Ok(())
}

/// Applies a collection's rule to the next products; says whether there are more. The place is kept with the
/// collection, in the same transaction, so that a sweep that was cut off goes on where it stopped.
pub(crate) fn sweep_page(tx: &mut Tx<'_>, id: CollectionId, sweep: i64) -> Result<bool, Fault> {
    let Some(progress) = store::collections::progress(tx, id)?.filter(|progress| progress.sweep == sweep) else {
        return Ok(false);
    };
    let tree = store::categories::tree(tx)?;
    let products = store::products::after_to_change(tx, &progress.swept_to, SWEEP_PRODUCTS)?;
    let Some(last) = products.last().map(|product| product.id.to_string()) else {
        store::collections::set_progress(tx, id, None)?;
        return Ok(false);
    };
    apply_to(tx, &tree, &[(id, progress.rule)], &products.iter().collect::<Vec<_>>())?;
    store::collections::set_progress(tx, id, Some(&last))?;
    Ok(true)
}
