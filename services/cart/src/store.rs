//! Every SQL text of the service.

use souk_contracts::{CartId, CustomerId, ProductId, cart::CartState};
use souk_store::{Row, Tx, params, sql};
use souk_types::{Fault, Timestamp, limits::WISHES_MAX};

use crate::domain::{Line, OpenCart};

/// The customer's open cart, or else the newest that an order is being made from.
pub fn current(tx: &mut Tx<'_>, customer: CustomerId) -> Result<Option<OpenCart>, Fault> {
    tx.query_opt(
        sql!(
            "SELECT cart_id, state, version, lines FROM (
                 SELECT cart_id, state, version, lines, 0 AS later FROM carts
                 WHERE customer_id = ?1 AND state = 'open'
                 UNION ALL
                 SELECT cart_id, state, version, lines, 1 AS later FROM carts
                 WHERE customer_id = ?1 AND state = 'completing'
             ) AS found ORDER BY later, cart_id DESC LIMIT 1"
        ),
        params![customer],
        read,
    )
}

/// The customer's open cart.
pub fn open(tx: &mut Tx<'_>, customer: CustomerId) -> Result<Option<OpenCart>, Fault> {
    tx.query_opt(
        sql!("SELECT cart_id, state, version, lines FROM carts WHERE customer_id = ?1 AND state = 'open'"),
        params![customer],
        read,
    )
}

/// Opens a cart with lines.
///
/// # Errors
/// [`ErrorKind::Conflict`](souk_types::ErrorKind::Conflict) when the customer has an open cart.
pub fn insert(tx: &mut Tx<'_>, customer: CustomerId, version: i64, lines: Vec<Line>) -> Result<OpenCart, Fault> {
    let (id, now) = (CartId::generate(tx.env()), tx.now());
    tx.exec(
        sql!(
            "INSERT INTO carts (customer_id, cart_id, state, version, lines, created_at, updated_at)
             VALUES (?1, ?2, 'open', ?3, ?4, ?5, ?5) ON CONFLICT DO NOTHING"
        ),
        params![customer, id, version, lines_json(&lines)?, now],
    )?
    .expect_one()?;
    Ok(OpenCart { id, state: CartState::Open, version, lines })
}

/// Replaces the lines of an open cart.
///
/// # Errors
/// [`ErrorKind::Conflict`](souk_types::ErrorKind::Conflict) when it is not open, or at another version.
pub fn update(tx: &mut Tx<'_>, customer: CustomerId, cart: &OpenCart, lines: Vec<Line>) -> Result<OpenCart, Fault> {
    let now = tx.now();
    tx.exec(
        sql!(
            "UPDATE carts SET version = version + 1, lines = ?4, updated_at = ?5
             WHERE customer_id = ?1 AND cart_id = ?2 AND version = ?3 AND state = 'open'"
        ),
        params![customer, cart.id, cart.version, lines_json(&lines)?, now],
    )?
    .expect_one()?;
    Ok(OpenCart { id: cart.id, state: cart.state, version: cart.version + 1, lines })
}

/// Takes an open cart away, after its lines went into another one.
pub fn delete(tx: &mut Tx<'_>, customer: CustomerId, cart: &OpenCart) -> Result<(), Fault> {
    tx.exec(
        sql!("DELETE FROM carts WHERE customer_id = ?1 AND cart_id = ?2 AND version = ?3 AND state = 'open'"),
        params![customer, cart.id, cart.version],
    )?
    .expect_one()
}

/// Marks an open cart: an order is being made from it.
pub fn complete_soon(tx: &mut Tx<'_>, customer: CustomerId, cart: CartId) -> Result<(), Fault> {
    let now = tx.now();
    tx.exec(
        sql!(
            "UPDATE carts SET state = 'completing', version = version + 1, updated_at = ?3
             WHERE customer_id = ?1 AND cart_id = ?2 AND state = 'open'"
        ),
        params![customer, cart, now],
    )?;
    Ok(())
}

