use async_trait::async_trait;
use souk_contracts::{
    catalog::StockDeclared,
    delivery::ShipmentMoved,
    inventory::{Error, StockLine},
    orders::{OrderEnded, OrderPlaced},
};
use souk_events::{Delivery, Handler};
use souk_store::{Store, Tx};
use souk_types::{Cx, Event, Fault, ServiceError, failpoint};

use crate::{domain::merged, hand, holding};

/// Commits the stock of orders that were placed, and releases that of orders that ended.
pub struct OnOrders {
    store: Store,
}

impl OnOrders {
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    async fn placed(&self, cx: &Cx, delivery: &Delivery) -> Result<(), Fault> {
        let placed: OrderPlaced = delivery.parse()?;
        let lines = placed.lines.iter().map(|line| StockLine { sku: line.sku.clone(), quantity: line.quantity });
        let (order, lines) = (placed.of.order, merged(lines.collect())?);
        once(&self.store, cx, "inventory.orders", delivery, move |tx| holding::commit(tx, order, &lines, "orders"))
            .await?;
        failpoint("inventory.committed");
        Ok(())
    }

    async fn ended(&self, cx: &Cx, delivery: &Delivery) -> Result<(), Fault> {
        let ended: OrderEnded = delivery.parse()?;
        let (order, lines) = (ended.of.order, merged(ended.lines)?);
        once(&self.store, cx, "inventory.orders", delivery, move |tx| {
            Ok(holding::release(tx, order, &lines, "orders")?)
        })
        .await
    }
}

#[async_trait]
impl Handler for OnOrders {
    async fn handle(&self, cx: &Cx, delivery: &Delivery) -> Result<(), Fault> {
        match delivery.topic.as_str() {
            OrderPlaced::TOPIC => self.placed(cx, delivery).await,
            OrderEnded::TOPIC => self.ended(cx, delivery).await,
            other => Err(Fault::internal(format!("{other} is not expected here"))),
        }
    }
}

/// Books out what has left the house.
pub struct OnShipments {
    store: Store,
}

impl OnShipments {
    pub fn new(store: Store) -> Self {
        Self { store }
    }
}

#[async_trait]
impl Handler for OnShipments {
    async fn handle(&self, cx: &Cx, delivery: &Delivery) -> Result<(), Fault> {
        let moved: ShipmentMoved = delivery.parse()?;
        if moved.before.has_left() || !moved.event.status.has_left() {
            return Ok(());
        }
        let (order, lines) = (moved.order, merged(moved.lines)?);
        once(&self.store, cx, "inventory.shipments", delivery, move |tx| holding::ship(tx, order, &lines, "delivery"))
            .await
    }
}

/// Receives the stock that came with new variants.
pub struct OnStockDeclared {
    store: Store,
}

impl OnStockDeclared {
    pub fn new(store: Store) -> Self {
        Self { store }
    }
}

#[async_trait]
impl Handler for OnStockDeclared {
    async fn handle(&self, cx: &Cx, delivery: &Delivery) -> Result<(), Fault> {
        let declared: StockDeclared = delivery.parse()?;
        let variants = declared.variants;
        once(&self.store, cx, "inventory.stock_declared", delivery, move |tx| {
            Ok(hand::declare(tx, &variants, "catalog")?)
        })
        .await
    }
}

/// Does the work for an event that this consumer has not acted on before.
async fn once(
    store: &Store,
    cx: &Cx,
    consumer: &'static str,
    delivery: &Delivery,
    mut work: impl FnMut(&mut Tx<'_>) -> Result<(), Error> + Send + 'static,
) -> Result<(), Fault> {
    let event = delivery.event;
    let done = store.write(cx, move |tx| if tx.first_delivery(consumer, event)? { work(tx) } else { Ok(()) }).await;
    done.map_err(|error| match error {
        Error::Fault(fault) => fault,
        refusal => Fault::new(refusal.kind(), refusal.public_message()),
    })
}
