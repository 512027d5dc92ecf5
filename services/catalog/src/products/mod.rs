//! Reading and writing products.

mod batch;
pub(crate) mod bulk;
mod pictures;
mod read;
mod rules;
mod single;
mod upsert;
mod words;

use souk_contracts::catalog::ProductStatus;
use souk_types::{Cursor, Cx, Fault, PageRequest, Timestamp};

pub(crate) use self::{
    batch::BATCH_MAX,
    pictures::url_hash,
    read::{by_slug, ids, in_collection, known_skus, list, listed, listed_mark, offers, product, products},
    rules::sweep_page,
    single::{create, update},
    upsert::{Prepared, apply, upsert},
    words::note_words,
};
use crate::store::lists::Before;

/// Says whether the caller sees products that are not active.
pub(crate) fn sees_all(cx: &Cx) -> bool {
    cx.actor.may(souk_contracts::permission::CATALOG_READ)
}

fn is_visible(cx: &Cx, status: ProductStatus) -> bool {
    status == ProductStatus::Active || sees_all(cx)
}

/// Where a list that is ordered by time, newest first, goes on.
pub(crate) fn before(page: &PageRequest) -> Result<Before, Fault> {
    let Some(Cursor(cursor)) = &page.after else {
        return Ok(Before { at: Timestamp::from_micros(i64::MAX), id: String::new() });
    };
    let parts = cursor.split_once('.').filter(|(_, id)| crate::domain::fields::is_lookup(id));
    let (at, id) = parts.ok_or_else(bad_cursor)?;
    let at = at.parse().map_err(|_| bad_cursor())?;
    Ok(Before { at: Timestamp::from_micros(at), id: id.to_owned() })
}

pub(crate) fn bad_cursor() -> Fault {
    Fault::invalid("after", "is not a place in this list")
}
