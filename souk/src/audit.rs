//! All books, across services: each service's own, and whether they agree with each other.
//!
//! Every list is walked once, a page at a time. In memory stays what orders say of themselves until the others have
//! said theirs: about 100 bytes an order and as much a line.

mod money;
mod parcels;
mod stock;

use std::fmt::Display;

use anyhow::{Result, anyhow};
use souk_contracts::orders::OrderBooks;
use souk_types::{Cx, Page, PageRequest, limits::PAGE_ITEMS_MAX};

use self::{money::MoneyBooks, parcels::ParcelsBooks, stock::StockBooks};
use crate::shop::Shop;

/// Problems that are told; more would say nothing new.
const PROBLEMS_MAX: usize = 1_000;

/// What was checked, and what does not agree.
#[derive(Debug, Default)]
pub struct Report {
    /// Orders that were looked at.
    pub orders: usize,
    /// What does not agree, in words: the first thousand.
    pub problems: Vec<String>,
    /// Problems beyond those.
    pub untold: usize,
}

impl Report {
    /// Says whether everything agrees.
    pub fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }

    fn add(&mut self, problem: String) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(problem);
        } else {
            self.untold += 1;
        }
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
        ("delivery", shop.delivery.audit(cx).await.map_err(|error| anyhow!(error))?),
    ];
    for (service, problems) in own {
        problems.into_iter().for_each(|problem| report.add(format!("{service}: {problem}")));
    }
    let (mut money, mut stock, mut parcels) = (MoneyBooks::default(), StockBooks::default(), ParcelsBooks::default());
    walk(
        async |page| shop.orders.books(cx, page).await,
        |order: OrderBooks| {
            report.orders += 1;
            money.expect(&order);
            stock.expect(&order);
            parcels.expect(order);
        },
    )
    .await?;
    walk(async |page| shop.payments.books(cx, page).await, |intent| money.meet(&intent, &mut report)).await?;
    money.close(&mut report);
    walk(async |page| shop.inventory.holdings(cx, page).await, |holding| stock.meet(&holding, &mut report)).await?;
    stock.close(&mut report);
    walk(async |page| shop.delivery.books(cx, page).await, |shipment| parcels.meet(&shipment, &mut report)).await?;
    parcels.close(&mut report);
    Ok(report)
}

/// Goes through a whole list, a page at a time.
async fn walk<T, E: Display>(
    ask: impl AsyncFn(PageRequest) -> Result<Page<T>, E>,
    mut each: impl FnMut(T),
) -> Result<()> {
    let mut page = PageRequest::first(PAGE_ITEMS_MAX);
    loop {
        let found = ask(page.clone()).await.map_err(|error| anyhow!("{error}"))?;
        found.items.into_iter().for_each(&mut each);
        match found.next {
            Some(next) => page.after = Some(next),
            None => return Ok(()),
        }
    }
}
