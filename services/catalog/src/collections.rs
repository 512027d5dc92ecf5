//! Collections: products picked by hand or by rule.

use std::collections::HashMap;

use souk_contracts::{
    CategoryId, CollectionId, ProductId,
    catalog::{
        Collection, CollectionDraft, CollectionFilter, CollectionPreview, CollectionSort, CollectionSummary, Condition,
        Error, Members,
    },
};
use souk_store::Tx;
use souk_types::{Cursor, Cx, Fault, Page, PageRequest, order_of};

use crate::{
    core::{Core, still},
    domain::{fields::is_lookup, product::StoredProduct, rule, slug, tree::Tree},
    jobs,
    products::bad_cursor,
    store::{self, collections::Behind},
};

/// Products that a preview shows.
const PREVIEW_SHOWN: usize = 12;
/// Products that it looks at in one statement, and how many such statements there are at most.
const PREVIEW_ROWS: usize = 500;
const PREVIEW_STEPS: usize = 4;
/// Words of titles that are looked for; what is typed beyond them is left out.
const TITLE_WORDS_MAX: usize = 5;

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

/// One collection.
pub(crate) async fn by_id(core: &Core, cx: &Cx, id: CollectionId) -> Result<Option<Collection>, Error> {
    Ok(core.store.read::<_, Fault>(cx, move |tx| store::collections::by_id(tx, id)).await?)
}

/// Lists collections by title.
pub(crate) async fn page(
    core: &Core,
    cx: &Cx,
    filter: CollectionFilter,
    page: PageRequest,
) -> Result<Page<CollectionSummary>, Error> {
    let sort = order_of(filter.sort, CollectionSort::ALL)?;
    let (rows, behind) = (page.rows()?, behind(sort, &page)?);
    let text = filter.text.map(|text| text.trim().to_lowercase()).filter(|text| !text.is_empty());
    if text.as_ref().is_some_and(|text| !is_lookup(text)) {
        return Ok(Page { items: Vec::new(), next: None });
    }
    let list = move |tx: &mut Tx<'_>| match text {
        Some(text) => {
            let words: Vec<String> = text.split_whitespace().take(TITLE_WORDS_MAX).map(str::to_owned).collect();
            let rows = usize::try_from(rows).map_err(Fault::internal)?;
            store::collections::with_words(tx, sort, &words, &behind, rows)
        }
        None => store::collections::page(tx, sort, &behind, rows),
    };
    let found = core.store.scan::<_, Fault>(cx, list).await?;
    Ok(Page::from_rows(found, &page, |last| Cursor::in_order(sort.as_str(), last.id, &last.title)))
}

fn behind(sort: CollectionSort, page: &PageRequest) -> Result<Behind, Fault> {
    let Some(cursor) = &page.after else { return Ok(Behind::none(sort)) };
    let place = cursor.place(sort.as_str())?;
    if !is_lookup(place.id) || !is_lookup(place.key) {
        return Err(bad_cursor());
    }
    Ok(Behind { title: place.key.to_owned(), id: place.id.to_owned() })
}

/// Says what a collection with these members would have in it. A rule is tried on the newest products, so that the
/// answer comes at once whatever the number of products.
pub(crate) async fn preview(core: &Core, cx: &Cx, members: Members) -> Result<CollectionPreview, Error> {
    let tree = core.tree(cx).await?;
    let mut draft = CollectionDraft { id: None, version: None, title: "Preview".to_owned(), members };
    rule::check(&mut draft, &tree)?;
    let look = move |tx: &mut Tx<'_>| match &draft.members {
        Members::Picked(products) => picked(tx, products),
        Members::Rule(conditions) => matching(tx, conditions, &tree),
    };
    Ok(core.store.scan::<_, Fault>(cx, look).await?)
}

fn picked(tx: &mut Tx<'_>, ids: &[ProductId]) -> Result<CollectionPreview, Fault> {
    let shown = &ids[..ids.len().min(PREVIEW_SHOWN)];
    let found = store::products::by_ids(tx, shown)?;
    let mut by_id: HashMap<ProductId, StoredProduct> = found.into_iter().map(|product| (product.id, product)).collect();
    let items = shown.iter().filter_map(|id| by_id.remove(id)?.summary()).collect();
    let count = ids.len() as u64;
    Ok(CollectionPreview { items, matched: count, looked_at: count, complete: true })
}

fn matching(tx: &mut Tx<'_>, conditions: &[Condition], tree: &Tree) -> Result<CollectionPreview, Fault> {
    let mut preview = CollectionPreview { items: Vec::new(), matched: 0, looked_at: 0, complete: false };
    let mut before = ProductId::from_bits(u128::MAX);
    for _ in 0..PREVIEW_STEPS {
        let rows = i64::try_from(PREVIEW_ROWS).map_err(Fault::internal)?;
        let products = store::products::newest_before(tx, before, rows)?;
        preview.looked_at += products.len() as u64;
        preview.complete = products.len() < PREVIEW_ROWS;
        let Some(last) = products.last() else { break };
        before = last.id;
        for product in products.iter().filter(|product| rule::matches(conditions, product, tree)) {
            preview.matched += 1;
            if preview.items.len() < PREVIEW_SHOWN {
                preview.items.extend(product.summary());
            }
        }
        if preview.complete {
            break;
        }
    }
    Ok(preview)
}

/// Removes a collection and what is known of its members.
pub(crate) async fn delete(core: &Core, cx: &Cx, id: CollectionId, version: Option<i64>) -> Result<(), Error> {
    core.write(cx, move |tx| {
        // Locks the collection, so that a sweep of its rule ends before or finds nothing.
        store::collections::progress(tx, id)?;
        if version.is_some()
            && let Some(old) = store::collections::by_id(tx, id)?
        {
            still(version, old.version)?;
        }
        store::collections::clear(tx, id)?;
        Ok(store::collections::delete(tx, id)?)
    })
    .await
}

/// The title of a collection whose rule speaks of a category.
pub(crate) fn with_category_rule(tx: &mut Tx<'_>, category: CategoryId) -> Result<Option<String>, Fault> {
    for (id, conditions) in store::collections::rules(tx)? {
        if conditions.contains(&Condition::Category(category)) {
            return Ok(store::collections::by_id(tx, id)?.map(|collection| collection.title));
        }
    }
    Ok(None)
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
    if let Some(old) = &old {
        still(draft.version, old.version)?;
    }
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
        version: old.as_ref().map_or(1, |old| old.version + 1),
    };
    let sweep = store::collections::put(tx, &collection)?;
    if old.is_none_or(|old| old.members != collection.members) {
        store::collections::clear(tx, collection.id)?;
    }
    match &collection.members {
        Members::Picked(products) => {
            for (position, product) in (0..).zip(products) {
                store::collections::add_member(tx, *product, collection.id, position)?;
            }
        }
        Members::Rule(_) => jobs::sweep_rule(tx, collection.id, sweep)?,
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
            let sweep = store::collections::restart(tx, id)?;
            jobs::sweep_rule(tx, id, sweep)?;
        }
    }
    Ok(())
}
