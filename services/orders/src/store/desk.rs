//! What staff keep for themselves: notes on orders, and filters of the list.

use souk_contracts::{
    CustomerId, OrderId,
    orders::{HistoryEntry, SAVED_FILTERS_MAX, SavedFilter},
};
use souk_store::{Tx, params, sql};
use souk_types::Fault;

use super::json;

/// Notes of one order.
pub const NOTES_MAX: usize = 200;

/// Adds a note; the same key twice is one note.
pub fn add_note(tx: &mut Tx<'_>, customer: CustomerId, order: OrderId, key: &str, body: &str) -> Result<(), Fault> {
    let (now, actor) = (tx.now(), tx.cx().actor.label().to_owned());
    tx.exec(
        sql!(
            "INSERT INTO order_notes (customer_id, order_id, note_key, at, actor, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (customer_id, order_id, note_key) DO NOTHING"
        ),
        params![customer, order, key, now, actor, body],
    )?;
    Ok(())
}

/// How many notes an order has, up to the bound.
pub fn count_notes(tx: &mut Tx<'_>, customer: CustomerId, order: OrderId) -> Result<usize, Fault> {
    let notes: Vec<String> = tx.query(
        sql!("SELECT note_key FROM order_notes WHERE customer_id = ?1 AND order_id = ?2 LIMIT ?3"),
        params![customer, order, NOTES_MAX],
        |row| row.get(0),
    )?;
    Ok(notes.len())
}

/// An order's history with the notes in between, oldest first. Bounded by what can happen to one order.
pub fn history(tx: &mut Tx<'_>, customer: CustomerId, order: OrderId) -> Result<Vec<HistoryEntry>, Fault> {
    tx.query(
        sql!(
            "SELECT at, actor, what, detail FROM (
                 SELECT at, version, actor, what, detail FROM order_history WHERE customer_id = ?1 AND order_id = ?2
                 UNION ALL
                 SELECT at, 9223372036854775807, actor, 'note', body FROM order_notes
                 WHERE customer_id = ?1 AND order_id = ?2) AS entries
             ORDER BY at, version LIMIT 1200"
        ),
        params![customer, order],
        |row| Ok(HistoryEntry { at: row.get(0)?, actor: row.get(1)?, what: row.get(2)?, detail: row.get(3)? }),
    )
}

pub fn filters(tx: &mut Tx<'_>) -> Result<Vec<SavedFilter>, Fault> {
    tx.query(sql!("SELECT name, filter FROM saved_filters ORDER BY name LIMIT ?1"), params![SAVED_FILTERS_MAX], |row| {
        Ok(SavedFilter { name: row.get(0)?, filter: row.json(1)? })
    })
}

pub fn put_filter(tx: &mut Tx<'_>, saved: &SavedFilter) -> Result<(), Fault> {
    let filter = json(&saved.filter)?;
    tx.exec(
        sql!(
            "INSERT INTO saved_filters (name, filter) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET filter = excluded.filter"
        ),
        params![&saved.name, filter],
    )?;
    Ok(())
}

pub fn delete_filter(tx: &mut Tx<'_>, name: &str) -> Result<(), Fault> {
    tx.exec(sql!("DELETE FROM saved_filters WHERE name = ?1"), params![name]).map(drop)
}
