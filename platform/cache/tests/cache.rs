#![expect(clippy::disallowed_methods, reason = "tests let tasks race")]
#![expect(clippy::unwrap_used, reason = "the helpers of tests may")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use souk_cache::{Cache, CacheConfig, Served};
use souk_types::{Env, ErrorKind, Fault, ManualClock, SeededEntropy};
use tokio::sync::Semaphore;

const FRESH: Duration = Duration::from_secs(10);
const STALE: Duration = Duration::from_secs(60);
const STALE_IF_ERROR: Duration = Duration::from_secs(600);
const CONFIG: CacheConfig =
    CacheConfig { name: "test", capacity: 100, fresh: FRESH, stale: STALE, stale_if_error: STALE_IF_ERROR };

struct Rig {
    clock: Arc<ManualClock>,
    cache: Cache<u32, Arc<String>>,
    loads: Arc<AtomicU32>,
}

impl Rig {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::default());
        let env = Env::new(clock.clone(), Arc::new(SeededEntropy::new(1)));
        let cache = Cache::new(CONFIG, env);
        Self { clock, cache, loads: Arc::new(AtomicU32::new(0)) }
    }

    async fn get(&self, key: u32) -> String {
        self.try_get(key, true).await.unwrap()
    }

    /// The value tells which load it came from.
    async fn try_get(&self, key: u32, source_is_up: bool) -> Result<String, Fault> {
        self.served(key, source_is_up).await.map(|(text, _)| text)
    }

    /// The value, and whether it is told to be out of date.
    async fn served(&self, key: u32, source_is_up: bool) -> Result<(String, bool), Fault> {
        let loads = Arc::clone(&self.loads);
        let load = move || async move {
            let count = loads.fetch_add(1, Ordering::SeqCst) + 1;
            if source_is_up { Ok(Arc::new(format!("load {count}"))) } else { Err(Fault::unavailable("down")) }
        };
        self.cache.serve(&key, load).await.map(|Served { value, outdated }| (value.to_string(), outdated))
    }

    fn loads(&self) -> u32 {
        self.loads.load(Ordering::SeqCst)
    }

    async fn loads_reach(&self, count: u32) {
        let reached = async {
            while self.loads() < count {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), reached).await.unwrap();
    }
}

/// A load that waits until it is let through, then gives `text`.
fn held(
    gate: &Arc<Semaphore>,
    text: &str,
) -> impl FnOnce() -> futures::future::BoxFuture<'static, Result<Arc<String>, Fault>> + use<> {
    let (gate, text) = (Arc::clone(gate), Arc::new(text.to_owned()));
    move || {
        Box::pin(async move {
            gate.acquire().await.unwrap().forget();
            Ok(text)
        })
    }
}

#[tokio::test]
async fn a_fresh_value_is_loaded_once() {
    let rig = Rig::new();
    assert_eq!(rig.get(1).await, "load 1");
    rig.clock.advance(FRESH - Duration::from_millis(1));
    assert_eq!(rig.get(1).await, "load 1");
    assert_eq!(rig.cache.peek_fresh(&1).unwrap().as_str(), "load 1");
    assert_eq!(rig.loads(), 1);
}

#[tokio::test]
async fn a_peek_neither_loads_nor_serves_stale() {
    let rig = Rig::new();
    assert!(rig.cache.peek_fresh(&1).is_none());
    rig.get(1).await;
    rig.clock.advance(FRESH);
    assert!(rig.cache.peek_fresh(&1).is_none());
    assert_eq!(rig.loads(), 1);
}

