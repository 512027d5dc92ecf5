//! Runs consumers on deliveries: in order per key, different keys at the same time, each within its limits.

use std::{
    any::Any,
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    panic::AssertUnwindSafe,
};

use futures::{FutureExt as _, future::join_all};
use metrics::{Counter, Histogram, counter, histogram};
use souk_types::{Actor, Cx, Env, Fault, trace};
use tokio::time::{Instant, timeout};
use tracing::{Instrument as _, Span, field::Empty};

use crate::{Config, Consumer, Delivery, breaker::Breaker};

/// Bytes of an error that are kept.
const ERROR_BYTES_MAX: usize = 2_000;

pub(crate) struct Dispatcher {
    pub(crate) subscribers: Vec<Subscriber>,
    config: Config,
    env: Env,
}

pub(crate) struct Subscriber {
    pub(crate) consumer: Consumer,
    pub(crate) breaker: Breaker,
    meters: Meters,
}

/// One delivery that one subscriber is to get.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Assignment<'a> {
    /// The subscriber's place in the list.
    pub(crate) subscriber: usize,
    pub(crate) delivery: &'a Delivery,
    /// An earlier event of the same key still waits for its retry.
    pub(crate) blocked: bool,
}

/// What became of an assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Handled,
    /// The handler refused, panicked or took too long; this is to be tried again.
    Failed {
        error: String,
    },
    /// The same, for the last time.
    Parked {
        error: String,
    },
    /// Not tried: an earlier event of the same key comes first.
    Behind,
    /// Not tried: the consumer is set aside for a while.
    Deferred,
}

impl Dispatcher {
    pub(crate) fn new(consumers: Vec<Consumer>, config: Config, env: Env) -> Self {
        let subscribers = consumers.into_iter().map(Subscriber::new).collect();
        Self { subscribers, config, env }
    }

    /// Runs all assignments and answers in their order.
    pub(crate) async fn run(&self, assignments: &[Assignment<'_>]) -> Vec<Outcome> {
        let lanes_max = self.config.lanes_max.max(1);
        let mut lanes: HashMap<_, Vec<usize>> = HashMap::new();
        for (index, assignment) in assignments.iter().enumerate() {
            let lane = (assignment.subscriber, lane(&assignment.delivery.key, lanes_max));
            lanes.entry(lane).or_default().push(index);
        }
        let ends = join_all(lanes.into_values().map(|lane| self.run_lane(assignments, lane))).await;
        let mut outcomes = vec![Outcome::Behind; assignments.len()];
        for (index, outcome) in ends.into_iter().flatten() {
            outcomes[index] = outcome;
        }
        outcomes
    }

    async fn run_lane(&self, assignments: &[Assignment<'_>], lane: Vec<usize>) -> Vec<(usize, Outcome)> {
        let mut blocked = HashSet::new();
        let mut outcomes = Vec::with_capacity(lane.len());
        for index in lane {
            let Assignment { subscriber, delivery, blocked: blocked_before } = assignments[index];
            let key = delivery.key.as_str();
            let outcome = if blocked_before || blocked.contains(key) {
                Outcome::Behind
            } else {
                self.deliver(&self.subscribers[subscriber], delivery).await
            };
            if matches!(outcome, Outcome::Failed { .. } | Outcome::Deferred) {
                blocked.insert(key);
            }
            outcomes.push((index, outcome));
        }
        outcomes
    }

    async fn deliver(&self, subscriber: &Subscriber, delivery: &Delivery) -> Outcome {
        if subscriber.breaker.remaining().is_some() {
            return Outcome::Deferred;
        }
        let limit = self.config.delivery_max;
        let cx = Cx::new(Actor::service(subscriber.consumer.name), limit, delivery.trace)
            .going_on_from(delivery.parent)
            .unhurried();
        let span = span(subscriber.consumer.name, &cx, delivery);
        let started = Instant::now();
        let handling = AssertUnwindSafe(subscriber.consumer.handler.handle(&cx, delivery)).catch_unwind();
        let handled = timeout(limit, handling).instrument(span.clone()).await;
        subscriber.meters.seconds.record(started.elapsed());
        if delivery.attempt > 1 {
            subscriber.meters.retried.increment(1);
        }
        let fault = match handled {
            Ok(Ok(Ok(()))) => {
                subscriber.breaker.reset();
                subscriber.meters.delivered.increment(1);
                subscriber.meters.age_seconds.record(self.env.now().since(delivery.at));
                return Outcome::Handled;
            }
            Ok(Ok(Err(fault))) => fault,
            Ok(Err(panic)) => panicked(&*panic),
            Err(_) => {
                subscriber.breaker.trip(limit);
                Fault::deadline()
            }
        };
        span.in_scope(|| self.failed(subscriber, delivery, &fault))
    }

    fn failed(&self, subscriber: &Subscriber, delivery: &Delivery, fault: &Fault) -> Outcome {
        let (consumer, attempt) = (subscriber.consumer.name, delivery.attempt);
        let Delivery { event, topic, trace, .. } = delivery;
        let mut error = fault.to_string();
        error.truncate(error.floor_char_boundary(ERROR_BYTES_MAX));
        subscriber.meters.failed.increment(1);
        if self.config.is_last(attempt) {
            subscriber.meters.parked.increment(1);
            tracing::error!(consumer, %event, topic, %trace, attempt, error, "an event failed too often: a dead letter");
            Outcome::Parked { error }
        } else {
            tracing::warn!(consumer, %event, topic, %trace, attempt, error, "an event failed and will be retried");
            Outcome::Failed { error }
        }
    }
}

impl Subscriber {
    fn new(consumer: Consumer) -> Self {
        let name = consumer.name;
        Self { breaker: Breaker::default(), meters: Meters::new(name), consumer }
    }
}

/// What is measured of one consumer.
struct Meters {
    delivered: Counter,
    failed: Counter,
    retried: Counter,
    parked: Counter,
    seconds: Histogram,
    /// How old events were when they had been acted on.
    age_seconds: Histogram,
}

impl Meters {
    fn new(consumer: &'static str) -> Self {
        Self {
            delivered: counter!("souk_events_delivered_total", "consumer" => consumer),
            failed: counter!("souk_events_failed_total", "consumer" => consumer),
            retried: counter!("souk_events_retried_total", "consumer" => consumer),
            parked: counter!("souk_events_parked_total", "consumer" => consumer),
            seconds: histogram!("souk_events_handler_seconds", "consumer" => consumer),
            age_seconds: histogram!("souk_events_age_seconds", "consumer" => consumer),
        }
    }
}

/// The span of one delivery, in the trace of the call that emitted the event: a child of it, so that what follows from
/// one request is one trace.
fn span(consumer: &'static str, cx: &Cx, delivery: &Delivery) -> Span {
    let span = tracing::debug_span!(
        "event",
        otel.name = format_args!("{} {consumer}", delivery.topic),
        otel.kind = "consumer",
        otel.status_code = Empty,
        consumer,
        topic = delivery.topic,
        event = %delivery.event,
        attempt = delivery.attempt,
        trace = %cx.trace,
    );
    trace::go_on(&span, cx.parent);
    span
}

fn lane(key: &str, lanes: usize) -> usize {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    usize::try_from(hasher.finish() % lanes as u64).unwrap_or(0)
}

fn panicked(panic: &(dyn Any + Send)) -> Fault {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Fault::internal(format!("the handler panicked: {}", text.unwrap_or("without a message")))
}
