//! Documents behave alike in the store and in Redis.

#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it should be")]

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use souk_documents::Documents;
use souk_redis::{
    Redis,
    testing::{RedisCluster, RedisServer},
};
use souk_store::{
    Migration, Schema, Store,
    testing::{TestEngine, engines},
};
use souk_types::{Cx, Env, ErrorKind, Fault, ManualClock, SeededEntropy, Timestamp};

const LIFE: Duration = Duration::from_hours(30 * 24);

static SCHEMA: Schema = Schema {
    service: "notes",
    migrations: &[Migration {
        name: "0001_documents",
        sql: "-- shard: document_key
              CREATE TABLE documents (
                  document_key TEXT NOT NULL,
                  version BIGINT NOT NULL,
                  content TEXT NOT NULL,
                  changed_at BIGINT NOT NULL,
                  PRIMARY KEY (document_key)
              );
              CREATE INDEX documents_changed ON documents (changed_at);",
    }],
};

#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
struct Note {
    words: Vec<String>,
}

struct Rig {
    documents: Documents,
    clock: Arc<ManualClock>,
    env: Env,
    server: Option<RedisServer>,
    _store: TestEngine,
}

async fn rig(engine: TestEngine, redis: Option<Redis>) -> Rig {
    let clock = Arc::new(ManualClock::default());
    let env = Env::new(clock.clone(), Arc::new(SeededEntropy::new(7)));
    let store: Store = engine.open(&SCHEMA, env.clone()).await;
    let documents = match redis {
        Some(redis) => Documents::in_redis(redis, "notes", store, LIFE),
        None => Documents::in_store(store),
    };
    Rig { documents, clock, env, server: None, _store: engine }
}

async fn rig_on_redis() -> Option<Rig> {
    let server = RedisServer::start()?;
    let rig = rig(TestEngine::sqlite(), Some(server.client())).await;
    Some(Rig { server: Some(server), ..rig })
}

async fn each_engine(test: impl AsyncFn(Rig)) {
    for engine in engines() {
        test(rig(engine, None).await).await;
    }
    if let Some(rig) = rig_on_redis().await {
        test(rig).await;
    }
    if let Some(cluster) = RedisCluster::start() {
        test(rig(TestEngine::sqlite(), Some(cluster.client())).await).await;
    }
}

impl Rig {
    fn cx(&self) -> Cx {
        Cx::background("notes", &self.env)
    }

    async fn read(&self, key: &str) -> Vec<String> {
        self.try_read(key).await.unwrap()
    }

    async fn try_read(&self, key: &str) -> Result<Vec<String>, Fault> {
        self.documents.read::<Note>(&self.cx(), key).await.map(|note| note.words)
    }

    async fn add(&self, key: &str, word: &str) -> Result<usize, Fault> {
        let word = word.to_owned();
        let decide = move |note: &mut Note, _| {
            note.words.push(word.clone());
            Ok(note.words.len())
        };
        self.documents.change(&self.cx(), key, decide).await
    }

    async fn clear(&self, key: &str) {
        let decide = |note: &mut Note, _| {
            note.words.clear();
            Ok::<_, Fault>(())
        };
        self.documents.change(&self.cx(), key, decide).await.unwrap();
    }

