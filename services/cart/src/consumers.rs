use async_trait::async_trait;
use souk_contracts::{
    accounts::CustomerErased,
    orders::{OrderCreated, OrderEnded, OrderPlaced},
};
use souk_events::{Delivery, Handler};
use souk_store::Store;
use souk_types::{Cx, Event, Fault};

use crate::{kept::KeptCarts, store};

/// Follows the order that is made from a cart. By the cart's own state it knows what was done before: a cart that is gone
/// does not come back, and nothing is noted of events.
pub struct OnOrders {
    carts: KeptCarts,
}

impl OnOrders {
    pub fn new(carts: KeptCarts) -> Self {
        Self { carts }
    }
}

#[async_trait]
impl Handler for OnOrders {
    async fn handle(&self, cx: &Cx, delivery: &Delivery) -> Result<(), Fault> {
        match delivery.topic.as_str() {
            OrderCreated::TOPIC => {
                let OrderCreated { of, .. } = delivery.parse()?;
                self.carts.complete_soon(cx, of.customer, of.cart).await
            }
            OrderPlaced::TOPIC => {
                let OrderPlaced { of, .. } = delivery.parse()?;
                self.carts.complete(cx, of.customer, of.cart).await
            }
            OrderEnded::TOPIC => {
                let OrderEnded { of, was_placed, .. } = delivery.parse()?;
                if was_placed {
                    return Ok(());
                }
                self.carts.reopen(cx, of.customer, of.cart).await
            }
            other => Err(Fault::internal(format!("{other} is not expected here"))),
        }
    }
}

/// Forgets carts and wishes of whoever has erased their account. A cart that is just becoming an order goes on.
pub struct OnErased {
    store: Store,
    carts: KeptCarts,
}

impl OnErased {
    pub fn new(store: Store, carts: KeptCarts) -> Self {
        Self { store, carts }
    }
}

#[async_trait]
impl Handler for OnErased {
    /// What is written is the same however often.
    async fn handle(&self, cx: &Cx, delivery: &Delivery) -> Result<(), Fault> {
        let CustomerErased { customer, .. } = delivery.parse()?;
        self.store.write::<_, Fault>(cx, move |tx| store::forget_wishes(tx, customer)).await?;
        self.carts.forget(cx, customer).await
    }
}
