//! Failed work of several processes: here each a room of made-up jobs.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use souk_contracts::operations::{
    DeadLetter, FailedFilter, Gathered, JobRef, LetterRef, Operations, OperationsClient, ParkedJob,
};
use souk_rpc::{Wire, WireCall, WireError};
use souk_types::{Cx, Env, ErrorKind, Fault, Page, PageRequest, TimeOrder, Timestamp};

use super::{Elsewhere, Everywhere, Reach, merge::Merge};

/// A process with parked jobs of some services, which fell due at these seconds.
struct Room(Mutex<Vec<(&'static str, i64)>>);

impl Room {
    fn client(jobs: &[(&'static str, i64)]) -> OperationsClient {
        OperationsClient::loopback(Arc::new(Self(Mutex::new(jobs.to_vec()))))
    }
}

fn job(service: &str, due_s: i64) -> ParkedJob {
    ParkedJob {
        of: JobRef { service: service.to_owned(), queue: "q".to_owned(), key: due_s.to_string() },
        payload: String::new(),
        error: "broken".to_owned(),
        attempts: 10,
        due_at: Timestamp::from_micros(due_s * 1_000_000),
    }
}

#[async_trait]
impl Operations for Room {
    async fn services(&self, _cx: &Cx) -> Result<Vec<String>, Fault> {
        Ok(vec!["here".to_owned()])
    }

    async fn dead_letters(
        &self,
        _cx: &Cx,
        _filter: FailedFilter,
        _page: PageRequest,
    ) -> Result<Gathered<DeadLetter>, Fault> {
        Err(Fault::denied("not for you"))
    }

    async fn replay(&self, _cx: &Cx, _letter: LetterRef) -> Result<(), Fault> {
        Err(Fault::not_found("the dead letter"))
    }

    async fn discard(&self, _cx: &Cx, _letter: LetterRef) -> Result<(), Fault> {
        Err(Fault::not_found("the dead letter"))
    }

    async fn parked_jobs(
        &self,
        _cx: &Cx,
        filter: FailedFilter,
        page: PageRequest,
    ) -> Result<Gathered<ParkedJob>, Fault> {
        let order = filter.sort.unwrap_or_default();
        let after = page.after.as_ref().map(|cursor| order.place(cursor)).transpose()?;
        let mut merge = Merge::try_new(order, &page)?;
        for (service, due_s) in self.0.lock().unwrap().iter() {
            let job = job(service, *due_s);
            let bound = order.behind(after.as_ref(), service);
            let behind = (job.due_at, &job.of.queue, &job.of.key);
            let behind = order.compare(&behind, &(bound.at, &bound.first, &bound.second)).is_gt();
            if behind && filter.service.as_deref().is_none_or(|wanted| wanted == *service) {
                merge.add(Page { items: vec![job], next: None });
            }
        }
        Ok(merge.page().into())
    }

    async fn retry_job(&self, _cx: &Cx, job: JobRef) -> Result<(), Fault> {
        let mut jobs = self.0.lock().unwrap();
        let found = jobs.iter().position(|(service, due_s)| *service == job.service && due_s.to_string() == job.key);
        jobs.remove(found.ok_or_else(|| Fault::not_found("the parked job"))?);
        Ok(())
    }

    async fn discard_job(&self, cx: &Cx, job: JobRef) -> Result<(), Fault> {
        self.retry_job(cx, job).await
    }
}

/// A process that does not answer.
struct Dead;

#[async_trait]
impl Wire for Dead {
    async fn call(&self, _call: WireCall<'_>, _arguments: Bytes) -> Result<Bytes, WireError> {
        Err(WireError::Lost(Fault::unavailable("connection refused")))
    }
}

/// This process with two services, others with one each, and one that is away.
fn everywhere() -> OperationsClient {
    let at = |service, client| Elsewhere { service, reach: Reach::Any(client) };
    let elsewhere = vec![
        // It has jobs of another service, too, which another entry asks for.
        at("cart", Room::client(&[("cart", 2), ("cart", 3), ("orders", 9)])),
        at("orders", Room::client(&[("orders", 1), ("orders", 3), ("orders", 4)])),
        at("search", OperationsClient::over(Arc::new(Dead))),
    ];
    OperationsClient::local(Arc::new(Everywhere::new(Room::client(&[("web", 3), ("web", 5)]), elsewhere)))
}

fn cx() -> Cx {
    Cx::background("test", &Env::system())
}

fn named(job: &ParkedJob) -> String {
    format!("{} {}", job.of.service, job.of.key)
}

#[tokio::test]
async fn failed_work_of_all_processes_is_paged_by_time_and_who_is_away_is_named() {
    let operations = everywhere();
    let mut expected = ["orders 1", "cart 2", "cart 3", "orders 3", "web 3", "orders 4", "web 5"];
    for sort in [TimeOrder::Oldest, TimeOrder::Newest] {
        for limit in 1..=8 {
            let (mut seen, mut page) = (Vec::new(), PageRequest::first(limit));
            loop {
                let filter = FailedFilter { service: None, sort: Some(sort) };
                let found = operations.parked_jobs(&cx(), filter, page.clone()).await.unwrap();
                assert_eq!(found.away, ["search"]);
                assert!(!found.items.is_empty() && found.items.len() <= limit as usize);
                seen.extend(found.items.iter().map(named));
                let Some(next) = found.next else { break };
                page.after = Some(next);
            }
            assert_eq!(seen, expected, "{sort}, {limit} a page");
        }
        expected.reverse();
    }
}

#[tokio::test]
async fn only_the_service_that_is_asked_for_is_waited_for() {
    let operations = everywhere();
    let of = |service: &str| FailedFilter { service: Some(service.to_owned()), sort: None };
    let cart = operations.parked_jobs(&cx(), of("cart"), PageRequest::first(9)).await.unwrap();
    assert_eq!((cart.items.len(), cart.away.len()), (2, 0));
    let search = operations.parked_jobs(&cx(), of("search"), PageRequest::first(9)).await.unwrap();
    assert_eq!((search.items.len(), search.away.as_slice()), (0, &["search".to_owned()][..]));
    assert_eq!(search.whole().unwrap_err().kind, ErrorKind::Unavailable);
    assert_eq!(operations.services(&cx()).await.unwrap(), ["here", "cart", "orders", "search"]);
}

#[tokio::test]
async fn a_refusal_elsewhere_is_a_refusal_and_not_an_absence() {
    let denied = everywhere().dead_letters(&cx(), FailedFilter::default(), PageRequest::first(1)).await;
    assert_eq!(denied.unwrap_err().kind, ErrorKind::Denied);
    let nowhere = PageRequest { limit: 1, after: Some(souk_types::Cursor("x".to_owned())) };
    let invalid = everywhere().parked_jobs(&cx(), FailedFilter::default(), nowhere).await;
    assert_eq!(invalid.unwrap_err().kind, ErrorKind::Invalid);
}

#[tokio::test]
async fn work_is_done_again_where_it_failed() {
    let operations = everywhere();
    let of =
        |service: &str, key: &str| JobRef { service: service.to_owned(), queue: "q".to_owned(), key: key.to_owned() };
    operations.retry_job(&cx(), of("orders", "3")).await.unwrap();
    operations.discard_job(&cx(), of("web", "5")).await.unwrap();
    for (gone, kind) in [
        (of("orders", "3"), ErrorKind::NotFound),
        (of("web", "5"), ErrorKind::NotFound),
        (of("search", "1"), ErrorKind::Unavailable),
        (of("nobody", "1"), ErrorKind::NotFound),
    ] {
        assert_eq!(operations.retry_job(&cx(), gone.clone()).await.unwrap_err().kind, kind, "{gone:?}");
    }
    let left = operations.parked_jobs(&cx(), FailedFilter::default(), PageRequest::first(9)).await.unwrap();
    let left: Vec<String> = left.items.iter().map(named).collect();
    assert_eq!(left, ["orders 4", "web 3", "cart 3", "cart 2", "orders 1"]);
}
