//! One run of one job: its handler within limits, its lease kept up, its end written down.

use std::{any::Any, panic::AssertUnwindSafe, pin::pin};

use futures::FutureExt as _;
use metrics::{counter, histogram};
use souk_store::Store;
use souk_types::{Actor, Cx, Env, Fault, Seldom, Timestamp, TraceId, TraceParent, trace};
use tokio::time::{self, Instant};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, Span};

use crate::{
    Config, Job, Outcome,
    lane::Lane,
    periodic,
    rows::{self, Claimed, Settlement},
};

/// Bytes of an error that are kept.
const ERROR_BYTES_MAX: usize = 2_000;

/// Runs the jobs of one lane.
pub(crate) struct Runner {
    pub(crate) lane: Lane,
    pub(crate) store: Store,
    pub(crate) config: Config,
    pub(crate) env: Env,
    /// Asks running jobs to be given up and handed back.
    pub(crate) abandon: CancellationToken,
    /// Keeps the log short while the store is away.
    pub(crate) not_taken: Seldom,
}

impl Runner {
    pub(crate) async fn run(&self, claimed: Claimed) {
        let queue = self.lane.name;
        let started = Instant::now();
        let attempt = claimed.attempt;
        let mut lease = claimed.lease;
        let job = Job { queue: queue.to_owned(), key: claimed.key, payload: claimed.payload, attempt };
        let settlement = if self.is_last(attempt.saturating_sub(1)) {
            // Every attempt is used up and none came back to say why: each took its worker down with it.
            Some(Settlement::Park { error: "the worker stopped during every run".to_owned() })
        } else {
            let span = self.span(&job, claimed.parent);
            self.attempt(&job, &mut lease, claimed.parent).instrument(span).await
        };
        histogram!("souk_job_seconds", "queue" => queue).record(started.elapsed());
        let Some(settlement) = settlement else {
            tracing::warn!(queue, key = job.key, "the lease of a running job was lost: another worker has it");
            return;
        };
        self.note(&job, &settlement);
        let (key, held) = (job.key.clone(), lease);
        let settled = self.store.write(&self.cx(), move |tx| rows::settle(tx, queue, &key, held, &settlement)).await;
        match settled {
            Ok(true) => {}
            Ok(false) => tracing::warn!(queue, key = job.key, "a job ended after its lease: it runs again"),
            Err(fault) => tracing::error!(queue, key = job.key, %fault, "the end of a job was not kept: it runs again"),
        }
    }

    pub(crate) fn cx(&self) -> Cx {
        Cx::background(self.store.service(), &self.env).unhurried()
    }

    /// Runs the handler until it ends or must be given up; `None` when the lease was lost meanwhile.
    async fn attempt(&self, job: &Job, lease: &mut Timestamp, parent: Option<TraceParent>) -> Option<Settlement> {
        let actor = Actor::service(self.store.service());
        let trace = TraceParent::here().map_or_else(|| TraceId::generate(&self.env), |here| here.trace);
        let cx = Cx::new(actor, self.config.run_max, trace).going_on_from(parent).unhurried();
        let mut run = pin!(AssertUnwindSafe(self.lane.handler.run(&cx, job)).catch_unwind());
        let give_up_at = Instant::now() + self.config.run_max;
        let result = loop {
            tokio::select! {
                biased;
                result = &mut run => break result.unwrap_or_else(|panic| Err(panicked(&*panic))),
                () = self.abandon.cancelled() => return Some(Settlement::Release),
                () = time::sleep_until(give_up_at) => break Err(Fault::deadline()),
                () = time::sleep(self.config.lease / 3) => {
                    if !self.renew(job, lease).await {
                        return None;
                    }
                }
            }
        };
        let now = self.env.now();
        Some(match result {
            Ok(Outcome::Done) => Settlement::Done,
            Ok(Outcome::Again(pause)) => Settlement::Again { due: now + pause },
            Err(fault) if self.is_last(job.attempt) => Settlement::Park { error: shortened(&fault) },
            Err(fault) => {
                let due = now + self.config.backoff(job.attempt, &self.env);
                Settlement::Retry { due, error: shortened(&fault) }
            }
        })
    }

    /// The span of one run, in the trace of what enqueued the job.
    fn span(&self, job: &Job, parent: Option<TraceParent>) -> Span {
        let queue = self.lane.name;
        let name = if queue == periodic::QUEUE { job.key.as_str() } else { queue };
        let span = tracing::debug_span!(
            "job",
            otel.name = name,
            otel.kind = "consumer",
            service = self.store.service(),
            queue,
            attempt = job.attempt,
        );
        trace::go_on(&span, parent);
        span
    }

    fn is_last(&self, attempt: u32) -> bool {
        self.lane.parks && attempt >= self.config.attempts_max
    }

    /// False when the lease was lost. A store that cannot answer leaves it as it is: the next try may be in time.
    async fn renew(&self, job: &Job, lease: &mut Timestamp) -> bool {
        let (queue, key, held) = (self.lane.name, job.key.clone(), *lease);
        let until = self.env.now() + self.config.lease;
        let renewed = self.store.write(&self.cx(), move |tx| rows::renew(tx, queue, &key, held, until)).await;
        match renewed {
            Ok(true) => *lease = until,
            Ok(false) => return false,
            Err(fault) => tracing::warn!(queue, key = job.key, %fault, "a lease was not renewed"),
        }
        true
    }

    fn note(&self, job: &Job, settlement: &Settlement) {
        let queue = self.lane.name;
        let outcome = match settlement {
            Settlement::Done => "done",
            Settlement::Again { .. } => "again",
            Settlement::Release => "released",
            Settlement::Retry { error, .. } => {
                tracing::warn!(queue, key = job.key, attempt = job.attempt, error, "a job failed and will be retried");
                "failed"
            }
            Settlement::Park { error } => {
                tracing::error!(queue, key = job.key, attempt = job.attempt, error, "a job failed too often: parked");
                "parked"
            }
        };
        counter!("souk_jobs_total", "queue" => queue, "outcome" => outcome).increment(1);
    }
}

fn panicked(panic: &(dyn Any + Send)) -> Fault {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Fault::internal(format!("the handler panicked: {}", text.unwrap_or("without a message")))
}

fn shortened(fault: &Fault) -> String {
    let mut text = fault.to_string();
    text.truncate(text.floor_char_boundary(ERROR_BYTES_MAX));
    text
}
