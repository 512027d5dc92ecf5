use souk_contracts::{
    CartId, OrderId,
    cart::{CartState, Error},
    orders::{OrderCreated, OrderEnded, OrderPlaced, OrderRef},
};

use souk_types::{ErrorKind, ServiceError as _};

use crate::rig::{Rig, add, each_engine, eur, quantities};

fn of(rig: &Rig, cart: CartId) -> OrderRef {
    OrderRef {
        order: OrderId::from_bits(1),
        customer: rig.ann,
        number: "1001".to_owned(),
        cart,
        email: "ann@example.com".to_owned(),
    }
}

pub fn created(rig: &Rig, cart: CartId) -> OrderCreated {
    OrderCreated { of: of(rig, cart), at: rig.env.now() }
}

fn placed(rig: &Rig, cart: CartId) -> OrderPlaced {
    OrderPlaced { of: of(rig, cart), lines: vec![], total: eur(100), at: rig.env.now() }
}

fn ended(rig: &Rig, cart: CartId, was_placed: bool) -> OrderEnded {
    OrderEnded { of: of(rig, cart), lines: vec![], was_placed, reason: "declined".to_owned(), at: rig.env.now() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cart_that_an_order_is_made_from_cannot_be_changed() {
    each_engine(async |rig| {
        rig.shop.sell("tea", 100, 1);
        let cart = rig.change(vec![add("tea", 1)]).await.unwrap();
        rig.deliver(&created(&rig, cart.id.unwrap())).await;
        assert_eq!(rig.change(vec![add("tea", 1)]).await, Err(Error::Completing));
        // The order has set the last piece aside.
        rig.shop.sell("tea", 100, 0);
        let cart = rig.view().await;
        assert_eq!((cart.state, cart.subtotal), (CartState::Completing, eur(100)));
        assert_eq!(cart.lines[0].warnings, []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_an_order_was_placed_the_next_change_opens_a_new_cart() {
    each_engine(async |rig| {
        rig.shop.sell("tea", 100, 9);
        let bought = rig.change(vec![add("tea", 2)]).await.unwrap().id.unwrap();
        rig.deliver(&created(&rig, bought)).await;
        let delivery = rig.delivery(&placed(&rig, bought));
        rig.redeliver(&delivery).await.unwrap();
        assert_eq!(rig.view().await.id, None);
        let next = rig.change(vec![add("tea", 1)]).await.unwrap();
        assert_ne!(next.id, Some(bought));
        rig.redeliver(&delivery).await.unwrap();
        assert_eq!(rig.view().await, next);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_put_in_before_the_news_of_an_order_comes_is_for_the_next_one() {
    each_engine(async |rig| {
        rig.shop.sell("tea", 100, 9);
        let bought = rig.change(vec![add("tea", 2)]).await.unwrap().id.unwrap();
        rig.client.complete(&rig.cx_of_system(), rig.ann, bought).await.unwrap();
        assert_eq!(rig.view().await.id, None);
        let next = rig.change(vec![add("tea", 1)]).await.unwrap();
        assert_ne!(next.id, Some(bought));
        rig.deliver(&created(&rig, bought)).await;
        rig.deliver(&placed(&rig, bought)).await;
        rig.client.complete(&rig.cx_of_system(), rig.ann, bought).await.unwrap();
        assert_eq!(rig.view().await, next);
        let by_hand = rig.client.complete(&rig.cx_of(rig.ann), rig.ann, bought).await;
        assert_eq!(by_hand.unwrap_err().kind(), ErrorKind::Denied);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_came_to_nothing_gives_the_lines_back_in_a_cart_that_can_be_ordered() {
    each_engine(async |rig| {
        rig.shop.sell("tea", 100, 9);
        let cart = rig.change(vec![add("tea", 2)]).await.unwrap();
        let used = cart.id.unwrap();
        rig.deliver(&created(&rig, used)).await;
        let delivery = rig.delivery(&ended(&rig, used, false));
        rig.redeliver(&delivery).await.unwrap();
        rig.redeliver(&delivery).await.unwrap();
        let again = rig.view().await;
        assert_eq!((again.state, quantities(&again)), (CartState::Open, vec![("tea", 2)]));
        assert_ne!(again.id, Some(used));
        assert!(again.version > cart.version);
        rig.change(vec![add("tea", 1)]).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_given_back_go_into_a_cart_that_is_open_already() {
    each_engine(async |rig| {
        rig.shop.sell("tea", 100, 9);
        rig.shop.sell("cup", 100, 9);
        let paying = rig.change(vec![add("tea", 2)]).await.unwrap().id.unwrap();
        rig.deliver(&created(&rig, paying)).await;
        let guest = rig.somebody();
        rig.change_of(guest, vec![add("cup", 1), add("tea", 1)]).await.unwrap();
        let open = rig.client.merge(&rig.cx_of(rig.ann), guest, rig.ann).await.unwrap();
        rig.deliver(&ended(&rig, paying, false)).await;
        let cart = rig.view().await;
        assert_eq!((cart.id, quantities(&cart)), (open.id, vec![("cup", 1), ("tea", 3)]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_an_order_that_was_placed_changes_no_cart() {
    each_engine(async |rig| {
        rig.shop.sell("tea", 100, 9);
        let bought = rig.change(vec![add("tea", 2)]).await.unwrap().id.unwrap();
        rig.deliver(&created(&rig, bought)).await;
        rig.deliver(&placed(&rig, bought)).await;
        rig.deliver(&ended(&rig, bought, true)).await;
        rig.deliver(&ended(&rig, bought, false)).await;
        assert_eq!(rig.view().await.id, None);
    })
    .await;
}
