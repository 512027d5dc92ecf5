use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use souk_store::Store;
use souk_types::{Env, EventId, Fault, Page, PageRequest, Timestamp};
use tokio::time::{sleep, timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    Config, Consumer, DeadLetter, LetterFilter, Nats, dead_letter,
    dispatch::Dispatcher,
    failures,
    nats::{Follower, Head, Listening, past, position},
    outbox,
    relay::Relay,
    replay,
    retry::Retry,
    source::Source,
    sweep::Sweeper,
    transport::{InProcess, Transport},
};

/// How often [`Bus::drained`] looks.
const DRAIN_POLL: Duration = Duration::from_millis(5);
/// Waiting events are counted up to here.
const LAG_COUNT_MAX: u32 = 10_000;
/// How long an instance of a service that died still counts as the one that delivers.
const LEASE: Duration = Duration::from_secs(10);

/// What carries events from where they are emitted to where they are acted on.
#[derive(Debug, Clone)]
pub enum Carrier {
    /// Nothing: this process has all services.
    InProcess,
    /// NATS JetStream: services are in several processes, some perhaps several times.
    Nats(Nats),
}

/// What a bus connects.
pub struct Ends {
    /// The stores of this process's services, whose events are carried.
    pub sources: Vec<Store>,
    /// The consumers of these services: each event is acted on once, whichever instance does it. With
    /// [`Carrier::Nats`], a consumer's name begins with its service and a point.
    pub consumers: Vec<Consumer>,
    /// Consumers of this very process, which are told of everything from now on: for what is kept in memory.
    pub listeners: Vec<Consumer>,
    /// What carries events.
    pub carrier: Carrier,
}

/// Delivers the events of some services' stores to consumers, until its token is cancelled. Shared by its clones.
#[derive(Clone)]
pub struct Bus {
    sources: Arc<[Arc<Source>]>,
    dispatcher: Arc<Dispatcher>,
    carrier: Carrier,
    /// The last message of the stream that the listeners were told of; `None` without listeners.
    told: Option<Arc<AtomicU64>>,
    tasks: TaskTracker,
}

/// How far the delivery of one service's events is behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lag {
    /// The service that emits them.
    pub service: &'static str,
    /// Events that wait, counted up to 10,000.
    pub unsent: u64,
    /// How long the oldest of them has waited.
    pub oldest: Duration,
}

impl Bus {
    /// Starts to deliver, with the usual times and limits. Names of consumers must differ.
    pub fn start(ends: Ends, env: Env, stop: CancellationToken) -> Self {
        Self::start_with(Config::default(), ends, env, stop)
    }

    /// Starts to deliver, with times and limits of the caller's choice.
    pub fn start_with(config: Config, ends: Ends, env: Env, stop: CancellationToken) -> Self {
        let Ends { sources, mut consumers, listeners, carrier } = ends;
        debug_assert!(names_differ(&consumers), "two consumers have one name");
        let listeners = match &carrier {
            Carrier::InProcess => {
                consumers.extend(listeners);
                Vec::new()
            }
            Carrier::Nats(_) => listeners,
        };
        let among_others = matches!(carrier, Carrier::Nats(_));
        let config_of = |store: &Store| match config.lease {
            None if among_others && store.is_shared() => Config { lease: Some(LEASE), ..config },
            _ => config,
        };
        let source = |store: Store| {
            let (config, shared) = (config_of(&store), among_others && acts(names(&consumers), store.service()));
            Arc::new(Source::new(store, env.clone(), config, shared))
        };
        let mut sources: Vec<Arc<Source>> = sources.into_iter().map(source).collect();
        sources.sort_by_key(|source| source.service());
        let dispatcher = Arc::new(Dispatcher::new(consumers, config, env.clone()));
        let mut bus = Self { sources: sources.into(), dispatcher, carrier, told: None, tasks: TaskTracker::new() };
        bus.start_sources(&stop);
        if let (Carrier::Nats(nats), false) = (bus.carrier.clone(), listeners.is_empty()) {
            let told = Arc::clone(bus.told.insert(Arc::default()));
            let listeners = Arc::new(Dispatcher::new(listeners, config, env));
            bus.tasks.spawn(Listening { listeners, nats, config, told, stop }.run());
        }
        bus.tasks.close();
        bus
    }

