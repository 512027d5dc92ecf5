//! Lists of orders, page by page.

use souk_contracts::{
    CustomerId, OrderId,
    orders::{FulfilmentStatus, Lifecycle, OrderFilter, OrderSummary, PaymentStatus},
};
use souk_store::{Row, Tx, params, sql};
use souk_types::{Fault, Money, Timestamp};

pub fn summary(row: &Row<'_>) -> Result<OrderSummary, Fault> {
    Ok(OrderSummary {
        customer: row.get(0)?,
        id: row.get(1)?,
        number: row.get(2)?,
        lifecycle: row.parse(3)?,
        payment: row.parse(4)?,
        fulfilment: row.parse(5)?,
        email: row.get(6)?,
        name: row.get(7)?,
        pieces: row.get(8)?,
        total: Money::new(row.get(10)?, row.parse(9)?),
        created_at: row.get(11)?,
    })
}

pub fn of_customer(
    tx: &mut Tx<'_>,
    customer: CustomerId,
    before: Option<OrderId>,
    rows: i64,
) -> Result<Vec<OrderSummary>, Fault> {
    tx.query(
        sql!(
            "SELECT customer_id, order_id, number, lifecycle, payment, fulfilment, email, recipient, pieces, currency,
                    total, created_at
             FROM orders WHERE customer_id = ?1 AND (CAST(?2 AS TEXT) IS NULL OR order_id < ?2) ORDER BY order_id DESC LIMIT ?3"
        ),
        params![customer, before, rows],
        summary,
    )
}

/// What a page of a list has, as the columns say it.
struct Wanted {
    at: Timestamp,
    id: String,
    lifecycle: Option<&'static str>,
    payment: Option<&'static str>,
    fulfilment: Option<&'static str>,
}

impl Wanted {
    fn of(filter: &OrderFilter, (at, id): (Timestamp, Option<OrderId>)) -> Self {
        Self {
            at,
            id: id.map(|id| id.to_string()).unwrap_or_default(),
            lifecycle: filter.lifecycle.map(Lifecycle::as_str),
            payment: filter.payment.map(PaymentStatus::as_str),
            fulfilment: filter.fulfilment.map(FulfilmentStatus::as_str),
        }
    }
}

/// What a list is narrowed by first: the axis whose value fewer orders have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Axis {
    Fulfilment,
    Payment,
    Lifecycle,
}

/// Most orders come to rest as closed, paid and delivered, and some as what ended otherwise; few are on their way. The
/// rarest value leads, so that a list of few orders does not walk past the many.
fn leading(filter: &OrderFilter) -> Option<Axis> {
    let fulfilment = filter.fulfilment.map(|value| match value {
        FulfilmentStatus::Delivered => 2,
        FulfilmentStatus::Cancelled => 1,
        _ => 0,
    });
    let payment = filter.payment.map(|value| match value {
        PaymentStatus::Paid => 2,
        PaymentStatus::Voided | PaymentStatus::Refunded | PaymentStatus::PartiallyRefunded => 1,
        _ => 0,
    });
    let lifecycle = filter.lifecycle.map(|value| match value {
        Lifecycle::Closed => 2,
        Lifecycle::Cancelled | Lifecycle::Expired => 1,
        _ => 0,
    });
    let ranked = [(fulfilment, Axis::Fulfilment), (payment, Axis::Payment), (lifecycle, Axis::Lifecycle)];
    ranked
        .into_iter()
        .filter_map(|(rank, axis)| Some((rank?, axis)))
        .min_by_key(|(rank, _)| *rank)
        .map(|(_, axis)| axis)
}

