use souk_contracts::cart::{CartState, Warning};

use crate::{
    orders::created,
    rig::{add, each_engine, quantities},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_guests_lines_go_into_the_customers_cart_once() {
    each_engine(async |rig| {
        for (sku, left) in [("tea", 9), ("cup", 4), ("pot", 9)] {
            rig.shop.sell(sku, 100, left);
        }
        let guest = rig.somebody();
        rig.change(vec![add("tea", 2), add("cup", 3)]).await.unwrap();
        rig.change_of(guest, vec![add("pot", 1), add("cup", 3), add("tea", 1)]).await.unwrap();
        let merged = rig.client.merge(&rig.cx_of(rig.ann), guest, rig.ann).await.unwrap();
        assert_eq!(quantities(&merged), [("tea", 3), ("cup", 4), ("pot", 1)]);
        assert_eq!(merged.lines[1].warnings, [Warning::Lowered { asked: 6 }]);
        let again = rig.client.merge(&rig.cx_of(rig.ann), guest, rig.ann).await.unwrap();
        assert_eq!((again.version, again.pieces), (merged.version, 8));
        assert_eq!(rig.view_of(guest).await.id, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_without_a_cart_gets_the_guests_lines() {
    each_engine(async |rig| {
        rig.shop.sell("tea", 100, 9);
        let guest = rig.somebody();
        let nothing = rig.client.merge(&rig.cx_of(rig.ann), guest, rig.ann).await.unwrap();
        assert_eq!(nothing.id, None);
        rig.change_of(guest, vec![add("tea", 1)]).await.unwrap();
        let merged = rig.client.merge(&rig.cx_of(rig.ann), guest, rig.ann).await.unwrap();
        assert_eq!(quantities(&merged), [("tea", 1)]);
        assert_eq!(rig.view().await, merged);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cart_merged_with_itself_stays_as_it_is() {
    each_engine(async |rig| {
        rig.shop.sell("tea", 100, 9);
        let cart = rig.change(vec![add("tea", 1)]).await.unwrap();
        assert_eq!(rig.client.merge(&rig.cx_of(rig.ann), rig.ann, rig.ann).await.unwrap(), cart);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_leaves_an_order_that_is_being_made_alone() {
    each_engine(async |rig| {
        rig.shop.sell("tea", 100, 9);
        rig.shop.sell("cup", 100, 9);
        let guest = rig.somebody();
        let paying = rig.change(vec![add("tea", 1)]).await.unwrap().id.unwrap();
        rig.deliver(&created(&rig, paying)).await;
        rig.change_of(guest, vec![add("cup", 1)]).await.unwrap();
        let merged = rig.client.merge(&rig.cx_of(rig.ann), guest, rig.ann).await.unwrap();
        assert_ne!(merged.id, Some(paying));
        assert_eq!((merged.state, quantities(&merged)), (CartState::Open, vec![("cup", 1)]));
    })
    .await;
}
