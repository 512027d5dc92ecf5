//! What was heard of late about stock.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// SKUs that are remembered; beyond this the older half is forgotten.
const SKUS_MAX: usize = 50_000;

/// What was heard of late about SKUs, so that a product whose stock was asked for just before such news
/// does not overwrite it with what was true before.
#[derive(Debug, Default)]
pub struct RecentStock(Mutex<Heard>);

#[derive(Debug, Default)]
struct Heard {
    count: u64,
    skus: HashMap<String, (u64, bool)>,
}

/// How much had been heard at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(u64);

impl RecentStock {
    /// The present moment: to be taken before stock is asked for.
    pub fn moment(&self) -> Moment {
        Moment(self.lock().count)
    }

    /// Notes what was heard of a SKU.
    pub fn hear(&self, sku: &str, in_stock: bool) {
        let mut heard = self.lock();
        heard.count += 1;
        let count = heard.count;
        heard.skus.insert(sku.to_owned(), (count, in_stock));
        if heard.skus.len() > SKUS_MAX {
            let forget = count.saturating_sub(SKUS_MAX as u64 / 2);
            heard.skus.retain(|_, (at, _)| *at > forget);
        }
    }

    /// What was heard of a SKU since a moment.
    pub fn since(&self, moment: Moment, sku: &str) -> Option<bool> {
        self.lock().skus.get(sku).filter(|(at, _)| *at > moment.0).map(|(_, in_stock)| *in_stock)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
