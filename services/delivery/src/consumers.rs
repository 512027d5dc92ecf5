use std::sync::Arc;

use async_trait::async_trait;
use souk_contracts::{
    delivery::{Shipment, ShipmentStatus},
    orders::ShipmentRequested,
};
use souk_events::{Consumer, Delivery, Handler};
use souk_types::{Cx, Fault};

use crate::{
    jobs,
    service::Service,
    store::{self, ShipmentRow},
};

const REQUESTS: &str = "delivery.shipment_requests";

pub(crate) fn consumers(service: &Arc<Service>) -> Vec<Consumer> {
    vec![Consumer {
        name: REQUESTS,
        topics: &["orders.shipment_requested"],
        handler: Arc::new(Requests(Arc::clone(service))),
    }]
}

/// Plans a parcel and hands it to the carrier.
struct Requests(Arc<Service>);

#[async_trait]
impl Handler for Requests {
    async fn handle(&self, cx: &Cx, delivery: &Delivery) -> Result<(), Fault> {
        let requested: ShipmentRequested = delivery.parse()?;
        let event = delivery.event;
        let row = ShipmentRow {
            shipment: Shipment {
                id: requested.shipment,
                customer: requested.of.customer,
                order: requested.of.order,
                lines: requested.lines,
                status: ShipmentStatus::Planned,
                carrier: self.0.carrier.name().to_owned(),
                tracking_number: None,
                expected_at: None,
                events: Vec::new(),
            },
            address: requested.destination.address,
            method: requested.destination.method,
            furthest: ShipmentStatus::Planned,
            requested_at: requested.at,
            version: 1,
        };
        self.0
            .store
            .write(cx, move |tx| {
                if tx.first_delivery(REQUESTS, event)? && store::insert(tx, &row)? {
                    jobs::follow(tx, row.shipment.customer, row.shipment.id)?;
                }
                Ok(())
            })
            .await
    }
}
