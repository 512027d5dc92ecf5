//! What failed in this process.

use std::sync::OnceLock;

use async_trait::async_trait;
use souk_contracts::{
    operations::{DeadLetter, FailedFilter, Gathered, JobRef, LetterRef, Operations, ParkedJob, shortened},
    permission::OPERATIONS,
};
use souk_events::{Bus, LetterFilter};
use souk_store::Store;
use souk_types::{Cx, Fault, PageRequest};

use super::merge::Merge;

/// The event bus and the jobs of the stores in this process. The bus starts after the web, whose consumers it serves:
/// until then nothing can have failed.
pub struct BackRoom {
    bus: OnceLock<Bus>,
    stores: Vec<Store>,
}

impl BackRoom {
    /// Over these stores, still without a bus.
    pub fn new(stores: Vec<Store>) -> Self {
        Self { bus: OnceLock::new(), stores }
    }

    /// Hands the bus over.
    pub fn attach(&self, bus: Bus) {
        self.bus.get_or_init(|| bus);
    }

    fn bus(&self) -> Result<&Bus, Fault> {
        self.bus.get().ok_or_else(|| Fault::unavailable("events have not started"))
    }

    fn store(&self, service: &str) -> Result<&Store, Fault> {
        let mut stores = self.stores.iter();
        stores.find(|store| store.service() == service).ok_or_else(|| Fault::not_found("the parked job"))
    }
}

#[async_trait]
impl Operations for BackRoom {
    async fn services(&self, _cx: &Cx) -> Result<Vec<String>, Fault> {
        Ok(self.stores.iter().map(|store| store.service().to_owned()).collect())
    }

    async fn dead_letters(
        &self,
        cx: &Cx,
        filter: FailedFilter,
        page: PageRequest,
    ) -> Result<Gathered<DeadLetter>, Fault> {
        cx.actor.require(OPERATIONS)?;
        let filter = LetterFilter { service: filter.service, order: filter.sort.unwrap_or_default() };
        Ok(self.bus()?.dead_letters(&filter, page).await?.map(letter).into())
    }

    async fn replay(&self, cx: &Cx, letter: LetterRef) -> Result<(), Fault> {
        cx.actor.require(OPERATIONS)?;
        self.bus()?.replay(&letter.service, &letter.consumer, letter.event).await
    }

    async fn discard(&self, cx: &Cx, letter: LetterRef) -> Result<(), Fault> {
        cx.actor.require(OPERATIONS)?;
        self.bus()?.discard(&letter.service, &letter.consumer, letter.event).await
    }

    async fn parked_jobs(
        &self,
        cx: &Cx,
        filter: FailedFilter,
        page: PageRequest,
    ) -> Result<Gathered<ParkedJob>, Fault> {
        cx.actor.require(OPERATIONS)?;
        let order = filter.sort.unwrap_or_default();
        let mut merge = Merge::try_new(order, &page)?;
        let wanted = |store: &&Store| filter.service.as_deref().is_none_or(|name| name == store.service());
        for store in self.stores.iter().filter(wanted) {
            let here = souk_jobs::parked(store, cx, order, page.clone()).await?;
            merge.add(here.map(|job| parked(store.service(), job)));
        }
        Ok(merge.page().into())
    }

    async fn retry_job(&self, cx: &Cx, job: JobRef) -> Result<(), Fault> {
        cx.actor.require(OPERATIONS)?;
        souk_jobs::retry_parked(self.store(&job.service)?, cx, &job.queue, &job.key).await
    }

    async fn discard_job(&self, cx: &Cx, job: JobRef) -> Result<(), Fault> {
        cx.actor.require(OPERATIONS)?;
        souk_jobs::discard_parked(self.store(&job.service)?, cx, &job.queue, &job.key).await
    }
}

fn letter(letter: souk_events::DeadLetter) -> DeadLetter {
    let souk_events::DeadLetter { service, consumer, event, topic, key, payload, attempts, error, at } = letter;
    let (of, payload) = (LetterRef { service, consumer, event }, shortened(payload));
    DeadLetter { of, topic, key, payload, error, attempts, at }
}

