//! Every quota counts alike; the shared one counts with all who share it.

use std::time::{Duration, Instant};

use souk_quota::{InProcess, Quota, Shared, Taken};
use souk_redis::testing::RedisServer;
use souk_types::Timestamp;

const MINUTE_S: u32 = 60;
/// Half a minute into a window.
const NOW: Timestamp = Timestamp::from_micros(90_000_000);

async fn each_quota(test: impl AsyncFn(&dyn Quota)) {
    test(&InProcess::new(MINUTE_S)).await;
    if let Some(server) = RedisServer::start() {
        test(&Shared::new(server.client(), "test", MINUTE_S)).await;
    }
}

fn taken(count: u32, ends_in_s: u32) -> Taken {
    Taken { count, ends_in_s }
}

#[tokio::test]
async fn each_caller_is_counted_apart_and_anew_in_each_window() {
    each_quota(async |quota| {
        assert_eq!(quota.take("ann", 9, NOW).await, taken(1, 30));
        assert_eq!(quota.take("ann", 9, NOW + Duration::from_secs(29)).await, taken(2, 1));
        assert_eq!(quota.take("ben", 9, NOW).await, taken(1, 30));
        assert_eq!(quota.take("ann", 9, NOW + Duration::from_secs(30)).await, taken(1, 60));
    })
    .await;
}

#[tokio::test]
async fn many_at_once_are_all_counted() {
    each_quota(async |quota| {
        let mut counts: Vec<u32> = futures::future::join_all((0..50).map(|_| quota.take("ann", 100, NOW)))
            .await
            .iter()
            .map(|t| t.count)
            .collect();
        counts.sort_unstable();
        assert_eq!(counts, (1..=50).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn who_is_beyond_the_limit_stays_there_until_the_window_ends() {
    each_quota(async |quota| {
        for _ in 0..5 {
            quota.take("ann", 3, NOW).await;
        }
        assert!(quota.take("ann", 3, NOW).await.count > 3);
        assert_eq!(quota.take("ann", 3, NOW + Duration::from_secs(30)).await.count, 1);
    })
    .await;
}

#[tokio::test]
async fn instances_count_together() {
    let Some(server) = RedisServer::start() else { return };
    let [one, other] = [(), ()].map(|()| Shared::new(server.client(), "test", MINUTE_S));
    one.take("ann", 9, NOW).await;
    assert_eq!(other.take("ann", 9, NOW).await, taken(2, 30));
    assert_eq!(one.take("ann", 9, NOW).await, taken(3, 30));
}

#[tokio::test]
async fn while_redis_is_away_each_counts_for_itself_and_waits_for_nothing() {
    let Some(mut server) = RedisServer::start() else { return };
    let [one, other] = [(), ()].map(|()| Shared::new(server.client(), "test", MINUTE_S));
    one.take("ann", 1_000, NOW).await;
    other.take("ann", 1_000, NOW).await;
    server.kill();
    assert_eq!(one.take("ann", 1_000, NOW).await.count, 2);
    for _ in 0..10 {
        one.take("ann", 1_000, NOW).await;
    }
    let begun = Instant::now();
    for _ in 0..100 {
        one.take("ann", 1_000, NOW).await;
    }
    assert!(begun.elapsed() < Duration::from_millis(100), "{:?}", begun.elapsed());
    assert_eq!(one.take("ann", 1_000, NOW).await.count, 113);

    server.start_again();
    let (begun, mut own) = (Instant::now(), 0);
    loop {
        own += 1;
        one.take("ben", 1_000, NOW).await;
        if other.take("ben", 1_000, NOW).await.count > own {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "they do not count together again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
