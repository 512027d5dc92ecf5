use std::sync::Arc;

use async_trait::async_trait;
use souk_contracts::{
    delivery::{ChosenCarrier, Shipment, ShipmentStatus, TrackingEvent},
    orders::ShipmentRequested,
};
use souk_events::{Consumer, Delivery, Handler};
use souk_types::{Cx, Fault};

use crate::{
    jobs, moves,
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

/// Plans a parcel and hands it to the carrier. One whose carrier staff chose is packed, and waits for them to say where
/// it is.
struct Requests(Arc<Service>);

#[async_trait]
impl Handler for Requests {
    async fn handle(&self, cx: &Cx, delivery: &Delivery) -> Result<(), Fault> {
        let requested: ShipmentRequested = delivery.parse()?;
        let event = delivery.event;
        let by_hand = requested.carrier.is_some();
        let chosen = requested
            .carrier
            .unwrap_or_else(|| ChosenCarrier { name: self.0.carrier.name().to_owned(), ..ChosenCarrier::default() });
        let row = ShipmentRow {
            shipment: Shipment {
                id: requested.shipment,
                customer: requested.of.customer,
                order: requested.of.order,
                lines: requested.lines,
                status: ShipmentStatus::Planned,
                carrier: chosen.name,
                tracking_number: chosen.tracking_number,
                tracking_url: chosen.tracking_url,
                by_hand,
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
                if !tx.first_delivery(REQUESTS, event)? || !store::insert(tx, &row)? {
                    return Ok(());
                }
                if !by_hand {
                    return Ok(jobs::follow(tx, row.shipment.customer, row.shipment.id)?);
                }
                // What is told by it makes the shopper's page show the parcel.
                let packed = TrackingEvent {
                    status: ShipmentStatus::LabelCreated,
                    description: "The parcel is packed".to_owned(),
                    place: String::new(),
                    at: row.requested_at,
                };
                moves::take(tx, &mut row.clone(), &[packed])
            })
            .await
            .map_err(jobs::as_fault)
    }
}
