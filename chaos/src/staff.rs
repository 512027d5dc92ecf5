//! Somebody who sends what was bought.

use std::{cell::Cell, net::SocketAddr, time::Duration};

use anyhow::{Context, Result};
use souk_bench::{client::Client, staff::owner_by};
use tokio::time::sleep;

use crate::market::Market;

/// Orders that are chosen in the list at a time.
const CHOSEN_MAX: usize = 20;
const LOOKS_EVERY: Duration = Duration::from_millis(500);

/// Who sends orders, and how many were sent already.
pub(crate) struct Staff {
    client: tokio::sync::Mutex<Client>,
    sent: Cell<usize>,
}

impl Staff {
    /// The owner, by the one-time link.
    pub(crate) async fn sign_up(address: SocketAddr, link: &str) -> Result<Self> {
        let path = link.find("/admin/").map(|at| &link[at..]).context("the owner's link is none of the console")?;
        Ok(Self { client: owner_by(address, path).await?.into(), sent: Cell::new(0) })
    }

    /// Sends what is bought, for as long as there are shoppers.
    pub(crate) async fn work(&self, market: &Market) {
        while !market.is_over() {
            // What fails is seen to when all others are sent.
            drop(self.send_next(market).await);
            sleep(LOOKS_EVERY).await;
        }
    }

    /// Sends everything, what may have been sent already, too: that does nothing twice.
    pub(crate) async fn send_all(&self, market: &Market) -> Result<()> {
        self.sent.set(0);
        while self.send_next(market).await? {}
        Ok(())
    }

    /// Sends some; says whether there were any.
    async fn send_next(&self, market: &Market) -> Result<bool> {
        let first = self.sent.get();
        let numbers: Vec<String> =
            market.bought.borrow()[first..].iter().take(CHOSEN_MAX).map(|one| one.order.number.clone()).collect();
        if numbers.is_empty() {
            return Ok(false);
        }
        self.sent.set(first + numbers.len());
        let fields: Vec<(&str, &str)> = numbers.iter().map(|number| ("order", number.as_str())).collect();
        self.client.lock().await.post_form("/admin/orders/ship", &fields).await?;
        Ok(true)
    }
}
