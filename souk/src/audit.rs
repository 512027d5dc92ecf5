//! All books, across services: each service's own, and whether they agree with each other.

use std::collections::HashMap;

use anyhow::{Result, anyhow};
use souk_contracts::{
    inventory::LevelFilter,
    orders::{Lifecycle, OrderBooks},
    payments::Intent,
};
use souk_types::{Cx, PageRequest, limits::PAGE_ITEMS_MAX};

use crate::shop::Shop;

/// What was checked, and what does not agree.
#[derive(Debug, Default)]
pub struct Report {
    /// Orders that were looked at.
    pub orders: usize,
    /// What does not agree, in words.
    pub problems: Vec<String>,
}

impl Report {
    /// Says whether everything agrees.
    pub fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Checks all books. Meant for a shop that stands still: what is under way counts as a difference.
///
/// # Errors
/// When a service cannot be asked.
pub async fn run(shop: &Shop, cx: &Cx) -> Result<Report> {
    let mut report = Report::default();
    let own = [
        ("inventory", shop.inventory.audit(cx).await.map_err(|error| anyhow!(error))?),
        ("payments", shop.payments.audit(cx).await.map_err(|error| anyhow!(error))?),
        ("orders", shop.orders.audit(cx).await.map_err(|error| anyhow!(error))?),
    ];
    for (service, problems) in own {
        report.problems.extend(problems.into_iter().map(|problem| format!("{service}: {problem}")));
    }
    let committed = check_orders(shop, cx, &mut report).await?;
    check_stock(shop, cx, committed, &mut report).await?;
    Ok(report)
}

/// Holds every order's money against its payments; answers what placed orders have committed, by SKU.
async fn check_orders(shop: &Shop, cx: &Cx, report: &mut Report) -> Result<HashMap<String, i64>> {
    let mut committed: HashMap<String, i64> = HashMap::new();
    let mut page = PageRequest::first(PAGE_ITEMS_MAX);
    loop {
        let chunk = shop.orders.books(cx, page.clone()).await.map_err(|error| anyhow!(error))?;
        for order in &chunk.items {
            report.orders += 1;
            let intents = shop.payments.intents(cx, order.customer, order.id).await.map_err(|error| anyhow!(error))?;
            report.problems.extend(order_money_is_its_payments(order, &intents));
            if matches!(order.lifecycle, Lifecycle::Placed | Lifecycle::OnHold) {
                for line in &order.unshipped {
                    *committed.entry(line.sku.clone()).or_default() += i64::from(line.quantity);
                }
            }
        }
        match chunk.next {
            Some(next) => page.after = Some(next),
            None => return Ok(committed),
        }
    }
}

/// Invariant: an order's money is the sum of its payments, and a placed order is paid exactly once.
fn order_money_is_its_payments(order: &OrderBooks, intents: &[Intent]) -> Option<String> {
    let captured: i64 = intents.iter().map(|intent| intent.captured.minor).sum();
    let refunded: i64 = intents.iter().map(|intent| intent.refunded.minor).sum();
    if captured != order.money.captured.minor || refunded != order.money.refunded.minor {
        return Some(format!(
            "order {}: it knows of {} captured and {} refunded, payments of {captured} and {refunded} minor units",
            order.id, order.money.captured, order.money.refunded
        ));
    }
    let placed = matches!(order.lifecycle, Lifecycle::Placed | Lifecycle::OnHold | Lifecycle::Closed);
    if placed && captured > order.total.minor {
        return Some(format!("order {}: {} is its total, {captured} minor units were taken", order.id, order.total));
    }
    let ended = matches!(order.lifecycle, Lifecycle::Cancelled | Lifecycle::Expired);
    if ended && captured != refunded {
        return Some(format!("order {}: it ended, and {} minor units are kept", order.id, captured - refunded));
    }
    None
}

/// Invariant: what stock has committed is what placed orders have not shipped yet.
async fn check_stock(shop: &Shop, cx: &Cx, mut wanted: HashMap<String, i64>, report: &mut Report) -> Result<()> {
    let mut page = PageRequest::first(PAGE_ITEMS_MAX);
    loop {
        let levels =
            shop.inventory.levels(cx, LevelFilter::default(), page.clone()).await.map_err(|error| anyhow!(error))?;
        for level in &levels.items {
            *wanted.entry(level.sku.clone()).or_default() -= level.committed;
        }
        match levels.next {
            Some(next) => page.after = Some(next),
            None => break,
        }
    }
    let mut wrong: Vec<(String, i64)> = wanted.into_iter().filter(|(_, difference)| *difference != 0).collect();
    wrong.sort();
    report.problems.extend(wrong.into_iter().take(100).map(|(sku, difference)| {
        format!("stock of {sku}: open orders hold {difference} more pieces than are committed")
    }));
    Ok(())
}
