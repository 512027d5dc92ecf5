//! A service that emits, a consumer that notes what it was given, and a clock to move.

use std::{
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use souk_events::{Bus, Carrier, Config, Consumer, Delivery, Ends, Handler};
use souk_store::{Migration, Schema, Store, params, sql, testing::TestEngine};
use souk_types::{Cx, Env, Event, EventId, Fault, ManualClock, SeededEntropy};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

pub const SOON: Duration = Duration::from_secs(10);

static EMITTING: Schema = Schema { service: "shop", migrations: &[] };
static ACTING: Schema = Schema {
    service: "depot",
    migrations: &[Migration {
        name: "0001_effects",
        sql: "-- reference\nCREATE TABLE effects (event TEXT NOT NULL, times BIGINT NOT NULL, PRIMARY KEY (event));",
    }],
};

#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Sold {
    pub what: String,
    pub number: u32,
}

impl Event for Sold {
    const TOPIC: &'static str = "shop.sold";
    fn key(&self) -> String {
        self.what.clone()
    }
}

#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Closed {
    pub what: String,
}

impl Event for Closed {
    const TOPIC: &'static str = "shop.closed";
    fn key(&self) -> String {
        self.what.clone()
    }
}

#[derive(Clone)]
pub struct Rig {
    pub clock: Arc<ManualClock>,
    pub env: Env,
    pub shop: Store,
    pub depot: Store,
    pub config: Config,
    pub stop: CancellationToken,
    /// What came, as `key number attempt`.
    pub seen: Arc<Mutex<Vec<String>>>,
    pub running_most: Arc<AtomicUsize>,
}

pub async fn each_engine(test: impl AsyncFn(Rig)) {
    for engine in souk_store::testing::engines() {
        let rig = Rig::new(&engine).await;
        let stop = rig.stop.clone();
        test(rig).await;
        stop.cancel();
    }
}

impl Rig {
    async fn new(engine: &TestEngine) -> Self {
        let clock = Arc::new(ManualClock::default());
        let env = Env::new(clock.clone(), Arc::new(SeededEntropy::new(1)));
        let config = Config { poll: Duration::from_millis(20), grace: Duration::from_millis(200), ..Config::default() };
        Self {
            clock,
            shop: engine.open(&EMITTING, env.clone()).await,
            depot: engine.open(&ACTING, env.clone()).await,
            env,
            config,
            stop: CancellationToken::new(),
            seen: Arc::default(),
            running_most: Arc::default(),
        }
    }

    /// The same with a clock that runs: leases and pauses end by themselves.
    pub async fn on_the_clock(engine: &TestEngine) -> Self {
        let rig = Self::new(engine).await;
        let env = Env::system();
        Self {
            shop: engine.open(&EMITTING, env.clone()).await,
            depot: engine.open(&ACTING, env.clone()).await,
            env,
            ..rig
        }
    }

    /// The same stores, seen by somebody who notes for himself what came.
    pub fn with_a_notebook_of_its_own(&self) -> Self {
        Self { seen: Arc::default(), ..self.clone() }
    }

    /// The numbers of what came of a key, in the order in which it came.
    pub fn numbers_of(&self, key: &str) -> Vec<u32> {
        let seen = self.seen();
        let of_key = seen.iter().filter(|seen| seen.starts_with(key));
        of_key.map(|seen| seen.split(' ').nth(1).unwrap().parse().unwrap()).collect()
    }

    /// The same stores as the next process sees them.
    pub fn restarted(&self) -> Self {
        Self { stop: CancellationToken::new(), ..self.clone() }
    }

    pub fn cx(&self) -> Cx {
        Cx::background("test", &self.env)
    }

    pub async fn sell(&self, what: &str, number: u32) -> EventId {
        self.emit(Sold { what: what.to_owned(), number }).await
    }

    pub async fn emit<E: Event>(&self, event: E) -> EventId {
        self.shop.write::<_, Fault>(&self.cx(), move |tx| tx.emit(&event)).await.unwrap()
    }

    pub fn bus(&self, consumers: Vec<Consumer>) -> Bus {
        self.bus_with(self.config, consumers)
    }

