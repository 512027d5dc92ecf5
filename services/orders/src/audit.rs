//! Checks the orders' own books.

use souk_contracts::orders::{Error, Lifecycle};
use souk_store::Store;
use souk_types::{Cx, Timestamp};

use crate::{
    domain::lifecycle::{State, counts_are_bounded, ended_orders_sent_nothing},
    model::OrderRow,
    store::{self, StoredAxes},
};

/// Orders that are read at a time.
const CHUNK_ROWS: i64 = 500;
/// Problems that are told; more would not help.
const PROBLEMS_MAX: usize = 100;

pub async fn run(db: &Store, cx: &Cx) -> Result<Vec<String>, Error> {
    let mut problems = db
        .scan(cx, |tx| {
            let mut problems = store::orphans(tx, PROBLEMS_MAX)?;
            problems.extend(store::numberless(tx, PROBLEMS_MAX)?);
            problems.extend(store::sales::sales_equal_orders(tx, PROBLEMS_MAX)?);
            Ok::<_, Error>(problems)
        })
        .await?;
    let mut after = store::Place::default();
    loop {
        let from = after.clone();
        let chunk: Vec<StoredAxes> =
            db.scan(cx, move |tx| Ok::<_, Error>(store::with_axes(tx, &from, CHUNK_ROWS)?)).await?;
        let Some(last) = chunk.last() else {
            return Ok(problems);
        };
        after = (last.order.customer.to_string(), last.order.id.to_string());
        for stored in &chunk {
            problems.extend(check(stored).into_iter().map(|what| format!("order {}: {what}", stored.order.id)));
        }
        if problems.len() >= PROBLEMS_MAX {
            problems.truncate(PROBLEMS_MAX);
            return Ok(problems);
        }
    }
}

fn check(stored: &StoredAxes) -> Vec<&'static str> {
    let (order, state) = (&stored.order, stored.order.state());
    let rules = [
        (lines_add_up(order), "its lines do not add up to its subtotal"),
        (totals_add_up(order), "its totals do not add up"),
        (axes_are_derived(stored), "its payment or fulfilment status does not follow from its money and shipments"),
        (counts_are_bounded(&state), "more was sent than ordered"),
        (ended_orders_sent_nothing(&state), "it ended, and something was sent"),
        (placed_orders_are_paid(order, &state), "it is placed, and its money is not sure"),
        (stored.history == order.version, "its history does not tell every change"),
    ];
    rules.into_iter().filter(|(holds, _)| !holds).map(|(_, what)| what).collect()
}

/// Invariant: the subtotal is the sum of the lines.
fn lines_add_up(order: &OrderRow) -> bool {
    order.body.lines.iter().map(|line| line.total.minor).sum::<i64>() == order.body.totals.subtotal.minor
        && order.body.lines.iter().all(|line| line.unit_price.minor * i64::from(line.quantity) == line.total.minor)
}

/// Invariant: subtotal, delivery and tax on top make the total.
fn totals_add_up(order: &OrderRow) -> bool {
    let totals = &order.body.totals;
    let tax_on_top = if totals.tax_included { 0 } else { totals.tax.minor };
    totals.subtotal.minor + totals.delivery.minor + tax_on_top == totals.total.minor && totals.total == order.total
}

/// Invariant: the stored axes are what would be derived now.
fn axes_are_derived(stored: &StoredAxes) -> bool {
    stored.payment == stored.order.payment().as_str() && stored.fulfilment == stored.order.fulfilment().as_str()
}

/// Invariant: a placed order has all its money authorised or captured, and no more.
fn placed_orders_are_paid(order: &OrderRow, state: &State) -> bool {
    let placed = matches!(state.lifecycle, Lifecycle::Placed | Lifecycle::OnHold | Lifecycle::Closed);
    let dated = order.placed_at.is_some_and(|at| at > Timestamp::EPOCH);
    !placed || (dated && (state.money.authorised == order.total || state.money.captured == order.total))
}
