//! Delivery: what it costs, and where parcels are.
//!
//! Architecture invariant: a parcel's status only comes further, whatever order its tracking events arrive in. An
//! event that is known does nothing; each move is told once.

mod consumers;
mod domain;
mod gateways;
mod jobs;
mod moves;
mod service;
mod store;

use std::sync::Arc;

use souk_contracts::delivery::Delivery;
pub use souk_contracts::delivery::{MethodConfig, RateRule};
use souk_events::Consumer;
use souk_jobs::{Periodic, Queue};
use souk_settings::{Name, SettingsStore};
use souk_store::{Migration, Schema, Store};
use souk_types::Fault;

use domain::RateTable;
pub use domain::default_methods;
use gateways::sandbox::SandboxCarrier;
use service::Service;

/// The tables of delivery.
pub static SCHEMA: Schema = Schema {
    service: "delivery",
    migrations: &[
        Migration { name: "0001_delivery", sql: include_str!("../migrations/0001_delivery.sql") },
        Migration { name: "0002_by_hand", sql: include_str!("../migrations/0002_by_hand.sql") },
        Migration { name: "0003_settings", sql: include_str!("../migrations/0003_settings.sql") },
    ],
};

const METHODS: Name = Name { stored: "methods", cache: "delivery.methods", words: "delivery methods" };

/// What delivery stands on.
pub struct Deps {
    /// The service's own store, of [`SCHEMA`].
    pub store: Store,
    /// The ways to deliver until staff save others; [`default_methods`] to begin with.
    pub methods: Vec<MethodConfig>,
    /// How many times faster than in real life the sandbox carrier moves: at 1 a day is a day, at 86,400 a second.
    pub speed: f64,
}

/// What delivery gives to the whole.
pub struct Parts {
    /// The service.
    pub service: Arc<dyn Delivery>,
    /// What it does on others' events.
    pub consumers: Vec<Consumer>,
    /// Its background work.
    pub queues: Vec<Queue>,
    /// What it does again and again.
    pub periodics: Vec<Periodic>,
}

/// Checks the configured ways to deliver without building anything.
///
/// # Errors
/// Invalid, with the wrong fields.
pub fn check_methods(methods: &[MethodConfig]) -> Result<(), Fault> {
    RateTable::try_new(methods.to_vec()).map(drop)
}

/// Puts the service together.
///
/// # Errors
/// Invalid, with the wrong fields, when the methods or the speed make no sense.
pub fn build(deps: Deps) -> Result<Parts, Fault> {
    let carrier = Arc::new(SandboxCarrier::try_new(deps.store.env().clone(), deps.speed)?);
    let methods = SettingsStore::new(deps.store.clone(), METHODS, RateTable::try_new(deps.methods)?);
    let service = Arc::new(Service { store: deps.store, methods, carrier });
    Ok(Parts {
        consumers: consumers::consumers(&service),
        queues: jobs::queues(&service, deps.speed),
        periodics: Vec::new(),
        service,
    })
}
