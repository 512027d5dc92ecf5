//! Runs on SQLite, and on Postgres when there is one.

#![expect(clippy::unwrap_used, reason = "the helpers of tests may")]

mod rig;

use std::{
    sync::{Arc, atomic::Ordering, mpsc},
    time::Duration,
};

use async_trait::async_trait;
use rig::{Rig, each_engine};
use souk_jobs::{Config, Job, JobHandler, NewJob, Outcome, Queue, Worker, enqueue};
use souk_types::{Cx, ErrorKind, Fault, PageRequest, TimeOrder, TraceParent};

const SOON: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_job_is_run_once_and_goes_away() {
    each_engine(async |rig: Rig| {
        let worker = rig.worker(rig.config, |_| Ok(Outcome::Done));
        rig.enqueue("a", "payload of a").await;
        assert!(worker.drained(SOON).await);
        assert_eq!(rig.runs(), ["a:payload of a:1"]);
        assert_eq!(rig.rows().await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_key_that_is_not_done_is_not_added_again() {
    each_engine(async |rig: Rig| {
        rig.enqueue("a", "first").await;
        rig.enqueue("a", "second").await;
        let worker = rig.worker(rig.config, |_| Ok(Outcome::Done));
        assert!(worker.drained(SOON).await);
        assert_eq!(rig.runs(), ["a:first:1"]);
        rig.enqueue("a", "third").await;
        assert!(worker.drained(SOON).await);
        assert_eq!(rig.runs(), ["a:first:1", "a:third:1"]);
    })
    .await;
}

#[tokio::test]
async fn a_job_waits_for_its_time() {
    each_engine(async |rig: Rig| {
        let worker = rig.worker(rig.config, |_| Ok(Outcome::Done));
        rig.enqueue_in("a", Duration::from_secs(3600)).await;
        assert!(worker.drained(SOON).await);
        assert_eq!(rig.runs().len(), 0);
        rig.clock.advance(Duration::from_secs(3600));
        assert!(worker.drained(SOON).await);
        assert_eq!(rig.runs(), ["a::1"]);
    })
    .await;
}

#[tokio::test]
async fn a_failed_job_is_retried_after_a_pause() {
    each_engine(async |rig: Rig| {
        let worker = rig.worker(rig.config, |job| {
            if job.attempt < 3 { Err(Fault::unavailable("not yet")) } else { Ok(Outcome::Done) }
        });
        rig.enqueue("a", "").await;
        assert!(worker.drained(SOON).await);
        assert_eq!(rig.runs(), ["a::1"]);
        for runs in [2, 3] {
            rig.clock.advance(rig.config.backoff_max * 2);
            assert!(worker.drained(SOON).await);
            assert_eq!(rig.runs().len(), runs);
        }
        assert_eq!(rig.rows().await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_job_that_asks_to_run_again_forgets_its_failures() {
    each_engine(async |rig: Rig| {
        // Fails twice as often as would park it, but never twice in a row.
        let worker = rig.worker(Config { attempts_max: 2, ..rig.config }, |job| match job.attempt {
            1 => Err(Fault::unavailable("every other time")),
            _ => Ok(Outcome::Again(Duration::from_secs(60))),
        });
        rig.enqueue("a", "").await;
        for runs in 1..=8 {
            assert!(worker.drained(SOON).await);
            assert_eq!(rig.runs().len(), runs);
            rig.clock.advance(Duration::from_secs(60).max(rig.config.backoff_max * 2));
        }
    })
    .await;
}

#[tokio::test]
async fn a_job_that_keeps_failing_is_parked_with_its_error_and_can_be_retried() {
    each_engine(async |rig: Rig| {
        let config = Config { attempts_max: 2, ..rig.config };
        let worker = rig.worker(config, |job| {
            if job.payload == "bad" { Err(Fault::internal("cannot parse it")) } else { Ok(Outcome::Done) }
        });
        rig.enqueue("a", "bad").await;
        rig.enqueue("b", "bad").await;
        for _ in 0..4 {
            assert!(worker.drained(SOON).await);
            rig.clock.advance(config.backoff_max * 2);
        }
        assert_eq!(rig.runs().len(), 4);

        let page = worker.parked(&rig.cx(), TimeOrder::Oldest, PageRequest::first(1)).await.unwrap();
        assert_eq!((page.items[0].key.as_str(), page.items[0].attempts), ("a", 2));
        assert!(page.items[0].error.contains("cannot parse it"));
        let next =
            worker.parked(&rig.cx(), TimeOrder::Oldest, PageRequest { limit: 1, after: page.next }).await.unwrap();
        assert_eq!((next.items[0].key.as_str(), next.next), ("b", None));

        worker.retry_parked(&rig.cx(), "work", "a").await.unwrap();
        assert!(worker.drained(SOON).await);
        assert_eq!(rig.runs().last().unwrap(), "a:bad:1");
        souk_jobs::discard_parked(&rig.store, &rig.cx(), "work", "b").await.unwrap();
        let gone = worker.retry_parked(&rig.cx(), "work", "b").await.unwrap_err();
        assert_eq!(gone.kind, ErrorKind::NotFound);
    })
    .await;
}

#[tokio::test]
async fn a_handler_that_panics_has_failed() {
    each_engine(async |rig: Rig| {
        let config = Config { attempts_max: 1, ..rig.config };
        let worker = rig.worker(config, |_| panic!("index out of range"));
        rig.enqueue("a", "").await;
        assert!(worker.drained(SOON).await);
        let parked = worker.parked(&rig.cx(), TimeOrder::Oldest, PageRequest::first(10)).await.unwrap().items;
        assert!(parked[0].error.contains("index out of range"), "{}", parked[0].error);
    })
    .await;
}

#[tokio::test]
async fn a_run_that_takes_too_long_has_failed() {
    each_engine(async |rig: Rig| {
        let config = Config { attempts_max: 1, run_max: Duration::from_millis(30), ..rig.config };
        let worker = rig.hanging_worker(config);
        rig.enqueue("a", "").await;
        assert!(worker.drained(SOON).await);
        let parked = worker.parked(&rig.cx(), TimeOrder::Oldest, PageRequest::first(10)).await.unwrap().items;
        assert!(parked[0].error.contains("deadline"), "{}", parked[0].error);
    })
    .await;
}

#[tokio::test]
async fn the_job_of_a_worker_that_died_is_taken_over_when_its_lease_ends() {
    each_engine(async |rig: Rig| {
        // A worker that neither finishes nor renews: its task is dropped as a crash would.
        let dead = rig.crash_while_running().await;
        assert_eq!(dead, ["a::1"]);
        let worker = rig.worker(rig.config, |_| Ok(Outcome::Done));
        worker.nudge();
        tokio::time::sleep(Duration::from_millis(60)).await;
        assert_eq!(rig.runs(), ["a::1"], "the lease is respected");
        rig.clock.advance(rig.config.lease);
        assert!(worker.drained(SOON).await);
        assert_eq!(rig.runs(), ["a::1", "a::2"]);
    })
    .await;
}

#[tokio::test]
async fn a_running_job_keeps_its_lease() {
    each_engine(async |rig: Rig| {
        // The clock stands still, so what renewing does is seen by moving it between two renewals.
        let config = Config { lease: Duration::from_millis(300), ..rig.config };
        let running = rig.hanging_worker(config);
        rig.enqueue("a", "").await;
        rig.runs_reach(1).await;
        let other = rig.worker(config, |_| Ok(Outcome::Done));
        for _ in 0..4 {
            rig.clock.advance(Duration::from_millis(150));
            tokio::time::sleep(Duration::from_millis(150)).await;
            other.nudge();
        }
        assert_eq!(rig.runs(), ["a::1"]);
        drop(running);
    })
    .await;
}

#[tokio::test]
async fn a_stopping_worker_hands_back_what_it_cannot_finish() {
    each_engine(async |rig: Rig| {
        let config = Config { grace: Duration::from_millis(20), ..rig.config };
        let running = rig.hanging_worker(config);
        rig.enqueue("a", "").await;
        rig.runs_reach(1).await;
        rig.stop.cancel();
        tokio::time::timeout(SOON, running.stopped()).await.unwrap();
        let next = rig.restarted().worker(config, |_| Ok(Outcome::Done));
        assert!(next.drained(SOON).await);
        assert_eq!(rig.runs(), ["a::1", "a::1"], "without waiting for the lease, and without counting the run");
    })
    .await;
}

#[tokio::test]
async fn a_queue_runs_no_more_jobs_at_a_time_than_it_may() {
    each_engine(async |rig: Rig| {
        let worker = rig.pausing_worker(rig.config, Duration::from_millis(5));
        for key in 0..20 {
            rig.enqueue(&key.to_string(), "").await;
        }
        assert!(worker.drained(SOON).await);
        assert_eq!(rig.runs().len(), 20);
        assert_eq!(rig.running_most.load(Ordering::SeqCst), rig::CONCURRENCY);
    })
    .await;
}

#[tokio::test]
async fn two_workers_share_the_jobs_and_run_each_once() {
    each_engine(async |rig: Rig| {
        for key in 0..40 {
            rig.enqueue(&key.to_string(), "").await;
        }
        let workers = [(); 2].map(|()| rig.pausing_worker(rig.config, Duration::from_millis(1)));
        for worker in &workers {
            assert!(worker.drained(SOON).await);
        }
        let mut runs = rig.runs();
        runs.sort();
        runs.dedup();
        assert_eq!((runs.len(), rig.runs().len()), (40, 40));
    })
    .await;
}

#[tokio::test]
async fn periodic_work_is_done_by_one_of_two_workers() {
    each_engine(async |rig: Rig| {
        let every = Duration::from_secs(60);
        let workers: [Worker; 2] = [(); 2].map(|()| rig.periodic_worker(every, false));
        // Nothing at once: the first run is spread out.
        tokio::time::sleep(Duration::from_millis(60)).await;
        assert_eq!(rig.runs().len(), 0);
        for runs in 1..=3 {
            rig.clock.advance(every * 2);
            workers.iter().for_each(Worker::nudge);
            rig.runs_reach(runs).await;
            workers.iter().for_each(Worker::nudge);
            tokio::time::sleep(Duration::from_millis(60)).await;
            assert_eq!(rig.runs().len(), runs);
        }
    })
    .await;
}

#[tokio::test]
async fn periodic_work_that_fails_is_never_parked() {
    each_engine(async |rig: Rig| {
        let worker = rig.periodic_worker(Duration::from_secs(60), true);
        // The next run is put off only after this one is seen: the clock goes on until it comes, however slow that is.
        let runs_on = async {
            while rig.runs().len() < 12 {
                rig.clock.advance(Duration::from_secs(3600));
                worker.nudge();
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), runs_on).await.unwrap();
        assert_eq!(worker.parked(&rig.cx(), TimeOrder::Oldest, PageRequest::first(10)).await.unwrap().items, []);
    })
    .await;
}

#[tokio::test]
async fn periodic_work_is_done_out_of_turn_until_nothing_is_left_half_done() {
    each_engine(async |rig: Rig| {
        let since = rig.env.now();
        let worker = rig.periodic_worker(Duration::from_secs(3600), false);
        assert!(worker.swept(since, SOON).await);
        assert_eq!(rig.runs().len(), 0, "with nothing left, it waits for its turn");
        rig.unfinished.store(3, Ordering::SeqCst);
        assert!(worker.swept(since, SOON).await);
        assert_eq!(rig.runs().len(), 3);
        rig.stop.cancel();
        worker.stopped().await;
        rig.unfinished.store(1, Ordering::SeqCst);
        assert!(!worker.swept(since, Duration::from_millis(300)).await, "nobody is there to do it");
    })
    .await;
}

/// Tells in which trace it runs, and wants to run once more.
struct Traced(mpsc::SyncSender<Cx>);

#[async_trait]
impl JobHandler for Traced {
    async fn run(&self, cx: &Cx, job: &Job) -> Result<Outcome, Fault> {
        self.0.send(cx.clone()).unwrap();
        Ok(if job.payload == "again" { Outcome::Again(Duration::from_secs(60)) } else { Outcome::Done })
    }
}

#[tokio::test]
async fn a_job_goes_on_in_the_trace_of_what_enqueued_it_and_what_comes_again_does_not() {
    each_engine(async |rig: Rig| {
        let (tell, told) = mpsc::sync_channel(4);
        let queue = Queue { name: "work", concurrency: 1, handler: Arc::new(Traced(tell)) };
        let span: TraceParent = "00-00000000000000000000000000000abc-00000000000000de-01".parse().unwrap();
        let add = |tx: &mut souk_store::Tx<'_>| {
            let (payload, due) = ("again".to_owned(), tx.now());
            enqueue(tx, NewJob { queue: "work", key: "a", payload, due })
        };
        rig.store.write::<_, Fault>(&rig.cx().going_on_from(Some(span)), add).await.unwrap();
        let worker =
            Worker::start_with(rig.config, rig.store.clone(), vec![queue], vec![], rig.env.clone(), rig.stop.clone());
        assert!(worker.drained(SOON).await);
        let first = told.try_recv().unwrap();
        assert_eq!((first.trace, first.parent), (span.trace, Some(span)));
        rig.clock.advance(Duration::from_secs(60));
        assert!(worker.drained(SOON).await);
        let second = told.try_recv().unwrap();
        assert_eq!(second.parent, None);
        assert_ne!(second.trace, span.trace);
    })
    .await;
}