#[tokio::test]
async fn callers_at_the_same_time_share_one_load() {
    let rig = Rig::new();
    let gate = Arc::new(Semaphore::new(0));
    let callers: Vec<_> = (0..20)
        .map(|_| {
            let (cache, load, loads) = (rig.cache.clone(), held(&gate, "shared"), Arc::clone(&rig.loads));
            tokio::spawn(async move {
                let counted = move || {
                    loads.fetch_add(1, Ordering::SeqCst);
                    load()
                };
                cache.get(&1, counted).await
            })
        })
        .collect();
    rig.loads_reach(1).await;
    gate.add_permits(20);
    for caller in callers {
        assert_eq!(caller.await.unwrap().unwrap().as_str(), "shared");
    }
    assert_eq!(rig.loads(), 1);
}

#[tokio::test]
async fn a_stale_value_is_served_while_one_task_loads_a_new_one() {
    let rig = Rig::new();
    rig.get(1).await;
    rig.clock.advance(FRESH);
    for _ in 0..5 {
        assert_eq!(rig.get(1).await, "load 1");
    }
    rig.loads_reach(2).await;
    tokio::task::yield_now().await;
    assert_eq!(rig.get(1).await, "load 2");
    assert_eq!(rig.loads(), 2);
}

#[tokio::test]
async fn an_old_value_is_loaded_before_answering() {
    let rig = Rig::new();
    rig.get(1).await;
    rig.clock.advance(FRESH + STALE);
    assert_eq!(rig.get(1).await, "load 2");
}

#[tokio::test]
async fn an_old_value_is_served_when_the_source_is_down() {
    let rig = Rig::new();
    rig.get(1).await;
    rig.clock.advance(FRESH + STALE);
    assert_eq!(rig.try_get(1, false).await.unwrap(), "load 1");
    assert_eq!(rig.loads(), 2);
    // Right after a failure the source is left alone.
    assert_eq!(rig.try_get(1, false).await.unwrap(), "load 1");
    assert_eq!(rig.loads(), 2);
    rig.clock.advance(Duration::from_secs(1));
    assert_eq!(rig.get(1).await, "load 3");
}

#[tokio::test]
async fn a_failed_load_is_answered_and_not_kept() {
    let rig = Rig::new();
    assert_eq!(rig.try_get(1, false).await.unwrap_err().kind, ErrorKind::Unavailable);
    assert_eq!(rig.get(1).await, "load 2");
}

#[tokio::test]
async fn an_invalidated_value_is_loaded_again() {
    let rig = Rig::new();
    rig.get(1).await;
    rig.get(2).await;
    rig.cache.invalidate(&1).await;
    assert_eq!(rig.get(1).await, "load 3");
    assert_eq!(rig.get(2).await, "load 2");
    rig.cache.invalidate_all();
    assert!(rig.cache.peek_fresh(&1).is_none());
    assert_eq!(rig.get(2).await, "load 4");
}

#[tokio::test]
async fn an_invalidated_value_is_not_served_even_when_the_source_is_down() {
    let rig = Rig::new();
    rig.get(1).await;
    rig.clock.advance(FRESH + STALE);
    rig.cache.invalidate(&1).await;
    assert!(rig.try_get(1, false).await.is_err());
}

#[tokio::test]
async fn a_value_that_is_served_for_want_of_a_newer_one_is_told_to_be_out_of_date() {
    let rig = Rig::new();
    rig.get(1).await;
    // Nobody knows yet that the source is down.
    rig.clock.advance(FRESH);
    assert_eq!(rig.served(1, false).await.unwrap(), ("load 1".to_owned(), false));
    rig.loads_reach(2).await;
    tokio::task::yield_now().await;
    assert_eq!(rig.served(1, false).await.unwrap(), ("load 1".to_owned(), true));
    rig.clock.advance(STALE);
    assert_eq!(rig.served(1, false).await.unwrap(), ("load 1".to_owned(), true));
    rig.clock.advance(Duration::from_secs(1));
    assert_eq!(rig.served(1, true).await.unwrap(), ("load 4".to_owned(), false));
}

