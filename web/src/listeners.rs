//! Tracking pages that wait for news of an order. Each is woken by its own order only: thousands may wait while
//! thousands of other orders move every second.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use souk_contracts::OrderId;
use tokio::sync::watch;

/// Who waits for news of which order. Cheap to clone.
#[derive(Clone, Default)]
pub struct Listeners(Arc<Mutex<HashMap<OrderId, watch::Sender<()>>>>);

impl Listeners {
    /// Waits for news of an order from now on.
    pub fn listen(&self, order: OrderId) -> Listener {
        let news = self.lock().entry(order).or_default().subscribe();
        Listener { order, news, listeners: self.clone() }
    }

    /// Wakes whoever waits for news of this order.
    pub fn tell(&self, order: OrderId) {
        if let Some(news) = self.lock().get(&order) {
            news.send_replace(());
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<OrderId, watch::Sender<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits for news of one order.
pub struct Listener {
    order: OrderId,
    news: watch::Receiver<()>,
    listeners: Listeners,
}

impl Listener {
    /// Waits for the next news; what came while nobody waited counts once. `None` when there will be no more.
    pub async fn next(&mut self) -> Option<()> {
        self.news.changed().await.ok()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut all = self.listeners.lock();
        // This one still counts itself.
        if all.get(&self.order).is_some_and(|news| news.receiver_count() <= 1) {
            all.remove(&self.order);
        }
    }
}

#[cfg(test)]
mod tests {
    use souk_types::Id;
    use tokio::time::{Duration, timeout};

    use super::*;

    #[tokio::test]
    async fn only_those_who_wait_for_the_order_are_woken() {
        let listeners = Listeners::default();
        let (mut one, mut other) = (listeners.listen(Id::from_bits(1)), listeners.listen(Id::from_bits(2)));
        listeners.tell(Id::from_bits(1));
        listeners.tell(Id::from_bits(1));
        assert_eq!(one.next().await, Some(()));
        assert!(timeout(Duration::from_millis(10), one.next()).await.is_err(), "two at once are one");
        assert!(timeout(Duration::from_millis(10), other.next()).await.is_err());
    }

    #[test]
    fn nothing_is_left_when_nobody_waits_any_more() {
        let listeners = Listeners::default();
        let (one, other) = (listeners.listen(Id::from_bits(1)), listeners.listen(Id::from_bits(1)));
        drop(one);
        assert_eq!(listeners.lock().len(), 1);
        drop(other);
        assert_eq!(listeners.lock().len(), 0);
    }
}
