use souk_contracts::delivery::{ShipmentStatus, TrackingEvent};
use souk_types::Timestamp;

/// Where a parcel is, and how far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parcel {
    pub status: ShipmentStatus,
    /// The furthest that it has come: an exception does not take it back.
    pub furthest: ShipmentStatus,
    /// When the event came that it stands at.
    pub since: Timestamp,
}

/// What a tracking event does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The parcel is elsewhere now.
    Moves(Parcel),
    /// It tells of something earlier: it belongs to the history and changes nothing.
    History,
    /// Nothing can happen to the parcel after its delivery.
    TooLate,
}

/// Decides what an event does. A parcel only ever comes further; an exception stops it until it goes on.
pub fn decide(parcel: &Parcel, event: &TrackingEvent) -> Verdict {
    let moved = |furthest| Verdict::Moves(Parcel { status: event.status, furthest, since: event.at });
    if parcel.status == ShipmentStatus::Delivered {
        return if event.at > parcel.since { Verdict::TooLate } else { Verdict::History };
    }
    if event.status == ShipmentStatus::Exception {
        let news = parcel.status != ShipmentStatus::Exception && event.at >= parcel.since;
        return if news { moved(parcel.furthest) } else { Verdict::History };
    }
    let further = stage(event.status) > stage(parcel.furthest);
    let goes_on = parcel.status == ShipmentStatus::Exception
        && stage(event.status) == stage(parcel.furthest)
        && event.at > parcel.since;
    if further || goes_on { moved(event.status) } else { Verdict::History }
}

/// How far on its way a parcel is; an exception is no stage of its own.
const fn stage(status: ShipmentStatus) -> u8 {
    match status {
        ShipmentStatus::Planned | ShipmentStatus::Exception => 0,
        ShipmentStatus::LabelCreated => 1,
        ShipmentStatus::PickedUp => 2,
        ShipmentStatus::InTransit => 3,
        ShipmentStatus::OutForDelivery => 4,
        ShipmentStatus::Delivered => 5,
    }
}
