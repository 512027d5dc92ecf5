//! Every SQL text of the service.

pub mod desk;
pub mod joined;
pub mod lists;
pub mod refunds;
pub mod sales;

use souk_contracts::{
    CartId, CustomerId, OrderId,
    orders::{HistoryEntry, OrderBooks, OrderMoney},
};
use souk_store::{Expect, Row, Tx, json_list, params, sql};
use souk_types::{Fault, Money, Timestamp};

use crate::{domain::number, model::OrderRow};

fn row(row: &Row<'_>) -> Result<OrderRow, Fault> {
    let currency = row.parse(7)?;
    let money = |index: usize| Ok::<_, Fault>(Money::new(row.get(index)?, currency));
    Ok(OrderRow {
        customer: row.get(0)?,
        id: row.get(1)?,
        cart: row.get(2)?,
        number: row.get(3)?,
        version: row.get(4)?,
        lifecycle: row.parse(5)?,
        email: row.get(6)?,
        total: money(8)?,
        money: OrderMoney { authorised: money(9)?, captured: money(10)?, refunded: money(11)? },
        body: row.json(12)?,
        shipments: row.json(13)?,
        cancel_reason: row.get(14)?,
        payment_token: row.get(15)?,
        created_at: row.get(16)?,
        placed_at: row.get(17)?,
    })
}

pub fn by_id(tx: &mut Tx<'_>, customer: CustomerId, order: OrderId) -> Result<Option<OrderRow>, Fault> {
    tx.query_opt(
        sql!(
            "SELECT customer_id, order_id, cart_id, number, version, lifecycle, email, currency, total, authorised,
                    captured, refunded, body, shipments, cancel_reason, payment_token, created_at, placed_at
             FROM orders WHERE customer_id = ?1 AND order_id = ?2"
        ),
        params![customer, order],
        row,
    )
}

/// The same, with the row locked.
pub fn by_id_to_change(tx: &mut Tx<'_>, customer: CustomerId, order: OrderId) -> Result<Option<OrderRow>, Fault> {
    tx.query_opt(
        sql!(
            "SELECT customer_id, order_id, cart_id, number, version, lifecycle, email, currency, total, authorised,
                    captured, refunded, body, shipments, cancel_reason, payment_token, created_at, placed_at
             FROM orders WHERE customer_id = ?1 AND order_id = ?2 {for_update}"
        ),
        params![customer, order],
        row,
    )
}

pub fn by_cart(tx: &mut Tx<'_>, customer: CustomerId, cart: CartId) -> Result<Option<OrderRow>, Fault> {
    tx.query_opt(
        sql!(
            "SELECT customer_id, order_id, cart_id, number, version, lifecycle, email, currency, total, authorised,
                    captured, refunded, body, shipments, cancel_reason, payment_token, created_at, placed_at
             FROM orders WHERE customer_id = ?1 AND cart_id = ?2"
        ),
        params![customer, cart],
        row,
    )
}

/// Those orders that there are, in no particular order.
pub fn by_numbers(tx: &mut Tx<'_>, numbers: &[String]) -> Result<Vec<OrderRow>, Fault> {
    tx.query(
        sql!(
            fan_out
            "WITH n AS MATERIALIZED (SELECT customer_id, order_id FROM order_numbers WHERE number IN {each:?1})
             SELECT o.customer_id, o.order_id, o.cart_id, o.number, o.version, o.lifecycle, o.email, o.currency, o.total,
                    o.authorised, o.captured, o.refunded, o.body, o.shipments, o.cancel_reason, o.payment_token,
                    o.created_at, o.placed_at
             FROM n JOIN orders o ON o.customer_id = n.customer_id AND o.order_id = n.order_id"
        ),
        params![json_list(numbers)],
        row,
    )
}

