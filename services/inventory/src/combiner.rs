//! Combines reserve requests that come while another is being served, so that a hot SKU costs one
//! transaction a batch and not one row lock a buyer.

use std::{sync::Arc, time::Instant};

use souk_jobs::Background;
use souk_store::Store;
use souk_types::{Cx, Fault, TraceParent, failpoint, limits};
use tokio::{
    sync::{
        mpsc::{self, error::TrySendError},
        oneshot,
    },
    time::timeout_at,
};

use crate::{
    domain::{Request, Verdict},
    holding,
};

/// Requests that are served by one transaction.
const BATCH_MAX: usize = 128;

/// Takes reserve requests and serves those that wait together. Ends when it is dropped.
pub struct Combiner {
    queue: mpsc::Sender<Waiting>,
}

struct Waiting {
    request: Request,
    deadline: Instant,
    parent: Option<TraceParent>,
    reply: oneshot::Sender<Result<Verdict, Fault>>,
}

impl Combiner {
    /// Starts the task that serves the requests.
    pub fn start(store: Store) -> Self {
        let (queue, waiting) = mpsc::channel(limits::STORE_QUEUE_MAX);
        // It ends when nobody can ask any more.
        Background::start(serve(store, waiting)).detach();
        Self { queue }
    }

    /// Has a request served.
    ///
    /// # Errors
    /// When the store fails, too many wait or the deadline passes; after a deadline the outcome is not known, and
    /// the same request again tells it.
    pub async fn reserve(&self, cx: &Cx, request: Request) -> Result<Verdict, Fault> {
        cx.check_deadline()?;
        let (reply, answer) = oneshot::channel();
        let parent = TraceParent::here().or(cx.parent);
        let waiting = Waiting { request, deadline: cx.deadline, parent, reply };
        self.queue.try_send(waiting).map_err(|error| match error {
            TrySendError::Full(_) => Fault::unavailable("too many reserve requests wait"),
            TrySendError::Closed(_) => Fault::unavailable("the service is stopping"),
        })?;
        match timeout_at(cx.deadline.into(), answer).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(Fault::unavailable("the service is stopping")),
            Err(_) => Err(Fault::deadline()),
        }
    }
}

async fn serve(store: Store, mut queue: mpsc::Receiver<Waiting>) {
    let mut batch = Vec::with_capacity(BATCH_MAX);
    // What has come in while the batch before was being served is the next batch: nobody waits for company.
    while queue.recv_many(&mut batch, BATCH_MAX).await > 0 {
        let now = Instant::now();
        batch.retain(|waiting| waiting.deadline > now && !waiting.reply.is_closed());
        // What is done for many belongs to the trace of the first.
        let parent = batch.first().and_then(|waiting| waiting.parent);
        let (requests, replies): (Vec<_>, Vec<_>) =
            batch.drain(..).map(|waiting| (waiting.request, waiting.reply)).unzip();
        if requests.is_empty() {
            continue;
        }
        let outcomes = outcomes(&store, parent, requests).await;
        for (reply, outcome) in replies.into_iter().zip(outcomes) {
            // A caller who has gone away meanwhile repeats or lets the reservation run out.
            let _ = reply.send(outcome);
        }
    }
}

/// One outcome a request. A batch that fails by a defect is tried again one by one, so that a request can only
/// spoil itself.
async fn outcomes(store: &Store, parent: Option<TraceParent>, requests: Vec<Request>) -> Vec<Result<Verdict, Fault>> {
    let count = requests.len();
    let requests: Arc<[Request]> = requests.into();
    match reserve(store, parent, Arc::clone(&requests)).await {
        Ok(verdicts) => verdicts.into_iter().map(Ok).collect(),
        Err(fault) if count == 1 || fault.kind.is_transient() => vec![Err(fault); count],
        Err(_) => {
            let mut outcomes = Vec::with_capacity(count);
            for request in requests.iter() {
                let alone = reserve(store, parent, Arc::from([request.clone()])).await;
                let only = alone.and_then(|verdicts| {
                    verdicts.into_iter().next().ok_or_else(|| Fault::internal("a request was not answered"))
                });
                outcomes.push(only);
            }
            outcomes
        }
    }
}

async fn reserve(store: &Store, parent: Option<TraceParent>, requests: Arc<[Request]>) -> Result<Vec<Verdict>, Fault> {
    let cx = Cx::background(store.service(), store.env()).going_on_from(parent);
    let verdicts = store.write(&cx, move |tx| holding::reserve(tx, &requests)).await?;
    failpoint("inventory.reserved");
    Ok(verdicts)
}
