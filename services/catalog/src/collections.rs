//! Collections: products picked by hand or by rule.

use souk_contracts::{
    CollectionId,
    catalog::{Collection, CollectionDraft, Condition, Error, Members},
};
use souk_store::Tx;
use souk_types::{Cx, Fault};

use crate::{
    core::Core,
    domain::{fields::is_lookup, rule, slug},
    jobs, store,
};

/// Lists all collections.
pub(crate) async fn list(core: &Core, cx: &Cx) -> Result<Vec<Collection>, Error> {
    Ok(core.store.scan::<_, Fault>(cx, store::collections::all).await?)
}

/// The collection with this slug.
pub(crate) async fn by_slug(core: &Core, cx: &Cx, slug: String) -> Result<Option<Collection>, Error> {
    if !is_lookup(&slug) {
        return Ok(None);
    }
    Ok(core.store.read::<_, Fault>(cx, move |tx| store::collections::by_slug(tx, &slug)).await?)
}

/// Adds or changes a collection. What a rule picks is found in the background.
pub(crate) async fn save(core: &Core, cx: &Cx, mut draft: CollectionDraft) -> Result<CollectionId, Error> {
    let tree = core.tree(cx).await?;
    rule::check(&mut draft, &tree)?;
    core.write(cx, move |tx| put(tx, &draft)).await
}

fn put(tx: &mut Tx<'_>, draft: &CollectionDraft) -> Result<CollectionId, Error> {
    let old = match draft.id {
        Some(id) => Some(store::collections::by_id(tx, id)?.ok_or_else(|| Fault::not_found("the collection"))?),
        None => None,
    };
    if let Members::Picked(products) = &draft.members
        && let Some(missing) = store::products::missing(tx, products)?
    {
        return Err(Fault::invalid("members.picked", format!("there is no product {missing}")).into());
    }
    let collection = Collection {
        id: draft.id.unwrap_or_else(|| CollectionId::generate(tx.env())),
        title: draft.title.clone(),
        slug: match &old {
            Some(old) => old.slug.clone(),
            None => free_slug(tx, &draft.title)?,
        },
        members: draft.members.clone(),
    };
    let version = store::collections::put(tx, &collection)?;
    if old.is_none_or(|old| old.members != collection.members) {
        store::collections::clear(tx, collection.id)?;
    }
    match &collection.members {
        Members::Picked(products) => {
            for (position, product) in (0..).zip(products) {
                store::collections::add_member(tx, *product, collection.id, position)?;
            }
        }
        Members::Rule(_) => jobs::sweep_rule(tx, collection.id, version)?,
    }
    Ok(collection.id)
}

fn free_slug(tx: &mut Tx<'_>, title: &str) -> Result<String, Fault> {
    let base = Some(slug::slugify(title)).filter(|slug| !slug.is_empty()).unwrap_or_else(|| "collection".to_owned());
    let mut candidate = base.clone();
    let mut number = 1;
    while store::collections::has_slug(tx, &candidate)? {
        number += 1;
        candidate = slug::numbered(&base, number);
    }
    Ok(candidate)
}

/// After a category has moved, applies the rules that speak of categories anew.
pub(crate) fn sweep_category_rules(tx: &mut Tx<'_>) -> Result<(), Fault> {
    for (id, rule) in store::collections::rules(tx)? {
        if rule.iter().any(|condition| matches!(condition, Condition::Category(_))) {
            let version = store::collections::restart(tx, id)?;
            jobs::sweep_rule(tx, id, version)?;
        }
    }
    Ok(())
}
