//! What staff keep for themselves around orders: notes, and filters of the list.

use souk_contracts::{
    CustomerId, OrderId,
    orders::{Error, NOTE_BYTES_MAX, ORDERS_AT_ONCE_MAX, Order, SAVED_FILTERS_MAX, SavedFilter},
};
use souk_store::Store;
use souk_types::{Cx, Fault, limits::LINE_BYTES_MAX};

use crate::{domain::number, model::OrderRow, saga::known, store};

/// The orders of these numbers, in the order asked; those that there are not are left out.
pub async fn many(db: &Store, cx: &Cx, numbers: Vec<String>) -> Result<Vec<Order>, Error> {
    if numbers.len() > ORDERS_AT_ONCE_MAX {
        return Err(Fault::invalid("numbers", format!("at most {ORDERS_AT_ONCE_MAX} at once")).into());
    }
    let numbers: Vec<String> = numbers.iter().filter_map(|number| number::normalise(number)).collect();
    let asked = numbers.clone();
    let rows = db.read::<_, Error>(cx, move |tx| Ok(store::by_numbers(tx, &asked)?)).await?;
    let mut found: Vec<Option<OrderRow>> = rows.into_iter().map(Some).collect();
    let take =
        |number: &String| found.iter_mut().find(|row| row.as_ref().is_some_and(|row| row.number == *number))?.take();
    Ok(numbers.iter().filter_map(take).map(OrderRow::into_order).collect())
}

/// Leaves a note. With an idempotency key, asking twice leaves one.
pub async fn note(db: &Store, cx: &Cx, customer: CustomerId, order: OrderId, text: String) -> Result<(), Error> {
    let text = text.trim().to_owned();
    if text.is_empty() || text.len() > NOTE_BYTES_MAX {
        return Err(Fault::invalid("text", format!("must be 1 to {NOTE_BYTES_MAX} characters")).into());
    }
    let given = cx.idempotency_key.as_ref().map(|key| format!("note {} {key}", cx.actor.label()));
    let given = given.unwrap_or_else(|| db.env().random_u128().to_string());
    let key = blake3::hash(given.as_bytes()).to_hex()[..32].to_owned();
    db.write(cx, move |tx| {
        known(store::by_id(tx, customer, order)?)?;
        if store::desk::count_notes(tx, customer, order)? >= store::desk::NOTES_MAX {
            return Err(Fault::conflict(format!("an order has at most {} notes", store::desk::NOTES_MAX)).into());
        }
        Ok(store::desk::add_note(tx, customer, order, &key, &text)?)
    })
    .await
}

/// Saves a filter in place of the one of the same name.
pub async fn save_filter(db: &Store, cx: &Cx, saved: SavedFilter) -> Result<(), Error> {
    let name = saved.name.trim().to_owned();
    if name.is_empty() || name.len() > LINE_BYTES_MAX {
        return Err(Fault::invalid("name", format!("must be 1 to {LINE_BYTES_MAX} characters")).into());
    }
    if saved.filter.text.as_ref().is_some_and(|text| text.len() > LINE_BYTES_MAX) {
        return Err(Fault::invalid("filter.text", "is too long").into());
    }
    let saved = SavedFilter { name, ..saved };
    db.write(cx, move |tx| {
        let known = store::desk::filters(tx)?;
        if known.len() >= SAVED_FILTERS_MAX && known.iter().all(|other| other.name != saved.name) {
            let message = format!("{SAVED_FILTERS_MAX} filters are saved already; delete one first");
            return Err(Fault::conflict(message).into());
        }
        Ok(store::desk::put_filter(tx, &saved)?)
    })
    .await
}