/// Orders of all customers, newest first, from before a place in that order.
///
/// The leading filter picks the statement, so that each walks an index in order and stops at the limit.
pub fn list(
    tx: &mut Tx<'_>,
    filter: &OrderFilter,
    before: (Timestamp, Option<OrderId>),
    rows: i64,
) -> Result<Vec<OrderSummary>, Fault> {
    let Wanted { at, id, lifecycle, payment, fulfilment } = Wanted::of(filter, before);
    let text = filter.text.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let email = text.map(str::to_lowercase);
    let params = params![at, id, lifecycle, payment, fulfilment, email, rows];
    let axis = leading(filter);
    let sql = if email.is_some() {
        sql!(
            fan_out
            "SELECT customer_id, order_id, number, lifecycle, payment, fulfilment, email, recipient, pieces, currency,
                    total, created_at
             FROM orders WHERE email = ?6 AND (created_at, order_id) < (?1, ?2)
               AND (CAST(?3 AS TEXT) IS NULL OR lifecycle = ?3) AND (CAST(?4 AS TEXT) IS NULL OR payment = ?4)
               AND (CAST(?5 AS TEXT) IS NULL OR fulfilment = ?5)
             ORDER BY created_at DESC, order_id DESC LIMIT ?7"
        )
    } else if axis == Some(Axis::Fulfilment) {
        sql!(
            fan_out
            "SELECT customer_id, order_id, number, lifecycle, payment, fulfilment, email, recipient, pieces, currency,
                    total, created_at
             FROM orders WHERE fulfilment = ?5 AND (created_at, order_id) < (?1, ?2)
               AND (CAST(?3 AS TEXT) IS NULL OR lifecycle = ?3) AND (CAST(?4 AS TEXT) IS NULL OR payment = ?4)
               AND (CAST(?6 AS TEXT) IS NULL OR email = ?6)
             ORDER BY created_at DESC, order_id DESC LIMIT ?7"
        )
    } else if axis == Some(Axis::Payment) {
        sql!(
            fan_out
            "SELECT customer_id, order_id, number, lifecycle, payment, fulfilment, email, recipient, pieces, currency,
                    total, created_at
             FROM orders WHERE payment = ?4 AND (created_at, order_id) < (?1, ?2)
               AND (CAST(?3 AS TEXT) IS NULL OR lifecycle = ?3) AND (CAST(?5 AS TEXT) IS NULL OR fulfilment = ?5)
               AND (CAST(?6 AS TEXT) IS NULL OR email = ?6)
             ORDER BY created_at DESC, order_id DESC LIMIT ?7"
        )
    } else if axis == Some(Axis::Lifecycle) {
        sql!(
            fan_out
            "SELECT customer_id, order_id, number, lifecycle, payment, fulfilment, email, recipient, pieces, currency,
                    total, created_at
             FROM orders WHERE lifecycle = ?3 AND (created_at, order_id) < (?1, ?2)
               AND (CAST(?4 AS TEXT) IS NULL OR payment = ?4) AND (CAST(?5 AS TEXT) IS NULL OR fulfilment = ?5)
               AND (CAST(?6 AS TEXT) IS NULL OR email = ?6)
             ORDER BY created_at DESC, order_id DESC LIMIT ?7"
        )
    } else {
        sql!(
            fan_out
            "SELECT customer_id, order_id, number, lifecycle, payment, fulfilment, email, recipient, pieces, currency,
                    total, created_at
             FROM orders WHERE (created_at, order_id) < (?1, ?2)
               AND (CAST(?3 AS TEXT) IS NULL OR lifecycle = ?3) AND (CAST(?4 AS TEXT) IS NULL OR payment = ?4)
               AND (CAST(?5 AS TEXT) IS NULL OR fulfilment = ?5) AND (CAST(?6 AS TEXT) IS NULL OR email = ?6)
             ORDER BY created_at DESC, order_id DESC LIMIT ?7"
        )
    };
    tx.query(sql, params, summary)
}

/// Those of [`list`] whose number begins so.
pub fn with_number(
    tx: &mut Tx<'_>,
    beginning: &str,
    filter: &OrderFilter,
    before: (Timestamp, Option<OrderId>),
    rows: i64,
) -> Result<Vec<OrderSummary>, Fault> {
    let Wanted { at, id, lifecycle, payment, fulfilment } = Wanted::of(filter, before);
    // Texts sort by their bytes, and no number sorts behind its beginning and the last character.
    let end = format!("{beginning}{}", char::MAX);
    tx.query(
        sql!(
            fan_out
            "SELECT o.customer_id, o.order_id, o.number, o.lifecycle, o.payment, o.fulfilment, o.email, o.recipient,
                    o.pieces, o.currency, o.total, o.created_at
             FROM order_numbers n JOIN orders o ON o.customer_id = n.customer_id AND o.order_id = n.order_id
             WHERE n.number >= ?6 AND n.number < ?7 AND (o.created_at, o.order_id) < (?1, ?2)
               AND (CAST(?3 AS TEXT) IS NULL OR o.lifecycle = ?3) AND (CAST(?4 AS TEXT) IS NULL OR o.payment = ?4)
               AND (CAST(?5 AS TEXT) IS NULL OR o.fulfilment = ?5)
             ORDER BY o.created_at DESC, o.order_id DESC LIMIT ?8"
        ),
        params![at, id, lifecycle, payment, fulfilment, beginning, end, rows],
        summary,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rarest_value_leads() {
        let filter = |lifecycle, payment, fulfilment| OrderFilter { lifecycle, payment, fulfilment, text: None };
        let (closed, held) = (Some(Lifecycle::Closed), Some(Lifecycle::OnHold));
        let (paid, voided) = (Some(PaymentStatus::Paid), Some(PaymentStatus::Voided));
        let (delivered, partial) = (Some(FulfilmentStatus::Delivered), Some(FulfilmentStatus::Partial));
        assert_eq!(leading(&filter(held, paid, delivered)), Some(Axis::Lifecycle));
        assert_eq!(leading(&filter(closed, voided, delivered)), Some(Axis::Payment));
        assert_eq!(leading(&filter(held, None, partial)), Some(Axis::Fulfilment));
        assert_eq!(leading(&filter(None, None, None)), None);
    }
}
