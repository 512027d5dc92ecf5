use std::time::Duration;

use souk_contracts::delivery::ShipmentStatus::{
    self, Delivered, Exception, InTransit, LabelCreated, OutForDelivery, PickedUp, Planned,
};
use souk_delivery::{Deps, default_methods};
use souk_jobs::Outcome;
use souk_types::EventId;

use crate::depot::{depots, hours};

#[tokio::test]
async fn a_request_plans_a_parcel_once() {
    for depot in depots().await {
        let (request, event) = (depot.request(""), EventId::generate(&depot.env));
        depot.hear(event, &request).await;
        depot.hear(event, &request).await;
        depot.hear(EventId::generate(&depot.env), &request).await;
        let shipment = depot.shipment().await;
        assert_eq!((shipment.id, shipment.status, shipment.tracking_number), (request.shipment, Planned, None));
        assert_eq!(shipment.lines, request.lines);
    }
}

#[tokio::test]
async fn a_label_gives_a_number_and_a_day() {
    for depot in depots().await {
        depot.labelled("").await;
        let shipment = depot.shipment().await;
        assert_eq!(shipment.status, LabelCreated);
        assert!(shipment.tracking_number.unwrap().starts_with("SP"));
        assert_eq!(shipment.expected_at, Some(depot.env.now() + hours(4 * 24)));
        assert_eq!(depot.told().await, [(Planned, LabelCreated)]);
    }
}

#[tokio::test]
async fn a_parcel_goes_from_label_to_door_with_the_clock() {
    for depot in depots().await {
        depot.labelled("").await;
        let mut seen: Vec<ShipmentStatus> = Vec::new();
        let mut last = Vec::new();
        for _ in 0..4 * 24 {
            last = depot.jobs_after(hours(1)).await;
            seen.push(depot.shipment().await.status);
        }
        seen.dedup();
        assert_eq!(seen, [LabelCreated, PickedUp, InTransit, OutForDelivery, Delivered]);
        assert_eq!(last, [Outcome::Done]);
        let told = depot.told().await;
        assert_eq!(
            told,
            [
                (Planned, LabelCreated),
                (LabelCreated, PickedUp),
                (PickedUp, InTransit),
                (InTransit, OutForDelivery),
                (OutForDelivery, Delivered)
            ]
        );
        assert_eq!(depot.shipment().await.events.len(), 5);
    }
}

#[tokio::test]
async fn a_look_after_a_long_time_finds_every_move() {
    for depot in depots().await {
        depot.labelled("").await;
        assert_eq!(depot.jobs_after(hours(10 * 24)).await, [Outcome::Done]);
        assert_eq!(depot.told().await.len(), 5);
    }
}

#[tokio::test]
async fn a_parcel_that_was_requested_long_ago_is_still_followed() {
    for depot in depots().await {
        let request = depot.request("");
        depot.hear(EventId::generate(&depot.env), &request).await;
        assert!(matches!(depot.jobs_after(hours(100 * 24)).await[..], [Outcome::Again(_)]));
        assert_eq!(depot.jobs_after(hours(1)).await, [Outcome::Done]);
        assert_eq!(depot.shipment().await.status, Delivered);
    }
}

#[tokio::test]
async fn a_job_that_runs_twice_tells_nothing_twice() {
    for depot in depots().await {
        depot.labelled("").await;
        depot.jobs_after(hours(30)).await;
        let before = (depot.told().await, depot.shipment().await);
        depot.jobs_after(Duration::ZERO).await;
        assert_eq!((depot.told().await, depot.shipment().await), before);
    }
}

#[tokio::test]
async fn a_parcel_with_a_bad_address_gets_stuck_and_is_given_up() {
    for depot in depots().await {
        depot.labelled("exception").await;
        assert!(matches!(depot.jobs_after(hours(5 * 24)).await[..], [Outcome::Again(_)]));
        let shipment = depot.shipment().await;
        assert_eq!(shipment.status, Exception);
        assert!(shipment.events.last().unwrap().description.contains("address"));
        assert_eq!(depot.jobs_after(hours(36 * 24)).await, [Outcome::Done]);
    }
}

#[tokio::test]
async fn a_speed_or_a_method_that_makes_no_sense_is_refused() {
    for depot in depots().await {
        let build = |methods, speed| souk_delivery::build(Deps { store: depot.store.clone(), methods, speed });
        assert_eq!(build(default_methods(), 0.0).err().unwrap().fields[0].field, "speed");
        assert_eq!(build(Vec::new(), 1.0).err().unwrap().fields[0].field, "methods");
    }
}
