//! Carts that several instances have in common, and what happens when they cannot be reached.

use std::time::{Duration, Instant};

use souk_contracts::{
    CustomerId,
    accounts::CustomerErased,
    cart::{CartClient, CartView, Error},
};
use souk_types::{ErrorKind, ServiceError as _};
use tokio::task::JoinSet;

use crate::{
    orders::created,
    rig::{Rig, add, each_engine, quantities},
};

async fn change_at(instance: &CartClient, rig: &Rig, customer: CustomerId, sku: &str) -> Result<CartView, Error> {
    instance.change(&rig.cx_of(customer), customer, rig.wish(), vec![add(sku, 1)]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shopper_finds_the_same_cart_at_every_instance() {
    each_engine(async |rig| {
        rig.shop.sell("tea", 100, 99);
        let other = rig.another();
        let first = rig.change(vec![add("tea", 1)]).await.unwrap();
        let second = change_at(&other, &rig, rig.ann, "tea").await.unwrap();
        assert_eq!((second.id, second.version, second.pieces), (first.id, first.version + 1, 2));
        assert_eq!(rig.view().await, second);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_is_asked_for_again_is_made_once() {
    each_engine(async |rig| {
        rig.shop.sell("tea", 100, 99);
        let (cx, other, wish) = (rig.cx_of(rig.ann), rig.another(), rig.wish());
        let first = rig.client.change(&cx, rig.ann, wish, vec![add("tea", 2)]).await.unwrap();
        // As a caller does whose first instance has died before it answered.
        let again = other.change(&cx, rig.ann, wish, vec![add("tea", 2)]).await.unwrap();
        assert_eq!(again, first);
        let mut asked = JoinSet::new();
        for wish in [rig.wish(), rig.wish(), rig.wish(), rig.wish()] {
            for instance in [rig.client.clone(), other.clone()] {
                let (cx, ann) = (cx.clone(), rig.ann);
                asked.spawn(async move { instance.change(&cx, ann, wish, vec![add("tea", 1)]).await });
            }
        }
        for changed in asked.join_all().await {
            changed.unwrap();
        }
        assert_eq!(quantities(&rig.view().await), [("tea", 6)]);

        // While an order is made of it, what is in it already is no change.
        let paying = rig.view().await.id.unwrap();
        let last = rig.wish();
        rig.client.change(&cx, rig.ann, last, vec![add("tea", 1)]).await.unwrap();
        rig.deliver(&created(&rig, paying)).await;
        assert_eq!(other.change(&cx, rig.ann, last, vec![add("tea", 1)]).await.unwrap().pieces, 7);
        assert_eq!(other.change(&cx, rig.ann, rig.wish(), vec![add("tea", 1)]).await, Err(Error::Completing));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_was_refused_can_be_asked_for_again() {
    each_engine(async |rig| {
        rig.shop.sell("tea", 100, 0);
        let (cx, wish) = (rig.cx_of(rig.ann), rig.wish());
        assert!(rig.client.change(&cx, rig.ann, wish, vec![add("tea", 2)]).await.is_err());
        rig.shop.sell("tea", 100, 9);
        assert_eq!(rig.client.change(&cx, rig.ann, wish, vec![add("tea", 2)]).await.unwrap().pieces, 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_at_two_instances_are_all_kept() {
    each_engine(async |rig| {
        rig.shop.sell("tea", 100, 99);
        let mut tabs = JoinSet::new();
        for number in 0..20 {
            let instance = if number % 2 == 0 { rig.client.clone() } else { rig.another() };
            let (cx, ann, wish) = (rig.cx_of(rig.ann), rig.ann, rig.wish());
            tabs.spawn(async move { instance.change(&cx, ann, wish, vec![add("tea", 1)]).await });
        }
        for changed in tabs.join_all().await {
            changed.unwrap();
        }
        assert_eq!(quantities(&rig.view().await), [("tea", 20)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_who_signs_in_twice_at_once_brings_the_cart_along_once() {
    each_engine(async |rig| {
        rig.shop.sell("tea", 100, 99);
        for _ in 0..5 {
            let (guest, customer, other) = (rig.somebody(), rig.somebody(), rig.another());
            rig.change_of(guest, vec![add("tea", 3)]).await.unwrap();
            let cx = rig.cx_of(customer);
            let (one, two) = tokio::join!(rig.client.merge(&cx, guest, customer), other.merge(&cx, guest, customer));
            one.and(two).unwrap();
            assert_eq!(quantities(&rig.view_of(customer).await), [("tea", 3)]);
            assert_eq!(rig.view_of(guest).await.id, None);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_erases_the_account_leaves_only_what_is_becoming_an_order() {
    each_engine(async |rig| {
        rig.shop.sell("tea", 100, 99);
        let paying = rig.change(vec![add("tea", 1)]).await.unwrap().id.unwrap();
        rig.deliver(&created(&rig, paying)).await;
        let ben = rig.somebody();
        rig.change_of(ben, vec![add("tea", 1)]).await.unwrap();
        for customer in [rig.ann, ben] {
            let erased = CustomerErased {
                customer,
                email: "ann@example.com".to_owned(),
                email_verified: true,
                at: rig.env.now(),
            };
            let handler = &rig.parts.consumers[1].handler;
            handler.handle(&rig.cx_of_system(), &rig.delivery(&erased)).await.unwrap();
        }
        assert_eq!((rig.view().await.id, rig.view_of(ben).await.id), (Some(paying), None));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn carts_survive_a_redis_that_dies_and_are_told_of_as_away_meanwhile() {
    let Some(mut rig) = Rig::on_redis().await else { return };
    rig.shop.sell("tea", 100, 99);
    let mut shoppers = Vec::new();
    for _ in 0..50 {
        let shopper = rig.somebody();
        let cart = rig.change_of(shopper, vec![add("tea", 2)]).await.unwrap();
        shoppers.push((shopper, cart));
    }
    let mut redis = rig.redis.take().unwrap();
    redis.kill();
    let away = rig.change(vec![add("tea", 1)]).await.unwrap_err();
    assert_eq!(away.kind(), ErrorKind::Unavailable);
    assert!(away.public_message().contains("what is in it is kept"), "{away}");
    rig.client.wish(&rig.cx_of(rig.ann), rig.ann, souk_types::Id::from_bits(1), true).await.unwrap();
    redis.start_again();
    let begun = Instant::now();
    while rig.client.view(&rig.cx_of(rig.ann), rig.ann).await.is_err() {
        assert!(begun.elapsed() < Duration::from_secs(10), "Redis is not found again");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for (shopper, cart) in shoppers {
        assert_eq!(rig.view_of(shopper).await, cart);
    }
}
