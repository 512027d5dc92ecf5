//! Orders against stock.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use souk_contracts::{
    OrderId,
    inventory::Holding,
    orders::{Lifecycle, OrderBooks},
};

use super::Report;

/// Every line of every order, and what stock holds and has given for it.
#[derive(Default)]
pub struct StockBooks {
    orders: HashMap<OrderId, Lifecycle>,
    lines: BTreeMap<(OrderId, Arc<str>), Line>,
    // Each SKU once, however many orders have it.
    skus: BTreeSet<Arc<str>>,
}

/// Pieces.
#[derive(Default)]
struct Line {
    ordered: i64,
    /// Left the house, as the order knows.
    sent: i64,
    reserved: i64,
    committed: i64,
    /// Left the house, as stock knows.
    shipped: i64,
}

impl StockBooks {
    /// Notes what an order says.
    pub fn expect(&mut self, order: &OrderBooks) {
        self.orders.insert(order.id, order.lifecycle);
        for line in &order.lines {
            let sku = self.sku(&line.sku);
            let entry = self.lines.entry((order.id, sku)).or_default();
            entry.ordered += i64::from(line.quantity);
            entry.sent += i64::from(line.shipped);
        }
    }

    fn sku(&mut self, sku: &str) -> Arc<str> {
        if let Some(known) = self.skus.get(sku) {
            return Arc::clone(known);
        }
        let sku: Arc<str> = sku.into();
        self.skus.insert(Arc::clone(&sku));
        sku
    }

    /// Counts a holding towards its order's line. Invariant: every reservation belongs to a line of an order.
    pub fn meet(&mut self, holding: &Holding, report: &mut Report) {
        let Holding { sku, order, reserved, committed, shipped, .. } = holding;
        let known = self.skus.get(sku.as_str()).cloned();
        if let Some(line) = known.and_then(|sku| self.lines.get_mut(&(*order, sku))) {
            line.reserved += reserved;
            line.committed += committed;
            line.shipped += shipped;
            return;
        }
        let why = match self.orders.contains_key(order) {
            true => "the order has no such line",
            false => "there is no such order",
        };
        report.add(format!(
            "stock of {sku}: {reserved} reserved, {committed} committed, {shipped} shipped for order {order}: {why}"
        ));
    }

    /// Says what does not agree when all holdings were met.
    pub fn close(&self, report: &mut Report) {
        for ((order, sku), line) in &self.lines {
            let lifecycle = self.orders.get(order).copied();
            if let Some(problem) = lifecycle.and_then(|lifecycle| stock_is_what_orders_hold(lifecycle, line)) {
                report.add(format!("order {order}: {sku}: {problem}"));
            }
        }
    }
}

/// Invariant: reserved is only what waits for its payment, whole lines of it; committed is what placed orders have not
/// shipped yet; and nothing has left the house that the order does not know of.
fn stock_is_what_orders_hold(lifecycle: Lifecycle, line: &Line) -> Option<String> {
    let Line { ordered, sent, reserved, committed, shipped } = *line;
    if shipped != sent {
        return Some(format!("{sent} were sent, and stock says {shipped}"));
    }
    let (may_reserve, must_commit) = match lifecycle {
        Lifecycle::PendingPayment => (ordered, 0),
        Lifecycle::Placed | Lifecycle::OnHold => (0, ordered - sent),
        Lifecycle::Closed | Lifecycle::Cancelled | Lifecycle::Expired => (0, 0),
    };
    if reserved != 0 && reserved != may_reserve {
        return Some(format!("the order is {lifecycle}, and {reserved} of {ordered} are reserved"));
    }
    (committed != must_commit)
        .then(|| format!("the order is {lifecycle}: {must_commit} should be committed, {committed} are"))
}
