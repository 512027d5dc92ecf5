//! Wish lists.

use std::time::Duration;

use souk_contracts::{CustomerId, ProductId, cart::Error};
use souk_types::{ErrorKind, ServiceError as _, limits::WISHES_MAX};

use crate::rig::{Rig, each_engine};

fn product(number: usize) -> ProductId {
    ProductId::from_bits(number as u128)
}

async fn wish(rig: &Rig, customer: CustomerId, number: usize, wanted: bool) -> Result<(), Error> {
    rig.clock.advance(Duration::from_secs(1));
    rig.client.wish(&rig.cx_of(customer), customer, product(number), wanted).await
}

async fn wishes(rig: &Rig, customer: CustomerId) -> Vec<u128> {
    let found = rig.client.wishes(&rig.cx_of(customer), customer).await.unwrap();
    found.into_iter().map(ProductId::bits).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_list_has_the_last_wish_first_and_each_once() {
    each_engine(async |rig| {
        for number in [1, 2, 3, 1] {
            wish(&rig, rig.ann, number, true).await.unwrap();
        }
        assert_eq!(wishes(&rig, rig.ann).await, [3, 2, 1]);
        for _ in 0..2 {
            wish(&rig, rig.ann, 2, false).await.unwrap();
        }
        assert_eq!(wishes(&rig, rig.ann).await, [3, 1]);
        assert!(wishes(&rig, rig.somebody()).await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_wish_list_takes_nothing_new() {
    each_engine(async |rig| {
        for number in 0..WISHES_MAX {
            wish(&rig, rig.ann, number, true).await.unwrap();
        }
        let full = wish(&rig, rig.ann, WISHES_MAX, true).await;
        assert_eq!(full, Err(Error::TooManyWishes { wishes_max: WISHES_MAX }));
        wish(&rig, rig.ann, 7, true).await.unwrap();
        wish(&rig, rig.ann, 7, false).await.unwrap();
        wish(&rig, rig.ann, WISHES_MAX, true).await.unwrap();
        assert_eq!(wishes(&rig, rig.ann).await.len(), WISHES_MAX);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guests_wishes_come_along_once() {
    each_engine(async |rig| {
        let guest = rig.somebody();
        for number in [1, 2] {
            wish(&rig, rig.ann, number, true).await.unwrap();
        }
        for number in [2, 3, 4] {
            wish(&rig, guest, number, true).await.unwrap();
        }
        for _ in 0..2 {
            rig.clock.advance(Duration::from_secs(1));
            rig.client.merge(&rig.cx_of(rig.ann), guest, rig.ann).await.unwrap();
            let found = wishes(&rig, rig.ann).await;
            assert_eq!((found.len(), &found[2..]), (4, &[2, 1][..]), "{found:?}");
            assert!(wishes(&rig, guest).await.is_empty());
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sees_or_changes_somebody_elses_wishes() {
    each_engine(async |rig| {
        let cx = rig.cx_of(rig.somebody());
        let seen = rig.client.wishes(&cx, rig.ann).await.map(drop);
        let changed = rig.client.wish(&cx, rig.ann, product(1), true).await;
        for refused in [seen, changed] {
            assert_eq!(refused.unwrap_err().kind(), ErrorKind::Denied);
        }
    })
    .await;
}
