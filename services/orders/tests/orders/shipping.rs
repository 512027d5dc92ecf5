//! What happens to an order after it is placed.

use souk_contracts::{
    ShipmentId,
    delivery::{ChosenCarrier, ShipmentMoved, ShipmentStatus, TrackingEvent},
    inventory::StockLine,
    orders::{Error, FulfilmentStatus, Lifecycle, Order, PaymentStatus, ShipmentRequested},
};
use souk_events::Delivery;
use souk_store::{params, sql, testing::engines};
use souk_types::{Actor, ErrorKind, Event, Fault, Id, ServiceError, Timestamp, TraceId};

use crate::fakes::{Bench, cx, eur};

async fn placed(bench: &Bench) -> Order {
    bench.orders.place(&bench.shopper(), bench.request()).await.unwrap().order().clone()
}

fn line(sku: &str, quantity: u32) -> StockLine {
    StockLine { sku: sku.to_owned(), quantity }
}

/// What delivery is told to send.
async fn requested(bench: &Bench) -> Vec<ShipmentRequested> {
    let told: Result<Vec<ShipmentRequested>, Fault> = bench
        .store
        .read(&bench.staff(), |tx| {
            let topic = ShipmentRequested::TOPIC;
            tx.query(sql!("SELECT payload FROM outbox WHERE type = ?1"), params![topic], |row| row.json(0))
        })
        .await;
    told.unwrap()
}

pub async fn moved(bench: &Bench, order: &Order, shipment: ShipmentId, status: ShipmentStatus) {
    let event = ShipmentMoved {
        shipment,
        customer: order.customer,
        order: order.id,
        lines: vec![],
        before: ShipmentStatus::Planned,
        event: TrackingEvent { status, description: "moved".into(), place: String::new(), at: Timestamp::EPOCH },
        tracking_number: None,
    };
    let delivery = Delivery {
        event: Id::from_bits(1),
        topic: ShipmentMoved::TOPIC.to_owned(),
        key: event.key(),
        payload: serde_json::to_string(&event).unwrap(),
        at: Timestamp::EPOCH,
        trace: TraceId::from_bits(1),
        parent: None,
        attempt: 1,
    };
    let consumer = bench.parts.consumers.iter().find(|consumer| consumer.name == "orders.delivery").unwrap();
    // At least once: twice must do what once does.
    for _ in 0..2 {
        consumer.handler.handle(&cx(Actor::service("orders")), &delivery).await.unwrap();
    }
}

