//! What was sold when, and what waits.

use std::time::Duration;

use souk_contracts::{
    delivery::ShipmentStatus,
    inventory::StockLine,
    orders::{FulfilmentStatus, Order, Placement, SALES_STEP, Sales, SalesRequest, Waiting},
};
use souk_store::testing::engines;
use souk_types::{Currency, ErrorKind, Id, ServiceError, Timestamp};

use crate::{
    fakes::{Bench, cart_of},
    shipping::moved,
};

async fn place(bench: &Bench, number: u128, minor: i64) -> Order {
    bench.world().cart = cart_of(Id::from_bits(2_000 + number), &[("A", 2, minor)]);
    match bench.orders.place(&bench.shopper(), bench.request()).await.unwrap() {
        Placement::Placed(order) => *order,
        other => panic!("{other:?}"),
    }
}

/// The sales of the day around now, as orders, pieces and total of each step.
async fn sales(bench: &Bench) -> Vec<(i64, i64, i64)> {
    let now = bench.store.env().now();
    let day = Duration::from_hours(12);
    let request = SalesRequest { currency: Currency::EUR, from: now - day, to: now + day };
    let found: Vec<Sales> = bench.orders.sales(&bench.staff(), request).await.unwrap();
    let whole = i64::try_from(SALES_STEP.as_micros()).unwrap();
    assert!(found.iter().all(|sale| sale.at.as_micros() % whole == 0), "{found:?}");
    assert!(found.is_sorted_by(|earlier, later| earlier.at < later.at));
    found.into_iter().map(|sale| (sale.orders, sale.pieces, sale.total.minor)).collect()
}

#[tokio::test]
async fn an_order_is_sold_when_it_is_placed_and_no_more_when_it_is_cancelled() {
    for engine in engines() {
        let bench = Bench::new(&engine).await;
        assert_eq!(sales(&bench).await, []);
        place(&bench, 1, 1_000).await;
        let second = place(&bench, 2, 500).await;
        bench.clock.advance(SALES_STEP);
        place(&bench, 3, 100).await;
        assert_eq!(sales(&bench).await, [(2, 4, 2_490 + 1_490), (1, 2, 690)]);
        // It goes from the time at which it was placed, however late it is cancelled.
        let cancelled = bench.orders.cancel(&bench.staff(), second.customer, second.id, "gone".into()).await.unwrap();
        assert_eq!(cancelled.fulfilment, FulfilmentStatus::Cancelled);
        assert_eq!(sales(&bench).await, [(1, 2, 2_490), (1, 2, 690)]);
        assert_eq!(bench.orders.audit(&bench.staff()).await.unwrap(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn orders_that_wait_are_counted_by_what_they_wait_for() {
    for engine in engines() {
        let bench = Bench::new(&engine).await;
        let before = bench.orders.waiting(&bench.staff()).await.unwrap();
        let (first, second) = (place(&bench, 1, 1_000).await, place(&bench, 2, 500).await);
        place(&bench, 3, 500).await;
        bench.orders.hold(&bench.staff(), first.customer, first.id, true, "look".into()).await.unwrap();
        let one = vec![StockLine { sku: "A".into(), quantity: 1 }];
        bench.orders.ship(&bench.staff(), second.customer, second.id, Id::from_bits(1), one, None).await.unwrap();
        let after = bench.orders.waiting(&bench.staff()).await.unwrap();
        assert_eq!(before, Waiting::default());
        assert_eq!(after, Waiting { to_ship: 2, partly_sent: 0, on_hold: 1 });
        // A part is sent when it has left the house.
        moved(&bench, &second, Id::from_bits(1), ShipmentStatus::PickedUp).await;
        let after = bench.orders.waiting(&bench.staff()).await.unwrap();
        assert_eq!(after, Waiting { to_ship: 1, partly_sent: 1, on_hold: 1 });
    }
}

#[tokio::test]
async fn sales_are_for_staff_and_for_a_bounded_span() {
    let engine = engines().remove(0);
    let bench = Bench::new(&engine).await;
    let request = |days: u64| SalesRequest {
        currency: Currency::EUR,
        from: Timestamp::EPOCH,
        to: Timestamp::EPOCH + Duration::from_hours(24 * days),
    };
    let refused = bench.orders.sales(&bench.shopper(), request(1)).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Denied);
    assert_eq!(bench.orders.waiting(&bench.shopper()).await.unwrap_err().kind(), ErrorKind::Denied);
    let long = bench.orders.sales(&bench.staff(), request(32)).await.unwrap_err();
    assert_eq!((long.kind(), long.fields()[0].field.as_str()), (ErrorKind::Invalid, "from"));
}
