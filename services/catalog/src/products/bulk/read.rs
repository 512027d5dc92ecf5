use souk_contracts::{
    BulkEditId,
    catalog::{BulkEdit, BulkOutcome, BulkProduct, Error},
};
use souk_types::{Cx, Fault, Page, PageRequest};

use crate::{
    core::Core,
    products::{before, read::after_id},
    store,
};

/// How far an edit is.
pub(crate) async fn by_id(core: &Core, cx: &Cx, id: BulkEditId) -> Result<Option<BulkEdit>, Error> {
    Ok(core.store.read::<_, Fault>(cx, move |tx| store::bulk::by_id(tx, id)).await?)
}

/// Edits, newest first.
pub(crate) async fn list(core: &Core, cx: &Cx, page: PageRequest) -> Result<Page<BulkEdit>, Error> {
    let (rows, before) = (page.rows()?, before(&page)?);
    let found = core.store.scan::<_, Fault>(cx, move |tx| store::bulk::list(tx, &before, rows)).await?;
    Ok(Page::from_rows(found, &page, |edit| format!("{}.{}", edit.created_at.as_micros(), edit.id)))
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