    fn start_sources(&self, stop: &CancellationToken) {
        let transport: Arc<dyn Transport> = match &self.carrier {
            Carrier::InProcess => Arc::new(InProcess(Arc::clone(&self.dispatcher))),
            Carrier::Nats(nats) => Arc::new(nats.clone()),
        };
        for source in self.sources.iter() {
            let (dispatcher, stop) = (&self.dispatcher, stop.clone());
            self.tasks.spawn(Relay::new(Arc::clone(source), Arc::clone(&transport), stop.clone()).run());
            self.tasks.spawn(Retry::new(Arc::clone(source), Arc::clone(dispatcher), stop.clone()).run());
            self.tasks.spawn(Sweeper { source: Arc::clone(source), stop: stop.clone() }.run());
            if let Carrier::Nats(nats) = &self.carrier
                && acts(self.consumers(), source.service())
            {
                self.tasks.spawn(Follower::new(Arc::clone(source), Arc::clone(dispatcher), nats.clone(), stop).run());
            }
        }
    }

    /// Waits until everything has ended after the token was cancelled; deliveries under way have the grace time of
    /// the [`Config`] for it.
    pub async fn stopped(&self) {
        self.tasks.wait().await;
    }

    /// Looks everywhere now rather than at the next poll: for tests that moved the clock.
    pub fn nudge(&self) {
        for source in self.sources.iter() {
            source.nudge.notify_waiters();
        }
    }

    /// Waits until nothing is unsent and no retry is due; false when `limit` passes before. Retries that are due
    /// later, and dead letters, do not count.
    pub async fn drained(&self, limit: Duration) -> bool {
        let drained = async {
            while !self.is_drained().await {
                self.nudge();
                sleep(DRAIN_POLL).await;
            }
        };
        timeout(limit, drained).await.is_ok()
    }

