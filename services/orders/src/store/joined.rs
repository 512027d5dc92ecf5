//! Orders that have joined an account, and the emails by which they do.

use souk_contracts::{CustomerId, OrderId, orders::OrderSummary};
use souk_store::{Tx, params, sql};
use souk_types::Fault;

/// Orders of one email that join when it is verified, the newest; whoever has more knows them by their messages.
const JOINED_MAX: usize = 1_000;

/// Notes whose an email is.
pub fn put_verified(tx: &mut Tx<'_>, email: &str, account: CustomerId) -> Result<(), Fault> {
    tx.exec(
        sql!(
            "INSERT INTO verified_emails (email, customer_id) VALUES (?1, ?2)
             ON CONFLICT (email) DO UPDATE SET customer_id = excluded.customer_id"
        ),
        params![email, account],
    )?;
    Ok(())
}

/// The account that an email belongs to.
pub fn account_of(tx: &mut Tx<'_>, email: &str) -> Result<Option<CustomerId>, Fault> {
    tx.query_opt(sql!("SELECT customer_id FROM verified_emails WHERE email = ?1"), params![email], |row| row.get(0))
}

/// Lets the orders join an account that were made with its email by others.
pub fn join_all(tx: &mut Tx<'_>, email: &str, account: CustomerId) -> Result<(), Fault> {
    let found: Vec<(CustomerId, OrderId)> = tx.query(
        sql!(
            fan_out
            "SELECT customer_id, order_id FROM orders WHERE email = ?1 AND customer_id <> ?2
             ORDER BY created_at DESC, order_id DESC LIMIT ?3"
        ),
        params![email, account, JOINED_MAX],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    for (customer, order) in found {
        join(tx, account, order, customer)?;
    }
    Ok(())
}

/// Lets an order join an account.
pub fn join(tx: &mut Tx<'_>, account: CustomerId, order: OrderId, customer: CustomerId) -> Result<(), Fault> {
    tx.exec(
        sql!(
            "INSERT INTO joined_orders (account_id, order_id, customer_id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING"
        ),
        params![account, order, customer],
    )?;
    Ok(())
}

/// Says whether an order has joined somebody's account.
pub fn has_joined(tx: &mut Tx<'_>, account: &str, order: OrderId) -> Result<bool, Fault> {
    let found = tx.query_opt(
        sql!("SELECT customer_id FROM joined_orders WHERE account_id = ?1 AND order_id = ?2"),
        params![account, order],
        |row| row.get::<String>(0),
    )?;
    Ok(found.is_some())
}

/// Orders that have joined an account, newest first, from before a place in that order.
pub fn of_account(
    tx: &mut Tx<'_>,
    account: CustomerId,
    before: Option<OrderId>,
    rows: i64,
) -> Result<Vec<OrderSummary>, Fault> {
    tx.query(
        sql!(
            fan_out
            "WITH j AS MATERIALIZED (
                 SELECT customer_id, order_id FROM joined_orders
                 WHERE account_id = ?1 AND (CAST(?2 AS TEXT) IS NULL OR order_id < ?2)
                 ORDER BY order_id DESC LIMIT ?3)
             SELECT o.customer_id, o.order_id, o.number, o.lifecycle, o.payment, o.fulfilment, o.email, o.recipient,
                    o.pieces, o.currency, o.total, o.created_at
             FROM j JOIN orders o ON o.customer_id = j.customer_id AND o.order_id = j.order_id
             ORDER BY o.order_id DESC"
        ),
        params![account, before, rows],
        super::lists::summary,
    )
}

/// Forgets an account, with the email that was known to be its.
pub fn forget(tx: &mut Tx<'_>, account: CustomerId) -> Result<(), Fault> {
    tx.exec(sql!(fan_out "DELETE FROM verified_emails WHERE customer_id = ?1"), params![account])?;
    tx.exec(sql!("DELETE FROM joined_orders WHERE account_id = ?1"), params![account])?;
    Ok(())
}
