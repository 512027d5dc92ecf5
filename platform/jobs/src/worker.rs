use std::{fmt, sync::Arc, time::Duration};

use souk_store::Store;
use souk_types::{Cx, Env, Fault, Page, PageRequest, Seldom, TimeOrder, Timestamp};
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    Config, ParkedJob, Periodic, Queue,
    lane::{Dispatcher, Lane},
    parked,
    periodic::{self, Sweeps},
    rows,
};

/// How often [`Worker::drained`] looks.
const DRAIN_POLL: Duration = Duration::from_millis(5);
/// How often [`Worker::swept`] looks: it may have to wait until something is due.
const SWEPT_POLL: Duration = Duration::from_millis(200);

/// Runs the jobs of one service's store until its token is cancelled.
pub struct Worker {
    store: Store,
    env: Env,
    sweeps: Arc<Sweeps>,
    nudge: Arc<Notify>,
    tasks: TaskTracker,
}

impl Worker {
    /// Starts to run jobs, with the usual times and limits.
    pub fn start(
        store: Store,
        queues: Vec<Queue>,
        periodics: Vec<Periodic>,
        env: Env,
        stop: CancellationToken,
    ) -> Self {
        Self::start_with(Config::default(), store, queues, periodics, env, stop)
    }

    /// Starts to run jobs, with times and limits of the caller's choice.
    pub fn start_with(
        config: Config,
        store: Store,
        queues: Vec<Queue>,
        periodics: Vec<Periodic>,
        env: Env,
        stop: CancellationToken,
    ) -> Self {
        let sweeps = Arc::new(Sweeps::new(periodics));
        let worker = Self { store, env, sweeps, nudge: Arc::new(Notify::new()), tasks: TaskTracker::new() };
        for queue in queues {
            worker.tasks.spawn(worker.dispatcher(queue.into(), config, stop.clone()).run());
        }
        if worker.sweeps.count() > 0 {
            let sweeps = Arc::clone(&worker.sweeps);
            let dispatcher = worker.dispatcher(Arc::clone(&sweeps).into(), config, stop.clone());
            let (store, env) = (worker.store.clone(), worker.env.clone());
            worker.tasks.spawn(async move {
                schedule(&store, &env, &sweeps, config.poll, &stop).await;
                dispatcher.run().await;
            });
        }
        worker.tasks.close();
        worker
    }

    fn dispatcher(&self, lane: Lane, config: Config, stop: CancellationToken) -> Dispatcher {
        Dispatcher::new(lane, self.store.clone(), config, self.env.clone(), Arc::clone(&self.nudge), stop)
    }

    /// Waits until everything has ended after the token was cancelled; running jobs have the grace time of the
    /// [`Config`] for it.
    pub async fn stopped(&self) {
        self.tasks.wait().await;
    }

    /// Looks at all queues now rather than at the next poll: for tests that moved the clock.
    pub fn nudge(&self) {
        self.nudge.notify_waiters();
    }

    /// Waits until no job is due or running (periodic ones aside); false when `limit` passes before.
    pub async fn drained(&self, limit: Duration) -> bool {
        let drained = async {
            loop {
                self.nudge();
                let cx = Cx::background(self.store.service(), &self.env);
                if let Ok(false) = self.store.read(&cx, |tx| rows::any_due(tx, periodic::QUEUE)).await {
                    return;
                }
                sleep(DRAIN_POLL).await;
            }
        };
        timeout(limit, drained).await.is_ok()
    }

    /// Has periodic work finish what others had begun before `since` (see [`Sweep::unfinished`](crate::Sweep)), and
    /// waits until it has been at everything once; false when `limit` passes before.
    pub async fn swept(&self, since: Timestamp, limit: Duration) -> bool {
        let swept = async {
            loop {
                match self.try_swept(since).await {
                    Ok(true) => return,
                    Ok(false) => {}
                    Err(fault) => tracing::warn!(%fault, "what periodic work has left cannot be seen"),
                }
                sleep(SWEPT_POLL).await;
            }
        };
        timeout(limit, swept).await.is_ok()
    }

    async fn try_swept(&self, since: Timestamp) -> Result<bool, Fault> {
        let cx = Cx::background(self.store.service(), &self.env);
        let names = self.sweeps.unfinished(&cx, since).await?;
        if names.is_empty() {
            // Asked after that: a run that is under way may have taken up the last of it.
            return self.store.read(&cx, |tx| rows::any_running(tx, periodic::QUEUE)).await.map(|running| !running);
        }
        self.store.write(&cx, move |tx| periodic::due_now(tx, &names)).await?;
        self.nudge();
        Ok(false)
    }

    /// Lists the parked jobs of this worker's store.
    ///
    /// # Errors
    /// As [`parked`](crate::parked()).
    pub async fn parked(&self, cx: &Cx, order: TimeOrder, page: PageRequest) -> Result<Page<ParkedJob>, Fault> {
        parked::parked(&self.store, cx, order, page).await
    }

    /// Makes a parked job of this worker's store due now.
    ///
    /// # Errors
    /// As [`retry_parked`](crate::retry_parked).
    pub async fn retry_parked(&self, cx: &Cx, queue: &str, key: &str) -> Result<(), Fault> {
        parked::retry_parked(&self.store, cx, queue, key).await
    }
}

async fn schedule(store: &Store, env: &Env, sweeps: &Arc<Sweeps>, pause: Duration, stop: &CancellationToken) {
    let not_scheduled = Seldom::default();
    while !stop.is_cancelled() {
        let (planned, planning_env) = (Arc::clone(sweeps), env.clone());
        let cx = Cx::background(store.service(), env);
        match store.write(&cx, move |tx| planned.schedule(tx, &planning_env)).await {
            Ok(()) => return,
            Err(fault) => {
                if let Some(more) = not_scheduled.pass() {
                    tracing::warn!(service = store.service(), %fault, more, "periodic jobs cannot be scheduled yet");
                }
            }
        }
        let _ = timeout(pause, stop.cancelled()).await;
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("service", &self.store.service()).finish_non_exhaustive()
    }
}
