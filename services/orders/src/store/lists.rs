//! Lists of orders, page by page.

use souk_contracts::{
    CustomerId, OrderId,
    orders::{FulfilmentStatus, Lifecycle, OrderFilter, OrderSort, OrderSummary, PaymentStatus},
};
use souk_store::{Row, Sql, Tx, params, sql};
use souk_types::{Fault, Money};

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

/// Where a list goes on: behind the order with this key, which is its total or when it was made in microseconds.
#[derive(Debug, Clone)]
pub struct Behind {
    pub key: i64,
    pub id: OrderId,
}

/// What an order is sorted by.
pub const fn key(sort: OrderSort, order: &OrderSummary) -> i64 {
    match sort {
        OrderSort::Newest | OrderSort::Oldest => order.created_at.as_micros(),
        OrderSort::Cheapest | OrderSort::Dearest => order.total.minor,
    }
}

const fn is_descending(sort: OrderSort) -> bool {
    matches!(sort, OrderSort::Newest | OrderSort::Dearest)
}

/// What a page of a list has, as the columns say it.
struct Wanted {
    key: i64,
    id: String,
    lifecycle: Option<&'static str>,
    payment: Option<&'static str>,
    fulfilment: Option<&'static str>,
}

impl Wanted {
    fn of(filter: &OrderFilter, sort: OrderSort, behind: Option<Behind>) -> Self {
        let first = if is_descending(sort) { i64::MAX } else { i64::MIN };
        Self {
            key: behind.as_ref().map_or(first, |behind| behind.key),
            id: behind.map(|behind| behind.id.to_string()).unwrap_or_default(),
            lifecycle: filter.lifecycle.map(Lifecycle::as_str),
            payment: filter.payment.map(PaymentStatus::as_str),
            fulfilment: filter.fulfilment.map(FulfilmentStatus::as_str),
        }
    }
}

/// What a list is narrowed by first: an email, or else the axis whose value fewer orders have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Axis {
    Email,
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

/// Orders of all customers in an order, from behind a place in it.
///
/// What leads picks the statement, so that each walks an index in order and stops at the limit; only the orders of one
/// email are sorted by their total.
pub fn list(
    tx: &mut Tx<'_>,
    filter: &OrderFilter,
    sort: OrderSort,
    behind: Option<Behind>,
    rows: i64,
) -> Result<Vec<OrderSummary>, Fault> {
    let Wanted { key, id, lifecycle, payment, fulfilment } = Wanted::of(filter, sort, behind);
    let text = filter.text.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let email = text.map(str::to_lowercase);
    let leading = if email.is_some() { Some(Axis::Email) } else { leading(filter) };
    let sql = match sort {
        OrderSort::Newest => newest(leading),
        OrderSort::Oldest => oldest(leading),
        OrderSort::Cheapest => by_total(email.is_some()),
        OrderSort::Dearest => by_total_reversed(email.is_some()),
    };
    tx.query(sql, params![key, id, lifecycle, payment, fulfilment, email, rows], summary)
}

