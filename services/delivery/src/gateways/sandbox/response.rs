use souk_contracts::delivery::{ShipmentStatus, TrackingEvent};
use souk_types::Timestamp;

use super::request::Journey;

struct Stop {
    /// Part of the whole journey.
    part: f64,
    status: ShipmentStatus,
    description: &'static str,
    place: &'static str,
}

const WAY: &[Stop] = &[
    Stop { part: 0.08, status: ShipmentStatus::PickedUp, description: "Picked up from the sender", place: "Depot" },
    Stop {
        part: 0.25,
        status: ShipmentStatus::InTransit,
        description: "On its way to the destination",
        place: "Sorting centre",
    },
    Stop { part: 0.85, status: ShipmentStatus::OutForDelivery, description: "Out for delivery", place: "Local depot" },
    Stop { part: 1.0, status: ShipmentStatus::Delivered, description: "Delivered", place: "" },
];

const STUCK: Stop = Stop {
    part: 0.85,
    status: ShipmentStatus::Exception,
    description: "The address could not be found; the parcel waits for instructions",
    place: "Local depot",
};

/// What has happened on a journey by now. The label is told when it is made.
pub fn events(journey: &Journey, now: Timestamp) -> Vec<TrackingEvent> {
    let way = WAY.iter().filter(|stop| !journey.stuck || stop.part < STUCK.part);
    let stuck = journey.stuck.then_some(&STUCK);
    way.chain(stuck)
        .map(|stop| TrackingEvent {
            status: stop.status,
            description: stop.description.to_owned(),
            place: stop.place.to_owned(),
            at: journey.part(stop.part),
        })
        .take_while(|event| event.at <= now)
        .collect()
}
