//! The admin's hand on what went wrong behind the scenes: failed events and parked jobs, for the web.

use std::sync::OnceLock;

use async_trait::async_trait;
use souk_events::Bus;
use souk_store::Store;
use souk_types::{Cursor, Cx, Fault, Page, PageRequest};
use souk_web::{DeadLetter, JobRef, LetterRef, Operations, ParkedJob};

/// The event bus and the jobs of all stores, as the admin console sees them. The bus starts after the web, whose
/// consumers it serves: until then nothing can have failed.
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

    /// Which store a page of parked jobs goes on in, and where in it.
    fn place(&self, cursor: &Cursor) -> Result<(usize, Option<Cursor>), Fault> {
        let (service, rest) = cursor.0.split_once(' ').unwrap_or_default();
        let store = self.stores.iter().position(|store| store.service() == service);
        let store = store.ok_or_else(|| Fault::invalid("after", "is not from this list"))?;
        Ok((store, Some(Cursor(rest.to_owned()))))
    }
}

#[async_trait]
impl Operations for BackRoom {
    async fn list(&self, _cx: &Cx, page: PageRequest) -> Result<Page<DeadLetter>, Fault> {
        let found = self.bus()?.dead_letters(page).await?;
        Ok(found.map(|letter| DeadLetter {
            service: letter.service,
            consumer: letter.consumer,
            event: letter.event,
            topic: letter.topic,
            key: letter.key,
            payload: letter.payload,
            error: letter.error,
            attempts: letter.attempts,
            at: letter.at,
        }))
    }

    async fn replay(&self, _cx: &Cx, letter: LetterRef) -> Result<(), Fault> {
        self.bus()?.replay(&letter.service, &letter.consumer, letter.event).await
    }

    async fn discard(&self, _cx: &Cx, letter: LetterRef) -> Result<(), Fault> {
        self.bus()?.discard(&letter.service, &letter.consumer, letter.event).await
    }

    async fn parked(&self, cx: &Cx, page: PageRequest) -> Result<Page<ParkedJob>, Fault> {
        page.rows()?;
        let (mut store, mut after) = match &page.after {
            Some(cursor) => self.place(cursor)?,
            None => (0, None),
        };
        let mut items: Vec<ParkedJob> = Vec::new();
        let mut more = false;
        while let Some(here) = self.stores.get(store).filter(|_| !more) {
            let left = page.limit - u32::try_from(items.len()).unwrap_or(page.limit);
            // On a full page one more only tells that there is another.
            let wanted = PageRequest { limit: left.max(1), after: after.take() };
            let found = souk_jobs::parked(here, cx, wanted).await?;
            more = found.next.is_some() || (left == 0 && !found.items.is_empty());
            let shown = found.items.into_iter().take(left as usize);
            items.extend(shown.map(|job| view(here.service(), job)));
            store += 1;
        }
        let last = items.last().filter(|_| more).map(|last| &last.of);
        let next = last.map(|of| Cursor(format!("{} {} {}", of.service, of.queue, of.key)));
        Ok(Page { items, next })
    }

    async fn retry_job(&self, cx: &Cx, job: JobRef) -> Result<(), Fault> {
        souk_jobs::retry_parked(self.store(&job.service)?, cx, &job.queue, &job.key).await
    }

    async fn discard_job(&self, cx: &Cx, job: JobRef) -> Result<(), Fault> {
        souk_jobs::discard_parked(self.store(&job.service)?, cx, &job.queue, &job.key).await
    }
}

fn view(service: &str, job: souk_jobs::ParkedJob) -> ParkedJob {
    ParkedJob {
        of: JobRef { service: service.to_owned(), queue: job.queue, key: job.key },
        payload: job.payload,
        error: job.error,
        attempts: job.attempts,
        due_at: job.last_due,
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use souk_jobs::{Job, JobHandler, NewJob, Outcome, Queue, Worker};
    use souk_store::Engine;
    use souk_types::{Env, ErrorKind};
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

    /// Two services with three parked jobs each.
    async fn back_room(folder: &std::path::Path) -> (BackRoom, Cx) {
        let (engine, env) = (Engine::sqlite(folder), Env::system());
        let cx = Cx::background("souk", &env);
        let mut stores = Vec::new();
        for schema in [&souk_cart::SCHEMA, &souk_delivery::SCHEMA] {
            let store = Store::open(&engine, schema, env.clone()).await.unwrap();
            let enqueue = |tx: &mut souk_store::Tx<'_>| {
                for key in ["a", "b", "c d"] {
                    let due = tx.now();
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

    async fn all(room: &BackRoom, cx: &Cx, limit: u32) -> Vec<(String, String)> {
        let (mut seen, mut page) = (Vec::new(), PageRequest::first(limit));
        loop {
            let found = room.parked(cx, page.clone()).await.unwrap();
            assert!(!found.items.is_empty() && found.items.len() <= limit as usize);
            seen.extend(found.items.into_iter().map(|job| (job.of.service, job.of.key)));
            match found.next {
                Some(next) => page.after = Some(next),
                None => return seen,
            }
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn parked_jobs_of_all_services_are_paged_without_gap_or_repeat() {
        let folder = tempfile::tempdir().unwrap();
        let (room, cx) = back_room(folder.path()).await;
        let expected = ["cart", "delivery"]
            .map(|service| ["a", "b", "c d"].map(|key| (service.to_owned(), key.to_owned())))
            .concat();
        for limit in 1..=7 {
            assert_eq!(all(&room, &cx, limit).await, expected, "{limit} a page");
        }
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
        assert_eq!(all(&room, &cx, 50).await.len(), 4);
        for gone in [of("cart", "a"), of("delivery", "c d"), of("nowhere", "a")] {
            assert_eq!(room.discard_job(&cx, gone).await.unwrap_err().kind, ErrorKind::NotFound);
        }
    }
}
