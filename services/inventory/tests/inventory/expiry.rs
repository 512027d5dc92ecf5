use std::time::Duration;

use souk_contracts::inventory::{Error, MovementKind};
use souk_inventory::{DEFAULT_LOCATION, Deps, EXPIRY_GRACE, build};

use crate::rig::{each_engine, lines};

/// A reservation of these tests lasts 900 seconds.
const LATER: Duration = Duration::from_secs(901).saturating_add(EXPIRY_GRACE);

#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_that_ran_out_is_given_back() {
    each_engine(async |rig| {
        rig.receive("tea", DEFAULT_LOCATION, 5).await;
        let order = rig.order();
        rig.reserve(order, &[("tea", 3)]).await.unwrap();
        rig.sweep().await;
        assert_eq!(rig.available("tea").await, 2);
        rig.clock.advance(LATER);
        rig.sweep().await;
        rig.sweep().await;
        assert_eq!(rig.counters("tea").await, [5, 0, 0]);
        let last = &rig.movements("tea").await[0];
        assert_eq!((last.kind, last.reason.as_str(), last.order), (MovementKind::Released, "ran out", Some(order)));
        assert_eq!(rig.reserve(order, &[("tea", 3)]).await, Err(Error::ReservationGone { order }));
        assert_eq!(rig.audit().await, [""; 0]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_committed_does_not_run_out() {
    each_engine(async |rig| {
        rig.receive("tea", DEFAULT_LOCATION, 5).await;
        let order = rig.order();
        rig.reserve(order, &[("tea", 3)]).await.unwrap();
        rig.commit(order, &[("tea", 3)]).await.unwrap();
        rig.clock.advance(LATER);
        rig.sweep().await;
        assert_eq!(rig.counters("tea").await, [5, 3, 0]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reserving_again_lets_it_last_longer_and_never_shorter() {
    each_engine(async |rig| {
        rig.receive("tea", DEFAULT_LOCATION, 5).await;
        let order = rig.order();
        rig.reserve(order, &[("tea", 3)]).await.unwrap();
        rig.clock.advance(Duration::from_secs(800));
        rig.reserve(order, &[("tea", 3)]).await.unwrap();
        let sooner = rig.env.now() + Duration::from_secs(1);
        rig.client.reserve(&rig.cx(), order, lines(&[("tea", 3)]), sooner).await.unwrap();
        rig.clock.advance(LATER - Duration::from_secs(2));
        rig.sweep().await;
        assert_eq!(rig.counters("tea").await, [5, 0, 3]);
        rig.clock.advance(Duration::from_secs(2));
        rig.sweep().await;
        assert_eq!(rig.counters("tea").await, [5, 0, 0]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_told_late_that_it_is_still_reserved_has_time_to_pay() {
    each_engine(async |rig| {
        rig.receive("tea", DEFAULT_LOCATION, 5).await;
        let (order, expires_at) = (rig.order(), rig.soon());
        rig.client.reserve(&rig.cx(), order, lines(&[("tea", 3)]), expires_at).await.unwrap();
        rig.clock.advance(LATER - Duration::from_secs(2));
        rig.client.reserve(&rig.cx(), order, lines(&[("tea", 3)]), expires_at).await.unwrap();
        rig.clock.advance(EXPIRY_GRACE - Duration::from_secs(1));
        rig.sweep().await;
        assert_eq!(rig.counters("tea").await, [5, 0, 3]);
        let other = rig.client.reserve(&rig.cx(), rig.order(), lines(&[("tea", 1)]), expires_at).await;
        assert!(matches!(other, Err(Error::ReservationGone { .. })));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_long_stop_orders_that_were_placed_in_time_are_heard_of_first() {
    each_engine(async |rig| {
        rig.receive("tea", DEFAULT_LOCATION, 5).await;
        let order = rig.order();
        rig.reserve(order, &[("tea", 3)]).await.unwrap();
        rig.clock.advance(LATER * 100);
        let restarted = build(Deps { store: rig.store.clone(), env: rig.env.clone() });
        restarted.periodics[0].sweep.run(&rig.cx()).await.unwrap();
        assert_eq!(rig.counters("tea").await, [5, 0, 3]);
        rig.clock.advance(EXPIRY_GRACE);
        restarted.periodics[0].sweep.run(&rig.cx()).await.unwrap();
        assert_eq!(rig.counters("tea").await, [5, 0, 0]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_placed_late_gets_its_stock_if_it_is_still_there() {
    each_engine(async |rig| {
        rig.receive("tea", DEFAULT_LOCATION, 5).await;
        rig.receive("cup", DEFAULT_LOCATION, 1).await;
        let order = rig.order();
        let wanted = [("cup", 1), ("tea", 3)];
        rig.reserve(order, &wanted).await.unwrap();
        rig.clock.advance(LATER);
        rig.sweep().await;
        rig.commit(order, &wanted).await.unwrap();
        rig.commit(order, &wanted).await.unwrap();
        assert_eq!(rig.counters("tea").await, [5, 3, 0]);
        assert_eq!(rig.counters("cup").await, [1, 1, 0]);
        assert_eq!(rig.audit().await, [""; 0]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_placed_too_late_gets_all_its_lines_or_none() {
    each_engine(async |rig| {
        rig.receive("tea", DEFAULT_LOCATION, 5).await;
        rig.receive("cup", DEFAULT_LOCATION, 1).await;
        let order = rig.order();
        let wanted = [("cup", 1), ("tea", 3)];
        rig.reserve(order, &wanted).await.unwrap();
        rig.clock.advance(LATER);
        rig.sweep().await;
        rig.reserve(rig.order(), &[("cup", 1)]).await.unwrap();
        assert_eq!(rig.commit(order, &wanted).await, Err(Error::ReservationGone { order }));
        assert_eq!(rig.counters("tea").await, [5, 0, 0]);
        assert_eq!(rig.audit().await, [""; 0]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_goes_through_more_than_one_batch() {
    each_engine(async |rig| {
        let skus: Vec<_> = (0..150).map(|number| format!("sku{number:03}")).collect();
        let wanted: Vec<_> = skus.iter().map(|sku| (sku.as_str(), 1)).collect();
        for sku in &skus {
            rig.receive(sku, DEFAULT_LOCATION, 20).await;
        }
        for _ in 0..10 {
            rig.reserve(rig.order(), &wanted).await.unwrap();
        }
        rig.clock.advance(LATER);
        rig.sweep().await;
        assert_eq!(rig.counters("sku000").await, [20, 0, 0]);
        assert_eq!(rig.counters("sku149").await, [20, 0, 0]);
        assert_eq!(rig.audit().await, [""; 0]);
    })
    .await;
}
