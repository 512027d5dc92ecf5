//! A whole shop: every service, local, on its own store, and what runs between them.

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::Result;
use axum::Router;
use souk_contracts::{
    accounts::AccountsClient, cart::CartClient, catalog::CatalogClient, delivery::DeliveryClient,
    inventory::InventoryClient, notifications::NotificationsClient, operations::OperationsClient, orders::OrdersClient,
    payments::PaymentsClient, search::SearchClient,
};
use souk_events::{Bus, Consumer, Ends};
use souk_files::Files;
use souk_jobs::{Background, Periodic, Queue, Worker};
use souk_payments::sandbox::{self, Sandbox};
use souk_rpc::guarded;
use souk_store::{Engine, Schema, Store};
use souk_types::{Actor, Currency, Cx, Env, TraceId};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{assembly::Assembly, config::Config, fleet::Fleet, operations::BackRoom};

/// Every service's tables, in the order in which the services are built.
pub static SCHEMAS: [&Schema; 11] = [
    &souk_catalog::SCHEMA,
    &souk_inventory::SCHEMA,
    &souk_search::SCHEMA,
    &souk_cart::SCHEMA,
    &souk_delivery::SCHEMA,
    &souk_payments::SCHEMA,
    &sandbox::SCHEMA,
    &souk_orders::SCHEMA,
    &souk_notifications::SCHEMA,
    &souk_accounts::SCHEMA,
    &souk_web::SCHEMA,
];

/// How services call each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calls {
    /// One virtual call; nothing is serialised.
    Local,
    /// Through the wire format, in process: shows a broken wire without sockets.
    Loopback,
}

/// What a shop is built from.
pub struct Plan {
    /// Its configuration.
    pub config: Config,
    /// Where its databases are.
    pub engine: Engine,
    /// Where its own things are: the search index, databases that no other process has.
    pub folder: PathBuf,
    /// Pictures, imports, copies of the search index.
    pub files: Files,
    /// The key from which its own secrets are derived.
    pub secret: [u8; 32],
    /// Time and randomness.
    pub env: Env,
    /// How services call each other in this process.
    pub calls: Calls,
    /// Which of them are in this process.
    pub fleet: Fleet,
}

impl Plan {
    /// Where a service's database is.
    pub fn engine_of(&self, schema: &Schema) -> Engine {
        if self.is_by_instance(schema) { Engine::sqlite(self.databases()) } else { self.engine.clone() }
    }

    /// Says whether every instance of a service has a database of its own: the one of search belongs to its index.
    pub fn is_by_instance(&self, schema: &Schema) -> bool {
        schema.service == souk_search::SCHEMA.service && self.fleet.is_spread()
    }

    /// Where databases are that no other process has.
    pub fn databases(&self) -> PathBuf {
        self.folder.join("store")
    }

    /// Where the search index is.
    pub fn index(&self) -> PathBuf {
        self.folder.join("search")
    }

    /// The copies of the index that instances of search share, when there can be several.
    pub fn index_copies(&self) -> Option<souk_search::Copies> {
        let every = Duration::from_secs(self.config.search.copy_every_s);
        let copies = souk_search::Copies { files: self.files.below("search"), every };
        (self.fleet.is_spread() && !self.fleet.is_beside()).then_some(copies)
    }
}

/// A whole shop, running: the services' clients, and the events and jobs between them.
pub struct Shop {
    /// Products.
    pub catalog: CatalogClient,
    /// Stock.
    pub inventory: InventoryClient,
    /// Finding.
    pub search: SearchClient,
    /// Carts.
    pub cart: CartClient,
    /// Parcels.
    pub delivery: DeliveryClient,
    /// Money.
    pub payments: PaymentsClient,
    /// Orders.
    pub orders: OrdersClient,
    /// Messages.
    pub notifications: NotificationsClient,
    /// People.
    pub accounts: AccountsClient,
    /// What failed behind the scenes, in all processes.
    pub operations: OperationsClient,
    /// The sandbox gateway: a stranger to the shop, which only happens to live in the same process as payments.
    pub gateway: Option<Arc<Sandbox>>,
    /// Time and randomness.
    pub env: Env,
    /// Where the shop's files are.
    pub folder: PathBuf,
    /// Pictures, imports, copies of the search index.
    pub files: Files,
    /// What other processes may call; there when there are others.
    pub internal: Option<Router>,
    /// Which services are in this process.
    pub fleet: Fleet,
    /// The currency of all prices.
    pub currency: Currency,
    stores: Vec<Store>,
    back_room: Arc<BackRoom>,
    jobs: Vec<(Store, Vec<Queue>, Vec<Periodic>)>,
    background: Vec<Background>,
    consumers: Vec<Consumer>,
}

/// The events and jobs of a shop, under way until stopped.
pub struct Running {
    /// Delivers events.
    pub bus: Bus,
    workers: Vec<Worker>,
    background: Vec<Background>,
    env: Env,
    stop: CancellationToken,
}