    /// Lets expire what was not changed since then; says what was told of.
    async fn expire(&self, since: Timestamp, limit: usize) -> Vec<(String, Vec<String>, Timestamp)> {
        let told = Arc::new(Mutex::new(Vec::new()));
        let telling = Arc::clone(&told);
        let cx = self.cx();
        let count = self.documents.expire::<Note>(&cx, since, limit, move |_, expired| {
            telling.lock().unwrap().push((expired.key, expired.document.words, expired.changed_at));
            Ok(())
        });
        let count = count.await.unwrap();
        let mut told = told.lock().unwrap().clone();
        assert_eq!(told.len(), count);
        told.sort();
        told
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_there_from_its_first_change_until_it_is_empty_again() {
    each_engine(async |rig| {
        assert_eq!(rig.read("a").await, [""; 0]);
        assert_eq!(rig.add("a", "one").await, Ok(1));
        assert_eq!(rig.add("a", "two").await, Ok(2));
        assert_eq!(rig.read("a").await, ["one", "two"]);
        assert_eq!(rig.read("b").await, [""; 0]);
        rig.clear("a").await;
        assert_eq!(rig.read("a").await, [""; 0]);
        rig.clock.advance(LIFE);
        assert_eq!(rig.expire(rig.env.now(), 10).await, []);
        assert_eq!(rig.add("a", "three").await, Ok(1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_changes_nothing() {
    each_engine(async |rig| {
        rig.add("a", "one").await.unwrap();
        let refuse = |note: &mut Note, _| {
            note.words.clear();
            Err::<(), _>(Fault::conflict("no"))
        };
        assert_eq!(rig.documents.change(&rig.cx(), "a", refuse).await.unwrap_err().kind, ErrorKind::Conflict);
        assert_eq!(rig.read("a").await, ["one"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_at_the_same_time_are_all_kept() {
    each_engine(async |rig| {
        let words: Vec<String> = (0..40).map(|number| format!("{number:02}")).collect();
        let added = futures::future::join_all(words.iter().map(|word| rig.add("a", word))).await;
        let mut counts: Vec<usize> = added.into_iter().map(Result::unwrap).collect();
        counts.sort_unstable();
        assert_eq!(counts, (1..=40).collect::<Vec<_>>());
        let mut kept = rig.read("a").await;
        kept.sort();
        assert_eq!(kept, words);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_changes_expires_and_is_told_of_once() {
    each_engine(async |rig| {
        let made_at = rig.env.now();
        for key in ["a", "b", "c"] {
            rig.add(key, "one").await.unwrap();
        }
        rig.clock.advance(Duration::from_secs(5));
        rig.add("b", "two").await.unwrap();
        let expired = rig.expire(made_at, 10).await;
        let one = vec!["one".to_owned()];
        assert_eq!(expired, [("a".to_owned(), one.clone(), made_at), ("c".to_owned(), one, made_at)]);
        assert_eq!(rig.expire(made_at, 10).await, []);
        assert_eq!((rig.read("a").await.len(), rig.read("b").await.len()), (0, 2));
        assert_eq!(rig.add("a", "three").await, Ok(1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn so_many_expire_at_a_time() {
    each_engine(async |rig| {
        for number in 0..7 {
            rig.add(&format!("n{number}"), "one").await.unwrap();
        }
        let mut all = Vec::new();
        for expected in [3, 3, 1, 0] {
            let expired = rig.expire(rig.env.now(), 3).await;
            assert_eq!(expired.len(), expected);
            all.extend(expired);
        }
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 7);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_told_of_is_told_of_the_next_time() {
    each_engine(async |rig| {
        rig.add("a", "one").await.unwrap();
        let refuse = |_: &mut souk_store::Tx<'_>, _: souk_documents::Expired<Note>| Err(Fault::unavailable("full"));
        let refused = rig.documents.expire::<Note>(&rig.cx(), rig.env.now(), 10, refuse).await;
        assert_eq!(refused.unwrap_err().kind, ErrorKind::Unavailable);
        assert_eq!(rig.expire(rig.env.now(), 10).await.len(), 1);
        assert_eq!(rig.expire(rig.env.now(), 10).await, []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_redis_acknowledged_is_lost_with_it() {
    let Some(mut rig) = rig_on_redis().await else { return };
    let mut acknowledged = 0;
    for number in 0..200 {
        acknowledged = rig.add("a", &number.to_string()).await.unwrap();
    }
    let mut server = rig.server.take().unwrap();
    server.kill();
    assert_eq!(rig.add("a", "lost").await.unwrap_err().kind, ErrorKind::Unavailable);
    server.start_again();
    let begun = Instant::now();
    let kept = loop {
        match rig.try_read("a").await {
            Ok(kept) => break kept,
            Err(fault) => assert_eq!(fault.kind, ErrorKind::Unavailable),
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "Redis is not found again");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!((kept.len(), acknowledged), (200, 200));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_is_away_is_told_of_at_once() {
    let Some(mut rig) = rig_on_redis().await else { return };
    rig.add("a", "one").await.unwrap();
    rig.server.as_mut().unwrap().kill();
    for _ in 0..5 {
        assert_eq!(rig.try_read("a").await.unwrap_err().kind, ErrorKind::Unavailable);
    }
    let begun = Instant::now();
    for _ in 0..100 {
        assert_eq!(rig.try_read("a").await.unwrap_err().kind, ErrorKind::Unavailable);
    }
    assert!(begun.elapsed() < Duration::from_millis(200), "{:?}", begun.elapsed());
}

/// Documents of one store, before Redis was switched on and since.
struct Switched {
    before: Rig,
    since: Rig,
    /// Ends with this.
    server: RedisServer,
}

impl Switched {
    async fn on() -> Option<Self> {
        let server = RedisServer::start()?;
        let engine = TestEngine::sqlite();
        let clock = Arc::new(ManualClock::default());
        let env = Env::new(clock.clone(), Arc::new(SeededEntropy::new(7)));
        let store: Store = engine.open(&SCHEMA, env.clone()).await;
        let rig =
            |documents, engine| Rig { documents, clock: clock.clone(), env: env.clone(), server: None, _store: engine };
        let before = rig(Documents::in_store(store.clone()), engine);
        let in_redis = Documents::in_redis(server.client(), "notes", store, LIFE);
        Some(Self { before, since: rig(in_redis, TestEngine::sqlite()), server })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lay_in_the_store_is_found_when_redis_is_switched_on() {
    let Some(Switched { before, since, server: _server }) = Switched::on().await else { return };
    before.add("a", "one").await.unwrap();
    before.add("b", "one").await.unwrap();
    let changed_at = before.env.now();
    before.clock.advance(LIFE / 2);
    assert_eq!(since.read("a").await, ["one"]);
    assert_eq!(before.read("a").await, [""; 0], "it lies in one place");
    assert_eq!(since.add("b", "two").await, Ok(2));
    assert_eq!(since.read("b").await, ["one", "two"]);
    assert_eq!(since.read("c").await, [""; 0]);
    // It is as old as it was.
    assert_eq!(since.expire(changed_at, 10).await, [("a".to_owned(), vec!["one".to_owned()], changed_at)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_asks_for_is_brought_over_too_even_if_it_has_expired() {
    let Some(Switched { before, since, server: _server }) = Switched::on().await else { return };
    let changed_at = before.env.now();
    for number in 0..7 {
        before.add(&number.to_string(), "one").await.unwrap();
    }
    before.clock.advance(LIFE * 2);
    for expected in [3, 3, 1, 0] {
        assert_eq!(since.documents.bring_over(&since.cx(), 3).await, Ok(expected));
    }
    assert_eq!(before.expire(before.env.now(), 10).await, []);
    assert_eq!(since.expire(changed_at, 10).await.len(), 7);
    assert_eq!(before.documents.bring_over(&before.cx(), 3).await, Ok(0), "where it lies in the store it stays there");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_brought_over_and_has_ended_does_not_come_again() {
    let Some(Switched { before, since, server: _server }) = Switched::on().await else { return };
    before.add("a", "one").await.unwrap();
    assert_eq!(since.read("a").await, ["one"]);
    // As if whoever brought it had been cut off before it was taken away from the store.
    before.add("a", "one").await.unwrap();
    since.clear("a").await;
    assert_eq!(since.read("a").await, [""; 0]);
    assert_eq!(before.read("a").await, [""; 0], "what was left over is gone");
    // What is there counts, whatever the store has.
    since.add("b", "here").await.unwrap();
    before.add("b", "there").await.unwrap();
    assert_eq!(since.documents.bring_over(&since.cx(), 10).await, Ok(1));
    assert_eq!((since.read("b").await, before.read("b").await), (vec!["here".to_owned()], vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_ask_at_once_for_what_was_left_behind_find_it_once() {
    let Some(Switched { before, since, server: _server }) = Switched::on().await else { return };
    before.add("a", "one").await.unwrap();
    let adding = (0..20).map(async |number: u32| since.add("a", &number.to_string()).await.unwrap());
    futures::future::join_all(adding).await;
    assert_eq!(since.read("a").await.len(), 21);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_has_none_is_not_asked_each_time() {
    let Some(Switched { before, since, server: _server }) = Switched::on().await else { return };
    assert_eq!(since.read("a").await, [""; 0]);
    // Whoever adds to the store now does what nobody should, and it shows that it is not asked.
    before.add("a", "one").await.unwrap();
    assert_eq!(since.read("a").await, [""; 0]);
    before.clock.advance(Duration::from_secs(61));
    assert_eq!(since.read("a").await, ["one"]);
}
