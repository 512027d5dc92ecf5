//! The wiring: every service, local, on its own store, and what runs between them.

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use souk_contracts::{
    accounts::AccountsClient, cart::CartClient, catalog::CatalogClient, delivery::DeliveryClient,
    inventory::InventoryClient, orders::OrdersClient, payments::PaymentsClient, search::SearchClient,
};
use souk_events::{Bus, Consumer};
use souk_jobs::{Periodic, Queue, Worker};
use souk_payments::sandbox::{self, Sandbox, SandboxConfig};
use souk_store::{Engine, Schema, Store};
use souk_types::{Actor, Currency, Cx, Env, TraceId};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::config::{Capture, Config};

/// Every service's tables, in the order in which the services are built.
pub static SCHEMAS: [&Schema; 9] = [
    &souk_catalog::SCHEMA,
    &souk_inventory::SCHEMA,
    &souk_search::SCHEMA,
    &souk_cart::SCHEMA,
    &souk_delivery::SCHEMA,
    &souk_payments::SCHEMA,
    &sandbox::SCHEMA,
    &souk_orders::SCHEMA,
    &souk_accounts::SCHEMA,
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
    /// Where its files are: pictures, imports, search index.
    pub folder: PathBuf,
    /// The key from which its own secrets are derived.
    pub secret: [u8; 32],
    /// Time and randomness.
    pub env: Env,
    /// How services call each other.
    pub calls: Calls,
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
    /// People.
    pub accounts: AccountsClient,
    /// The sandbox gateway: a stranger to the shop, which only happens to live in the same process.
    pub gateway: Arc<Sandbox>,
    /// Time and randomness.
    pub env: Env,
    /// Where the shop's files are.
    pub folder: PathBuf,
    /// The currency of all prices.
    pub currency: Currency,
    stores: Vec<Store>,
    background: Vec<(Store, Vec<Queue>, Vec<Periodic>)>,
    consumers: Vec<Consumer>,
}

/// The events and jobs of a shop, under way until stopped.
pub struct Running {
    /// Delivers events.
    pub bus: Bus,
    workers: Vec<Worker>,
    stop: CancellationToken,
}

macro_rules! client {
    ($calls:expr, $client:ident, $service:expr) => {
        match $calls {
            Calls::Local => $client::local($service),
            Calls::Loopback => $client::loopback($service),
        }
    };
}

