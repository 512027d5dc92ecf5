use std::collections::HashMap;

use souk_contracts::{
    CategoryId, ProductId,
    catalog::{Error, Listed, Offer, Product, ProductFilter, ProductSort, ProductStatus, ProductSummary, SlugMatch},
};
use souk_store::Tx;
use souk_types::{Cursor, Cx, Fault, Page, PageRequest, limits, order_of};

use super::{bad_cursor, is_visible, sees_all};
use crate::{
    core::Core,
    domain::{fields::is_lookup, product::StoredProduct},
    store::{
        self,
        lists::Place,
        sorted::{self, Behind},
    },
};

/// Products or SKUs that can be asked for at once.
const MANY_MAX: usize = limits::PAGE_ITEMS_MAX as usize * 2;
/// Products between two marks.
const MARK_MAX: u32 = 50_000;

pub(crate) async fn product(core: &Core, cx: &Cx, id: ProductId) -> Result<Option<Product>, Error> {
    let found = core.store.read::<_, Fault>(cx, move |tx| store::products::by_id(tx, id)).await?;
    match found.filter(|product| is_visible(cx, product.status)) {
        Some(product) => {
            let tree = core.tree_for(cx, std::slice::from_ref(&product)).await?;
            Ok(Some(product.into_product(&tree)))
        }
        None => Ok(None),
    }
}

enum BySlug {
    Found(Box<StoredProduct>),
    Moved(ProductStatus, String),
}

pub(crate) async fn by_slug(core: &Core, cx: &Cx, slug: String) -> Result<Option<SlugMatch>, Error> {
    if !is_lookup(&slug) {
        return Ok(None);
    }
    let found = core
        .store
        .read::<_, Fault>(cx, move |tx| {
            let Some(owner) = store::slugs::owner(tx, &slug)? else { return Ok(None) };
            Ok(if owner.is_current {
                store::products::by_id(tx, owner.product)?.map(|product| BySlug::Found(Box::new(product)))
            } else {
                store::lists::slug_of(tx, owner.product)?.map(|(status, slug)| BySlug::Moved(status, slug))
            })
        })
        .await?;
    Ok(match found {
        Some(BySlug::Found(product)) if is_visible(cx, product.status) => {
            let tree = core.tree_for(cx, std::slice::from_ref(&*product)).await?;
            Some(SlugMatch::Found(Box::new(product.into_product(&tree))))
        }
        Some(BySlug::Moved(status, slug)) if is_visible(cx, status) => Some(SlugMatch::Moved(slug)),
        _ => None,
    })
}

pub(crate) async fn products(core: &Core, cx: &Cx, ids: Vec<ProductId>) -> Result<Vec<Product>, Error> {
    at_most(ids.len(), "ids")?;
    let asked = ids.clone();
    let found = core.store.read::<_, Fault>(cx, move |tx| store::products::by_ids(tx, &asked)).await?;
    let tree = core.tree_for(cx, &found).await?;
    let visible = found.into_iter().filter(|product| is_visible(cx, product.status));
    let mut by_id: HashMap<ProductId, Product> =
        visible.map(|product| (product.id, product.into_product(&tree))).collect();
    Ok(ids.iter().filter_map(|id| by_id.remove(id)).collect())
}

pub(crate) async fn offers(core: &Core, cx: &Cx, mut skus: Vec<String>) -> Result<Vec<Offer>, Error> {
    at_most(skus.len(), "skus")?;
    skus.retain(|sku| is_lookup(sku));
    if skus.is_empty() {
        return Ok(Vec::new());
    }
    let commits = core.store.commits();
    let known = core.offers.known(commits, &skus);
    let mut by_sku: HashMap<String, Offer> = known.into_iter().map(|offer| (offer.sku.clone(), offer)).collect();
    let asked: Vec<String> = skus.iter().filter(|sku| !by_sku.contains_key(*sku)).cloned().collect();
    if !asked.is_empty() {
        let found = core.store.read::<_, Fault>(cx, move |tx| offers_of(tx, &asked)).await?;
        core.offers.remember(commits, found.iter().cloned());
        by_sku.extend(found);
    }
    Ok(skus.iter().filter_map(|sku| by_sku.remove(sku)).collect())
}

