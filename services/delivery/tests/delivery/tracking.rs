use souk_contracts::{
    ShipmentId,
    delivery::{
        Error,
        ShipmentStatus::{self, Delivered, Exception, InTransit, LabelCreated, PickedUp, Planned},
        TrackingEvent,
    },
    permission,
};
use souk_types::{Actor, ErrorKind, PageRequest, Permissions, ServiceError};

use crate::depot::{Depot, depots, hours};

fn event(depot: &Depot, status: ShipmentStatus) -> TrackingEvent {
    TrackingEvent { status, description: "seen by staff".to_owned(), place: "Lisbon".to_owned(), at: depot.env.now() }
}

async fn track(depot: &Depot, shipment: ShipmentId, event: TrackingEvent) -> Result<(), Error> {
    let staff = depot.cx_of(Actor::person("stf_1", permission::ORDERS_MANAGE));
    depot.service().track(&staff, depot.customer, shipment, event).await
}

#[tokio::test]
async fn staff_can_say_where_a_parcel_is() {
    for depot in depots().await {
        let shipment = depot.labelled("").await;
        depot.clock.advance(hours(1));
        track(&depot, shipment, event(&depot, PickedUp)).await.unwrap();
        let now = depot.shipment().await;
        assert_eq!((now.status, now.events.last().unwrap().place.as_str()), (PickedUp, "Lisbon"));
        assert_eq!(depot.told().await.last(), Some(&(LabelCreated, PickedUp)));
    }
}

#[tokio::test]
async fn the_same_event_twice_does_nothing_more() {
    for depot in depots().await {
        let shipment = depot.labelled("").await;
        let picked_up = event(&depot, PickedUp);
        track(&depot, shipment, picked_up.clone()).await.unwrap();
        track(&depot, shipment, picked_up).await.unwrap();
        assert_eq!(depot.shipment().await.events.len(), 2);
        assert_eq!(depot.told().await.len(), 2);
    }
}

#[tokio::test]
async fn what_was_said_last_and_is_said_again_later_does_nothing() {
    for depot in depots().await {
        let shipment = depot.labelled("").await;
        for status in [PickedUp, PickedUp, Delivered, Delivered] {
            depot.clock.advance(hours(1));
            track(&depot, shipment, event(&depot, status)).await.unwrap();
        }
        let statuses: Vec<_> = depot.shipment().await.events.iter().map(|event| event.status).collect();
        assert_eq!(statuses, [LabelCreated, PickedUp, Delivered]);
    }
}

#[tokio::test]
async fn an_event_that_comes_late_is_history_only() {
    for depot in depots().await {
        let shipment = depot.labelled("").await;
        let late = event(&depot, PickedUp);
        depot.clock.advance(hours(1));
        track(&depot, shipment, event(&depot, InTransit)).await.unwrap();
        track(&depot, shipment, late).await.unwrap();
        let now = depot.shipment().await;
        assert_eq!(now.status, InTransit);
        let order: Vec<_> = now.events.iter().map(|event| event.status).collect();
        assert!(order.ends_with(&[InTransit]) && order.contains(&PickedUp), "{order:?}");
        assert_eq!(depot.told().await.len(), 2, "history is not told");
    }
}

#[tokio::test]
async fn nothing_happens_after_delivery() {
    for depot in depots().await {
        let shipment = depot.labelled("").await;
        depot.clock.advance(hours(1));
        track(&depot, shipment, event(&depot, Delivered)).await.unwrap();
        depot.clock.advance(hours(1));
        let refused = track(&depot, shipment, event(&depot, Exception)).await;
        assert_eq!(refused, Err(Error::TooLate { status: "delivered".to_owned() }));
        // The carrier, who still moves the parcel, is not believed any more.
        depot.jobs_after(hours(200)).await;
        assert_eq!(depot.shipment().await.status, Delivered);
        assert_eq!(depot.told().await.len(), 2);
    }
}

#[tokio::test]
async fn what_did_not_happen_or_is_not_there_is_refused() {
    for depot in depots().await {
        let shipment = depot.labelled("").await;
        let planned = track(&depot, shipment, event(&depot, Planned)).await.unwrap_err();
        assert_eq!(planned.fields()[0].field, "status");
        let future = TrackingEvent { at: depot.env.now() + hours(2), ..event(&depot, PickedUp) };
        assert_eq!(track(&depot, shipment, future).await.unwrap_err().fields()[0].field, "at");
        let missing = track(&depot, ShipmentId::from_bits(1), event(&depot, PickedUp)).await.unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::NotFound);
    }
}

#[tokio::test]
async fn a_parcel_has_a_limited_number_of_events() {
    for depot in depots().await {
        let shipment = depot.labelled("").await;
        let mut outcome = Ok(());
        for stop in 0..200 {
            depot.clock.advance(std::time::Duration::from_secs(1));
            let seen = TrackingEvent { place: format!("Stop {stop}"), ..event(&depot, PickedUp) };
            outcome = track(&depot, shipment, seen).await;
        }
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Conflict);
        assert_eq!(depot.shipment().await.events.len(), 200);
    }
}

#[tokio::test]
async fn only_order_staff_and_services_move_parcels_and_strangers_see_none() {
    for depot in depots().await {
        let shipment = depot.labelled("").await;
        let customer = depot.cx_of(Actor::person(depot.customer, Permissions::NONE));
        let moved = depot.service().track(&customer, depot.customer, shipment, event(&depot, PickedUp)).await;
        assert_eq!(moved.unwrap_err().kind(), ErrorKind::Denied);
        let see = async |actor: Actor| {
            let cx = depot.cx_of(actor);
            depot.service().shipments(&cx, depot.customer, depot.order).await.map(|shipments| shipments.len())
        };
        assert_eq!(see(Actor::person(depot.customer, Permissions::NONE)).await, Ok(1));
        assert_eq!(see(Actor::person("stf_1", permission::ORDERS_READ)).await, Ok(1));
        assert_eq!(see(Actor::person("cus_1", Permissions::NONE)).await.unwrap_err().kind(), ErrorKind::Denied);
        assert_eq!(see(Actor::ANONYMOUS).await.unwrap_err().kind(), ErrorKind::Denied);
    }
}

#[tokio::test]
async fn the_books_have_every_parcel_once_and_are_for_staff_alone() {
    for depot in depots().await {
        let mut sent = vec![depot.labelled("").await, depot.labelled("").await, depot.labelled("").await];
        let (mut seen, mut page) = (Vec::new(), PageRequest::first(2));
        loop {
            let found = depot.service().books(&depot.cx(), page.clone()).await.unwrap();
            seen.extend(found.items.into_iter().map(|parcel| parcel.id));
            match found.next {
                Some(next) => page.after = Some(next),
                None => break,
            }
        }
        seen.sort_unstable();
        sent.sort_unstable();
        assert_eq!(seen, sent);
        let stranger = depot.cx_of(Actor::person("cus_other", Permissions::NONE));
        let denied = depot.service().books(&stranger, PageRequest::first(2)).await.unwrap_err();
        assert_eq!(denied.kind(), ErrorKind::Denied);
        assert_eq!(depot.service().audit(&depot.cx()).await.unwrap(), [""; 0]);
    }
}