fn parked(service: &str, job: souk_jobs::ParkedJob) -> ParkedJob {
    let souk_jobs::ParkedJob { queue, key, payload, attempts, error, last_due, .. } = job;
    let of = JobRef { service: service.to_owned(), queue, key };
    ParkedJob { of, payload: shortened(payload), error, attempts, due_at: last_due }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use souk_contracts::permission::Role;
    use souk_jobs::{Job, JobHandler, NewJob, Outcome, Queue, Worker};
    use souk_store::Engine;
    use souk_types::{Actor, Env, ErrorKind, EventId, TimeOrder};
    use tokio_util::sync::CancellationToken;

    use super::*;

    /// Fails for good.
    struct Broken;

    #[async_trait]
    impl JobHandler for Broken {
        async fn run(&self, _cx: &Cx, _job: &Job) -> Result<Outcome, Fault> {
            Err(Fault::invalid("it", "is broken"))
        }
    }

    /// Two services with three parked jobs each, two of which fell due at the same time in both.
    async fn back_room(folder: &std::path::Path) -> (BackRoom, Cx) {
        let (engine, env) = (Engine::sqlite(folder), Env::system());
        let due = env.now() - Duration::from_secs(60);
        let cx = Cx::background("souk", &env);
        let mut stores = Vec::new();
        for schema in [&souk_cart::SCHEMA, &souk_delivery::SCHEMA] {
            let store = Store::open(&engine, schema, env.clone()).await.unwrap();
            let enqueue = move |tx: &mut souk_store::Tx<'_>| {
                for (key, later_s) in [("a", 2), ("b", 1), ("c d", 1)] {
                    let due = due + Duration::from_secs(later_s);
                    souk_jobs::enqueue(tx, NewJob { queue: "broken", key, payload: "{}".to_owned(), due })?;
                }
                Ok::<_, Fault>(())
            };
            store.write(&cx, enqueue).await.unwrap();
            let queue = Queue { name: "broken", concurrency: 1, handler: Arc::new(Broken) };
            let config = souk_jobs::Config { attempts_max: 1, ..souk_jobs::Config::default() };
            let stop = CancellationToken::new();
            let worker = Worker::start_with(config, store.clone(), vec![queue], vec![], env.clone(), stop.clone());
            assert!(worker.drained(Duration::from_secs(10)).await);
            stop.cancel();
            worker.stopped().await;
            stores.push(store);
        }
        (BackRoom::new(stores), cx)
    }

    async fn all(room: &BackRoom, cx: &Cx, filter: FailedFilter, limit: u32) -> Vec<(String, String)> {
        let (mut seen, mut page) = (Vec::new(), PageRequest::first(limit));
        loop {
            let found = room.parked_jobs(cx, filter.clone(), page.clone()).await.unwrap();
            assert!(!found.items.is_empty() && found.items.len() <= limit as usize);
            seen.extend(found.items.into_iter().map(|job| (job.of.service, job.of.key)));
            match found.next {
                Some(next) => page.after = Some(next),
                None => return seen,
            }
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn parked_jobs_of_all_services_are_paged_by_time_without_gap_or_repeat() {
        let folder = tempfile::tempdir().unwrap();
        let (room, cx) = back_room(folder.path()).await;
        let oldest =
            [("cart", "b"), ("cart", "c d"), ("delivery", "b"), ("delivery", "c d"), ("cart", "a"), ("delivery", "a")];
        let mut expected = oldest.map(|(service, key)| (service.to_owned(), key.to_owned())).to_vec();
        for sort in [TimeOrder::Oldest, TimeOrder::Newest] {
            for limit in 1..=7 {
                let filter = FailedFilter { sort: Some(sort), ..FailedFilter::default() };
                assert_eq!(all(&room, &cx, filter, limit).await, expected, "{sort}, {limit} a page");
            }
            expected.reverse();
        }
        let filter = FailedFilter { service: Some("delivery".to_owned()), ..FailedFilter::default() };
        let expected = ["a", "c d", "b"].map(|key| ("delivery".to_owned(), key.to_owned()));
        assert_eq!(all(&room, &cx, filter, 2).await, expected);
        assert_eq!(room.services(&cx).await.unwrap(), ["cart", "delivery"]);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_parked_job_is_retried_or_discarded_once() {
        let folder = tempfile::tempdir().unwrap();
        let (room, cx) = back_room(folder.path()).await;
        let of = |service: &str, key: &str| JobRef {
            service: service.to_owned(),
            queue: "broken".to_owned(),
            key: key.to_owned(),
        };
        room.retry_job(&cx, of("cart", "a")).await.unwrap();
        room.discard_job(&cx, of("delivery", "c d")).await.unwrap();
        assert_eq!(all(&room, &cx, FailedFilter::default(), 50).await.len(), 4);
        for gone in [of("cart", "a"), of("delivery", "c d"), of("nowhere", "a")] {
            assert_eq!(room.discard_job(&cx, gone).await.unwrap_err().kind, ErrorKind::NotFound);
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_may_not_see_failed_work_is_refused_here() {
        let folder = tempfile::tempdir().unwrap();
        let (room, cx) = back_room(folder.path()).await;
        let support = Actor::person("stf_1", Role::Support.permissions());
        let support = Cx { actor: support, ..cx };
        let job = JobRef { service: "cart".to_owned(), queue: "broken".to_owned(), key: "a".to_owned() };
        let letter = LetterRef { service: "cart".to_owned(), consumer: "x".to_owned(), event: EventId::from_bits(1) };
        let (filter, page) = (FailedFilter::default, PageRequest::first(1));
        let refused = [
            room.dead_letters(&support, filter(), page.clone()).await.err(),
            room.parked_jobs(&support, filter(), page).await.err(),
            room.replay(&support, letter.clone()).await.err(),
            room.discard(&support, letter).await.err(),
            room.retry_job(&support, job.clone()).await.err(),
            room.discard_job(&support, job).await.err(),
        ];
        assert!(refused.iter().all(|fault| fault.as_ref().unwrap().kind == ErrorKind::Denied), "{refused:?}");
    }
}