fn newest(leading: Option<Axis>) -> &'static Sql {
    match leading {
        Some(Axis::Email) => sql!(
            fan_out
            "SELECT customer_id, order_id, number, lifecycle, payment, fulfilment, email, recipient, pieces, currency,
                    total, created_at
             FROM orders WHERE email = ?6 AND (created_at, order_id) < (?1, ?2)
               AND (CAST(?3 AS TEXT) IS NULL OR lifecycle = ?3) AND (CAST(?4 AS TEXT) IS NULL OR payment = ?4)
               AND (CAST(?5 AS TEXT) IS NULL OR fulfilment = ?5)
             ORDER BY created_at DESC, order_id DESC LIMIT ?7"
        ),
        Some(Axis::Fulfilment) => sql!(
            fan_out
            "SELECT customer_id, order_id, number, lifecycle, payment, fulfilment, email, recipient, pieces, currency,
                    total, created_at
             FROM orders WHERE fulfilment = ?5 AND (created_at, order_id) < (?1, ?2)
               AND (CAST(?3 AS TEXT) IS NULL OR lifecycle = ?3) AND (CAST(?4 AS TEXT) IS NULL OR payment = ?4)
               AND (CAST(?6 AS TEXT) IS NULL OR email = ?6)
             ORDER BY created_at DESC, order_id DESC LIMIT ?7"
        ),
        Some(Axis::Payment) => sql!(
            fan_out
            "SELECT customer_id, order_id, number, lifecycle, payment, fulfilment, email, recipient, pieces, currency,
                    total, created_at
             FROM orders WHERE payment = ?4 AND (created_at, order_id) < (?1, ?2)
               AND (CAST(?3 AS TEXT) IS NULL OR lifecycle = ?3) AND (CAST(?5 AS TEXT) IS NULL OR fulfilment = ?5)
               AND (CAST(?6 AS TEXT) IS NULL OR email = ?6)
             ORDER BY created_at DESC, order_id DESC LIMIT ?7"
        ),
        Some(Axis::Lifecycle) => sql!(
            fan_out
            "SELECT customer_id, order_id, number, lifecycle, payment, fulfilment, email, recipient, pieces, currency,
                    total, created_at
             FROM orders WHERE lifecycle = ?3 AND (created_at, order_id) < (?1, ?2)
               AND (CAST(?4 AS TEXT) IS NULL OR payment = ?4) AND (CAST(?5 AS TEXT) IS NULL OR fulfilment = ?5)
               AND (CAST(?6 AS TEXT) IS NULL OR email = ?6)
             ORDER BY created_at DESC, order_id DESC LIMIT ?7"
        ),
        None => sql!(
            fan_out
            "SELECT customer_id, order_id, number, lifecycle, payment, fulfilment, email, recipient, pieces, currency,
                    total, created_at
             FROM orders WHERE (created_at, order_id) < (?1, ?2)
               AND (CAST(?3 AS TEXT) IS NULL OR lifecycle = ?3) AND (CAST(?4 AS TEXT) IS NULL OR payment = ?4)
               AND (CAST(?5 AS TEXT) IS NULL OR fulfilment = ?5) AND (CAST(?6 AS TEXT) IS NULL OR email = ?6)
             ORDER BY created_at DESC, order_id DESC LIMIT ?7"
        ),
    }
}

fn oldest(leading: Option<Axis>) -> &'static Sql {
    match leading {
        Some(Axis::Email) => sql!(
            fan_out
            "SELECT customer_id, order_id, number, lifecycle, payment, fulfilment, email, recipient, pieces, currency,
                    total, created_at
             FROM orders WHERE email = ?6 AND (created_at, order_id) > (?1, ?2)
               AND (CAST(?3 AS TEXT) IS NULL OR lifecycle = ?3) AND (CAST(?4 AS TEXT) IS NULL OR payment = ?4)
               AND (CAST(?5 AS TEXT) IS NULL OR fulfilment = ?5)
             ORDER BY created_at, order_id LIMIT ?7"
        ),
        Some(Axis::Fulfilment) => sql!(
            fan_out
            "SELECT customer_id, order_id, number, lifecycle, payment, fulfilment, email, recipient, pieces, currency,
                    total, created_at
             FROM orders WHERE fulfilment = ?5 AND (created_at, order_id) > (?1, ?2)
               AND (CAST(?3 AS TEXT) IS NULL OR lifecycle = ?3) AND (CAST(?4 AS TEXT) IS NULL OR payment = ?4)
               AND (CAST(?6 AS TEXT) IS NULL OR email = ?6)
             ORDER BY created_at, order_id LIMIT ?7"
        ),
        Some(Axis::Payment) => sql!(
            fan_out
            "SELECT customer_id, order_id, number, lifecycle, payment, fulfilment, email, recipient, pieces, currency,
                    total, created_at
             FROM orders WHERE payment = ?4 AND (created_at, order_id) > (?1, ?2)
               AND (CAST(?3 AS TEXT) IS NULL OR lifecycle = ?3) AND (CAST(?5 AS TEXT) IS NULL OR fulfilment = ?5)
               AND (CAST(?6 AS TEXT) IS NULL OR email = ?6)
             ORDER BY created_at, order_id LIMIT ?7"
        ),
        Some(Axis::Lifecycle) => sql!(
            fan_out
            "SELECT customer_id, order_id, number, lifecycle, payment, fulfilment, email, recipient, pieces, currency,
                    total, created_at
             FROM orders WHERE lifecycle = ?3 AND (created_at, order_id) > (?1, ?2)
               AND (CAST(?4 AS TEXT) IS NULL OR payment = ?4) AND (CAST(?5 AS TEXT) IS NULL OR fulfilment = ?5)
               AND (CAST(?6 AS TEXT) IS NULL OR email = ?6)
             ORDER BY created_at, order_id LIMIT ?7"
        ),
        None => sql!(
            fan_out
            "SELECT customer_id, order_id, number, lifecycle, payment, fulfilment, email, recipient, pieces, currency,
                    total, created_at
             FROM orders WHERE (created_at, order_id) > (?1, ?2)
               AND (CAST(?3 AS TEXT) IS NULL OR lifecycle = ?3) AND (CAST(?4 AS TEXT) IS NULL OR payment = ?4)
               AND (CAST(?5 AS TEXT) IS NULL OR fulfilment = ?5) AND (CAST(?6 AS TEXT) IS NULL OR email = ?6)
             ORDER BY created_at, order_id LIMIT ?7"
        ),
    }
}

