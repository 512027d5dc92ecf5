//! What is told on others' events.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};
use souk_contracts::{
    accounts::CustomerErased,
    delivery::{ShipmentMoved, ShipmentStatus},
    notifications::MessageKind,
    orders::{OrderEnded, OrderPlaced},
    payments::{PaymentChanged, RefundState},
};
use souk_events::{Consumer, Delivery, Handler};
use souk_types::{Cx, Event, Fault};

use crate::{
    SCHEMA, domain,
    service::{Draft, Service, fault},
};

pub fn consumers(service: &Arc<Service>) -> Vec<Consumer> {
    vec![
        Consumer {
            name: "notifications.orders",
            topics: &[OrderPlaced::TOPIC, OrderEnded::TOPIC],
            handler: Arc::new(Orders(Arc::clone(service))),
        },
        Consumer {
            name: "notifications.delivery",
            topics: &[ShipmentMoved::TOPIC],
            handler: Arc::new(Parcels(Arc::clone(service))),
        },
        Consumer {
            name: "notifications.payments",
            topics: &[PaymentChanged::TOPIC],
            handler: Arc::new(Refunds(Arc::clone(service))),
        },
        Consumer {
            name: "notifications.erased",
            topics: &[CustomerErased::TOPIC],
            handler: Arc::new(Erased(Arc::clone(service))),
        },
    ]
}

/// An order was placed, or called off after that. One that was never placed was told to the shopper on the page.
struct Orders(Arc<Service>);

#[async_trait]
impl Handler for Orders {
    async fn handle(&self, cx: &Cx, delivery: &Delivery) -> Result<(), Fault> {
        let (kind, of, at) = if delivery.topic == OrderPlaced::TOPIC {
            let placed: OrderPlaced = delivery.parse()?;
            (MessageKind::OrderConfirmed, placed.of, placed.at)
        } else {
            let ended: OrderEnded = delivery.parse()?;
            if !ended.was_placed {
                return Ok(());
            }
            (MessageKind::OrderCancelled, ended.of, ended.at)
        };
        let id = domain::id(kind, &of.order.to_string(), at);
        let order = self.0.order(cx, of.customer, of.order).await?;
        let context = self.0.order_context(&order);
        self.0.write(cx, Draft::about(&order, kind, id, context)).await
    }
}

/// A parcel has left or has arrived.
struct Parcels(Arc<Service>);

#[async_trait]
impl Handler for Parcels {
    async fn handle(&self, cx: &Cx, delivery: &Delivery) -> Result<(), Fault> {
        let moved: ShipmentMoved = delivery.parse()?;
        let status = moved.event.status;
        let kind = match status {
            ShipmentStatus::Delivered => MessageKind::OrderDelivered,
            _ if status.has_left() && !moved.before.has_left() => MessageKind::OrderShipped,
            _ => return Ok(()),
        };
        let id = domain::id(kind, &moved.shipment.to_string(), moved.event.at);
        let order = self.0.order(cx, moved.customer, moved.order).await?;
        let inner = cx.as_service(SCHEMA.service);
        let parcels = self.0.delivery.shipments(&inner, moved.customer, moved.order).await;
        let parcels = parcels.map_err(|error| fault(&error))?;
        let parcel = parcels.iter().find(|parcel| parcel.id == moved.shipment);
        let mut context = self.0.order_context(&order);
        context["pieces"] = json!(domain::pieces(&order, &moved.lines));
        context["parcel"] = parcel.map_or(Value::Null, |parcel| {
            json!({
                "carrier": parcel.carrier,
                "tracking_number": parcel.tracking_number,
                "tracking_url": parcel.tracking_url,
                "expected_at": parcel.expected_at,
            })
        });
        self.0.write(cx, Draft::about(&order, kind, id, context)).await
    }
}

/// Money was given back. The event tells all refunds of a payment, each time.
struct Refunds(Arc<Service>);

#[async_trait]
impl Handler for Refunds {
    async fn handle(&self, cx: &Cx, delivery: &Delivery) -> Result<(), Fault> {
        let PaymentChanged { intent } = delivery.parse()?;
        for refund in intent.refunds.iter().filter(|refund| refund.state == RefundState::Succeeded) {
            let kind = MessageKind::OrderRefunded;
            let id = domain::id(kind, &refund.id.to_string(), refund.created_at);
            if self.0.is_known(cx, id).await? {
                continue;
            }
            let order = self.0.order(cx, intent.customer, intent.order).await?;
            let mut context = self.0.order_context(&order);
            context["refund"] = json!({ "amount": refund.amount, "instrument": intent.instrument });
            self.0.write(cx, Draft::about(&order, kind, id, context)).await?;
        }
        Ok(())
    }
}

/// An account is gone, and with it what was written to its address: all of it, when the address was known to be theirs;
/// else only the links to the account, for anybody may make one with anybody's address. What an order that is still on
/// its way brings is told as to any guest.
struct Erased(Arc<Service>);

#[async_trait]
impl Handler for Erased {
    async fn handle(&self, cx: &Cx, delivery: &Delivery) -> Result<(), Fault> {
        let CustomerErased { email, email_verified, .. } = delivery.parse()?;
        self.0.forget(cx, &email, email_verified).await
    }
}
