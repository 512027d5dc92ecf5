//! Who people are: customers, staff, sessions.

mod activity;
mod addresses;
mod domain;
mod invitations;
mod jobs;
mod keys;
mod links;
mod own;
mod passwords;
mod recovery;
mod service;
mod sessions;
mod staff;
mod store;

use std::{sync::Arc, time::Duration};

use souk_contracts::{accounts::Accounts, notifications::NotificationsClient};
use souk_events::Consumer;
use souk_jobs::{Periodic, Queue};
use souk_store::{Migration, Schema, Store};
use souk_types::Env;

use crate::{jobs::ExpirySweep, passwords::Passwords, service::AccountsService, sessions::Sessions};

/// The tables of the service.
pub static SCHEMA: Schema = Schema {
    service: "accounts",
    migrations: &[
        Migration { name: "0001_accounts", sql: include_str!("../migrations/0001_accounts.sql") },
        Migration { name: "0002_api_keys", sql: include_str!("../migrations/0002_api_keys.sql") },
        Migration { name: "0003_links", sql: include_str!("../migrations/0003_links.sql") },
        Migration { name: "0004_addresses", sql: include_str!("../migrations/0004_addresses.sql") },
        Migration { name: "0005_consents", sql: include_str!("../migrations/0005_consents.sql") },
        Migration { name: "0006_activity", sql: include_str!("../migrations/0006_activity.sql") },
        Migration { name: "0007_sorting", sql: include_str!("../migrations/0007_sorting.sql") },
        Migration { name: "0008_address_versions", sql: include_str!("../migrations/0008_address_versions.sql") },
        Migration { name: "0009_activity_of_actor", sql: include_str!("../migrations/0009_activity_of_actor.sql") },
    ],
};

const EXPIRY_EVERY: Duration = Duration::from_secs(10 * 60);

/// What the service needs.
pub struct Deps {
    /// Its database.
    pub store: Store,
    /// Time and randomness. Passwords and tokens are as good as its randomness.
    pub env: Env,
    /// Sends links.
    pub notifications: NotificationsClient,
}

/// What the service consists of.
pub struct Parts {
    /// Its face.
    pub service: Arc<dyn Accounts>,
    /// What it does on other services' events.
    pub consumers: Vec<Consumer>,
    /// Its background work.
    pub queues: Vec<Queue>,
    /// What it does again and again.
    pub periodics: Vec<Periodic>,
}

/// Builds the service.
pub fn build(deps: Deps) -> Parts {
    let Deps { store, env, notifications } = deps;
    let queues = vec![links::queue(store.clone(), env.clone(), notifications)];
    let sweep = Arc::new(ExpirySweep::new(store.clone()));
    let periodics = vec![Periodic { name: "accounts.expiry", every: EXPIRY_EVERY, sweep }];
    let (passwords, sessions) = (Passwords::new(env.clone()), Sessions::new(store.clone()));
    let service = Arc::new(AccountsService::new(store, env, passwords, sessions));
    Parts { service, consumers: Vec::new(), queues, periodics }
}
