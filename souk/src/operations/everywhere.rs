//! What failed in this process and in all others.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use futures::{
    FutureExt as _,
    future::{BoxFuture, join_all},
};
use souk_contracts::operations::{
    DeadLetter, FailedFilter, Gathered, JobRef, LetterRef, Operations, OperationsClient, ParkedJob,
};
use souk_rpc::Instances;
use souk_types::{Cx, ErrorKind, Fault, PageRequest};

use super::merge::{Merge, Placed};

/// How long others are waited for: whoever is slower is away, and what the others know is shown without it.
const ANSWERS_WITHIN: Duration = Duration::from_secs(3);

/// The failed work of all services, wherever they are.
pub struct Everywhere {
    here: OperationsClient,
    elsewhere: Vec<Elsewhere>,
}

/// Where the failed work of a service is.
pub struct Elsewhere {
    /// The service, by the name of its store.
    pub service: &'static str,
    /// How it is reached.
    pub reach: Reach,
}

/// Which of a service's instances know what failed.
pub enum Reach {
    /// Any of them: they share it.
    Any(OperationsClient),
    /// Each what failed with itself.
    Each(Arc<Instances>),
}

/// How one of the lists is asked for.
type Ask<T> = fn(OperationsClient, Cx, FailedFilter, PageRequest) -> BoxFuture<'static, Result<Gathered<T>, Fault>>;
/// How something is done about one failure.
type Act<F> = fn(OperationsClient, Cx, F) -> BoxFuture<'static, Result<(), Fault>>;

impl Elsewhere {
    async fn clients(&self, cx: &Cx) -> Result<Vec<OperationsClient>, Fault> {
        let clients = match &self.reach {
            Reach::Any(client) => return Ok(vec![client.clone()]),
            Reach::Each(instances) => tokio::time::timeout_at(cx.deadline.into(), instances.wires()).await,
        };
        let clients: Vec<_> =
            clients.map_err(|_| Fault::deadline())??.into_iter().map(OperationsClient::over).collect();
        if clients.is_empty() { Err(Fault::unavailable("it has no instance")) } else { Ok(clients) }
    }

    /// A page of each instance that has to be asked.
    async fn ask<T>(
        &self,
        cx: &Cx,
        filter: &FailedFilter,
        page: &PageRequest,
        ask: Ask<T>,
    ) -> Vec<Result<Gathered<T>, Fault>> {
        let filter = FailedFilter { service: Some(self.service.to_owned()), ..filter.clone() };
        match self.clients(cx).await {
            Ok(clients) => {
                let asked = clients.into_iter().map(|client| ask(client, cx.clone(), filter.clone(), page.clone()));
                join_all(asked).await
            }
            Err(fault) => vec![Err(fault)],
        }
    }

    /// Has it done by every instance that has this failure.
    async fn act<F: Clone>(&self, cx: &Cx, failure: F, act: Act<F>) -> Result<(), Fault> {
        let clients = self.clients(cx).await?.into_iter();
        let ends = join_all(clients.map(|client| act(client, cx.clone(), failure.clone()))).await;
        if ends.iter().any(Result::is_ok) {
            return Ok(());
        }
        // That one does not know it says little when another did not answer.
        let said = |fault: &Fault| fault.kind != ErrorKind::NotFound;
        let mut faults: Vec<Fault> = ends.into_iter().filter_map(Result::err).collect();
        let told = faults.iter().position(said).unwrap_or_default();
        Err(faults.swap_remove(told))
    }
}

impl Everywhere {
    /// What failed here, and elsewhere.
    pub fn new(here: OperationsClient, elsewhere: Vec<Elsewhere>) -> Self {
        Self { here, elsewhere }
    }

