//! What all that works on one service's outbox shares.

use std::sync::atomic::{AtomicU64, Ordering};

use metrics::{Gauge, gauge};
use souk_store::Store;
use souk_types::{Cx, Env, Timestamp};
use tokio::sync::{Mutex, Notify};

use crate::{
    Config,
    lease::Lease,
    nats::{Partitions, Share, Worker, partition},
};

pub(crate) struct Source {
    pub(crate) store: Store,
    pub(crate) env: Env,
    pub(crate) config: Config,
    pub(crate) lease: Lease,
    /// Where instances share what they act on; `None` where the one that has the lease does everything.
    share: Option<Share>,
    /// Fires when somebody wants everything looked at now.
    pub(crate) nudge: Notify,
    /// Fires when a delivery has been kept for a retry.
    pub(crate) failed: Notify,
    /// Held while kept deliveries are written: what waits behind a head must not be added while the head goes.
    pub(crate) books: Mutex<()>,
    /// Counts rounds of deliveries, each before its end is written down.
    rounds: AtomicU64,
    lag: Gauge,
}

impl Source {
    /// `shared` says whether instances of the service share what they act on.
    pub(crate) fn new(store: Store, env: Env, config: Config, shared: bool) -> Self {
        let lag = gauge!("souk_events_lag_seconds", "service" => store.service());
        let lease = Lease::new(config.lease, &env);
        let share = config.lease.filter(|_| shared).map(|span| Share::new(span, &env));
        Self {
            store,
            env,
            config,
            lease,
            share,
            nudge: Notify::new(),
            failed: Notify::new(),
            books: Mutex::new(()),
            rounds: AtomicU64::new(0),
            lag,
        }
    }

    pub(crate) fn cx(&self) -> Cx {
        Cx::background(self.store.service(), &self.env).unhurried()
    }

    pub(crate) fn service(&self) -> &'static str {
        self.store.service()
    }

    /// What a worker, which is done with what it was given before, may act on now.
    pub(crate) async fn at_hand(&self, worker: Worker) -> Partitions {
        match &self.share {
            Some(share) => share.at_hand(worker, &self.store, &self.env).await,
            None if self.lease.is_held(&self.store, &self.env).await => partition::all(),
            None => Partitions::new(),
        }
    }

    /// To be called when a worker has ended.
    pub(crate) async fn ended(&self, worker: Worker) {
        if let Some(share) = &self.share {
            share.end(worker, &self.store, &self.env).await;
        }
    }

    /// To be called when deliveries have run and before that is written: see [`Bus::drained`](crate::Bus::drained).
    pub(crate) fn count_round(&self) {
        self.rounds.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn rounds(&self) -> u64 {
        self.rounds.load(Ordering::SeqCst)
    }

    /// Tells since when the oldest event waits.
    pub(crate) fn note_oldest(&self, oldest: Option<Timestamp>) {
        self.lag.set(oldest.map_or(0.0, |at| self.env.now().since(at).as_secs_f64()));
    }
}
