//! What consumers get, and in which order.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use crate::rig::{Answer, Closed, Rig, SOON, Sold, each_engine};
use souk_events::{Config, Consumer};
use tokio::time::timeout;

#[tokio::test]
async fn an_event_reaches_every_consumer_of_its_topic() {
    each_engine(async |rig: Rig| {
        let by_service = Consumer { topics: &["shop.*"], ..rig.consumer("by_service", |_, _| Answer::Handled) };
        let of_others = Consumer { topics: &["orders.*"], ..rig.consumer("of_others", |_, _| Answer::Handled) };
        let bus = rig.bus(vec![rig.consumer("by_topic", |_, _| Answer::Handled), by_service, of_others]);
        rig.sell("tea", 1).await;
        assert!(bus.drained(SOON).await);
        assert_eq!(rig.seen(), ["tea 1 1", "tea 1 1"]);
    })
    .await;
}

#[tokio::test]
async fn an_event_of_another_topic_is_passed_by() {
    each_engine(async |rig: Rig| {
        let bus = rig.bus(vec![rig.consumer("sales", |_, _| Answer::Handled)]);
        rig.emit(Closed { what: "tea".to_owned() }).await;
        assert!(bus.drained(SOON).await);
        assert_eq!(rig.seen(), [""; 0]);
        assert_eq!(bus.lag().await.unwrap().iter().map(|lag| lag.unsent).sum::<u64>(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_delivery_says_which_call_emitted_the_event_and_when() {
    each_engine(async |rig: Rig| {
        let (sender, receiver) = std::sync::mpsc::sync_channel(1);
        let consumer = rig.consumer("sales", move |_, delivery| {
            sender.send(delivery.clone()).unwrap();
            Answer::Handled
        });
        let bus = rig.bus(vec![consumer]);
        let span = "00-00000000000000000000000000000abc-00000000000000de-01".parse().ok();
        let cx = rig.cx().going_on_from(span);
        let sold = Sold { what: "tea".to_owned(), number: 1 };
        let event = rig.shop.write::<_, souk_types::Fault>(&cx, move |tx| tx.emit(&sold)).await.unwrap();
        assert!(bus.drained(SOON).await);
        let delivery = receiver.try_recv().unwrap();
        assert_eq!(
            (delivery.event, delivery.trace, delivery.at),
            (event, cx.trace, souk_types::Env::for_tests(1).now())
        );
        assert_eq!(delivery.parent, span);
        assert_eq!((delivery.topic.as_str(), delivery.key.as_str()), ("shop.sold", "tea"));
        assert!(delivery.parse::<Closed>().is_err());
    })
    .await;
}

#[tokio::test]
async fn events_of_a_key_come_in_order() {
    each_engine(async |rig: Rig| {
        for number in 0..300 {
            rig.sell(["tea", "salt"][number as usize % 2], number).await;
        }
        let bus = rig.bus(vec![rig.consumer("sales", |_, _| Answer::Handled)]);
        assert!(bus.drained(SOON).await);
        for key in ["tea", "salt"] {
            let numbers = rig.numbers_of(key);
            assert_eq!(numbers.len(), 150);
            assert!(numbers.is_sorted());
        }
    })
    .await;
}

#[tokio::test]
async fn different_keys_are_delivered_at_the_same_time() {
    each_engine(async |rig: Rig| {
        for number in 0..100 {
            rig.sell(&format!("key {number}"), number).await;
        }
        let consumer = rig.consumer("sales", |_, _| Answer::After(Duration::from_millis(5)));
        let bus = rig.bus_with(Config { lanes_max: 16, ..rig.config }, vec![consumer]);
        assert!(bus.drained(SOON).await);
        assert_eq!(rig.seen().len(), 100);
        let most = rig.running_most.load(Ordering::SeqCst);
        assert!((8..=16).contains(&most), "{most} at a time");
    })
    .await;
}

#[tokio::test]
async fn an_effect_happens_once_however_often_the_event_comes() {
    each_engine(async |rig: Rig| {
        let consumer = rig.consumer("sales", |_, delivery| match delivery.attempt {
            1 | 2 => Answer::EffectThenRefused,
            _ => Answer::Effect,
        });
        let bus = rig.bus(vec![consumer]);
        rig.sell("tea", 1).await;
        assert!(bus.drained(SOON).await);
        rig.next_retry(&bus).await;
        rig.next_retry(&bus).await;
        assert_eq!(rig.seen(), ["tea 1 1", "tea 1 2", "tea 1 3"]);
        assert_eq!(rig.effects().await, [1]);
    })
    .await;
}

#[tokio::test]
async fn a_stop_between_handling_and_marking_delivers_again_without_a_second_effect() {
    each_engine(async |rig: Rig| {
        let stopped = rig.bus(vec![rig.consumer("sales", |_, _| Answer::EffectThenHang)]);
        rig.sell("tea", 1).await;
        rig.seen_reaches(1).await;
        rig.stop.cancel();
        timeout(SOON, stopped.stopped()).await.unwrap();
        assert_eq!(stopped.lag().await.unwrap().iter().map(|lag| lag.unsent).sum::<u64>(), 1);

        let rig = rig.restarted();
        let bus = rig.bus(vec![rig.consumer("sales", |_, _| Answer::Effect)]);
        assert!(bus.drained(SOON).await);
        assert_eq!(rig.seen(), ["tea 1 1", "tea 1 1"]);
        assert_eq!(rig.effects().await, [1]);
        rig.stop.cancel();
    })
    .await;
}

#[tokio::test]
async fn a_stop_lets_deliveries_under_way_finish() {
    each_engine(async |rig: Rig| {
        let bus = rig.bus(vec![rig.consumer("sales", |_, _| Answer::After(Duration::from_millis(50)))]);
        rig.sell("tea", 1).await;
        rig.seen_reaches(1).await;
        rig.stop.cancel();
        timeout(SOON, bus.stopped()).await.unwrap();
        assert_eq!(bus.lag().await.unwrap().iter().map(|lag| lag.unsent).sum::<u64>(), 0);
    })
    .await;
}

#[tokio::test]
async fn one_of_two_processes_delivers_and_the_other_takes_over() {
    each_engine(async |rig: Rig| {
        let config = Config { lease: Some(Duration::from_secs(15)), ..rig.config };
        let first = rig.bus_with(config, vec![rig.consumer("sales", |_, _| Answer::Handled)]);
        rig.sell("tea", 1).await;
        assert!(first.drained(SOON).await);
        let other = rig.restarted();
        let second = other.bus_with(config, vec![other.consumer("sales", |_, _| Answer::Handled)]);
        for number in 2..20 {
            rig.sell("tea", number).await;
        }
        assert!(first.drained(SOON).await);
        assert_eq!(rig.seen().len(), 19);
        rig.stop.cancel();
        first.stopped().await;
        rig.sell("tea", 20).await;
        assert!(second.drained(SOON).await);
        assert_eq!(rig.seen().last().unwrap(), "tea 20 1");
        assert_eq!(rig.seen().len(), 20);
        other.stop.cancel();
    })
    .await;
}

#[tokio::test]
async fn what_was_sent_long_ago_is_swept_away() {
    each_engine(async |rig: Rig| {
        let config = Config { sweep_every: Duration::from_millis(10), ..rig.config };
        let bus = rig.bus_with(config, vec![rig.consumer("sales", |_, _| Answer::Effect)]);
        let from = rig.env.now();
        rig.sell("tea", 1).await;
        assert!(bus.drained(SOON).await);
        rig.clock.advance(config.keep_sent - Duration::from_secs(1));
        tokio::time::sleep(Duration::from_millis(60)).await;
        assert_eq!(bus.replay_since("*", "sales", from).await.unwrap(), 1);
        assert!(bus.drained(SOON).await);
        rig.clock.advance(Duration::from_secs(2));
        let deadline = Instant::now() + SOON;
        while bus.replay_since("*", "sales", from).await.unwrap() > 0 {
            assert!(Instant::now() < deadline, "the event is still there");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}
