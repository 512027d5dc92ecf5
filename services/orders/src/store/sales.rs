//! What was sold when, and what waits: kept or bounded, so that no page counts all orders.

use souk_contracts::orders::{SALES_STEP, Sales, SalesRequest, WAITING_MAX, Waiting};
use souk_store::{Expect, Tx, json_list, params, sql};
use souk_types::{Fault, Money, Timestamp};

use crate::{domain::lifecycle::Happened, model::OrderRow};

/// Rows over which the orders of one step are spread.
const SLOTS: u128 = 8;

/// Takes over what happened to an order into the sales of the time at which it was placed.
pub fn count(tx: &mut Tx<'_>, order: &OrderRow, what: &Happened) -> Result<(), Fault> {
    let sign = match what {
        Happened::Placed => 1,
        Happened::Cancelled { was_placed: true } => -1,
        _ => return Ok(()),
    };
    let Some(at) = order.placed_at.map(step_of) else {
        return Err(Fault::internal("an order that was placed does not say when"));
    };
    let slot = i64::try_from(order.customer.bits() % SLOTS).map_err(Fault::internal)?;
    let pieces = i64::try_from(order.pieces()).map_err(Fault::internal)?;
    tx.send(
        sql!(
            "INSERT INTO sales (slot, currency, at, placed, pieces, total) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (slot, currency, at) DO UPDATE
             SET placed = sales.placed + excluded.placed, pieces = sales.pieces + excluded.pieces,
                 total = sales.total + excluded.total"
        ),
        params![slot, order.total.currency, at, sign, sign * pieces, sign * order.total.minor],
        Expect::Any,
    )
}

/// The beginning of the step that an instant lies in.
fn step_of(at: Timestamp) -> i64 {
    at.as_micros() - at.as_micros().rem_euclid(step_us())
}

fn step_us() -> i64 {
    i64::try_from(SALES_STEP.as_micros()).unwrap_or(i64::MAX)
}

/// The sales of a span, oldest first. Bounded by the steps of the span.
pub fn of_span(tx: &mut Tx<'_>, request: &SalesRequest) -> Result<Vec<Sales>, Fault> {
    let (from, to) = (step_of(request.from), request.to);
    let slots = json_list((0..SLOTS).map(|slot| slot.to_string()));
    tx.query(
        sql!(
            "SELECT at, CAST(SUM(placed) AS BIGINT), CAST(SUM(pieces) AS BIGINT), CAST(SUM(total) AS BIGINT)
             FROM sales WHERE slot IN {each_int:?1} AND currency = ?2 AND at >= ?3 AND at < ?4
             GROUP BY at ORDER BY at"
        ),
        params![slots, request.currency, from, to],
        |row| {
            let total = Money::new(row.get(3)?, request.currency);
            Ok(Sales { at: row.get(0)?, orders: row.get(1)?, pieces: row.get(2)?, total })
        },
    )
}

/// Orders that wait for staff. Each count walks an index of those that wait, and ends at the bound; the lifecycle of
/// the first two is written so that it leads to no index, because most placed orders are on their way.
pub fn waiting(tx: &mut Tx<'_>) -> Result<Waiting, Fault> {
    tx.query_one(
        sql!(
            fan_out
            "SELECT
                 (SELECT COUNT(*) FROM (SELECT 1 FROM orders
                     WHERE fulfilment = 'unfulfilled' AND lifecycle || '' = 'placed' LIMIT ?1) AS counted),
                 (SELECT COUNT(*) FROM (SELECT 1 FROM orders
                     WHERE fulfilment = 'partial' AND lifecycle || '' = 'placed' LIMIT ?1) AS counted),
                 (SELECT COUNT(*) FROM (SELECT 1 FROM orders WHERE lifecycle = 'on_hold' LIMIT ?1) AS counted)"
        ),
        params![WAITING_MAX],
        |row| Ok(Waiting { to_ship: row.get(0)?, partly_sent: row.get(1)?, on_hold: row.get(2)? }),
    )
}

/// Invariant: the sales of each step are those orders that were placed in it and stand; tells the steps that differ.
pub fn sales_equal_orders(tx: &mut Tx<'_>, rows: usize) -> Result<Vec<String>, Fault> {
    tx.query(
        sql!(
            fan_out
            "SELECT currency, at, CAST(SUM(placed) AS BIGINT), CAST(SUM(total) AS BIGINT) FROM (
                 SELECT currency, at, placed, pieces, total FROM sales
                 UNION ALL
                 SELECT currency, placed_at - placed_at % 900000000, -1, -pieces, -total FROM orders
                 WHERE placed_at IS NOT NULL AND lifecycle IN ('placed', 'on_hold', 'closed')) AS booked
             GROUP BY currency, at
             HAVING SUM(placed) <> 0 OR SUM(pieces) <> 0 OR SUM(total) <> 0 LIMIT ?1"
        ),
        params![rows],
        |row| {
            let (currency, at): (String, Timestamp) = (row.get(0)?, row.get(1)?);
            let (orders, total): (i64, i64) = (row.get(2)?, row.get(3)?);
            Ok(format!(
                "the sales of {at} differ from the orders by {orders} orders and {total} minor units {currency}"
            ))
        },
    )
}
