use std::sync::Arc;

use async_trait::async_trait;
use souk_contracts::{delivery::ShipmentMoved, orders::OrderEnded};
use souk_events::{Consumer, Delivery, Handler};
use souk_types::{Cx, Fault};

use crate::{
    domain::Command,
    service::Service,
    steps::{as_fault, command_all},
    store,
};

const ENDED: &str = "payments.ended_orders";
const SHIPPED: &str = "payments.shipments";

pub(crate) fn consumers(service: &Arc<Service>) -> Vec<Consumer> {
    vec![
        Consumer { name: ENDED, topics: &["orders.ended"], handler: Arc::new(EndedOrders(Arc::clone(service))) },
        Consumer {
            name: SHIPPED,
            topics: &["delivery.shipment_moved"],
            handler: Arc::new(Shipments(Arc::clone(service))),
        },
    ]
}

/// Gives back what orders that will not be have paid, and will pay too late.
struct EndedOrders(Arc<Service>);

#[async_trait]
impl Handler for EndedOrders {
    async fn handle(&self, cx: &Cx, delivery: &Delivery) -> Result<(), Fault> {
        let ended: OrderEnded = delivery.parse()?;
        let (customer, order, event) = (ended.of.customer, ended.of.order, delivery.event);
        let store = &self.0.store;
        // Apart from the goals, for the reason that Service::end gives.
        store.write(cx, move |tx| store::end_order(tx, customer, order, &ended.reason)).await?;
        pursue(&self.0, cx, delivery, ENDED, (customer, order), Command::Undo).await?;
        tracing::debug!(%order, %event, "an ended order's money is let go");
        Ok(())
    }
}

/// Takes the money that is only set aside yet when the parcel leaves.
struct Shipments(Arc<Service>);

#[async_trait]
impl Handler for Shipments {
    async fn handle(&self, cx: &Cx, delivery: &Delivery) -> Result<(), Fault> {
        let moved: ShipmentMoved = delivery.parse()?;
        if !moved.event.status.has_left() || moved.before.has_left() {
            return Ok(());
        }
        pursue(&self.0, cx, delivery, SHIPPED, (moved.customer, moved.order), Command::Capture).await
    }
}

/// Sets the goal with the inbox row in one transaction; the steps towards it may then fail, the sweep goes on.
async fn pursue(
    service: &Service,
    cx: &Cx,
    delivery: &Delivery,
    consumer: &'static str,
    (customer, order): (souk_contracts::CustomerId, souk_contracts::OrderId),
    command: Command,
) -> Result<(), Fault> {
    let event = delivery.event;
    let intents = service
        .store
        .write(cx, move |tx| {
            if !tx.first_delivery(consumer, event)? {
                return Ok(Vec::new());
            }
            command_all(tx, customer, order, &command)
        })
        .await
        .map_err(as_fault)?;
    service.advance_all(cx, intents).await.map_err(as_fault)?;
    Ok(())
}
