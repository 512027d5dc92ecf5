use souk_contracts::{
    BulkEditId,
    catalog::{BulkEdit, BulkEditFilter, BulkEditSort, BulkOutcome, BulkProduct, Error},
};
use souk_types::{Cursor, Cx, Fault, Page, PageRequest, order_of};

use crate::{
    core::Core,
    products::{read::after_id, started},
    store,
};

/// How far an edit is.
pub(crate) async fn by_id(core: &Core, cx: &Cx, id: BulkEditId) -> Result<Option<BulkEdit>, Error> {
    Ok(core.store.read::<_, Fault>(cx, move |tx| store::bulk::by_id(tx, id)).await?)
}

/// Edits, by when they were asked for.
pub(crate) async fn list(
    core: &Core,
    cx: &Cx,
    filter: BulkEditFilter,
    page: PageRequest,
) -> Result<Page<BulkEdit>, Error> {
    let sort = order_of(filter.sort, BulkEditSort::ALL)?;
    let (rows, behind) = (page.rows()?, started(sort.as_str(), &page)?);
    let find = move |tx: &mut souk_store::Tx<'_>| store::bulk::list(tx, sort, filter.state, &behind, rows);
    let found = core.store.scan::<_, Fault>(cx, find).await?;
    let cursor = |edit: &BulkEdit| Cursor::in_order(sort.as_str(), edit.id, edit.created_at.as_micros());
    Ok(Page::from_rows(found, &page, cursor))
}

/// The products with which an edit had this outcome.
pub(crate) async fn items(
    core: &Core,
    cx: &Cx,
    id: BulkEditId,
    outcome: BulkOutcome,
    page: PageRequest,
) -> Result<Page<BulkProduct>, Error> {
    let (rows, after) = (page.rows()?, after_id(page.after.as_ref())?);
    let find = move |tx: &mut souk_store::Tx<'_>| store::bulk::items(tx, id, outcome, &after, rows);
    let found = core.store.scan::<_, Fault>(cx, find).await?;
    Ok(Page::from_rows(found, &page, |item| item.product.to_string()))
}
