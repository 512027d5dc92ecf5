//! Stock: how much there is, what is spoken for, and every movement.

mod combiner;
mod consumers;
mod domain;
mod hand;
mod holding;
mod jobs;
mod locations;
mod service;
mod store;

use std::{sync::Arc, time::Duration};

use souk_contracts::{
    catalog::StockDeclared,
    delivery::ShipmentMoved,
    inventory::Inventory,
    orders::{OrderEnded, OrderPlaced},
};
use souk_events::Consumer;
use souk_jobs::{Periodic, Queue};
use souk_store::{Migration, Schema, Store};
use souk_types::{Env, Event};

use crate::{
    combiner::Combiner,
    consumers::{OnOrders, OnShipments, OnStockDeclared},
    jobs::ExpirySweep,
    service::InventoryService,
};

/// The tables of the service.
pub static SCHEMA: Schema = Schema {
    service: "inventory",
    migrations: &[
        Migration { name: "0001_stock", sql: include_str!("../migrations/0001_stock.sql") },
        Migration { name: "0002_low", sql: include_str!("../migrations/0002_low.sql") },
        Migration { name: "0003_locations", sql: include_str!("../migrations/0003_locations.sql") },
        Migration { name: "0004_sorting", sql: include_str!("../migrations/0004_sorting.sql") },
    ],
};

pub use souk_contracts::inventory::DEFAULT_LOCATION;

pub use jobs::GRACE as EXPIRY_GRACE;

const EXPIRY_EVERY: Duration = Duration::from_secs(10);

/// What the service needs.
pub struct Deps {
    /// Its database.
    pub store: Store,
    /// Time and randomness.
    pub env: Env,
}

/// What the service consists of.
pub struct Parts {
    /// Its face.
    pub service: Arc<dyn Inventory>,
    /// What it does on other services' events.
    pub consumers: Vec<Consumer>,
    /// Its background work.
    pub queues: Vec<Queue>,
    /// What it does again and again.
    pub periodics: Vec<Periodic>,
}

/// Builds the service. Needs a Tokio runtime, on which it serves reserve requests.
pub fn build(deps: Deps) -> Parts {
    let Deps { store, env } = deps;
    let consumers = vec![
        Consumer {
            name: "inventory.orders",
            topics: &[OrderPlaced::TOPIC, OrderEnded::TOPIC],
            handler: Arc::new(OnOrders::new(store.clone())),
        },
        Consumer {
            name: "inventory.shipments",
            topics: &[ShipmentMoved::TOPIC],
            handler: Arc::new(OnShipments::new(store.clone())),
        },
        Consumer {
            name: "inventory.stock_declared",
            topics: &[StockDeclared::TOPIC],
            handler: Arc::new(OnStockDeclared::new(store.clone())),
        },
    ];
    let sweep = Arc::new(ExpirySweep::new(store.clone(), &env));
    let periodics = vec![Periodic { name: "inventory.expiry", every: EXPIRY_EVERY, sweep }];
    let service = Arc::new(InventoryService::new(store.clone(), Combiner::start(store)));
    Parts { service, consumers, queues: Vec::new(), periodics }
}
