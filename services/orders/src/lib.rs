//! Orders: makes them out of carts, sees them through, and finishes or undoes those that stand still.

mod audit;
mod consumers;
mod desk;
mod domain;
mod in_hand;
mod jobs;
mod joining;
mod meters;
mod model;
mod pricing;
mod refunds;
mod saga;
mod service;
mod settings;
mod store;

use std::{sync::Arc, time::Duration};

use souk_contracts::{
    cart::CartClient,
    delivery::DeliveryClient,
    inventory::InventoryClient,
    orders::{self, PaymentRules, TaxRule},
    payments::PaymentsClient,
};
use souk_events::Consumer;
use souk_jobs::{Periodic, Queue};
use souk_store::{Migration, Schema, Store};
use souk_types::Fault;

pub use settings::check_payment_rules;

/// The service's tables.
pub static SCHEMA: Schema = Schema {
    service: "orders",
    migrations: &[
        Migration { name: "0001_orders", sql: include_str!("../migrations/0001_orders.sql") },
        Migration { name: "0002_sales", sql: include_str!("../migrations/0002_sales.sql") },
        Migration { name: "0003_desk", sql: include_str!("../migrations/0003_desk.sql") },
        Migration { name: "0004_refunds", sql: include_str!("../migrations/0004_refunds.sql") },
        Migration { name: "0005_joined", sql: include_str!("../migrations/0005_joined.sql") },
        Migration { name: "0006_settings", sql: include_str!("../migrations/0006_settings.sql") },
        Migration { name: "0007_sorting", sql: include_str!("../migrations/0007_sorting.sql") },
    ],
};

/// What the service stands on.
pub struct Deps {
    /// Its own tables.
    pub store: Store,
    /// Where prices and lines come from.
    pub cart: CartClient,
    /// Sets stock aside.
    pub inventory: InventoryClient,
    /// Takes the money.
    pub payments: PaymentsClient,
    /// Knows what delivery costs.
    pub delivery: DeliveryClient,
    /// The shop's rules.
    pub rules: Rules,
}

/// The shop's rules for orders.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The tax table, until staff save another.
    pub taxes: Vec<TaxRule>,
    /// Whether prices include the tax, until staff save something else.
    pub tax_included: bool,
    /// When money is taken and how long an order waits for it, until staff save other rules.
    pub payment: PaymentRules,
    /// How long an order may stand still before recovery takes it up.
    pub recover_after: Duration,
    /// How often recovery looks.
    pub recover_every: Duration,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            taxes: Vec::new(),
            tax_included: true,
            payment: PaymentRules::default(),
            recover_after: Duration::from_secs(40),
            recover_every: Duration::from_secs(5),
        }
    }
}

/// The running parts of the service.
pub struct Parts {
    /// Its face.
    pub service: Arc<dyn orders::Orders>,
    /// What it does on others' events.
    pub consumers: Vec<Consumer>,
    /// Its job queues.
    pub queues: Vec<Queue>,
    /// Its regular work.
    pub periodics: Vec<Periodic>,
}

/// Checks a tax table without building anything.
///
/// # Errors
/// Invalid, with the wrong fields.
pub fn check_taxes(rules: &[TaxRule]) -> Result<(), Fault> {
    let problems = domain::tax::problems(rules);
    if problems.is_empty() { Ok(()) } else { Err(Fault::invalid_fields(problems)) }
}

/// Puts the service together.
pub fn build(deps: Deps) -> Parts {
    meters::prepare();
    let recover_every = deps.rules.recover_every;
    let service = Arc::new(service::Service::new(deps));
    Parts {
        service: Arc::clone(&service) as Arc<dyn orders::Orders>,
        consumers: consumers::all(&service),
        queues: Vec::new(),
        periodics: vec![jobs::recovery(service, recover_every)],
    }
}