pub fn by_number(tx: &mut Tx<'_>, number: &str) -> Result<Option<OrderRow>, Fault> {
    let key = tx.query_opt(
        sql!("SELECT customer_id, order_id FROM order_numbers WHERE number = ?1"),
        params![number],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    match key {
        Some((customer, order)) => by_id(tx, customer, order),
        None => Ok(None),
    }
}

/// How often a number that is taken is drawn anew: with 2^40 numbers, twice in a row is unlikely even for a
/// thousand million orders.
const NUMBER_DRAWS_MAX: usize = 20;

/// Adds an order under a number that no other order has, and due for recovery at `due`.
///
/// Answers `false`, and adds nothing, when the cart has an order already.
pub fn insert(tx: &mut Tx<'_>, order: &mut OrderRow, due: Timestamp) -> Result<bool, Fault> {
    order.number = claim_number(tx, order.customer, order.id)?;
    let (zero, body) = (0_i64, json(&order.body)?);
    let added = tx.exec(
        sql!(
            "INSERT INTO orders (customer_id, order_id, cart_id, number, version, lifecycle, payment, fulfilment,
                 email, recipient, pieces, currency, total, authorised, captured, refunded, body, shipments,
                 payment_token, created_at, due_at)
             VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?13, ?13, ?14, '[]', ?15, ?16, ?17)
             ON CONFLICT (customer_id, cart_id) DO NOTHING"
        ),
        params![
            order.customer,
            order.id,
            order.cart,
            order.number,
            order.lifecycle.as_str(),
            order.payment().as_str(),
            order.fulfilment().as_str(),
            order.email,
            order.body.address.name,
            order.pieces(),
            order.total.currency,
            order.total.minor,
            zero,
            body,
            order.payment_token,
            order.created_at,
            due
        ],
    )?;
    if added.rows() == 0 {
        tx.exec(sql!("DELETE FROM order_numbers WHERE number = ?1"), params![order.number])?;
    }
    Ok(added.rows() == 1)
}

fn claim_number(tx: &mut Tx<'_>, customer: CustomerId, order: OrderId) -> Result<String, Fault> {
    for _ in 0..NUMBER_DRAWS_MAX {
        let number = number::draw(tx.env());
        let claimed = tx.exec(
            sql!(
                "INSERT INTO order_numbers (number, customer_id, order_id) VALUES (?1, ?2, ?3)
                 ON CONFLICT (number) DO NOTHING"
            ),
            params![number, customer, order],
        )?;
        if claimed.rows() == 1 {
            return Ok(number);
        }
    }
    Err(Fault::internal("no free order number was found"))
}

/// Writes a changed order, if it is still at the version it was read at, and raises its version.
///
/// # Errors
/// [`ErrorKind::Conflict`](souk_types::ErrorKind::Conflict) when somebody else changed it meanwhile.
pub fn update(tx: &mut Tx<'_>, order: &mut OrderRow, due: Option<Timestamp>) -> Result<(), Fault> {
    let shipments = json(&order.shipments)?;
    tx.exec(
        sql!(
            "UPDATE orders SET version = version + 1, lifecycle = ?4, payment = ?5, fulfilment = ?6, authorised = ?7,
                 captured = ?8, refunded = ?9, shipments = ?10, cancel_reason = ?11, payment_token = ?12,
                 placed_at = ?13, due_at = ?14
             WHERE customer_id = ?1 AND order_id = ?2 AND version = ?3"
        ),
        params![
            order.customer,
            order.id,
            order.version,
            order.lifecycle.as_str(),
            order.payment().as_str(),
            order.fulfilment().as_str(),
            order.money.authorised.minor,
            order.money.captured.minor,
            order.money.refunded.minor,
            shipments,
            order.cancel_reason,
            order.payment_token,
            order.placed_at,
            due
        ],
    )?
    .expect_one()?;
    order.version += 1;
    Ok(())
}

pub fn add_history(tx: &mut Tx<'_>, order: &OrderRow, what: &str, detail: &str) -> Result<(), Fault> {
    let (now, actor) = (tx.now(), tx.cx().actor.label().to_owned());
    tx.send(
        sql!(
            "INSERT INTO order_history (customer_id, order_id, version, at, actor, what, detail)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
        ),
        params![order.customer, order.id, order.version, now, actor, what, detail],
        Expect::Any,
    )
}

/// An order's history, oldest first. Bounded by what can happen to one order.
pub fn history(tx: &mut Tx<'_>, customer: CustomerId, order: OrderId) -> Result<Vec<HistoryEntry>, Fault> {
    tx.query(
        sql!(
            "SELECT at, actor, what, detail FROM order_history
             WHERE customer_id = ?1 AND order_id = ?2 ORDER BY version LIMIT 1000"
        ),
        params![customer, order],
        |row| Ok(HistoryEntry { at: row.get(0)?, actor: row.get(1)?, what: row.get(2)?, detail: row.get(3)? }),
    )
}

/// Takes up orders that stand still: moves their due time to `lease_until`, so that no other instance takes
/// them meanwhile.
pub fn lease_due(tx: &mut Tx<'_>, lease_until: Timestamp, rows: i64) -> Result<Vec<(CustomerId, OrderId)>, Fault> {
    let now = tx.now();
    let due = sql!(fan_out "SELECT customer_id, order_id FROM orders WHERE due_at <= ?1 ORDER BY due_at LIMIT ?2");
    let mut found: Vec<(CustomerId, OrderId)> =
        tx.query(due, params![now, rows], |row| Ok((row.get(0)?, row.get(1)?)))?;
    // In an order that all instances share.
    found.sort();
    let lease = sql!("UPDATE orders SET due_at = ?4 WHERE customer_id = ?1 AND order_id = ?2 AND due_at <= ?3");
    let mut leased = Vec::with_capacity(found.len());
    for (customer, order) in found {
        if tx.exec(lease, params![customer, order, now, lease_until])?.rows() == 1 {
            leased.push((customer, order));
        }
    }
    Ok(leased)
}

