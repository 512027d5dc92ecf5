//! What orders do on others' events.

use std::sync::Arc;

use async_trait::async_trait;
use souk_contracts::{
    delivery::{ShipmentMoved, ShipmentStatus},
    orders::{Error, Lifecycle},
    payments::{IntentState, PaymentChanged},
};
use souk_events::{Consumer, Delivery, Handler};
use souk_types::{Cx, Event, Fault, ServiceError};

use crate::{domain::lifecycle::Command, joining, saga::money_of, service::Service};

pub fn all(service: &Arc<Service>) -> Vec<Consumer> {
    let mut all = vec![
        Consumer {
            name: "orders.payments",
            topics: &[PaymentChanged::TOPIC],
            handler: Arc::new(Payments(Arc::clone(service))),
        },
        Consumer {
            name: "orders.delivery",
            topics: &[ShipmentMoved::TOPIC],
            handler: Arc::new(Shipments(Arc::clone(service))),
        },
    ];
    all.extend(joining::consumers(service));
    all
}

fn as_fault(error: Error) -> Fault {
    match error {
        Error::Fault(fault) => fault,
        other => Fault::new(other.kind(), other.public_message()),
    }
}

/// Takes over how the money stands, and goes on with an order that waited for it.
struct Payments(Arc<Service>);

#[async_trait]
impl Handler for Payments {
    async fn handle(&self, cx: &Cx, delivery: &Delivery) -> Result<(), Fault> {
        let PaymentChanged { intent } = delivery.parse()?;
        let (customer, order) = (intent.customer, intent.order);
        let load = || self.0.load(cx, customer, order);
        let mut row = load().await.map_err(as_fault)?;
        if row.lifecycle == Lifecycle::PendingPayment {
            let undecided =
                matches!(intent.state, IntentState::Created | IntentState::Processing | IntentState::ActionRequired);
            if undecided {
                return Ok(());
            }
            // The request that was answered the same is writing it down: beside it, all would be done twice.
            if self.0.in_hand.let_go(order).await {
                row = load().await.map_err(as_fault)?;
            }
        }
        if row.lifecycle == Lifecycle::PendingPayment {
            match self.0.advance(cx, row).await {
                // A refusal is an outcome: the order has ended by it.
                Ok(_) | Err(Error::PaymentDeclined { .. } | Error::OutOfStock { .. }) => {}
                Err(other) => return Err(as_fault(other)),
            }
            row = load().await.map_err(as_fault)?;
        }
        // The usual case: the order took the answer over when it was placed.
        if money_of(std::slice::from_ref(&intent), row.total) == row.money {
            return Ok(());
        }
        self.0.sync_money(cx, row).await.map(drop).map_err(as_fault)
    }
}

/// Counts what has left and what has arrived.
struct Shipments(Arc<Service>);

#[async_trait]
impl Handler for Shipments {
    async fn handle(&self, cx: &Cx, delivery: &Delivery) -> Result<(), Fault> {
        let moved: ShipmentMoved = delivery.parse()?;
        let command = match moved.event.status {
            ShipmentStatus::Planned | ShipmentStatus::LabelCreated => return Ok(()),
            ShipmentStatus::Delivered => Command::Arrived(moved.shipment),
            ShipmentStatus::PickedUp
            | ShipmentStatus::InTransit
            | ShipmentStatus::OutForDelivery
            | ShipmentStatus::Exception => Command::Left(moved.shipment),
        };
        let detail = moved.event.description;
        let done = self.0.command(cx, moved.customer, moved.order, vec![command], detail).await;
        done.map(drop).map_err(as_fault)
    }
}
