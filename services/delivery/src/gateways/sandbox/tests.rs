use std::time::Duration;

use souk_contracts::{Address, ShipmentId, delivery::ShipmentStatus};
use souk_types::{Env, Timestamp};

use super::{SandboxCarrier, request::Journey, response::events};
use crate::gateways::LabelOrder;

fn order(line2: &str) -> LabelOrder {
    LabelOrder {
        shipment: ShipmentId::from_bits(0xABCD),
        address: Address { line2: line2.to_owned(), ..Address::default() },
        days_max: 4,
        requested_at: Timestamp::from_micros(1_767_225_600_000_000),
    }
}

#[test]
fn a_journey_survives_its_tracking_number() {
    for line2 in ["", "Exception, 3rd floor"] {
        let journey = Journey::plan(&order(line2), 1.0);
        assert_eq!(Journey::from_number(&journey.to_number()), Some(journey));
    }
}

#[test]
fn a_mistyped_tracking_number_is_refused() {
    let number = Journey::plan(&order(""), 1.0).to_number();
    for place in 2..number.len() {
        let other = if number.as_bytes()[place] == b'A' { "B" } else { "A" };
        let mut mistyped = number.clone();
        mistyped.replace_range(place..=place, other);
        assert_ne!(Journey::from_number(&mistyped), Journey::from_number(&number), "{mistyped}");
    }
    assert_eq!(Journey::from_number("SP"), None);
    assert_eq!(Journey::from_number("1Z999"), None);
}

#[test]
fn days_are_real_at_normal_speed_and_seconds_when_sped_up() {
    let days = Journey::plan(&order(""), 1.0);
    assert_eq!(days.ends_at().since(days.begins_at()), Duration::from_secs(4 * 24 * 60 * 60));
    let quick = Journey::plan(&order(""), 86_400.0);
    assert_eq!(quick.ends_at().since(quick.begins_at()), Duration::from_secs(4));
}

#[test]
fn a_parcel_moves_with_the_clock() {
    let journey = Journey::plan(&order(""), 1.0);
    assert!(events(&journey, journey.begins_at()).is_empty());
    let half = events(&journey, journey.part(0.5));
    assert_eq!(half.last().map(|event| event.status), Some(ShipmentStatus::InTransit));
    let all = events(&journey, journey.ends_at());
    assert_eq!(all.last().map(|event| event.status), Some(ShipmentStatus::Delivered));
    assert!(all.starts_with(&half));
}

#[test]
fn a_parcel_with_the_trigger_gets_stuck() {
    let journey = Journey::plan(&order("c/o EXCEPTION"), 1.0);
    let all = events(&journey, journey.ends_at());
    assert_eq!(all.last().map(|event| event.status), Some(ShipmentStatus::Exception));
}

#[test]
fn a_speed_that_makes_no_sense_is_refused() {
    for speed in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(SandboxCarrier::try_new(Env::for_tests(1), speed).is_err(), "{speed}");
    }
}