/// Says whether any order stands still until `latest` or before.
pub fn any_due(tx: &mut Tx<'_>, latest: Timestamp) -> Result<bool, Fault> {
    let due = tx.query_opt(
        sql!(
            fan_out
            "SELECT order_id FROM orders WHERE due_at <= ?1 LIMIT 1"
        ),
        params![latest],
        |row| row.get::<OrderId>(0),
    )?;
    Ok(due.is_some())
}

/// Where a walk over all orders has come to: customer and order.
pub type Place = (String, String);

pub fn books(tx: &mut Tx<'_>, after: &Place, rows: i64) -> Result<Vec<OrderBooks>, Fault> {
    let rows = tx.query(
        sql!(
            fan_out
            "SELECT customer_id, order_id, cart_id, number, version, lifecycle, email, currency, total, authorised,
                    captured, refunded, body, shipments, cancel_reason, payment_token, created_at, placed_at
             FROM orders WHERE (customer_id, order_id) > (?1, ?2) ORDER BY customer_id, order_id LIMIT ?3"
        ),
        params![&after.0, &after.1, rows],
        row,
    )?;
    Ok(rows.into_iter().map(OrderRow::into_books).collect())
}

/// An order as it is stored, with the axes that are stored with it.
pub struct StoredAxes {
    pub order: OrderRow,
    pub payment: String,
    pub fulfilment: String,
    pub history: i64,
}

pub fn with_axes(tx: &mut Tx<'_>, after: &Place, rows: i64) -> Result<Vec<StoredAxes>, Fault> {
    tx.query(
        sql!(
            fan_out
            "SELECT customer_id, order_id, cart_id, number, version, lifecycle, email, currency, total, authorised,
                    captured, refunded, body, shipments, cancel_reason, payment_token, created_at, placed_at,
                    payment, fulfilment,
                    (SELECT COUNT(*) FROM order_history h
                     WHERE h.customer_id = orders.customer_id AND h.order_id = orders.order_id)
             FROM orders WHERE (customer_id, order_id) > (?1, ?2) ORDER BY customer_id, order_id LIMIT ?3"
        ),
        params![&after.0, &after.1, rows],
        |found| {
            Ok(StoredAxes {
                order: row(found)?,
                payment: found.get(18)?,
                fulfilment: found.get(19)?,
                history: found.get(20)?,
            })
        },
    )
}

/// What stands in the other tables for an order that is not there: a number, or history.
pub fn orphans(tx: &mut Tx<'_>, rows: usize) -> Result<Vec<String>, Fault> {
    tx.query(
        sql!(
            fan_out
            "WITH known AS MATERIALIZED (SELECT customer_id, order_id FROM orders)
             SELECT n.order_id, 'the number ' || n.number FROM order_numbers n
             LEFT JOIN known o ON o.customer_id = n.customer_id AND o.order_id = n.order_id
             WHERE o.order_id IS NULL
             UNION ALL
             SELECT h.order_id, 'history' FROM order_history h
             LEFT JOIN orders o ON o.customer_id = h.customer_id AND o.order_id = h.order_id
             WHERE h.version = 1 AND o.order_id IS NULL
             LIMIT ?1"
        ),
        params![rows],
        |row| {
            Ok(format!("order {}: {} belongs to it, and it is not there", row.get::<String>(0)?, row.get::<String>(1)?))
        },
    )
}

/// Orders that cannot be found by their number.
pub fn numberless(tx: &mut Tx<'_>, rows: usize) -> Result<Vec<String>, Fault> {
    tx.query(
        sql!(
            fan_out
            "WITH known AS MATERIALIZED (SELECT number, customer_id, order_id FROM order_numbers)
             SELECT o.order_id, o.number FROM orders o
             LEFT JOIN known n ON n.number = o.number AND n.customer_id = o.customer_id
                 AND n.order_id = o.order_id
             WHERE n.number IS NULL LIMIT ?1"
        ),
        params![rows],
        |row| Ok(format!("order {}: its number {} does not lead to it", row.get::<String>(0)?, row.get::<String>(1)?)),
    )
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(Fault::internal)
}
