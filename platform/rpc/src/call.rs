//! How a call runs: the deadline, the task, the panic and the measure, the same for every method.

use std::{
    any::Any,
    future::{Future, poll_fn},
    panic::AssertUnwindSafe,
    pin::{Pin, pin},
    task::Poll,
    time::Instant,
};

use bytes::Bytes;
use futures::{FutureExt, future::BoxFuture};
use serde::de::DeserializeOwned;
use souk_types::{Cx, ErrorKind, Fault, ServiceError};
use tokio::time::timeout_at;
use tracing::{Instrument, Span};

use crate::{
    arguments::ArgumentsOut,
    meter::Meter,
    wire::{Wire, WireCall, WireError},
};

/// Runs a read in the caller's task, until the deadline at the latest.
pub async fn inline<T, E: ServiceError>(meter: &Meter, cx: &Cx, work: BoxFuture<'_, Result<T, E>>) -> Result<T, E> {
    let started = Instant::now();
    let span = meter.span(cx);
    let guarded = AssertUnwindSafe(work).catch_unwind().instrument(span.clone());
    let outcome = match before(cx.deadline, started, guarded).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(panic)) => Err(panicked(&*panic).into()),
        Err(late) => Err(late.into()),
    };
    note(meter, cx, &span, started, outcome)
}

/// Runs a command in a task of its own, which goes on when the caller goes away or stops waiting.
#[expect(clippy::disallowed_methods, reason = "a command outlives its caller")]
pub async fn in_own_task<T, E, W>(meter: &Meter, cx: &Cx, work: W) -> Result<T, E>
where
    T: Send + 'static,
    E: ServiceError,
    W: Future<Output = Result<T, E>> + Send + 'static,
{
    let (started, span) = (Instant::now(), meter.span(cx));
    let outcome = if cx.deadline <= started {
        Err(Fault::deadline().into())
    } else {
        let task = tokio::spawn(work.instrument(span.clone()));
        match timeout_at(cx.deadline.into(), task).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(stopped)) => Err(match stopped.try_into_panic() {
                Ok(panic) => panicked(&*panic).into(),
                Err(_) => Fault::unavailable("the process is stopping").into(),
            }),
            Err(_) => Err(Fault::deadline().into()),
        }
    };
    note(meter, cx, &span, started, outcome)
}

/// Makes a call over a wire, and waits until the deadline at the latest.
pub async fn over_wire<T, E>(meter: &Meter, wire: &dyn Wire, cx: &Cx, arguments: ArgumentsOut) -> Result<T, E>
where
    T: DeserializeOwned,
    E: ServiceError,
{
    let (started, span) = (Instant::now(), meter.span(cx));
    let outcome = match exchange(meter, wire, cx, started, arguments).instrument(span.clone()).await {
        Ok(json) => serde_json::from_slice(&json).map_err(|error| {
            let (service, method) = (meter.method.service, meter.method.name);
            Fault::internal(format!("the answer of {service}.{method} was not understood: {error}")).into()
        }),
        Err(WireError::Failed(failure)) => Err(failure.into_error()),
        Err(WireError::Lost(fault)) => Err(fault.into()),
    };
    meter.record(&span, started, outcome.as_ref().err().map(E::kind));
    outcome
}

async fn exchange(
    meter: &Meter,
    wire: &dyn Wire,
    cx: &Cx,
    started: Instant,
    arguments: ArgumentsOut,
) -> Result<Bytes, WireError> {
    let body = arguments.finish().map_err(WireError::Lost)?;
    let call = wire.call(WireCall { method: meter.method, cx }, body);
    before(cx.deadline, started, call).await.map_err(WireError::Lost)?
}

/// Waits for the work until the deadline. Work that is done at its first poll costs no timer.
async fn before<W: Future>(deadline: Instant, now: Instant, work: W) -> Result<W::Output, Fault> {
    if deadline <= now {
        return Err(Fault::deadline());
    }
    let mut work = pin!(work);
    match poll_fn(|task| Poll::Ready(Pin::as_mut(&mut work).poll(task))).await {
        Poll::Ready(output) => Ok(output),
        Poll::Pending => timeout_at(deadline.into(), work).await.map_err(|_| Fault::deadline()),
    }
}

/// Measures a call where it ran, and tells the log of a defect, once, with what the edge will not show.
fn note<T, E: ServiceError>(
    meter: &Meter,
    cx: &Cx,
    span: &Span,
    started: Instant,
    outcome: Result<T, E>,
) -> Result<T, E> {
    let failed = outcome.as_ref().err();
    if let Some(error) = failed
        && error.kind() == ErrorKind::Internal
    {
        let (service, method) = (meter.method.service, meter.method.name);
        tracing::error!(parent: span, service, method, trace = %cx.trace, %error, "a call failed");
    }
    meter.record(span, started, failed.map(E::kind));
    outcome
}

fn panicked(panic: &(dyn Any + Send)) -> Fault {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no text");
    Fault::internal(format!("panicked: {text}"))
}
