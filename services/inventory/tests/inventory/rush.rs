//! Many at once.

use std::sync::Arc;

use souk_contracts::inventory::{Error, Inventory};
use souk_inventory::DEFAULT_LOCATION;
use tokio::task::JoinSet;

use crate::rig::{Rig, each_engine, lines};

/// Lets so many shoppers try so often, and says how many orders got their stock.
async fn rush(rig: &Rig, shoppers: usize, tries: usize, wanted: &'static [(&'static str, u32)]) -> usize {
    let mut tasks = JoinSet::new();
    for _ in 0..shoppers {
        let (service, cx, env, soon) = (rig.service(), rig.cx(), rig.env.clone(), rig.soon());
        tasks.spawn(async move {
            let mut got = 0;
            for _ in 0..tries {
                let order = souk_contracts::OrderId::generate(&env);
                match service.reserve(&cx, order, lines(wanted), soon).await {
                    Ok(()) => got += 1,
                    Err(Error::OutOfStock { .. }) => {}
                    Err(other) => panic!("{other}"),
                }
            }
            got
        });
    }
    tasks.join_all().await.into_iter().sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rush_sells_exactly_what_there_is() {
    each_engine(async |rig| {
        rig.receive("console", DEFAULT_LOCATION, 100).await;
        let sold = rush(&rig, 64, 10, &[("console", 1)]).await;
        assert_eq!(sold, 100);
        assert_eq!(rig.counters("console").await, [100, 0, 100]);
        assert_eq!(rig.audit().await, [""; 0]);
        let told: Vec<_> = rig.told().await.into_iter().map(|(_, in_stock)| in_stock).collect();
        assert_eq!(told, [true, false]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_that_wait_are_served_by_few_transactions() {
    each_engine(async |rig| {
        rig.receive("console", DEFAULT_LOCATION, 500).await;
        let before = rig.store.statements();
        let sold = rush(&rig, 300, 1, &[("console", 1)]).await;
        assert_eq!(sold, 300);
        // Alone, each would cost five.
        assert!(rig.store.statements() - before < 300 * 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_never_sell_a_piece_twice() {
    each_engine(async |rig| {
        rig.receive("cup", DEFAULT_LOCATION, 60).await;
        rig.receive("pot", DEFAULT_LOCATION, 40).await;
        let deps = souk_inventory::Deps { store: rig.store.clone(), env: rig.env.clone() };
        let other: Arc<dyn Inventory> = souk_inventory::build(deps).service;
        let mut tasks = JoinSet::new();
        for number in 0..100_usize {
            let service = if number % 2 == 0 { rig.service() } else { Arc::clone(&other) };
            let (cx, order, soon) = (rig.cx(), rig.order(), rig.soon());
            let wanted = if number % 3 == 0 { lines(&[("cup", 1)]) } else { lines(&[("pot", 1), ("cup", 1)]) };
            tasks.spawn(async move {
                service.reserve(&cx, order, wanted.clone(), soon).await?;
                if number % 5 == 0 {
                    service.release(&cx, order, wanted).await
                } else {
                    service.commit(&cx, order, wanted).await
                }
            });
        }
        for outcome in tasks.join_all().await {
            assert!(matches!(outcome, Ok(()) | Err(Error::OutOfStock { .. })), "{outcome:?}");
        }
        assert_eq!(rig.audit().await, [""; 0]);
        assert_eq!(rig.counters("pot").await[2], 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_order_from_many_tasks_takes_once() {
    each_engine(async |rig| {
        rig.receive("tea", DEFAULT_LOCATION, 50).await;
        let (order, soon) = (rig.order(), rig.soon());
        let mut tasks = JoinSet::new();
        for _ in 0..40 {
            let (service, cx) = (rig.service(), rig.cx());
            tasks.spawn(async move { service.reserve(&cx, order, lines(&[("tea", 2)]), soon).await });
        }
        for outcome in tasks.join_all().await {
            outcome.unwrap();
        }
        assert_eq!(rig.counters("tea").await, [50, 0, 2]);
    })
    .await;
}
