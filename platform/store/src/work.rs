//! A closure on its way to the engine and its answer on the way back, without their types, so that the engines are
//! compiled once.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

use souk_types::{Cx, Fault, TraceParent};
use tokio::sync::oneshot;

use crate::Tx;

/// How long a caller waits beyond its deadline for work that may already be running.
const ANSWER_GRACE: Duration = Duration::from_secs(5);

/// Work to be done in a transaction.
pub(crate) struct Job {
    pub(crate) cx: Cx,
    pub(crate) work: Box<dyn Work>,
    pub(crate) since: Instant,
}

pub(crate) trait Work: Send {
    /// Says whether anybody still waits for the answer.
    fn is_wanted(&self) -> bool;
    /// Runs the closure and keeps its result; says whether it wants to commit. Never panics.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    /// Hands the result to the caller: its own, or why nothing was saved.
    fn answer(self: Box<Self>, saved: Result<(), Fault>);
    /// Hands a fault to the caller, whatever the closure's result.
    fn refuse(self: Box<Self>, fault: Fault);
}

struct Pending<T, E, F> {
    closure: F,
    outcome: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl Job {
    /// Refuses work whose caller has given up.
    pub(crate) fn check_wanted(&self) -> Result<(), Fault> {
        self.cx.check_deadline()?;
        if self.work.is_wanted() { Ok(()) } else { Err(Fault::deadline().because("the caller has gone")) }
    }

    pub(crate) fn answer(self, saved: Result<(), Fault>) {
        self.work.answer(saved);
    }

    pub(crate) fn refuse(self, fault: Fault) {
        self.work.refuse(fault);
    }
}

/// Packs a closure.
pub(crate) fn job<T, E, F>(cx: &Cx, closure: F) -> (Job, oneshot::Receiver<Result<T, E>>)
where
    T: Send + 'static,
    E: From<Fault> + Send + 'static,
    F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    // It runs on another thread, which does not know in which span.
    let parent = TraceParent::here().or(cx.parent);
    (
        Job {
            cx: Cx { parent, ..cx.clone() },
            work: Box::new(Pending { closure, outcome: None, reply }),
            since: Instant::now(),
        },
        answer,
    )
}

/// Waits for the answer to a job.
pub(crate) async fn answer<T, E: From<Fault>>(cx: &Cx, answer: oneshot::Receiver<Result<T, E>>) -> Result<T, E> {
    match tokio::time::timeout(cx.remaining() + ANSWER_GRACE, answer).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => {
            Err(E::from(Fault::unavailable("the store stopped before it answered: the outcome is not known")))
        }
        Err(_) => Err(E::from(Fault::deadline().because("the store did not answer in time: the outcome is not known"))),
    }
}

/// Runs a closure; a panic and a spoiled transaction become faults.
pub(crate) fn run<T, E: From<Fault>>(
    tx: &mut Tx<'_>,
    closure: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let outcome = catch_unwind(AssertUnwindSafe(|| closure(tx)))
        .unwrap_or_else(|panic| Err(E::from(Fault::internal(format!("a transaction panicked: {}", message(&*panic))))));
    match (outcome, tx.spoiled()) {
        (Ok(_), Some(fault)) => Err(E::from(fault.clone())),
        (outcome, _) => outcome,
    }
}

impl<T, E, F> Work for Pending<T, E, F>
where
    T: Send,
    E: From<Fault> + Send,
    F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send,
{
    fn is_wanted(&self) -> bool {
        !self.reply.is_closed()
    }

    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        self.outcome.insert(run(tx, &mut self.closure)).is_ok()
    }

    fn answer(self: Box<Self>, saved: Result<(), Fault>) {
        let result = match (self.outcome, saved) {
            (Some(outcome), Ok(())) => outcome,
            (Some(Err(error)), Err(_)) => Err(error),
            (Some(Ok(_)) | None, Err(fault)) => Err(E::from(fault)),
            (None, Ok(())) => Err(E::from(Fault::internal("a transaction was answered but not run"))),
        };
        // A caller who has gone needs no answer.
        let _ = self.reply.send(result);
    }

    fn refuse(self: Box<Self>, fault: Fault) {
        let _ = self.reply.send(Err(E::from(fault)));
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