fn by_total(of_email: bool) -> &'static Sql {
    if of_email {
        sql!(
            fan_out
            "SELECT customer_id, order_id, number, lifecycle, payment, fulfilment, email, recipient, pieces, currency,
                    total, created_at
             FROM orders WHERE email = ?6 AND (total, order_id) > (?1, ?2)
               AND (CAST(?3 AS TEXT) IS NULL OR lifecycle = ?3) AND (CAST(?4 AS TEXT) IS NULL OR payment = ?4)
               AND (CAST(?5 AS TEXT) IS NULL OR fulfilment = ?5)
             ORDER BY total, order_id LIMIT ?7"
        )
    } else {
        sql!(
            fan_out
            "SELECT customer_id, order_id, number, lifecycle, payment, fulfilment, email, recipient, pieces, currency,
                    total, created_at
             FROM orders WHERE (total, order_id) > (?1, ?2)
               AND (CAST(?3 AS TEXT) IS NULL OR lifecycle = ?3) AND (CAST(?4 AS TEXT) IS NULL OR payment = ?4)
               AND (CAST(?5 AS TEXT) IS NULL OR fulfilment = ?5) AND (CAST(?6 AS TEXT) IS NULL OR email = ?6)
             ORDER BY total, order_id LIMIT ?7"
        )
    }
}

fn by_total_reversed(of_email: bool) -> &'static Sql {
    if of_email {
        sql!(
            fan_out
            "SELECT customer_id, order_id, number, lifecycle, payment, fulfilment, email, recipient, pieces, currency,
                    total, created_at
             FROM orders WHERE email = ?6 AND (total, order_id) < (?1, ?2)
               AND (CAST(?3 AS TEXT) IS NULL OR lifecycle = ?3) AND (CAST(?4 AS TEXT) IS NULL OR payment = ?4)
               AND (CAST(?5 AS TEXT) IS NULL OR fulfilment = ?5)
             ORDER BY total DESC, order_id DESC LIMIT ?7"
        )
    } else {
        sql!(
            fan_out
            "SELECT customer_id, order_id, number, lifecycle, payment, fulfilment, email, recipient, pieces, currency,
                    total, created_at
             FROM orders WHERE (total, order_id) < (?1, ?2)
               AND (CAST(?3 AS TEXT) IS NULL OR lifecycle = ?3) AND (CAST(?4 AS TEXT) IS NULL OR payment = ?4)
               AND (CAST(?5 AS TEXT) IS NULL OR fulfilment = ?5) AND (CAST(?6 AS TEXT) IS NULL OR email = ?6)
             ORDER BY total DESC, order_id DESC LIMIT ?7"
        )
    }
}