impl Shop {
    /// Opens the stores and builds every service. Nothing runs yet.
    ///
    /// # Errors
    /// When a store cannot be opened, or the search index neither opened nor made.
    pub async fn build(plan: Plan) -> Result<Self> {
        let mut assembly = Assembly::open(&plan).await?;
        let catalog = assembly.catalog()?;
        let inventory = assembly.inventory()?;
        let search = assembly.search(&catalog, &inventory).await?;
        let cart = assembly.cart(&catalog, &inventory)?;
        let delivery = assembly.delivery()?;
        let (payments, gateway) = assembly.payments()?;
        let orders = assembly.orders(&cart, &inventory, &payments, &delivery)?;
        let notifications = assembly.notifications(&orders, &delivery)?;
        let accounts = assembly.accounts(&notifications)?;
        let (back_room, operations) = assembly.operations();
        let Assembly { currency, stores, jobs, background, consumers, internal, .. } = assembly;
        let internal = plan.fleet.trust.as_ref().map(|trust| match &trust.secret {
            Some(secret) => guarded(internal, secret.clone()),
            // Whoever comes in has shown a certificate.
            None => internal,
        });
        Ok(Self {
            catalog,
            inventory,
            search,
            cart,
            delivery,
            payments,
            orders,
            notifications,
            accounts,
            operations,
            gateway,
            env: plan.env,
            folder: plan.folder,
            files: plan.files,
            internal,
            fleet: plan.fleet,
            currency,
            stores,
            back_room,
            jobs,
            background,
            consumers,
        })
    }

    /// Starts delivering events, to the services and to the listeners of this process, and running jobs.
    pub fn start(&mut self, listeners: Vec<Consumer>) -> Running {
        let stop = CancellationToken::new();
        let mut consumers = std::mem::take(&mut self.consumers);
        consumers.retain(|consumer| self.fleet.acts(consumer.name));
        let background = std::mem::take(&mut self.background);
        let workers = std::mem::take(&mut self.jobs)
            .into_iter()
            .filter(|(_, queues, periodics)| !queues.is_empty() || !periodics.is_empty())
            .map(|(store, queues, periodics)| Worker::start(store, queues, periodics, self.env.clone(), stop.clone()))
            .collect();
        let ends = Ends { sources: self.stores.clone(), consumers, listeners, carrier: self.fleet.carrier.clone() };
        let bus = Bus::start(ends, self.env.clone(), stop.clone());
        self.back_room.attach(bus.clone());
        Running { bus, workers, background, env: self.env.clone(), stop }
    }

    /// A context for work that the program does for itself.
    pub fn cx(&self, limit: Duration) -> Cx {
        Cx::new(Actor::service("souk"), limit, TraceId::generate(&self.env))
    }

    /// Adds what is to be done again and again on a store. Before the start.
    pub fn also_run(&mut self, store: Store, periodics: Vec<Periodic>) {
        self.jobs.push((store, Vec::new(), periodics));
    }

    /// The store of a schema.
    pub fn store(&self, schema: &Schema) -> Option<Store> {
        self.stores.iter().find(|store| store.service() == schema.service).cloned()
    }

    /// The stores, for checks and tests.
    pub fn stores(&self) -> &[Store] {
        &self.stores
    }

    /// Closes a shop that was never started.
    pub async fn close_unstarted(mut self) {
        for task in std::mem::take(&mut self.background) {
            task.stop().await;
        }
        self.close().await;
    }

    /// Closes the stores.
    pub async fn close(self) {
        for store in self.stores {
            store.close().await;
        }
    }
}

impl Running {
    /// Waits until no event and no due job is left.
    pub async fn drained(&self, limit: Duration) -> bool {
        let deadline = tokio::time::Instant::now() + limit;
        // An event may add a job and a job may emit an event: both must be quiet after each other.
        while tokio::time::Instant::now() < deadline {
            let quiet = self.bus.drained(limit).await && self.jobs_drained().await && self.bus.drained(limit).await;
            if quiet {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        false
    }

    /// As [`drained`](Self::drained), after periodic work has been at everything that a crash may have left half done.
    pub async fn settled(&self, limit: Duration) -> bool {
        let since = self.env.now();
        let mut settled = self.drained(limit).await;
        for worker in &self.workers {
            settled &= worker.swept(since, limit).await;
        }
        settled && self.drained(limit).await
    }

    async fn jobs_drained(&self) -> bool {
        for worker in &self.workers {
            if !worker.drained(Duration::from_millis(500)).await {
                return false;
            }
        }
        true
    }

    /// Stops taking up work, and waits for what is under way.
    pub async fn stop(self, limit: Duration) {
        self.stop.cancel();
        let all = async {
            for task in self.background {
                task.stop().await;
            }
            self.bus.stopped().await;
            for worker in self.workers {
                worker.stopped().await;
            }
        };
        if tokio::time::timeout(limit, all).await.is_err() {
            warn!("some background work did not stop in time; it will be taken up again at the next start");
        }
    }
}
