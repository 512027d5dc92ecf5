//! What those who shop share: who may, what they met, and what they were told.

use std::{
    cell::{Cell, RefCell},
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use souk_bench::shopper::Acknowledged;

/// There is enough of it for everybody.
pub(crate) const PLENTY: &str = "PLENTY";
/// There are so many pieces of each of these: fewer than are wanted at the same time.
pub(crate) const HOT_STOCK: u32 = 10;
pub(crate) const HOT_SKUS: usize = 200;
/// One purchase in so many is of what is hot.
const HOT_EVERY: usize = 4;
/// How long those who are in the shop may take to leave.
const LEAVE_WITHIN: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What is hot, by its number.
pub(crate) fn hot_sku(number: usize) -> String {
    format!("HOT-{number}")
}

/// How a purchase ended that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CameTo {
    /// An order.
    Ordered,
    /// There was not enough left.
    SoldOut,
    /// Nothing; the kind of failure.
    Failed(String),
}

/// A purchase that was tried.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    pub(crate) ended: Instant,
    pub(crate) came_to: CameTo,
}

/// An order that a shopper was told of.
#[derive(Debug, Clone)]
pub(crate) struct Bought {
    pub(crate) order: Acknowledged,
    pub(crate) sku: String,
}

/// What those who shop share.
#[derive(Default)]
pub(crate) struct Market {
    pub(crate) attempts: RefCell<Vec<Attempt>>,
    pub(crate) bought: RefCell<Vec<Bought>>,
    is_open: Cell<bool>,
    is_over: Cell<bool>,
    inside: Cell<usize>,
    turns: Cell<usize>,
    /// The number of what is hot now; `None` when it is sold out.
    hot: Cell<Option<usize>>,
}

impl Market {
    /// Lets shoppers in, who find something hot.
    pub(crate) fn open(&self, hot: usize) {
        self.hot.set((hot < HOT_SKUS).then_some(hot));
        self.is_open.set(true);
    }

    /// Lets nobody in, and waits until everybody is out.
    pub(crate) async fn clear(&self) -> Result<()> {
        self.is_open.set(false);
        let begun = Instant::now();
        while self.inside.get() > 0 {
            if begun.elapsed() > LEAVE_WITHIN {
                bail!("{} purchases did not come to an end within {LEAVE_WITHIN:?}", self.inside.get());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    /// Sends everybody home.
    pub(crate) fn close(&self) {
        self.is_over.set(true);
    }

    /// Says whether everybody goes home.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over.get()
    }

    /// Waits at the door; answers what to buy, `None` when it is time to go home.
    pub(crate) async fn turn(&self) -> Option<String> {
        while !self.is_open.get() {
            if self.is_over.get() {
                return None;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        self.inside.set(self.inside.get() + 1);
        self.turns.set(self.turns.get() + 1);
        let hot = self.hot.get().filter(|_| self.turns.get().is_multiple_of(HOT_EVERY));
        Some(hot.map_or_else(|| PLENTY.to_owned(), hot_sku))
    }

    /// Notes how a purchase ended.
    pub(crate) fn note(&self, came_to: CameTo) {
        if came_to == CameTo::SoldOut {
            self.hot.set(None);
        }
        self.attempts.borrow_mut().push(Attempt { ended: Instant::now(), came_to });
    }

    /// Notes an order.
    pub(crate) fn keep(&self, order: Acknowledged, sku: &str) {
        self.bought.borrow_mut().push(Bought { order, sku: sku.to_owned() });
    }

    /// Lets one out.
    pub(crate) fn leave(&self) {
        self.inside.set(self.inside.get() - 1);
    }
}