    pub fn bus_with(&self, config: Config, consumers: Vec<Consumer>) -> Bus {
        let sources = vec![self.shop.clone(), self.depot.clone()];
        let ends = Ends { sources, consumers, listeners: Vec::new(), carrier: Carrier::InProcess };
        Bus::start_with(config, ends, self.env.clone(), self.stop.clone())
    }

    /// A consumer of sales that answers as the function says.
    pub fn consumer(
        &self,
        name: &'static str,
        answer: impl Fn(&Sold, &Delivery) -> Answer + Send + Sync + 'static,
    ) -> Consumer {
        let recorder = Recorder { rig: self.clone(), running: AtomicUsize::new(0), answer: Box::new(answer) };
        Consumer { name, topics: &["shop.sold"], handler: Arc::new(recorder) }
    }

    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    pub async fn seen_reaches(&self, count: usize) {
        let reached = async {
            while self.seen().len() < count {
                sleep(Duration::from_millis(2)).await;
            }
        };
        timeout(SOON, reached).await.unwrap();
    }

    /// Moves the clock beyond the longest pause between retries, and lets the bus catch up.
    pub async fn next_retry(&self, bus: &Bus) {
        self.clock.advance(self.config.backoff_max * 2);
        assert!(bus.drained(SOON).await);
    }

    /// How often each event had its effect in the depot, in the order of the events' ids.
    pub async fn effects(&self) -> Vec<i64> {
        let look = |tx: &mut souk_store::Tx<'_>| {
            tx.query(sql!("SELECT times FROM effects ORDER BY event"), params![], |row| row.get(0))
        };
        self.depot.read::<_, Fault>(&self.cx(), look).await.unwrap()
    }
}

pub enum Answer {
    Handled,
    Refused,
    Panic,
    Hang,
    After(Duration),
    /// Counts the event in the depot, once, in the transaction that keeps it in the inbox.
    Effect,
    /// The same, and then fails as if the answer was lost.
    EffectThenRefused,
    EffectThenHang,
}

type AnswerFn = Box<dyn Fn(&Sold, &Delivery) -> Answer + Send + Sync>;

struct Recorder {
    rig: Rig,
    running: AtomicUsize,
    answer: AnswerFn,
}

#[async_trait]
impl Handler for Recorder {
    async fn handle(&self, cx: &Cx, delivery: &Delivery) -> Result<(), Fault> {
        let sold: Sold = delivery.parse()?;
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.rig.running_most.fetch_max(running, Ordering::SeqCst);
        self.rig.seen.lock().unwrap().push(format!("{} {} {}", sold.what, sold.number, delivery.attempt));
        let answer = self.answer(cx, &sold, delivery).await;
        self.running.fetch_sub(1, Ordering::SeqCst);
        answer
    }
}

impl Recorder {
    async fn answer(&self, cx: &Cx, sold: &Sold, delivery: &Delivery) -> Result<(), Fault> {
        let refused = || Err(Fault::unavailable("the shelf is locked"));
        match (self.answer)(sold, delivery) {
            Answer::Handled => Ok(()),
            Answer::Refused => refused(),
            Answer::Panic => panic!("the shelf fell down"),
            Answer::Hang => pending().await,
            Answer::After(pause) => {
                sleep(pause).await;
                Ok(())
            }
            Answer::Effect => self.effect(cx, delivery.event).await,
            Answer::EffectThenRefused => {
                self.effect(cx, delivery.event).await?;
                refused()
            }
            Answer::EffectThenHang => {
                self.effect(cx, delivery.event).await?;
                pending().await
            }
        }
    }

    async fn effect(&self, cx: &Cx, event: EventId) -> Result<(), Fault> {
        let act = move |tx: &mut souk_store::Tx<'_>| {
            if !tx.first_delivery("depot.sales", event)? {
                return Ok(());
            }
            let _ = tx.exec(
                sql!(
                    "INSERT INTO effects (event, times) VALUES (?1, 1)
                     ON CONFLICT (event) DO UPDATE SET times = effects.times + 1"
                ),
                params![event],
            )?;
            Ok(())
        };
        self.rig.depot.write(cx, act).await
    }
}