#[tokio::test]
async fn an_order_in_two_parcels_closes_when_both_have_arrived() {
    for engine in engines() {
        let bench = Bench::new(&engine).await;
        let order = placed(&bench).await;
        let (one, two) = (ShipmentId::from_bits(1), ShipmentId::from_bits(2));
        let (customer, id, staff) = (order.customer, order.id, bench.staff());
        bench.orders.ship(&staff, customer, id, one, vec![line("A", 1)], None).await.unwrap();
        let repeated = bench.orders.ship(&staff, customer, id, one, vec![line("A", 1)], None).await.unwrap();
        assert_eq!(repeated.lines[0].allocated, 1);
        bench.orders.ship(&staff, customer, id, two, vec![line("A", 1), line("B", 1)], None).await.unwrap();
        moved(&bench, &order, one, ShipmentStatus::PickedUp).await;
        let seen = bench.orders.order(&bench.shopper(), customer, id, None).await.unwrap().unwrap();
        assert_eq!(seen.fulfilment, FulfilmentStatus::Partial);
        moved(&bench, &order, one, ShipmentStatus::Delivered).await;
        moved(&bench, &order, two, ShipmentStatus::Delivered).await;
        let seen = bench.orders.order(&bench.shopper(), customer, id, None).await.unwrap().unwrap();
        assert_eq!((seen.fulfilment, seen.lifecycle), (FulfilmentStatus::Delivered, Lifecycle::Closed));
        let history = bench.orders.history(&staff, customer, id).await.unwrap();
        assert_eq!(history.first().unwrap().what, "created");
        assert_eq!(history.last().unwrap().what, "shipped+delivered+closed");
        assert_eq!(bench.orders.audit(&staff).await.unwrap(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn more_than_was_ordered_is_never_sent() {
    for engine in engines() {
        let bench = Bench::new(&engine).await;
        let order = placed(&bench).await;
        let ship = |n, quantity| {
            let (orders, staff) = (bench.orders.clone(), bench.staff());
            let lines = vec![line("A", quantity)];
            async move { orders.ship(&staff, order.customer, order.id, ShipmentId::from_bits(n), lines, None).await }
        };
        let (one, two) = tokio::join!(ship(1, 2), ship(2, 2));
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    }
}

#[tokio::test]
async fn a_parcel_goes_by_the_carrier_that_staff_chose_and_its_history_says_so() {
    for engine in engines() {
        let bench = Bench::new(&engine).await;
        let order = placed(&bench).await;
        let (customer, id, staff) = (order.customer, order.id, bench.staff());
        let ship = |url: &str| {
            let carrier = ChosenCarrier {
                name: " Post ".to_owned(),
                tracking_number: Some("RR1".to_owned()),
                tracking_url: Some(url.to_owned()),
            };
            bench.orders.ship(&staff, customer, id, ShipmentId::from_bits(1), vec![line("A", 1)], Some(carrier))
        };
        let refused = ship("http://post.example/RR1").await.unwrap_err();
        assert_eq!(refused.fields()[0].field, "carrier.tracking_url");
        // The same parcel twice is one, whatever is said of it the second time.
        for url in ["https://post.example/RR1", "https://post.example/other"] {
            assert_eq!(ship(url).await.unwrap().lines[0].allocated, 1);
        }
        let history = bench.orders.history(&staff, customer, id).await.unwrap();
        let sent: Vec<_> = history.iter().filter(|entry| entry.what == "shipment_requested").collect();
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0].detail, "Post, RR1");
        let told = requested(&bench).await;
        let [told] = told.as_slice() else { panic!("{told:?}") };
        let carrier = told.carrier.as_ref().unwrap();
        assert_eq!((carrier.name.as_str(), carrier.tracking_number.as_deref()), ("Post", Some("RR1")));
        assert_eq!(carrier.tracking_url.as_deref(), Some("https://post.example/RR1"));
    }
}

#[tokio::test]
async fn what_is_on_its_way_cannot_be_cancelled() {
    for engine in engines() {
        let bench = Bench::new(&engine).await;
        let order = placed(&bench).await;
        let staff = bench.staff();
        bench
            .orders
            .ship(&staff, order.customer, order.id, ShipmentId::from_bits(1), vec![line("A", 1)], None)
            .await
            .unwrap();
        let refused = bench.orders.cancel(&staff, order.customer, order.id, "mistake".into()).await.unwrap_err();
        assert!(matches!(refused, Error::NotNow { lifecycle: Lifecycle::Placed, .. }), "{refused:?}");
    }
}

#[tokio::test]
async fn a_held_order_is_not_sent_until_it_is_released() {
    for engine in engines() {
        let bench = Bench::new(&engine).await;
        let order = placed(&bench).await;
        let (customer, id, staff) = (order.customer, order.id, bench.staff());
        bench.orders.hold(&staff, customer, id, true, "check".into()).await.unwrap();
        let ship = || bench.orders.ship(&staff, customer, id, ShipmentId::from_bits(1), vec![line("A", 1)], None);
        assert!(matches!(ship().await.unwrap_err(), Error::NotNow { .. }));
        bench.orders.hold(&staff, customer, id, false, String::new()).await.unwrap();
        assert_eq!(ship().await.unwrap().lifecycle, Lifecycle::Placed);
    }
}

#[tokio::test]
async fn a_refund_asked_for_twice_under_one_key_is_one_refund() {
    for engine in engines() {
        let bench = Bench::new(&engine).await;
        let order = placed(&bench).await;
        let cx = bench.staff().with_idempotency_key("form-1");
        let refund = || bench.orders.refund(&cx, order.customer, order.id, eur(500), "broken".to_owned());
        refund().await.unwrap();
        assert_eq!(refund().await.unwrap().money.refunded, eur(500));
    }
}

#[tokio::test]
async fn refunds_show_in_the_payment_status_and_never_exceed_what_was_taken() {
    for engine in engines() {
        let bench = Bench::new(&engine).await;
        let order = placed(&bench).await;
        let (customer, id, staff) = (order.customer, order.id, bench.staff());
        let refund = |minor| bench.orders.refund(&staff, customer, id, eur(minor), "broken".to_owned());
        assert_eq!(refund(990).await.unwrap().payment, PaymentStatus::PartiallyRefunded);
        assert_eq!(refund(2_001).await.unwrap_err().fields()[0].field, "amount");
        assert_eq!(refund(0).await.unwrap_err().fields()[0].field, "amount");
        assert_eq!(refund(2_000).await.unwrap().payment, PaymentStatus::Refunded);
        let shopper = bench.orders.refund(&bench.shopper(), customer, id, eur(1), "me".into()).await.unwrap_err();
        assert_eq!(shopper.kind(), ErrorKind::Denied);
    }
}
