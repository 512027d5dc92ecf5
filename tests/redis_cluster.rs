//! A shop whose carts lie in a cluster of Redis with replicas: a node is lost, and the carts go on without it.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use souk::fleet::SERVICES;
use souk_bench::{
    client::Client,
    server::souk,
    shopper::{Purchase, add_to_cart},
};
use souk_redis::testing::REDIS_SERVER;

use crate::{crashes::buy, fleet::TURN, rolling, shop::plan};

/// So many that every master has carts.
const SHOPPERS: usize = 24;
/// Three seconds of silence, a second for the vote, and what a busy machine takes.
const HEALED_WITHIN: Duration = Duration::from_secs(20);

/// How many of the carts are shown, each with what is in it.
async fn shown(shoppers: &mut [Client]) -> usize {
    let mut shown = 0;
    for shopper in shoppers {
        let cart = shopper.get("/cart", "text/html").await.unwrap();
        assert!([200, 503].contains(&cart.status.as_u16()), "{}", cart.status);
        shown += usize::from(cart.status == 200 && cart.text_all().contains("/products/thing-hot"));
    }
    shown
}

/// Waits until all are; answers how long that took.
async fn until_all_are_shown(shoppers: &mut [Client]) -> Duration {
    let begun = Instant::now();
    loop {
        let shown = shown(shoppers).await;
        if shown == shoppers.len() {
            return begun.elapsed();
        }
        assert!(begun.elapsed() < HEALED_WITHIN, "{shown} of {} carts are shown", shoppers.len());
        println!("{shown} of {} carts after {:?}", shoppers.len(), begun.elapsed());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test]
async fn a_lost_node_of_redis_is_replaced_within_seconds_and_no_cart_is_missing() {
    let Some(mut plan) = plan(&[("shop", &SERVICES)]).await else { return };
    let Some(program) = std::env::var_os(REDIS_SERVER).filter(|program| !program.is_empty()) else {
        println!("NOT RUN: {REDIS_SERVER} names no Redis server");
        return;
    };
    plan.redis = Some(PathBuf::from(program));
    let _turn = TURN.lock().await;
    let mut fleet = rolling::open(plan).await;
    let mut shoppers: Vec<Client> = (0..SHOPPERS).map(|_| Client::new(fleet.address)).collect();
    for shopper in &mut shoppers {
        assert_eq!(add_to_cart(shopper, "HOT", 1).await.unwrap().status, 200);
    }
    fleet.kill("redis-1").unwrap();
    let healed = until_all_are_shown(&mut shoppers).await;
    println!("carts were whole again after {healed:?}");
    for shopper in &mut shoppers {
        assert!(matches!(buy(shopper).await.unwrap(), Purchase::Ordered(_)));
    }
    // It comes back as a replica of the one that took over, and is there when that is lost.
    fleet.start_again("redis-1").unwrap();
    fleet.close().unwrap();
    let audit = fleet.command(&souk().unwrap(), &["audit"]).unwrap();
    assert!(audit.contains(&format!("{SHOPPERS} orders")) && audit.contains("All books agree"), "{audit}");
}
