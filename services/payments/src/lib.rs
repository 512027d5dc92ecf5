//! Payments: intents, captures and refunds at a payment gateway, and the double-entry ledger of what moved.
//!
//! Architecture invariant: what is to be done at the gateway follows from the recorded intent alone
//! (`domain::next_step`). Callers, webhooks, consumers and the sweep all take the same steps, so it does not matter
//! which of them is cut off.
//!
//! Architecture invariant: every call that moves money is recorded before it is made and carries a key under which the
//! gateway does it once. An outcome that is not known is asked for, never guessed.

mod audit;
mod consumers;
mod domain;
mod gateways;
mod jobs;
mod local_path;
mod recording;
mod service;
mod steps;
mod store;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use souk_contracts::payments::MethodSetting;
use souk_contracts::payments::Payments;
use souk_events::Consumer;
use souk_jobs::{Periodic, Queue};
use souk_settings::{Name, SettingsStore};
use souk_store::{Migration, Schema, Store};
use souk_types::Fault;

pub use gateways::sandbox;
use gateways::sandbox::{Sandbox, SandboxConfig, SandboxGateway, WebhookSink};
use service::Service;

/// The tables of payments.
pub static SCHEMA: Schema = Schema {
    service: "payments",
    migrations: &[
        Migration { name: "0001_payments", sql: include_str!("../migrations/0001_payments.sql") },
        Migration { name: "0002_settings", sql: include_str!("../migrations/0002_settings.sql") },
    ],
};

const METHODS: Name = Name { stored: "methods", cache: "payments.methods", words: "payment methods" };

/// The methods that are offered until others are set: card fields at the checkout.
pub fn default_methods() -> Vec<MethodSetting> {
    let card = sandbox::methods().into_iter().take(1);
    card.map(|method| MethodSetting { code: method.code, name: method.name, offered: true }).collect()
}

/// Checks the configured payment methods without building anything.
///
/// # Errors
/// Invalid, with the wrong fields.
pub fn check_methods(methods: &[MethodSetting]) -> Result<(), Fault> {
    domain::methods::check(methods, &sandbox::methods())
}

/// What payments stands on.
pub struct Deps {
    /// The service's own store, of [`SCHEMA`].
    pub store: Store,
    /// The sandbox gateway's store, of [`sandbox::SCHEMA`]: a gateway outlives our crashes.
    pub gateway_store: Store,
    /// Signs the sandbox's tokens and webhooks.
    pub secret: [u8; 32],
    /// The payment methods until staff save others; [`default_methods`] to begin with.
    pub methods: Vec<MethodSetting>,
    /// How the sandbox gateway behaves.
    pub sandbox: SandboxConfig,
    /// Where the sandbox's webhooks go; `None` hands them to the service in this process.
    pub webhooks: Option<Arc<dyn WebhookSink>>,
}

/// What payments gives to the whole.
pub struct Parts {
    /// The service.
    pub service: Arc<dyn Payments>,
    /// What it does on others' events; belongs to `store`.
    pub consumers: Vec<Consumer>,
    /// Its background work; belongs to `store`.
    pub queues: Vec<Queue>,
    /// What it does again and again; belongs to `store`.
    pub periodics: Vec<Periodic>,
    /// The sandbox gateway, for [`sandbox::router`].
    pub sandbox: Arc<Sandbox>,
    /// The sandbox's background work; belongs to `gateway_store`.
    pub gateway_queues: Vec<Queue>,
}

/// Puts the service together.
///
/// # Errors
/// Invalid, with the wrong fields, when the methods make no sense; internal, when the sandbox's own pages cannot be read.
pub fn build(deps: Deps) -> Result<Parts, Fault> {
    check_methods(&deps.methods)?;
    let sandbox = Arc::new(Sandbox::try_new(deps.gateway_store, &deps.secret, deps.sandbox)?);
    let gateway = Arc::new(SandboxGateway::new(Arc::clone(&sandbox)));
    let service = Arc::new(Service {
        methods: SettingsStore::new(deps.store.clone(), METHODS, deps.methods),
        store: deps.store,
        gateway,
    });
    let sink = deps.webhooks.unwrap_or_else(|| sandbox::in_process(Arc::clone(&service) as Arc<dyn Payments>));
    Ok(Parts {
        consumers: consumers::consumers(&service),
        queues: Vec::new(),
        periodics: jobs::periodics(&service),
        gateway_queues: sandbox::queues(&sandbox, sink),
        service,
        sandbox,
    })
}