/// Those of [`list`] whose number begins so: one in 32,768 at most. They are sorted.
pub fn with_number(
    tx: &mut Tx<'_>,
    beginning: &str,
    filter: &OrderFilter,
    sort: OrderSort,
    behind: Option<Behind>,
    rows: i64,
) -> Result<Vec<OrderSummary>, Fault> {
    let Wanted { key, id, lifecycle, payment, fulfilment } = Wanted::of(filter, sort, behind);
    // Texts sort by their bytes, and no number sorts behind its beginning and the last character.
    let end = format!("{beginning}{}", char::MAX);
    let by = match sort {
        OrderSort::Newest | OrderSort::Oldest => "placed",
        OrderSort::Cheapest | OrderSort::Dearest => "total",
    };
    let sql = if is_descending(sort) {
        sql!(
            fan_out
            "WITH n AS MATERIALIZED (
                 SELECT customer_id, order_id FROM order_numbers WHERE number >= ?6 AND number < ?7)
             SELECT o.customer_id, o.order_id, o.number, o.lifecycle, o.payment, o.fulfilment, o.email, o.recipient,
                    o.pieces, o.currency, o.total, o.created_at
             FROM n JOIN orders o ON o.customer_id = n.customer_id AND o.order_id = n.order_id
             WHERE (CASE WHEN ?9 = 'total' THEN o.total ELSE o.created_at END, o.order_id) < (?1, ?2)
               AND (CAST(?3 AS TEXT) IS NULL OR o.lifecycle = ?3) AND (CAST(?4 AS TEXT) IS NULL OR o.payment = ?4)
               AND (CAST(?5 AS TEXT) IS NULL OR o.fulfilment = ?5)
             ORDER BY CASE WHEN ?9 = 'total' THEN o.total ELSE o.created_at END DESC, o.order_id DESC LIMIT ?8"
        )
    } else {
        sql!(
            fan_out
            "WITH n AS MATERIALIZED (
                 SELECT customer_id, order_id FROM order_numbers WHERE number >= ?6 AND number < ?7)
             SELECT o.customer_id, o.order_id, o.number, o.lifecycle, o.payment, o.fulfilment, o.email, o.recipient,
                    o.pieces, o.currency, o.total, o.created_at
             FROM n JOIN orders o ON o.customer_id = n.customer_id AND o.order_id = n.order_id
             WHERE (CASE WHEN ?9 = 'total' THEN o.total ELSE o.created_at END, o.order_id) > (?1, ?2)
               AND (CAST(?3 AS TEXT) IS NULL OR o.lifecycle = ?3) AND (CAST(?4 AS TEXT) IS NULL OR o.payment = ?4)
               AND (CAST(?5 AS TEXT) IS NULL OR o.fulfilment = ?5)
             ORDER BY CASE WHEN ?9 = 'total' THEN o.total ELSE o.created_at END, o.order_id LIMIT ?8"
        )
    };
    tx.query(sql, params![key, id, lifecycle, payment, fulfilment, beginning, end, rows, by], summary)
}

#[cfg(test)]
mod tests {
    use souk_store::testing::TestEngine;
    use souk_types::{Cx, Env};

    use super::*;

    #[test]
    fn the_rarest_value_leads() {
        let filter =
            |lifecycle, payment, fulfilment| OrderFilter { lifecycle, payment, fulfilment, ..OrderFilter::default() };
        let (closed, held) = (Some(Lifecycle::Closed), Some(Lifecycle::OnHold));
        let (paid, voided) = (Some(PaymentStatus::Paid), Some(PaymentStatus::Voided));
        let (delivered, partial) = (Some(FulfilmentStatus::Delivered), Some(FulfilmentStatus::Partial));
        assert_eq!(leading(&filter(held, paid, delivered)), Some(Axis::Lifecycle));
        assert_eq!(leading(&filter(closed, voided, delivered)), Some(Axis::Payment));
        assert_eq!(leading(&filter(held, None, partial)), Some(Axis::Fulfilment));
        assert_eq!(leading(&filter(None, None, None)), None);
    }

    #[tokio::test]
    async fn every_order_of_the_list_is_read_along_an_index() {
        let (engine, env) = (TestEngine::sqlite(), Env::for_tests(1));
        let store = engine.open(&crate::SCHEMA, env.clone()).await;
        let cx = Cx::background("orders", &env);
        let mut statements = vec![
            (by_total(false), "orders_by_total ((total,order_id)>"),
            (by_total_reversed(false), "orders_by_total ((total,order_id)<"),
        ];
        let axes = [
            (None, "orders_newest ((created_at,order_id)"),
            (Some(Axis::Email), "orders_by_email (email=? AND (created_at,order_id)"),
            (Some(Axis::Lifecycle), "orders_by_lifecycle (lifecycle=? AND (created_at,order_id)"),
            (Some(Axis::Payment), "orders_by_payment (payment=? AND (created_at,order_id)"),
            (Some(Axis::Fulfilment), "orders_by_fulfilment (fulfilment=? AND (created_at,order_id)"),
        ];
        statements.extend(axes.into_iter().flat_map(|(axis, index)| [(newest(axis), index), (oldest(axis), index)]));
        for (sql, index) in statements {
            let text = format!("EXPLAIN QUERY PLAN {}", sql.text());
            let sql: &'static Sql = Box::leak(Box::new(Sql::fan_out(Box::leak(text.into_boxed_str()))));
            let explain =
                move |tx: &mut Tx<'_>| tx.query(sql, params![5, "", "", "", "", "", 51], |row| row.get::<String>(3));
            let plan = store.read::<_, Fault>(&cx, explain).await.unwrap();
            assert!(plan.len() == 1 && plan[0].contains(index), "{index}: {plan:#?}");
        }
    }
}