    /// One page of all parts of a list, and the services of which an instance that had to be asked did not answer.
    async fn gather<T: Placed>(
        &self,
        cx: &Cx,
        filter: FailedFilter,
        page: PageRequest,
        ask: Ask<T>,
    ) -> Result<Gathered<T>, Fault> {
        let mut merge = Merge::try_new(filter.sort.unwrap_or_default(), &page)?;
        let mut others = cx.clone();
        others.deadline = cx.deadline.min(Instant::now() + ANSWERS_WITHIN);
        let wanted = |place: &&Elsewhere| filter.service.as_deref().is_none_or(|name| name == place.service);
        let places: Vec<&Elsewhere> = self.elsewhere.iter().filter(wanted).collect();
        let asked = join_all(places.iter().map(|place| place.ask(&others, &filter, &page, ask)));
        let (own, answers) = futures::join!(ask(self.here.clone(), cx.clone(), filter.clone(), page.clone()), asked);
        merge.add(own?);
        let mut away = Vec::new();
        for (place, answers) in places.iter().zip(answers) {
            for answer in answers {
                match answer {
                    Ok(part) => merge.add(part),
                    Err(fault) if matches!(fault.kind, ErrorKind::Denied | ErrorKind::Invalid) => return Err(fault),
                    Err(fault) => {
                        tracing::debug!(service = place.service, %fault, "what failed there is not known");
                        away.push(place.service.to_owned());
                    }
                }
            }
        }
        away.dedup();
        Ok(Gathered { away, ..merge.page().into() })
    }

    /// Has something done where a failure is.
    async fn act<F: Clone>(&self, cx: &Cx, service: &str, failure: F, act: Act<F>) -> Result<(), Fault> {
        match self.elsewhere.iter().find(|place| place.service == service) {
            Some(place) => place.act(cx, failure, act).await,
            None => act(self.here.clone(), cx.clone(), failure).await,
        }
    }
}

#[async_trait]
impl Operations for Everywhere {
    async fn services(&self, cx: &Cx) -> Result<Vec<String>, Fault> {
        let mut services = self.here.services(cx).await?;
        services.extend(self.elsewhere.iter().map(|place| place.service.to_owned()));
        Ok(services)
    }

    async fn dead_letters(
        &self,
        cx: &Cx,
        filter: FailedFilter,
        page: PageRequest,
    ) -> Result<Gathered<DeadLetter>, Fault> {
        let ask: Ask<_> = |at, cx, filter, page| async move { at.dead_letters(&cx, filter, page).await }.boxed();
        self.gather(cx, filter, page, ask).await
    }

    async fn replay(&self, cx: &Cx, letter: LetterRef) -> Result<(), Fault> {
        let act: Act<LetterRef> = |at, cx, letter| async move { at.replay(&cx, letter).await }.boxed();
        self.act(cx, &letter.service.clone(), letter, act).await
    }

    async fn discard(&self, cx: &Cx, letter: LetterRef) -> Result<(), Fault> {
        let act: Act<LetterRef> = |at, cx, letter| async move { at.discard(&cx, letter).await }.boxed();
        self.act(cx, &letter.service.clone(), letter, act).await
    }

    async fn parked_jobs(
        &self,
        cx: &Cx,
        filter: FailedFilter,
        page: PageRequest,
    ) -> Result<Gathered<ParkedJob>, Fault> {
        let ask: Ask<_> = |at, cx, filter, page| async move { at.parked_jobs(&cx, filter, page).await }.boxed();
        self.gather(cx, filter, page, ask).await
    }

    async fn retry_job(&self, cx: &Cx, job: JobRef) -> Result<(), Fault> {
        let act: Act<JobRef> = |at, cx, job| async move { at.retry_job(&cx, job).await }.boxed();
        self.act(cx, &job.service.clone(), job, act).await
    }

    async fn discard_job(&self, cx: &Cx, job: JobRef) -> Result<(), Fault> {
        let act: Act<JobRef> = |at, cx, job| async move { at.discard_job(&cx, job).await }.boxed();
        self.act(cx, &job.service.clone(), job, act).await
    }
}
