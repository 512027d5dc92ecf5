//! For which pieces the money was given back.

use souk_contracts::{CustomerId, OrderId, RefundId, inventory::StockLine};
use souk_store::{Tx, params, sql};
use souk_types::{Currency, Fault, Money};

use crate::domain::refund::{GivenBack, Part};

/// A part of a refund as it was written down.
pub struct Written {
    pub refund: RefundId,
    pub part: Part,
}

/// What was written down for an order. Bounded by its pieces.
pub fn of_order(
    tx: &mut Tx<'_>,
    customer: CustomerId,
    order: OrderId,
    currency: Currency,
) -> Result<Vec<Written>, Fault> {
    tx.query(
        sql!(
            "SELECT refund_id, sku, quantity, amount FROM refunded_lines WHERE customer_id = ?1 AND order_id = ?2
             ORDER BY refund_id, sku"
        ),
        params![customer, order],
        |row| {
            let amount = Money::new(row.get(3)?, currency);
            Ok(Written { refund: row.get(0)?, part: Part { sku: row.get(1)?, quantity: row.get(2)?, amount } })
        },
    )
}

/// Sums up what counts as given back: all but what some refunds, which came to nothing, were for.
pub fn given_back(written: &[Written], failed: &[RefundId]) -> GivenBack {
    let mut given = GivenBack::default();
    for Written { part, .. } in written.iter().filter(|written| !failed.contains(&written.refund)) {
        if part.sku.is_empty() {
            given.delivery = true;
        } else {
            given.lines.push(StockLine { sku: part.sku.clone(), quantity: part.quantity });
        }
    }
    given
}

pub fn add(tx: &mut Tx<'_>, customer: CustomerId, order: OrderId, refund: RefundId, part: &Part) -> Result<(), Fault> {
    tx.exec(
        sql!(
            "INSERT INTO refunded_lines (customer_id, order_id, refund_id, sku, quantity, amount)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
        ),
        params![customer, order, refund, part.sku, part.quantity, part.amount.minor],
    )?
    .expect_one()
}

/// Forgets a refund that was refused.
pub fn forget(tx: &mut Tx<'_>, customer: CustomerId, order: OrderId, refund: RefundId) -> Result<(), Fault> {
    tx.exec(
        sql!("DELETE FROM refunded_lines WHERE customer_id = ?1 AND order_id = ?2 AND refund_id = ?3"),
        params![customer, order, refund],
    )
    .map(drop)
}
