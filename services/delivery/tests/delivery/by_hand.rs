use souk_contracts::{
    ShipmentId,
    delivery::{
        ChosenCarrier,
        ShipmentStatus::{Delivered, InTransit, LabelCreated, Planned},
        TrackingEvent,
    },
    orders::ShipmentRequested,
    permission,
};
use souk_types::{Actor, EventId};

use crate::depot::{Depot, depots, hours};

fn by_post(depot: &Depot) -> ShipmentRequested {
    let carrier = ChosenCarrier {
        name: "Post".to_owned(),
        tracking_number: Some("RR123456785PT".to_owned()),
        tracking_url: Some("https://post.example/RR123456785PT".to_owned()),
    };
    ShipmentRequested { carrier: Some(carrier), ..depot.request("") }
}

async fn sent_by_post(depot: &Depot) -> ShipmentId {
    let request = by_post(depot);
    depot.hear(EventId::generate(&depot.env), &request).await;
    request.shipment
}

#[tokio::test]
async fn a_chosen_carrier_is_shown_with_its_number_and_link() {
    for depot in depots().await {
        sent_by_post(&depot).await;
        let parcel = depot.shipment().await;
        assert_eq!((parcel.carrier.as_str(), parcel.by_hand, parcel.status), ("Post", true, LabelCreated));
        assert_eq!(parcel.tracking_number.as_deref(), Some("RR123456785PT"));
        assert_eq!(parcel.tracking_url.as_deref(), Some("https://post.example/RR123456785PT"));
        assert_eq!(depot.told().await, [(Planned, LabelCreated)], "the shopper's page is told");
    }
}

#[tokio::test]
async fn a_parcel_by_hand_stands_still_until_staff_say_where_it_is() {
    for depot in depots().await {
        let shipment = sent_by_post(&depot).await;
        assert!(depot.jobs_after(hours(1_000)).await.is_empty(), "no carrier is asked");
        assert_eq!(depot.shipment().await.status, LabelCreated);
        let staff = depot.cx_of(Actor::person("stf_1", permission::ORDERS_MANAGE));
        for status in [InTransit, Delivered] {
            depot.clock.advance(hours(1));
            let event = TrackingEvent {
                status,
                description: "seen".to_owned(),
                place: "Porto".to_owned(),
                at: depot.env.now(),
            };
            depot.service().track(&staff, depot.customer, shipment, event).await.unwrap();
            assert_eq!(depot.shipment().await.status, status);
        }
        let parcel = depot.shipment().await;
        assert_eq!(parcel.tracking_number.as_deref(), Some("RR123456785PT"), "kept on the way");
        assert_eq!(depot.told().await.len(), 3);
    }
}

#[tokio::test]
async fn a_request_that_comes_twice_is_one_parcel() {
    for depot in depots().await {
        let (request, id) = (by_post(&depot), EventId::generate(&depot.env));
        depot.hear(id, &request).await;
        depot.hear(id, &request).await;
        depot.hear(EventId::generate(&depot.env), &request).await;
        assert_eq!(depot.shipment().await.events.len(), 1);
        assert_eq!(depot.told().await.len(), 1);
    }
}