/// What can be bought under these SKUs, each with its offer, in no particular order.
fn offers_of(tx: &mut Tx<'_>, skus: &[String]) -> Result<Vec<(String, Offer)>, Fault> {
    let owners = store::skus::active_owners(tx, skus)?;
    if owners.is_empty() {
        return Ok(Vec::new());
    }
    let products = store::products::by_ids(tx, &owners)?;
    let offers = products.iter().flat_map(StoredProduct::offers).filter(|offer| skus.contains(&offer.sku));
    Ok(offers.map(|offer| (offer.sku.clone(), offer)).collect())
}

pub(crate) async fn known_skus(core: &Core, cx: &Cx, mut skus: Vec<String>) -> Result<Vec<String>, Error> {
    at_most(skus.len(), "skus")?;
    skus.retain(|sku| is_lookup(sku));
    let asked = skus.clone();
    let find = move |tx: &mut Tx<'_>| store::skus::owners(tx, asked.iter().map(String::as_str));
    let owners = core.store.read::<_, Fault>(cx, find).await?;
    skus.retain(|sku| owners.contains_key(sku));
    Ok(skus)
}

pub(crate) async fn list(
    core: &Core,
    cx: &Cx,
    filter: ProductFilter,
    page: PageRequest,
) -> Result<Page<ProductSummary>, Error> {
    let sort = order_of(filter.sort, ProductSort::ALL)?;
    let (rows, behind) = (page.rows()?, behind(sort, &page)?);
    let text = filter.text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    if text.as_ref().is_some_and(|text| !is_lookup(text)) {
        return Ok(Page { items: Vec::new(), next: None });
    }
    let found = core
        .store
        .scan::<_, Fault>(cx, move |tx| match text {
            Some(text) => sorted::wanted(tx, sort, &text, filter.status, &behind, rows),
            None => sorted::list(tx, sort, filter.status, &behind, rows),
        })
        .await?;
    let cursor = |last: &ProductSummary| Cursor::in_order(sort.as_str(), last.id, sorted::key(sort, last));
    Ok(Page::from_rows(found, &page, cursor))
}

fn behind(sort: ProductSort, page: &PageRequest) -> Result<Behind, Fault> {
    let Some(cursor) = &page.after else { return Ok(Behind::none(sort)) };
    let place = cursor.place(sort.as_str())?;
    Some(place)
        .filter(|place| is_lookup(place.id))
        .and_then(|place| Behind::product(sort, place.key, place.id))
        .ok_or_else(bad_cursor)
}

pub(crate) async fn ids(core: &Core, cx: &Cx, page: PageRequest) -> Result<Page<ProductId>, Error> {
    let (rows, after) = (page.rows()?, after_id(page.after.as_ref())?);
    let found = core.store.scan::<_, Fault>(cx, move |tx| store::products::ids_after(tx, &after, rows)).await?;
    Ok(Page::from_rows(found, &page, ToString::to_string))
}

pub(crate) async fn listed(core: &Core, cx: &Cx, page: PageRequest) -> Result<Page<Listed>, Error> {
    let (rows, after) = (page.rows()?, after_id(page.after.as_ref())?);
    let found = core.store.scan::<_, Fault>(cx, move |tx| store::products::listed_after(tx, &after, rows)).await?;
    Ok(Page::from_rows(found, &page, |listed| listed.id.to_string()))
}

pub(crate) async fn listed_mark(
    core: &Core,
    cx: &Cx,
    after: Option<Cursor>,
    count: u32,
) -> Result<Option<Cursor>, Error> {
    if count == 0 || count > MARK_MAX {
        return Err(Fault::invalid("count", format!("must be 1 to {MARK_MAX}")).into());
    }
    let after = after_id(after.as_ref())?;
    let found = core.store.scan::<_, Fault>(cx, move |tx| store::products::listed_mark(tx, &after, count)).await?;
    Ok(match found.as_slice() {
        [mark, _] => Some(Cursor(mark.to_string())),
        _ => None,
    })
}

pub(super) fn after_id(cursor: Option<&Cursor>) -> Result<String, Fault> {
    match cursor {
        None => Ok(String::new()),
        Some(Cursor(id)) if id.is_empty() || is_lookup(id) => Ok(id.clone()),
        Some(_) => Err(bad_cursor()),
    }
}

