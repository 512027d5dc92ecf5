use std::time::Duration;

use souk_cart::EXPIRE_AFTER;
use souk_contracts::cart::CartExpired;
use souk_store::{Tx, params, sql};
use souk_types::Event;

use crate::rig::{Rig, add, each_engine};

async fn sweep(rig: &Rig) -> Vec<CartExpired> {
    let cx = rig.cx_of_system();
    rig.parts.periodics[0].sweep.run(&cx).await.unwrap();
    let work = |tx: &mut Tx<'_>| {
        tx.query(sql!("SELECT payload FROM outbox WHERE type = ?1 ORDER BY seq"), params![CartExpired::TOPIC], |row| {
            row.json(0)
        })
    };
    rig.store.read(&cx, work).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cart_left_alone_expires_and_the_next_change_opens_a_new_one() {
    each_engine(async |rig| {
        rig.shop.sell("tea", 100, 9);
        let left_at = rig.env.now();
        let cart = rig.change(vec![add("tea", 1)]).await.unwrap().id.unwrap();
        rig.clock.advance(EXPIRE_AFTER - Duration::from_secs(1));
        assert_eq!(sweep(&rig).await, []);
        rig.clock.advance(Duration::from_secs(1));
        let expired = [CartExpired { cart, customer: rig.ann, changed_at: left_at }];
        assert_eq!(sweep(&rig).await, expired);
        assert_eq!(sweep(&rig).await, expired);
        assert_eq!(rig.view().await.id, None);
        assert_ne!(rig.change(vec![add("tea", 1)]).await.unwrap().id, Some(cart));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_goes_through_more_than_one_batch() {
    each_engine(async |rig| {
        rig.shop.sell("tea", 100, 9);
        for _ in 0..210 {
            rig.change_of(rig.somebody(), vec![add("tea", 1)]).await.unwrap();
        }
        rig.clock.advance(EXPIRE_AFTER);
        assert_eq!(sweep(&rig).await.len(), 210);
    })
    .await;
}
