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
use souk_types::{Cx, Fault, PageRequest, Timestamp};

pub(crate) use self::{
    batch::BATCH_MAX,
    pictures::url_hash,
    read::{by_slug, ids, in_collection, known_skus, list, listed, listed_mark, newest, offers, product, products},
    rules::sweep_page,
    single::{create, update},
    upsert::{Prepared, apply, upsert},
    words::note_words,
};
use crate::store::started::Started;

/// Says whether the caller sees products that are not active.
pub(crate) fn sees_all(cx: &Cx) -> bool {
    cx.actor.may(souk_contracts::permission::CATALOG_READ)
}

fn is_visible(cx: &Cx, status: ProductStatus) -> bool {
    status == ProductStatus::Active || sees_all(cx)
}

/// Where a list in an order of time goes on; the name of one that goes back in time begins with a minus.
pub(crate) fn started(order: &str, page: &PageRequest) -> Result<Started, Fault> {
    let Some(cursor) = &page.after else {
        let end = if order.starts_with('-') { i64::MAX } else { i64::MIN };
        return Ok(Started { at: Timestamp::from_micros(end), id: String::new() });
    };
    let place = Some(cursor.place(order)?).filter(|place| crate::domain::fields::is_lookup(place.id));
    let place = place.ok_or_else(bad_cursor)?;
    let at = place.key.parse().map_err(|_| bad_cursor())?;
    Ok(Started { at: Timestamp::from_micros(at), id: place.id.to_owned() })
}

pub(crate) fn bad_cursor() -> Fault {
    Fault::invalid("after", "is not a place in this list")
}
