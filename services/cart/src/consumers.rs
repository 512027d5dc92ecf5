use async_trait::async_trait;
use souk_contracts::{
    accounts::CustomerErased,
    orders::{OrderCreated, OrderEnded, OrderPlaced, OrderRef},
};
use souk_events::{Delivery, Handler};
use souk_store::{Store, Tx};
use souk_types::{Cx, Event, Fault};

use crate::{
    domain::{self, Facts},
    store,
};

const NAME: &str = "cart.orders";

/// Follows the order that is made from a cart.
pub struct OnOrders {
    store: Store,
}

impl OnOrders {
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Does the work for an event that was not acted on before.
    async fn once(
        &self,
        cx: &Cx,
        delivery: &Delivery,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<(), Fault> + Send + 'static,
    ) -> Result<(), Fault> {
        let event = delivery.event;
        self.store.write(cx, move |tx| if tx.first_delivery(NAME, event)? { work(tx) } else { Ok(()) }).await
    }
}

#[async_trait]
impl Handler for OnOrders {
    async fn handle(&self, cx: &Cx, delivery: &Delivery) -> Result<(), Fault> {
        match delivery.topic.as_str() {
            OrderCreated::TOPIC => {
                let OrderCreated { of, .. } = delivery.parse()?;
                self.once(cx, delivery, move |tx| store::complete_soon(tx, of.customer, of.cart)).await
            }
            OrderPlaced::TOPIC => {
                let OrderPlaced { of, .. } = delivery.parse()?;
                self.once(cx, delivery, move |tx| store::complete(tx, of.customer, of.cart).map(drop)).await
            }
            OrderEnded::TOPIC => {
                let OrderEnded { of, was_placed, .. } = delivery.parse()?;
                if was_placed {
                    return Ok(());
                }
                self.once(cx, delivery, move |tx| reopen(tx, &of)).await
            }
            other => Err(Fault::internal(format!("{other} is not expected here"))),
        }
    }
}

/// Gives the shopper back what was in the cart of an order that came to nothing. It is a new cart, for a cart
/// gives one order and no second; or, where another one is open already, its lines go there.
fn reopen(tx: &mut Tx<'_>, of: &OrderRef) -> Result<(), Fault> {
    let Some((version, lines)) = store::complete(tx, of.customer, of.cart)? else {
        return Ok(());
    };
    if lines.is_empty() {
        return Ok(());
    }
    match store::open(tx, of.customer)? {
        Some(open) => {
            let mut merged = open.lines.clone();
            domain::merge(&mut merged, lines, &Facts::default());
            store::update(tx, of.customer, &open, merged)?;
        }
        None => {
            store::insert(tx, of.customer, version + 1, lines)?;
        }
    }
    Ok(())
}

/// Forgets carts and wishes of whoever has erased their account. A cart that is just becoming an order goes on.
pub struct OnErased {
    store: Store,
}

impl OnErased {
    pub fn new(store: Store) -> Self {
        Self { store }
    }
}

#[async_trait]
impl Handler for OnErased {
    /// What is written is the same however often.
    async fn handle(&self, cx: &Cx, delivery: &Delivery) -> Result<(), Fault> {
        let CustomerErased { customer, .. } = delivery.parse()?;
        self.store.write(cx, move |tx| store::forget(tx, customer)).await
    }
}
