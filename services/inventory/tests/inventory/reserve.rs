use souk_contracts::{
    inventory::{Error, MovementKind, Shortage},
    permission::{ORDERS_MANAGE, STOCK_MANAGE},
};
use souk_inventory::DEFAULT_LOCATION;
use souk_types::{ErrorKind, Permissions, ServiceError};

use crate::rig::{SECOND, each_engine, lines};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_reserved_cannot_be_bought_by_others() {
    each_engine(async |rig| {
        rig.receive("tea", DEFAULT_LOCATION, 5).await;
        rig.reserve(rig.order(), &[("tea", 3)]).await.unwrap();
        assert_eq!(rig.available("tea").await, 2);
        assert_eq!(rig.counters("tea").await, [5, 0, 3]);
        let refused = rig.reserve(rig.order(), &[("tea", 3)]).await.unwrap_err();
        let shortages = vec![Shortage { sku: "tea".to_owned(), wanted: 3, available: 2 }];
        assert_eq!(refused, Error::OutOfStock { shortages });
        assert_eq!(rig.audit().await, [""; 0]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_gets_all_its_lines_or_none() {
    each_engine(async |rig| {
        rig.receive("tea", DEFAULT_LOCATION, 5).await;
        rig.receive("cup", DEFAULT_LOCATION, 1).await;
        let refused = rig.reserve(rig.order(), &[("tea", 2), ("cup", 2), ("unheard of", 1)]).await.unwrap_err();
        let Error::OutOfStock { shortages } = refused else { panic!("{refused}") };
        assert_eq!(shortages.iter().map(|short| short.sku.as_str()).collect::<Vec<_>>(), ["cup", "unheard of"]);
        assert_eq!((rig.available("tea").await, rig.available("cup").await), (5, 1));
        assert_eq!(rig.movements("tea").await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reserving_twice_takes_once() {
    each_engine(async |rig| {
        rig.receive("tea", DEFAULT_LOCATION, 5).await;
        let order = rig.order();
        rig.reserve(order, &[("tea", 3)]).await.unwrap();
        rig.reserve(order, &[("tea", 3)]).await.unwrap();
        assert_eq!(rig.counters("tea").await, [5, 0, 3]);
        assert_eq!(rig.movements("tea").await[0].kind, MovementKind::Reserved);
        assert_eq!(rig.movements("tea").await.len(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sku_on_two_lines_is_one_reservation() {
    each_engine(async |rig| {
        rig.receive("tea", DEFAULT_LOCATION, 5).await;
        rig.reserve(rig.order(), &[("tea", 3), ("tea", 1)]).await.unwrap();
        assert_eq!(rig.available("tea").await, 1);
        assert!(rig.reserve(rig.order(), &[("tea", 1), ("tea", 1)]).await.is_err());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn releasing_gives_back_once_and_ends_the_reservation() {
    each_engine(async |rig| {
        rig.receive("tea", DEFAULT_LOCATION, 5).await;
        let order = rig.order();
        rig.reserve(order, &[("tea", 3)]).await.unwrap();
        rig.release(order, &[("tea", 3)]).await;
        rig.release(order, &[("tea", 3)]).await;
        assert_eq!(rig.counters("tea").await, [5, 0, 0]);
        let late = rig.reserve(order, &[("tea", 3)]).await.unwrap_err();
        assert_eq!(late, Error::ReservationGone { order });
        assert_eq!(rig.available("tea").await, 5);
        assert_eq!(rig.audit().await, [""; 0]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_ended_before_it_reserved_anything_can_reserve_no_more() {
    each_engine(async |rig| {
        rig.receive("tea", DEFAULT_LOCATION, 5).await;
        let order = rig.order();
        rig.release(order, &[("tea", 3)]).await;
        rig.release(order, &[("tea", 3)]).await;
        let late = rig.reserve(order, &[("tea", 3)]).await;
        assert!(matches!(late, Err(Error::ReservationGone { .. })), "{late:?}");
        assert_eq!(rig.counters("tea").await, [5, 0, 0]);
        assert_eq!(rig.audit().await, [""; 0]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn committing_twice_commits_once_and_release_gives_it_back() {
    each_engine(async |rig| {
        rig.receive("tea", DEFAULT_LOCATION, 5).await;
        let order = rig.order();
        rig.reserve(order, &[("tea", 3)]).await.unwrap();
        rig.commit(order, &[("tea", 3)]).await.unwrap();
        rig.commit(order, &[("tea", 3)]).await.unwrap();
        assert_eq!(rig.counters("tea").await, [5, 3, 0]);
        rig.reserve(order, &[("tea", 3)]).await.unwrap();
        assert_eq!(rig.counters("tea").await, [5, 3, 0]);
        rig.release(order, &[("tea", 3)]).await;
        assert_eq!(rig.counters("tea").await, [5, 0, 0]);
        assert_eq!(rig.audit().await, [""; 0]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_comes_from_one_location_if_one_has_all_of_it() {
    each_engine(async |rig| {
        rig.add_second_location().await;
        rig.receive("tea", DEFAULT_LOCATION, 2).await;
        rig.receive("tea", SECOND, 4).await;
        rig.reserve(rig.order(), &[("tea", 3)]).await.unwrap();
        assert_eq!(rig.level("tea", DEFAULT_LOCATION).await.reserved, 0);
        assert_eq!(rig.level("tea", SECOND).await.reserved, 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_no_location_has_is_split_and_goes_all_the_way() {
    each_engine(async |rig| {
        rig.add_second_location().await;
        rig.receive("tea", DEFAULT_LOCATION, 2).await;
        rig.receive("tea", SECOND, 4).await;
        let order = rig.order();
        rig.reserve(order, &[("tea", 5)]).await.unwrap();
        assert_eq!(rig.level("tea", DEFAULT_LOCATION).await.reserved, 2);
        assert_eq!(rig.level("tea", SECOND).await.reserved, 3);
        rig.commit(order, &[("tea", 5)]).await.unwrap();
        assert_eq!(rig.level("tea", DEFAULT_LOCATION).await.committed, 2);
        assert_eq!(rig.level("tea", SECOND).await.committed, 3);
        rig.release(order, &[("tea", 5)]).await;
        assert_eq!(rig.available("tea").await, 6);
        assert_eq!(rig.audit().await, [""; 0]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_refused() {
    each_engine(async |rig| {
        let (cx, order, soon) = (rig.cx(), rig.order(), rig.soon());
        let many: Vec<_> = (0..201).map(|number| (format!("sku{number}"), 1)).collect();
        let many: Vec<_> = many.iter().map(|(sku, quantity)| (sku.as_str(), *quantity)).collect();
        for (wanted, until) in
            [(lines(&[]), soon), (lines(&[("tea", 0)]), soon), (lines(&[("", 1)]), soon), (lines(&many), soon)]
        {
            let refused = rig.client.reserve(&cx, order, wanted, until).await.unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::Invalid);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_system_and_those_who_manage_orders_hold_stock() {
    each_engine(async |rig| {
        rig.receive("tea", DEFAULT_LOCATION, 5).await;
        let (order, wanted, soon) = (rig.order(), lines(&[("tea", 1)]), rig.soon());
        for permissions in [Permissions::NONE, STOCK_MANAGE] {
            let cx = rig.cx_of(permissions);
            let reserve = rig.client.reserve(&cx, order, wanted.clone(), soon).await;
            let commit = rig.client.commit(&cx, order, wanted.clone()).await;
            let release = rig.client.release(&cx, order, wanted.clone()).await;
            for refused in [reserve, commit, release] {
                assert_eq!(refused.unwrap_err().kind(), ErrorKind::Denied);
            }
        }
        rig.tick();
        rig.client.reserve(&rig.cx_of(ORDERS_MANAGE), order, wanted, soon).await.unwrap();
        assert_eq!(rig.movements("tea").await[0].actor, "stf_1");
    })
    .await;
}
