//! One queue's loop: look what is due, take as much as there is room for, wait for a reason to look again.

use std::{sync::Arc, time::Duration};

use metrics::gauge;
use souk_store::Store;
use souk_types::{Env, Fault, Seldom};
use tokio::{
    sync::Notify,
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{
    Config, JobHandler, Queue,
    periodic::{self, Sweeps},
    rows::{self, Claimed},
    run::Runner,
};

/// A busy store wakes the worker with every commit: so long it lets them pile up.
const WAKE_PAUSE: Duration = Duration::from_millis(5);
/// How long jobs that were told to stop have to be handed back.
const HAND_BACK_MAX: Duration = Duration::from_secs(2);
/// Periodic jobs that run at the same time.
const SWEEPS_MAX: usize = 8;

/// A queue, or the periodic jobs.
#[derive(Clone)]
pub(crate) struct Lane {
    pub(crate) name: &'static str,
    pub(crate) concurrency: usize,
    pub(crate) handler: Arc<dyn JobHandler>,
    /// Whether a job that fails too often is parked, rather than retried for ever.
    pub(crate) parks: bool,
}

impl From<Queue> for Lane {
    fn from(queue: Queue) -> Self {
        Self { name: queue.name, concurrency: queue.concurrency.max(1), handler: queue.handler, parks: true }
    }
}

impl From<Arc<Sweeps>> for Lane {
    fn from(sweeps: Arc<Sweeps>) -> Self {
        let concurrency = sweeps.count().clamp(1, SWEEPS_MAX);
        Self { name: periodic::QUEUE, concurrency, handler: sweeps, parks: false }
    }
}

pub(crate) struct Dispatcher {
    runner: Arc<Runner>,
    /// Fires when the store has committed something that may be a job.
    changed: Arc<Notify>,
    /// Fires when somebody wants the queue looked at now.
    nudge: Arc<Notify>,
    stop: CancellationToken,
}

impl Dispatcher {
    pub(crate) fn new(
        lane: Lane,
        store: Store,
        config: Config,
        env: Env,
        nudge: Arc<Notify>,
        stop: CancellationToken,
    ) -> Self {
        let changed = store.outbox_changed();
        let runner = Arc::new(Runner {
            lane,
            store,
            config,
            env,
            abandon: CancellationToken::new(),
            not_taken: Seldom::default(),
        });
        Self { runner, changed, nudge, stop }
    }

    pub(crate) async fn run(self) {
        let mut running = JoinSet::new();
        while !self.stop.is_cancelled() {
            // Listened for before looking, so that no wake is missed in between.
            let (changed, nudged) = (self.changed.notified(), self.nudge.notified());
            let free = self.runner.lane.concurrency.saturating_sub(running.len());
            let (claimed, pause) = if free > 0 { self.take(free).await } else { (Vec::new(), self.runner.config.poll) };
            for job in claimed {
                let runner = Arc::clone(&self.runner);
                running.spawn(async move { runner.run(job).await });
            }
            let has_room = running.len() < self.runner.lane.concurrency;
            tokio::select! {
                () = self.stop.cancelled() => {}
                Some(_) = running.join_next() => while running.try_join_next().is_some() {},
                () = nudged, if has_room => {}
                () = async { changed.await; sleep(WAKE_PAUSE).await }, if has_room => {}
                () = sleep(pause), if has_room => {}
            }
        }
        self.wind_up(running).await;
    }

    /// Takes what is due, and says how long to wait when nothing else happens.
    async fn take(&self, free: usize) -> (Vec<Claimed>, Duration) {
        let poll = self.runner.config.poll;
        match self.try_take(free).await {
            Ok((claimed, pause)) => (claimed, pause.min(poll)),
            Err(fault) => {
                if let Some(more) = self.runner.not_taken.pass() {
                    tracing::warn!(queue = self.runner.lane.name, %fault, more, "due jobs cannot be taken");
                }
                (Vec::new(), poll)
            }
        }
    }

    async fn try_take(&self, free: usize) -> Result<(Vec<Claimed>, Duration), Fault> {
        let Runner { store, env, config, lane, .. } = &*self.runner;
        let queue = lane.name;
        let cx = self.runner.cx();
        // A look is a cheap read; only a look that finds something costs a write.
        let Some(due) = store.read(&cx, move |tx| rows::next_due(tx, queue)).await? else {
            return Ok((Vec::new(), config.poll));
        };
        let now = env.now();
        if due > now {
            return Ok((Vec::new(), due.since(now)));
        }
        gauge!("souk_job_lag_seconds", "queue" => queue).set(now.since(due).as_secs_f64());
        let lease = now + config.lease;
        let claimed = store.write(&cx, move |tx| rows::claim(tx, queue, lease, free)).await?;
        Ok((claimed, Duration::ZERO))
    }

    /// Lets running jobs finish, and hands back those that take too long.
    async fn wind_up(&self, mut running: JoinSet<()>) {
        let all_done = async { while running.join_next().await.is_some() {} };
        if timeout(self.runner.config.grace, all_done).await.is_ok() {
            return;
        }
        self.runner.abandon.cancel();
        let handed_back = async { while running.join_next().await.is_some() {} };
        if timeout(HAND_BACK_MAX, handed_back).await.is_err() {
            tracing::warn!(queue = self.runner.lane.name, "jobs do not stop: their leases have to run out");
        }
    }
}