impl Shop {
    /// Opens the stores and builds every service. Nothing runs yet.
    ///
    /// # Errors
    /// When a store cannot be opened, or the search index neither opened nor made.
    pub async fn build(plan: Plan) -> Result<Self> {
        let Plan { config, engine, folder, secret, env, calls } = plan;
        let currency = config.currency()?;
        let mut stores = Vec::new();
        for schema in SCHEMAS {
            let store = Store::open(&engine, schema, env.clone()).await;
            stores.push(store.with_context(|| format!("the database of {} cannot be opened", schema.service))?);
        }
        let [
            catalog_store,
            inventory_store,
            search_store,
            cart_store,
            delivery_store,
            payments_store,
            sandbox_store,
            orders_store,
            accounts_store,
        ] = <[Store; 9]>::try_from(stores.clone()).map_err(|_| anyhow::anyhow!("there are nine stores"))?;
        let mut background = Vec::new();
        let mut consumers = Vec::new();

        let parts = souk_catalog::build(souk_catalog::Deps {
            store: catalog_store.clone(),
            env: env.clone(),
            files: folder.join("files"),
            currency,
            allow_private_image_hosts: false,
        });
        let catalog = client!(calls, CatalogClient, parts.service);
        consumers.extend(parts.consumers);
        background.push((catalog_store, parts.queues, parts.periodics));

        let parts = souk_inventory::build(souk_inventory::Deps { store: inventory_store.clone(), env: env.clone() });
        let inventory = client!(calls, InventoryClient, parts.service);
        consumers.extend(parts.consumers);
        background.push((inventory_store, parts.queues, parts.periodics));

        let parts = souk_search::build(souk_search::Deps {
            store: search_store.clone(),
            env: env.clone(),
            catalog: catalog.clone(),
            inventory: inventory.clone(),
            folder: folder.join("search"),
            synonyms: config.search.synonyms.clone(),
            currency,
        })
        .await
        .context("the search index cannot be opened")?;
        let search = client!(calls, SearchClient, parts.service);
        consumers.extend(parts.consumers);
        background.push((search_store, parts.queues, parts.periodics));

        let parts = souk_cart::build(souk_cart::Deps {
            store: cart_store.clone(),
            env: env.clone(),
            catalog: catalog.clone(),
            inventory: inventory.clone(),
            currency,
            expire_after: Duration::from_hours(30 * 24),
        });
        let cart = client!(calls, CartClient, parts.service);
        consumers.extend(parts.consumers);
        background.push((cart_store, parts.queues, parts.periodics));

        let parts = souk_delivery::build(souk_delivery::Deps {
            store: delivery_store.clone(),
            methods: config.delivery.methods.clone(),
            speed: config.delivery.sandbox_speed,
        })
        .context("delivery")?;
        let delivery = client!(calls, DeliveryClient, parts.service);
        consumers.extend(parts.consumers);
        background.push((delivery_store, parts.queues, parts.periodics));

        let parts = souk_payments::build(souk_payments::Deps {
            store: payments_store.clone(),
            gateway_store: sandbox_store.clone(),
            secret,
            capture: match config.orders.capture {
                Capture::AtOnce => souk_payments::CapturePolicy::Immediately,
                Capture::OnShipment => souk_payments::CapturePolicy::OnShipment,
            },
            sandbox: SandboxConfig {
                latency: Duration::from_millis(config.payments.sandbox_latency_ms),
                webhook_delay: Duration::from_millis(config.payments.sandbox_webhook_delay_ms),
                ..SandboxConfig::default()
            },
            webhooks: None,
        })
        .context("payments")?;
        let payments = client!(calls, PaymentsClient, parts.service);
        consumers.extend(parts.consumers);
        background.push((payments_store, parts.queues, parts.periodics));
        background.push((sandbox_store, parts.gateway_queues, Vec::new()));
        let gateway = parts.sandbox;

        let parts = souk_orders::build(souk_orders::Deps {
            store: orders_store.clone(),
            cart: cart.clone(),
            inventory: inventory.clone(),
            payments: payments.clone(),
            delivery: delivery.clone(),
            rules: souk_orders::Rules {
                taxes: config.taxes.clone(),
                tax_included: config.shop.prices_include_tax,
                capture_at_once: config.orders.capture == Capture::AtOnce,
                pay_within: config.pay_within(),
                recover_after: Duration::from_secs(config.orders.recover_after_s),
                ..souk_orders::Rules::default()
            },
        });
        let orders = client!(calls, OrdersClient, parts.service);
        consumers.extend(parts.consumers);
        background.push((orders_store, parts.queues, parts.periodics));

        let parts = souk_accounts::build(souk_accounts::Deps { store: accounts_store.clone(), env: env.clone() });
        let accounts = client!(calls, AccountsClient, parts.service);
        consumers.extend(parts.consumers);
        background.push((accounts_store, parts.queues, parts.periodics));

        Ok(Self {
            catalog,
            inventory,
            search,
            cart,
            delivery,
            payments,
            orders,
            accounts,
            gateway,
            env,
            folder,
            currency,
            stores,
            background,
            consumers,
        })
    }

    /// Starts delivering events, to the services and to `more` consumers, and running jobs.
    pub fn start(&mut self, more: Vec<Consumer>) -> Running {
        let stop = CancellationToken::new();
        let mut consumers = std::mem::take(&mut self.consumers);
        consumers.extend(more);
        let workers = std::mem::take(&mut self.background)
            .into_iter()
            .filter(|(_, queues, periodics)| !queues.is_empty() || !periodics.is_empty())
            .map(|(store, queues, periodics)| Worker::start(store, queues, periodics, self.env.clone(), stop.clone()))
            .collect();
        let bus = Bus::start(self.stores.clone(), consumers, self.env.clone(), stop.clone());
        Running { bus, workers, stop }
    }

    /// A context for work that the program does for itself.
    pub fn cx(&self, limit: Duration) -> Cx {
        Cx::new(Actor::service("souk"), limit, TraceId::generate(&self.env))
    }

    /// The stores, for checks and tests.
    pub fn stores(&self) -> &[Store] {
        &self.stores
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
