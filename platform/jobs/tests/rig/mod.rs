//! A store, a clock to move, and handlers that note what they ran.

use std::{
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use souk_jobs::{Config, Job, JobHandler, NewJob, Outcome, Periodic, Queue, Sweep, Worker, enqueue};
use souk_store::{Schema, Store, params, sql};
use souk_types::{Cx, Env, Fault, ManualClock, SeededEntropy, Timestamp};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

pub const CONCURRENCY: usize = 4;

static SCHEMA: Schema = Schema { service: "jobstest", migrations: &[] };

#[derive(Clone)]
pub struct Rig {
    pub clock: Arc<ManualClock>,
    pub env: Env,
    pub store: Store,
    pub config: Config,
    pub stop: CancellationToken,
    pub running_most: Arc<AtomicUsize>,
    /// Runs of periodic work that are still to come until all is finished.
    pub unfinished: Arc<AtomicUsize>,
    running: Arc<AtomicUsize>,
    runs: Arc<Mutex<Vec<String>>>,
}

pub async fn each_engine(test: impl AsyncFn(Rig)) {
    for engine in souk_store::testing::engines() {
        let clock = Arc::new(ManualClock::default());
        let env = Env::new(clock.clone(), Arc::new(SeededEntropy::new(1)));
        let store = engine.open(&SCHEMA, env.clone()).await;
        let config = Config { poll: Duration::from_millis(20), grace: Duration::from_secs(1), ..Config::default() };
        let stop = CancellationToken::new();
        let rig = Rig {
            clock,
            env,
            store,
            config,
            stop: stop.clone(),
            running_most: Arc::default(),
            unfinished: Arc::default(),
            running: Arc::default(),
            runs: Arc::default(),
        };
        test(rig).await;
        stop.cancel();
    }
}

impl Rig {
    pub fn cx(&self) -> Cx {
        Cx::background("test", &self.env)
    }

    pub async fn enqueue(&self, key: &str, payload: &str) {
        self.add(key, payload, Duration::ZERO).await;
    }

    pub async fn enqueue_in(&self, key: &str, pause: Duration) {
        self.add(key, "", pause).await;
    }

    async fn add(&self, key: &str, payload: &str, pause: Duration) {
        let (key, payload) = (key.to_owned(), payload.to_owned());
        self.store
            .write(&self.cx(), move |tx| {
                let due = tx.now() + pause;
                enqueue(tx, NewJob { queue: "work", key: &key, payload: payload.clone(), due })
            })
            .await
            .unwrap();
    }

    pub async fn rows(&self) -> i64 {
        let count =
            |tx: &mut souk_store::Tx<'_>| tx.query_one(sql!("SELECT COUNT(*) FROM jobs"), params![], |row| row.get(0));
        self.store.read::<_, Fault>(&self.cx(), count).await.unwrap()
    }

    /// What was run, as `key:payload:attempt`.
    pub fn runs(&self) -> Vec<String> {
        self.runs.lock().unwrap().clone()
    }

    pub async fn runs_reach(&self, count: usize) {
        let reached = async {
            while self.runs().len() < count {
                sleep(Duration::from_millis(2)).await;
            }
        };
        timeout(Duration::from_secs(10), reached).await.unwrap();
    }

    /// The same store as a new process would see it.
    pub fn restarted(&self) -> Self {
        Self { stop: CancellationToken::new(), ..self.clone() }
    }

    pub fn worker(
        &self,
        config: Config,
        answer: impl Fn(&Job) -> Result<Outcome, Fault> + Send + Sync + 'static,
    ) -> Worker {
        self.start(config, Behaviour::Answer(Box::new(answer)))
    }

    pub fn hanging_worker(&self, config: Config) -> Worker {
        self.start(config, Behaviour::Hang)
    }

    pub fn pausing_worker(&self, config: Config, pause: Duration) -> Worker {
        self.start(config, Behaviour::Pause(pause))
    }

    fn start(&self, config: Config, behaviour: Behaviour) -> Worker {
        let handler = Arc::new(Recorder { rig: self.clone(), behaviour });
        let queue = Queue { name: "work", concurrency: CONCURRENCY, handler };
        Worker::start_with(config, self.store.clone(), vec![queue], vec![], self.env.clone(), self.stop.clone())
    }

    pub fn periodic_worker(&self, every: Duration, fails: bool) -> Worker {
        let sweep = Arc::new(RecordingSweep { rig: self.clone(), fails });
        let periodic = Periodic { name: "tidy", every, sweep };
        let config = self.config;
        Worker::start_with(config, self.store.clone(), vec![], vec![periodic], self.env.clone(), self.stop.clone())
    }

    /// Enqueues job `a`, and loses the worker that runs it together with its runtime.
    pub async fn crash_while_running(&self) -> Vec<String> {
        self.enqueue("a", "").await;
        let rig = self.clone();
        let crashed = tokio::task::spawn_blocking(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let _worker = rig.hanging_worker(rig.config);
                rig.runs_reach(1).await;
            });
        });
        crashed.await.unwrap();
        self.runs()
    }
}

type AnswerFn = Box<dyn Fn(&Job) -> Result<Outcome, Fault> + Send + Sync>;

enum Behaviour {
    Answer(AnswerFn),
    Hang,
    Pause(Duration),
}

struct Recorder {
    rig: Rig,
    behaviour: Behaviour,
}

#[async_trait]
impl JobHandler for Recorder {
    async fn run(&self, _cx: &Cx, job: &Job) -> Result<Outcome, Fault> {
        let running = self.rig.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.rig.running_most.fetch_max(running, Ordering::SeqCst);
        self.rig.runs.lock().unwrap().push(format!("{}:{}:{}", job.key, job.payload, job.attempt));
        let outcome = match &self.behaviour {
            Behaviour::Answer(answer) => answer(job),
            Behaviour::Hang => pending().await,
            Behaviour::Pause(pause) => {
                sleep(*pause).await;
                Ok(Outcome::Done)
            }
        };
        self.rig.running.fetch_sub(1, Ordering::SeqCst);
        outcome
    }
}

struct RecordingSweep {
    rig: Rig,
    fails: bool,
}

#[async_trait]
impl Sweep for RecordingSweep {
    async fn run(&self, _cx: &Cx) -> Result<(), Fault> {
        self.rig.runs.lock().unwrap().push("sweep".to_owned());
        if self.fails {
            return Err(Fault::unavailable("every time"));
        }
        let left = self.rig.unfinished.load(Ordering::SeqCst).saturating_sub(1);
        self.rig.unfinished.store(left, Ordering::SeqCst);
        Ok(())
    }

    async fn unfinished(&self, _cx: &Cx, _since: Timestamp) -> Result<bool, Fault> {
        Ok(self.rig.unfinished.load(Ordering::SeqCst) > 0)
    }
}
