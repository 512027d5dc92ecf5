//! Which orders a request of this process is just going on with.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use souk_contracts::OrderId;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};

/// How long somebody else waits for it: much longer than it takes to write an answer down.
const LET_GO_MAX: Duration = Duration::from_secs(1);

/// Orders in hand.
#[derive(Debug, Default)]
pub struct InHand(Mutex<HashMap<OrderId, CancellationToken>>);

/// Has an order in hand until it is dropped.
pub struct Hold<'a> {
    orders: &'a InHand,
    order: OrderId,
    _let_go: DropGuard,
}

impl InHand {
    /// Takes an order in hand; `None` when another request has it.
    pub fn take(&self, order: OrderId) -> Option<Hold<'_>> {
        let token = CancellationToken::new();
        match self.orders().entry(order) {
            Entry::Occupied(_) => return None,
            Entry::Vacant(entry) => drop(entry.insert(token.clone())),
        }
        Some(Hold { orders: self, order, _let_go: token.drop_guard() })
    }

    /// Waits until nobody has the order in hand, a second at most; says whether somebody had.
    pub async fn let_go(&self, order: OrderId) -> bool {
        let Some(token) = self.orders().get(&order).cloned() else { return false };
        let _ = timeout(LET_GO_MAX, token.cancelled()).await;
        true
    }

    fn orders(&self) -> MutexGuard<'_, HashMap<OrderId, CancellationToken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        self.orders.orders().remove(&self.order);
    }
}

#[cfg(test)]
mod tests {
    use souk_types::Id;
    use tokio::time::{Instant, sleep};

    use super::*;

    #[tokio::test]
    async fn one_waits_until_an_order_is_let_go_and_for_no_other() {
        let (order, other) = (Id::from_bits(1), Id::from_bits(2));
        let orders = InHand::default();
        let hold = orders.take(order).unwrap();
        assert!(orders.take(order).is_none());
        assert!(!orders.let_go(other).await);
        let (began, a_while) = (Instant::now(), Duration::from_millis(50));
        let letting_go = async {
            sleep(a_while).await;
            drop(hold);
        };
        let (was_in_hand, ()) = tokio::join!(orders.let_go(order), letting_go);
        assert!(was_in_hand);
        assert!(began.elapsed() >= a_while && began.elapsed() < LET_GO_MAX);
        assert!(!orders.let_go(order).await);
        assert!(orders.take(order).is_some());
    }
}
