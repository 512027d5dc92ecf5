//! The cart: lines, prices as they are now, warnings.

mod consumers;
mod domain;
mod facts;
mod jobs;
mod kept;
mod service;
mod store;

use std::{sync::Arc, time::Duration};

use souk_contracts::{
    accounts::CustomerErased,
    cart::Cart,
    catalog::CatalogClient,
    inventory::InventoryClient,
    orders::{OrderCreated, OrderEnded, OrderPlaced},
};
use souk_documents::Documents;
use souk_events::Consumer;
use souk_jobs::{Periodic, Queue};
use souk_store::{Migration, Schema, Store};
use souk_types::{Currency, Env, Event};

use crate::{
    consumers::{OnErased, OnOrders},
    facts::FactFinder,
    jobs::ExpirySweep,
    kept::KeptCarts,
    service::CartService,
};

/// The tables of the service.
pub static SCHEMA: Schema = Schema {
    service: "cart",
    migrations: &[
        Migration { name: "0001_carts", sql: include_str!("../migrations/0001_carts.sql") },
        Migration { name: "0002_wishes", sql: include_str!("../migrations/0002_wishes.sql") },
        Migration { name: "0003_documents", sql: include_str!("../migrations/0003_documents.sql") },
    ],
};

/// How long a cart may be left alone before it expires, unless configured.
pub const EXPIRE_AFTER: Duration = Duration::from_secs(30 * 24 * 60 * 60);

const EXPIRY_EVERY: Duration = Duration::from_secs(10 * 60);

/// What the service needs.
pub struct Deps {
    /// Its database.
    pub store: Store,
    /// Where carts lie: there, or in Redis.
    pub documents: Documents,
    /// Time and randomness.
    pub env: Env,
    /// Where prices come from.
    pub catalog: CatalogClient,
    /// Where availability comes from.
    pub inventory: InventoryClient,
    /// The shop's currency.
    pub currency: Currency,
    /// How long a cart may be left alone before it expires: [`EXPIRE_AFTER`] unless configured.
    pub expire_after: Duration,
}

/// What the service consists of.
pub struct Parts {
    /// Its face.
    pub service: Arc<dyn Cart>,
    /// What it does on other services' events.
    pub consumers: Vec<Consumer>,
    /// Its background work.
    pub queues: Vec<Queue>,
    /// What it does again and again.
    pub periodics: Vec<Periodic>,
}

/// Builds the service.
pub fn build(deps: Deps) -> Parts {
    let Deps { store, documents, env, catalog, inventory, currency, expire_after } = deps;
    let carts = KeptCarts::new(documents, env.clone());
    let consumers = vec![
        Consumer {
            name: "cart.orders",
            topics: &[OrderCreated::TOPIC, OrderPlaced::TOPIC, OrderEnded::TOPIC],
            handler: Arc::new(OnOrders::new(carts.clone())),
        },
        Consumer {
            name: "cart.erased",
            topics: &[CustomerErased::TOPIC],
            handler: Arc::new(OnErased::new(store.clone(), carts.clone())),
        },
    ];
    let sweep = Arc::new(ExpirySweep::new(carts.clone(), env, expire_after));
    let periodics = vec![Periodic { name: "cart.expiry", every: EXPIRY_EVERY, sweep }];
    let service = Arc::new(CartService::new(store, carts, FactFinder::new(catalog, inventory), currency));
    Parts { service, consumers, queues: Vec::new(), periodics }
}