/// Ends a cart, whose order was made; returns its version and lines unless it had ended before.
pub fn complete(tx: &mut Tx<'_>, customer: CustomerId, cart: CartId) -> Result<Option<(i64, Vec<Line>)>, Fault> {
    let now = tx.now();
    tx.query_opt(
        sql!(
            "UPDATE carts SET state = 'completed', version = version + 1, updated_at = ?3
             WHERE customer_id = ?1 AND cart_id = ?2 AND state IN ('open', 'completing')
             RETURNING version, lines"
        ),
        params![customer, cart, now],
        |row| Ok((row.get(0)?, row.json(1)?)),
    )
}

/// An open cart that was left alone.
pub struct Idle {
    /// Whose.
    pub customer: CustomerId,
    /// The cart.
    pub cart: CartId,
    /// Since when.
    pub changed_at: Timestamp,
}

/// Open carts that were not changed since then, the oldest first.
pub fn idle(tx: &mut Tx<'_>, since: Timestamp, limit: usize) -> Result<Vec<Idle>, Fault> {
    tx.query(
        sql!(
            fan_out
            "SELECT customer_id, cart_id, updated_at FROM carts
             WHERE state = 'open' AND updated_at <= ?1 ORDER BY updated_at LIMIT ?2"
        ),
        params![since, limit],
        |row| Ok(Idle { customer: row.get(0)?, cart: row.get(1)?, changed_at: row.get(2)? }),
    )
}

/// Lets a cart expire; `false` when it was changed meanwhile.
pub fn expire(tx: &mut Tx<'_>, idle: &Idle) -> Result<bool, Fault> {
    let expired = tx.exec(
        sql!(
            "UPDATE carts SET state = 'expired', version = version + 1
             WHERE customer_id = ?1 AND cart_id = ?2 AND state = 'open' AND updated_at = ?3"
        ),
        params![idle.customer, idle.cart, idle.changed_at],
    )?;
    Ok(expired.rows() == 1)
}

/// The products on a customer's wish list, the last wish first.
pub fn wishes(tx: &mut Tx<'_>, customer: CustomerId) -> Result<Vec<ProductId>, Fault> {
    tx.query(
        sql!(
            "SELECT product_id FROM wishes WHERE customer_id = ?1
             ORDER BY wished_at DESC, product_id DESC LIMIT ?2"
        ),
        params![customer, WISHES_MAX],
        |row| row.get(0),
    )
}

/// Puts a product on a customer's wish list, where it may be already.
pub fn add_wish(tx: &mut Tx<'_>, customer: CustomerId, product: ProductId) -> Result<(), Fault> {
    let now = tx.now();
    tx.exec(
        sql!(
            "INSERT INTO wishes (customer_id, product_id, wished_at) VALUES (?1, ?2, ?3)
             ON CONFLICT (customer_id, product_id) DO NOTHING"
        ),
        params![customer, product, now],
    )
    .map(drop)
}

/// Takes a product off a customer's wish list.
pub fn remove_wish(tx: &mut Tx<'_>, customer: CustomerId, product: ProductId) -> Result<(), Fault> {
    let sql = sql!("DELETE FROM wishes WHERE customer_id = ?1 AND product_id = ?2");
    tx.exec(sql, params![customer, product]).map(drop)
}

/// Forgets a customer's wishes and carts, but for one that is becoming an order.
pub fn forget(tx: &mut Tx<'_>, customer: CustomerId) -> Result<(), Fault> {
    tx.exec(sql!("DELETE FROM wishes WHERE customer_id = ?1"), params![customer])?;
    tx.exec(sql!("DELETE FROM carts WHERE customer_id = ?1 AND state <> 'completing'"), params![customer])?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<OpenCart, Fault> {
    Ok(OpenCart { id: row.get(0)?, state: row.parse(1)?, version: row.get(2)?, lines: row.json(3)? })
}

fn lines_json(lines: &[Line]) -> Result<String, Fault> {
    serde_json::to_string(lines).map_err(Fault::internal)
}