    /// A delivery may emit an event in a store that was looked at already. The rounds tell: each is counted after its
    /// deliveries and before its end is written, so if all stores are empty and no round was counted meanwhile,
    /// they were empty at the same time.
    async fn is_drained(&self) -> bool {
        let rounds = self.rounds();
        for source in self.sources.iter() {
            let consumers = failures::names(self.consumers());
            let look = move |tx: &mut souk_store::Tx<'_>| {
                Ok::<_, Fault>(outbox::unsent(tx, 1)?.is_empty() && failures::due(tx, &consumers, 1)?.is_empty())
            };
            if !source.store.read(&source.cx(), look).await.unwrap_or(false) {
                return false;
            }
        }
        self.has_followed().await.unwrap_or(false) && rounds == self.rounds()
    }

    /// Says whether all services of this process, and its listeners, are at the end of the stream.
    async fn has_followed(&self) -> Result<bool, Fault> {
        let Carrier::Nats(nats) = &self.carrier else { return Ok(true) };
        let Head { stream, last, .. } = nats.head().await?;
        if self.told.as_ref().is_some_and(|told| told.load(Ordering::SeqCst) < last) {
            return Ok(false);
        }
        for source in self.sources.iter().filter(|source| acts(self.consumers(), source.service())) {
            let stream = stream.clone();
            let place = source.store.read::<_, Fault>(&source.cx(), move |tx| position(tx, &stream)).await?;
            if place < last {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn rounds(&self) -> u64 {
        self.sources.iter().map(|source| source.rounds()).sum()
    }

    /// Lists the dead letters of all sources by when their events were committed.
    ///
    /// # Errors
    /// Invalid when the page request is; else when a store fails.
    pub async fn dead_letters(&self, filter: &LetterFilter, page: PageRequest) -> Result<Page<DeadLetter>, Fault> {
        dead_letter::page(&self.sources, filter, &page).await
    }

    /// Delivers a dead letter again, now and with all attempts before it.
    ///
    /// # Errors
    /// Not found when there is no such dead letter; else when the store fails.
    pub async fn replay(&self, service: &str, consumer: &str, event: EventId) -> Result<(), Fault> {
        let source = self.source(service)?;
        let consumer = consumer.to_owned();
        source.store.write(&source.cx(), move |tx| found(failures::unpark(tx, &consumer, event)?)).await?;
        source.failed.notify_one();
        Ok(())
    }

    /// Drops a dead letter for good.
    ///
    /// # Errors
    /// Not found when there is no such dead letter; else when the store fails.
    pub async fn discard(&self, service: &str, consumer: &str, event: EventId) -> Result<(), Fault> {
        let source = self.source(service)?;
        let consumer = consumer.to_owned();
        source.store.write(&source.cx(), move |tx| found(failures::discard(tx, &consumer, event)?)).await
    }

    /// Delivers to one consumer again what was sent of a topic (or `orders.*`, or `*`) since a time, as far as the
    /// outboxes, or the stream, still have it; answers how many events. A consumer does nothing on what its inbox
    /// remembers, so this mends a consumer whose data went back in time together with its inbox, or one without an inbox.
    /// What waits for a retry, or is a dead letter, stays that.
    ///
    /// # Errors
    /// Not found when there is no such consumer; else when a store or the stream fails: some may come again by then.
    pub async fn replay_since(&self, topic: &str, consumer: &str, from: Timestamp) -> Result<u64, Fault> {
        let mut subscribers = self.dispatcher.subscribers.iter().map(|subscriber| &subscriber.consumer);
        let known = subscribers.find(|known| known.name == consumer).ok_or_else(|| Fault::not_found("the consumer"))?;
        if let Carrier::Nats(nats) = &self.carrier {
            let source = self.source(consumer.split('.').next().unwrap_or_default())?;
            return past::replay_since(nats, source, known, topic, from).await;
        }
        let mut replayed = 0;
        for source in self.sources.iter() {
            replayed += replay::replay_since(source, known, topic, from).await?;
        }
        Ok(replayed)
    }

    /// Tells of every source how far its delivery is behind.
    ///
    /// # Errors
    /// When a store fails.
    pub async fn lag(&self) -> Result<Vec<Lag>, Fault> {
        let mut lags = Vec::with_capacity(self.sources.len());
        for source in self.sources.iter() {
            let look = |tx: &mut souk_store::Tx<'_>| outbox::backlog(tx, LAG_COUNT_MAX);
            let (unsent, first) = source.store.read::<_, Fault>(&source.cx(), look).await?;
            let oldest = first.map_or(Duration::ZERO, |first| source.env.now().since(first));
            lags.push(Lag { service: source.service(), unsent, oldest });
        }
        Ok(lags)
    }

    fn source(&self, service: &str) -> Result<&Source, Fault> {
        let source = self.sources.iter().find(|source| source.service() == service);
        source.map(|source| &**source).ok_or_else(|| Fault::not_found(format!("the source {service}")))
    }

    /// The names of the consumers in this process.
    pub fn consumers(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.dispatcher.subscribers.iter().map(|subscriber| subscriber.consumer.name)
    }
}

fn names(consumers: &[Consumer]) -> impl Iterator<Item = &'static str> {
    consumers.iter().map(|consumer| consumer.name)
}

/// Says whether the service has consumers of its own.
fn acts(mut consumers: impl Iterator<Item = &'static str>, service: &str) -> bool {
    consumers.any(|consumer| consumer.split('.').next() == Some(service))
}

fn found(found: bool) -> Result<(), Fault> {
    if found { Ok(()) } else { Err(Fault::not_found("the dead letter")) }
}

fn names_differ(consumers: &[Consumer]) -> bool {
    let mut names: Vec<_> = names(consumers).collect();
    names.sort_unstable();
    names.windows(2).all(|pair| pair[0] != pair[1])
}

impl fmt::Debug for Bus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bus").field("sources", &self.sources.len()).finish_non_exhaustive()
    }
}
