//! What becomes of events that consumers fail on.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use crate::rig::{Answer, Rig, SOON, each_engine};
use souk_events::{Config, LetterFilter};
use souk_types::{ErrorKind, EventId, PageRequest, TimeOrder};

#[tokio::test]
async fn a_failed_event_is_retried_until_it_succeeds() {
    each_engine(async |rig: Rig| {
        let consumer = rig.consumer("sales", |_, delivery| match delivery.attempt {
            1 | 2 => Answer::Refused,
            _ => Answer::Handled,
        });
        let bus = rig.bus(vec![consumer]);
        rig.sell("tea", 1).await;
        assert!(bus.drained(SOON).await);
        assert_eq!(rig.seen(), ["tea 1 1"], "not before its time");
        rig.next_retry(&bus).await;
        rig.next_retry(&bus).await;
        rig.next_retry(&bus).await;
        assert_eq!(rig.seen(), ["tea 1 1", "tea 1 2", "tea 1 3"]);
    })
    .await;
}

#[tokio::test]
async fn later_events_of_a_key_wait_behind_a_failed_one_and_others_do_not() {
    each_engine(async |rig: Rig| {
        let consumer = rig.consumer("sales", |sold, delivery| {
            if sold.what == "tea" && sold.number == 1 && delivery.attempt == 1 {
                Answer::Refused
            } else {
                Answer::Handled
            }
        });
        // In the same batch as the failure, and in later ones.
        rig.sell("tea", 1).await;
        rig.sell("salt", 1).await;
        rig.sell("tea", 2).await;
        let bus = rig.bus(vec![consumer]);
        assert!(bus.drained(SOON).await);
        for number in 3..30 {
            rig.sell("tea", number).await;
        }
        rig.sell("salt", 2).await;
        assert!(bus.drained(SOON).await);
        let mut seen = rig.seen();
        seen.sort();
        assert_eq!(seen, ["salt 1 1", "salt 2 1", "tea 1 1"]);

        rig.next_retry(&bus).await;
        let tea: Vec<_> = rig.seen().into_iter().filter(|seen| seen.starts_with("tea")).collect();
        let expected = [(1, 1), (1, 2)].into_iter().chain((2..30).map(|number| (number, 1)));
        assert_eq!(tea, expected.map(|(number, attempt)| format!("tea {number} {attempt}")).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn one_consumers_failure_does_not_hold_up_another() {
    each_engine(async |rig: Rig| {
        let broken = rig.consumer("broken", |_, _| Answer::Panic);
        let sound = rig.consumer("sound", |_, _| Answer::Effect);
        let bus = rig.bus(vec![broken, sound]);
        for number in 0..10 {
            rig.sell("tea", number).await;
        }
        assert!(bus.drained(SOON).await);
        assert_eq!(rig.effects().await, [1; 10]);
    })
    .await;
}

#[tokio::test]
async fn an_event_that_keeps_failing_becomes_a_dead_letter_and_the_next_one_goes_on() {
    each_engine(async |rig: Rig| {
        let config = Config { attempts_max: 3, ..rig.config };
        let consumer = rig.consumer("sales", |sold, _| if sold.number == 1 { Answer::Panic } else { Answer::Handled });
        let bus = rig.bus_with(config, vec![consumer]);
        let event = rig.sell("tea", 1).await;
        rig.sell("tea", 2).await;
        assert!(bus.drained(SOON).await);
        rig.next_retry(&bus).await;
        assert_eq!(rig.seen(), ["tea 1 1", "tea 1 2"]);
        rig.next_retry(&bus).await;
        assert_eq!(rig.seen(), ["tea 1 1", "tea 1 2", "tea 1 3", "tea 2 1"]);

        let letters = bus.dead_letters(&LetterFilter::default(), PageRequest::first(10)).await.unwrap().items;
        assert_eq!(letters.len(), 1);
        let letter = &letters[0];
        assert_eq!((letter.service.as_str(), letter.consumer.as_str(), letter.event), ("shop", "sales", event));
        assert_eq!((letter.topic.as_str(), letter.key.as_str(), letter.attempts), ("shop.sold", "tea", 3));
        assert!(letter.error.contains("the shelf fell down"), "{}", letter.error);
        assert!(letter.payload.contains("\"number\":1"), "{}", letter.payload);
    })
    .await;
}

#[tokio::test]
async fn a_dead_letter_can_be_replayed() {
    each_engine(async |rig: Rig| {
        let mended = Arc::new(AtomicBool::new(false));
        let works = Arc::clone(&mended);
        let consumer = rig
            .consumer("sales", move |_, _| if works.load(Ordering::SeqCst) { Answer::Effect } else { Answer::Refused });
        let bus = rig.bus_with(Config { attempts_max: 1, ..rig.config }, vec![consumer]);
        let event = rig.sell("tea", 1).await;
        assert!(bus.drained(SOON).await);
        assert_eq!(bus.dead_letters(&LetterFilter::default(), PageRequest::first(10)).await.unwrap().items.len(), 1);
        mended.store(true, Ordering::SeqCst);
        bus.replay("shop", "sales", event).await.unwrap();
        assert!(bus.drained(SOON).await);
        assert_eq!(rig.effects().await, [1]);
        assert_eq!(bus.dead_letters(&LetterFilter::default(), PageRequest::first(10)).await.unwrap().items, []);
        let again = bus.replay("shop", "sales", event).await.unwrap_err();
        assert_eq!(again.kind, ErrorKind::NotFound);
    })
    .await;
}

#[tokio::test]
async fn a_dead_letter_can_be_discarded() {
    each_engine(async |rig: Rig| {
        let consumer = rig.consumer("sales", |_, _| Answer::Refused);
        let bus = rig.bus_with(Config { attempts_max: 1, ..rig.config }, vec![consumer]);
        let event = rig.sell("tea", 1).await;
        assert!(bus.drained(SOON).await);
        bus.discard("shop", "sales", event).await.unwrap();
        assert_eq!(bus.dead_letters(&LetterFilter::default(), PageRequest::first(10)).await.unwrap().items, []);
        let strange = EventId::generate(&rig.env);
        assert_eq!(bus.discard("shop", "sales", strange).await.unwrap_err().kind, ErrorKind::NotFound);
        assert_eq!(bus.discard("mill", "sales", event).await.unwrap_err().kind, ErrorKind::NotFound);
    })
    .await;
}

#[tokio::test]
async fn dead_letters_are_listed_by_time_page_by_page() {
    each_engine(async |rig: Rig| {
        let consumers = ["a", "b"].map(|name| rig.consumer(name, |_, _| Answer::Refused));
        let bus = rig.bus_with(Config { attempts_max: 1, ..rig.config }, consumers.into());
        let mut expected = Vec::new();
        for number in 0..5 {
            // Two by two of one moment.
            rig.clock.advance(Duration::from_secs(u64::from(number % 2)));
            let event = rig.sell("tea", number).await;
            expected.extend(["a", "b"].map(|consumer| (rig.env.now(), event, consumer.to_owned())));
        }
        assert!(bus.drained(SOON).await);
        expected.sort();
        for order in [TimeOrder::Oldest, TimeOrder::Newest] {
            let mut listed = Vec::new();
            let filter = LetterFilter { service: Some("shop".to_owned()), order };
            let mut request = PageRequest::first(3);
            loop {
                let page = bus.dead_letters(&filter, request.clone()).await.unwrap();
                assert!(page.items.len() <= 3);
                listed.extend(page.items.into_iter().map(|letter| (letter.at, letter.event, letter.consumer)));
                let Some(next) = page.next else { break };
                request.after = Some(next);
            }
            assert_eq!(listed, expected, "{order}");
            expected.reverse();
        }
        let elsewhere = LetterFilter { service: Some("depot".to_owned()), ..LetterFilter::default() };
        assert_eq!(bus.dead_letters(&elsewhere, PageRequest::first(3)).await.unwrap().items, []);
        assert_eq!(
            bus.dead_letters(&LetterFilter::default(), PageRequest::first(0)).await.unwrap_err().kind,
            ErrorKind::Invalid
        );
    })
    .await;
}

#[tokio::test]
async fn the_past_can_be_replayed_to_one_consumer_in_order() {
    each_engine(async |rig: Rig| {
        let consumers = ["index", "other"].map(|name| rig.consumer(name, |_, _| Answer::Handled));
        let bus = rig.bus(consumers.into());
        rig.sell("tea", 0).await;
        rig.clock.advance(Duration::from_secs(60));
        let from = rig.env.now();
        for number in 1..20 {
            rig.sell("tea", number).await;
        }
        assert!(bus.drained(SOON).await);
        rig.seen.lock().unwrap().clear();
        assert_eq!(bus.replay_since("shop.sold", "index", from).await.unwrap(), 19);
        assert!(bus.drained(SOON).await);
        assert_eq!(rig.seen(), (1..20).map(|number| format!("tea {number} 1")).collect::<Vec<_>>());
        assert_eq!(bus.replay_since("*", "nobody", from).await.unwrap_err().kind, ErrorKind::NotFound);
    })
    .await;
}

#[tokio::test]
async fn failures_survive_a_restart() {
    each_engine(async |rig: Rig| {
        let bus = rig.bus(vec![rig.consumer("sales", |_, _| Answer::Refused)]);
        rig.sell("tea", 1).await;
        rig.sell("tea", 2).await;
        assert!(bus.drained(SOON).await);
        rig.stop.cancel();
        bus.stopped().await;

        let rig = rig.restarted();
        let bus = rig.bus(vec![rig.consumer("sales", |_, _| Answer::Effect)]);
        rig.next_retry(&bus).await;
        assert_eq!(rig.effects().await, [1, 1]);
        rig.stop.cancel();
    })
    .await;
}

#[tokio::test]
async fn a_consumer_that_hangs_is_set_aside_so_that_the_others_go_on() {
    each_engine(async |rig: Rig| {
        let hangs = Arc::new(AtomicBool::new(true));
        let hanging = Arc::clone(&hangs);
        let hung = rig.consumer(
            "hung",
            move |_, _| {
                if hanging.load(Ordering::SeqCst) { Answer::Hang } else { Answer::Handled }
            },
        );
        let sound = rig.consumer("sound", |_, _| Answer::Effect);
        let bus = rig.bus_with(Config { delivery_max: Duration::from_millis(300), ..rig.config }, vec![hung, sound]);
        rig.sell("tea", 0).await;
        assert!(bus.drained(SOON).await);
        let started = Instant::now();
        for number in 1..20 {
            rig.sell(&format!("key {number}"), number).await;
            assert!(bus.drained(SOON).await);
        }
        assert_eq!(rig.effects().await.len(), 20);
        // Each of the 19 batches would have waited for the limit.
        assert!(started.elapsed() < Duration::from_millis(300) * 10, "{:?}", started.elapsed());

        hangs.store(false, Ordering::SeqCst);
        let deadline = Instant::now() + SOON;
        while rig.seen().iter().filter(|seen| seen.starts_with("key")).count() < 2 * 19 {
            assert!(Instant::now() < deadline, "{:?}", rig.seen());
            rig.next_retry(&bus).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}
