use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use souk_contracts::{
    CustomerId, ShipmentId,
    delivery::{Error, ShipmentStatus, TrackingEvent},
};
use souk_jobs::{Job, JobHandler, NewJob, Outcome, Queue, enqueue};
use souk_store::Tx;
use souk_types::{Cx, Fault};

use crate::{
    gateways::LabelOrder,
    moves,
    service::Service,
    store::{self, ShipmentRow},
};

const QUEUE: &str = "delivery.parcels";
/// How often a carrier is asked at real speed.
const POLL: Duration = Duration::from_secs(30 * 60);
const POLL_MIN: Duration = Duration::from_millis(500);
/// A parcel that has not arrived by so many times the days that it should take is asked for no more.
const FOLLOWED_MAX: u32 = 10;

#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    customer: CustomerId,
    shipment: ShipmentId,
}

pub(crate) fn queues(service: &Arc<Service>, speed: f64) -> Vec<Queue> {
    let poll = POLL.div_f64(speed).max(POLL_MIN);
    vec![Queue { name: QUEUE, concurrency: 4, handler: Arc::new(Parcels { service: Arc::clone(service), poll }) }]
}

/// Has a parcel labelled and followed to the door.
pub(crate) fn follow(tx: &mut Tx<'_>, customer: CustomerId, shipment: ShipmentId) -> Result<(), Fault> {
    let payload = serde_json::to_string(&Payload { customer, shipment }).map_err(Fault::internal)?;
    let due = tx.now();
    enqueue(tx, NewJob { queue: QUEUE, key: &shipment.to_string(), payload, due })
}

struct Parcels {
    service: Arc<Service>,
    poll: Duration,
}

#[async_trait]
impl JobHandler for Parcels {
    async fn run(&self, cx: &Cx, job: &Job) -> Result<Outcome, Fault> {
        let Payload { customer, shipment } = serde_json::from_str(&job.payload).map_err(Fault::internal)?;
        let found = self.service.store.read(cx, move |tx| store::by_id(tx, customer, shipment)).await?;
        let row = found.ok_or_else(|| Fault::not_found("the shipment"))?;
        if row.shipment.status == ShipmentStatus::Delivered {
            return Ok(Outcome::Done);
        }
        let Some(number) = &row.shipment.tracking_number else {
            self.label(cx, row).await?;
            return Ok(Outcome::Again(self.poll));
        };
        let events = self.service.carrier.query(cx, number).await?;
        let row = self.take(cx, customer, shipment, events).await?;
        Ok(self.next(&row))
    }
}

impl Parcels {
    async fn label(&self, cx: &Cx, row: ShipmentRow) -> Result<(), Fault> {
        let order = LabelOrder {
            shipment: row.shipment.id,
            address: row.address.clone(),
            days_max: self.service.methods.now(cx).await?.values.days_max(&row.method),
            requested_at: row.requested_at,
        };
        let label = self.service.carrier.create_label(cx, &order).await?;
        let made = TrackingEvent {
            status: ShipmentStatus::LabelCreated,
            description: "The label was made".to_owned(),
            place: String::new(),
            at: label.created_at,
        };
        let (customer, shipment) = (row.shipment.customer, row.shipment.id);
        self.service
            .store
            .write(cx, move |tx| {
                let mut row = known(tx, customer, shipment)?;
                row.shipment.tracking_number = Some(label.tracking_number.clone());
                row.shipment.expected_at = Some(label.expected_at);
                store::save(tx, &row)?;
                row.version += 1;
                moves::take(tx, &mut row, std::slice::from_ref(&made))
            })
            .await
            .map_err(as_fault)
    }

    async fn take(
        &self,
        cx: &Cx,
        customer: CustomerId,
        shipment: ShipmentId,
        events: Vec<TrackingEvent>,
    ) -> Result<ShipmentRow, Fault> {
        let taken = self
            .service
            .store
            .write(cx, move |tx| {
                let mut row = known(tx, customer, shipment)?;
                match moves::take(tx, &mut row, &events) {
                    // Staff said that it has arrived, and the carrier says something else later: staff are believed.
                    Ok(()) | Err(Error::TooLate { .. }) => Ok(row),
                    Err(other) => Err(other),
                }
            })
            .await;
        taken.map_err(as_fault)
    }

    /// When to ask again.
    fn next(&self, row: &ShipmentRow) -> Outcome {
        if row.shipment.status == ShipmentStatus::Delivered {
            return Outcome::Done;
        }
        let expected = row.shipment.expected_at.map(|at| at.since(row.requested_at)).unwrap_or_default();
        let followed = self.service.store.env().now().since(row.requested_at);
        if followed > expected.saturating_mul(FOLLOWED_MAX).max(self.poll.saturating_mul(FOLLOWED_MAX)) {
            tracing::warn!(shipment = %row.shipment.id, "a parcel has not arrived and is followed no more");
            return Outcome::Done;
        }
        Outcome::Again(self.poll)
    }
}

fn known(tx: &mut Tx<'_>, customer: CustomerId, shipment: ShipmentId) -> Result<ShipmentRow, Error> {
    Ok(store::by_id(tx, customer, shipment)?.ok_or_else(|| Fault::not_found("the shipment"))?)
}

pub(crate) fn as_fault(error: Error) -> Fault {
    match error {
        Error::Fault(fault) => fault,
        other => Fault::internal(other),
    }
}