pub(crate) async fn in_collection(
    core: &Core,
    cx: &Cx,
    slug: String,
    page: PageRequest,
) -> Result<Page<ProductSummary>, Error> {
    let (rows, after) = (page.rows()?, place(&page)?);
    let status = if sees_all(cx) { "" } else { ProductStatus::Active.as_str() };
    let found = core
        .store
        .scan::<_, Fault>(cx, move |tx| {
            let collection = if is_lookup(&slug) { store::collections::by_slug(tx, &slug)? } else { None };
            let collection = collection.ok_or_else(|| Fault::not_found("the collection"))?;
            store::lists::in_collection(tx, collection.id, status, &after, rows)
        })
        .await?;
    let cursor = |(position, summary): &(i64, ProductSummary)| format!("{position}.{}", summary.id);
    Ok(Page::from_rows(found, &page, cursor).map(|(_, summary)| summary))
}

pub(crate) async fn newest(
    core: &Core,
    cx: &Cx,
    category: Option<CategoryId>,
    page: PageRequest,
) -> Result<Page<ProductSummary>, Error> {
    let (rows, behind) = (page.rows()?, behind_newest(&page)?);
    let shelves = match category {
        Some(category) => core.tree(cx).await?.within(category).into_iter().map(Some).collect(),
        None => vec![None],
    };
    let found = core.store.scan::<_, Fault>(cx, move |tx| newest_of(tx, &shelves, behind, rows)).await?;
    let cursor = |(shelf, last): &(Option<CategoryId>, ProductSummary)| {
        format!("{}.{}", shelf.map(|id| id.to_string()).unwrap_or_default(), last.id)
    };
    Ok(Page::from_rows(found, &page, cursor).map(|(_, summary)| summary))
}

/// The category and the product in it behind which a list goes on.
type BehindNewest = Option<(Option<CategoryId>, ProductId)>;

fn behind_newest(page: &PageRequest) -> Result<BehindNewest, Fault> {
    let Some(Cursor(cursor)) = &page.after else { return Ok(None) };
    let (shelf, product) = cursor.split_once('.').ok_or_else(bad_cursor)?;
    let shelf = Some(shelf).filter(|shelf| !shelf.is_empty());
    let shelf = shelf.map(|shelf| shelf.parse().map_err(|_| bad_cursor())).transpose()?;
    Ok(Some((shelf, product.parse().map_err(|_| bad_cursor())?)))
}

/// Goes through the shelves until there are enough: each read begins in an index, where the last page has ended.
fn newest_of(
    tx: &mut Tx<'_>,
    shelves: &[Option<CategoryId>],
    behind: BehindNewest,
    rows: i64,
) -> Result<Vec<(Option<CategoryId>, ProductSummary)>, Fault> {
    let first = match behind {
        Some((shelf, _)) => shelves.iter().position(|known| *known == shelf).ok_or_else(bad_cursor)?,
        None => 0,
    };
    let mut before = behind.map_or(ProductId::from_bits(u128::MAX), |(_, product)| product);
    let mut found = Vec::new();
    let mut lacking = rows;
    for shelf in &shelves[first..] {
        let part = match shelf {
            Some(category) => store::lists::newest_in(tx, *category, before, lacking)?,
            None => store::lists::newest(tx, before, lacking)?,
        };
        lacking -= part.len() as i64;
        found.extend(part.into_iter().map(|summary| (*shelf, summary)));
        if lacking == 0 {
            break;
        }
        before = ProductId::from_bits(u128::MAX);
    }
    Ok(found)
}

fn place(page: &PageRequest) -> Result<Place, Fault> {
    let Some(Cursor(cursor)) = &page.after else {
        return Ok(Place { position: i64::MIN, id: String::new() });
    };
    let (position, id) = cursor.split_once('.').filter(|(_, id)| is_lookup(id)).ok_or_else(bad_cursor)?;
    Ok(Place { position: position.parse().map_err(|_| bad_cursor())?, id: id.to_owned() })
}

fn at_most(count: usize, field: &str) -> Result<(), Fault> {
    if count > MANY_MAX { Err(Fault::invalid(field, format!("at most {MANY_MAX} at once"))) } else { Ok(()) }
}