#[tokio::test]
async fn a_value_is_not_served_in_need_beyond_its_age() {
    let rig = Rig::new();
    rig.get(1).await;
    rig.clock.advance(STALE_IF_ERROR - Duration::from_millis(1));
    assert_eq!(rig.served(1, false).await.unwrap(), ("load 1".to_owned(), true));
    rig.clock.advance(Duration::from_millis(1));
    assert_eq!(rig.served(1, false).await.unwrap_err().kind, ErrorKind::Unavailable);
}

#[tokio::test]
async fn a_value_of_which_there_is_news_is_served_only_when_the_source_is_down() {
    for all in [false, true] {
        let rig = Rig::new();
        let outdate = async || if all { rig.cache.outdate_all() } else { rig.cache.outdate(&1).await };
        rig.get(1).await;
        outdate().await;
        assert!(rig.cache.peek_fresh(&1).is_none());
        assert_eq!(rig.served(1, true).await.unwrap(), ("load 2".to_owned(), false));
        outdate().await;
        assert_eq!(rig.served(1, false).await.unwrap(), ("load 2".to_owned(), true));
        rig.clock.advance(Duration::from_secs(1));
        assert_eq!(rig.served(1, true).await.unwrap(), ("load 4".to_owned(), false));
        outdate().await;
        rig.cache.invalidate(&1).await;
        assert!(rig.served(1, false).await.is_err());
    }
}

/// Has a load begin, and then that happen. Who comes after does not wait for the load from before, nor gets its value.
async fn a_load_from_before_is_not_kept(happens: impl AsyncFn(&Cache<u32, Arc<String>>)) {
    let rig = Rig::new();
    let gate = Arc::new(Semaphore::new(0));
    let (cache, load) = (rig.cache.clone(), held(&gate, "before"));
    let early = tokio::spawn(async move { cache.get(&1, load).await });
    tokio::task::yield_now().await;
    happens(&rig.cache).await;
    assert_eq!(rig.get(1).await, "load 1");
    gate.add_permits(1);
    assert_eq!(early.await.unwrap().unwrap().as_str(), "before");
    assert_eq!(rig.get(1).await, "load 1");
}

#[tokio::test]
async fn a_load_that_began_before_there_was_news_is_not_kept() {
    a_load_from_before_is_not_kept(async |cache| cache.outdate(&1).await).await;
    a_load_from_before_is_not_kept(async |cache| cache.outdate_all()).await;
}

#[tokio::test]
async fn a_load_that_began_before_an_invalidation_is_not_kept() {
    a_load_from_before_is_not_kept(async |cache| cache.invalidate(&1).await).await;
    a_load_from_before_is_not_kept(async |cache| cache.invalidate_all()).await;
}

#[tokio::test]
async fn a_caller_that_goes_away_leaves_the_load_to_another() {
    let rig = Rig::new();
    let gate = Arc::new(Semaphore::new(0));
    let (cache, load) = (rig.cache.clone(), held(&gate, "never"));
    let leader = tokio::spawn(async move { cache.get(&1, load).await });
    tokio::task::yield_now().await;
    let waiting = rig.get(1);
    leader.abort();
    assert_eq!(tokio::time::timeout(Duration::from_secs(5), waiting).await.unwrap(), "load 1");
}

#[tokio::test]
async fn weight_bounds_what_is_kept() {
    let config = CacheConfig { name: "weighed", capacity: 10, ..CONFIG };
    let cache: Cache<u32, Arc<String>> =
        Cache::weighted(config, Env::for_tests(1), |_, text: &Arc<String>| u32::try_from(text.len()).unwrap());
    let heavy = || async { Ok::<_, Fault>(Arc::new("x".repeat(11))) };
    cache.get(&1, heavy).await.unwrap();
    // The bound is kept by housekeeping, which reads and writes push along.
    let deadline = Instant::now() + Duration::from_secs(5);
    while cache.peek_fresh(&1).is_some() {
        assert!(Instant::now() < deadline, "an entry over the capacity stays");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
