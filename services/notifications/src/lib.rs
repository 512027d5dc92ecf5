//! Notifications: writes messages on others' events, keeps them, and sends them by email.
//!
//! Architecture invariant: a message's id is derived from what it tells of, so that an event that comes again, or is
//! told of twice, makes no second message.

mod consumers;
mod domain;
mod gateways;
mod jobs;
mod service;
mod store;

use std::{sync::Arc, time::Duration};

use serde_json::Value;
use souk_contracts::{
    delivery::DeliveryClient,
    notifications::{MessageKind, Notifications},
    orders::OrdersClient,
};
use souk_events::Consumer;
use souk_jobs::{Periodic, Queue};
use souk_store::{Migration, Schema, Store};
use souk_types::Fault;

use crate::{
    gateways::smtp::{self, Smtp},
    service::Service,
};

/// The tables of the service.
pub static SCHEMA: Schema = Schema {
    service: "notifications",
    migrations: &[Migration { name: "0001_notifications", sql: include_str!("../migrations/0001_notifications.sql") }],
};

/// What the service needs.
pub struct Deps {
    /// Its database.
    pub store: Store,
    /// Knows what was ordered.
    pub orders: OrdersClient,
    /// Knows what is in a parcel.
    pub delivery: DeliveryClient,
    /// Finds the words.
    pub templates: Arc<dyn Templates>,
    /// The shop's name.
    pub shop_name: String,
    /// The shop's address, without a slash at the end.
    pub public_url: String,
    /// Sends; `None`: messages are only kept.
    pub mail: Option<MailConfig>,
    /// How long messages are kept.
    pub keep: Duration,
}

/// By whom and from whom messages are sent.
#[derive(Clone)]
pub struct MailConfig {
    /// `smtps://user:password@host`, `smtp://user:password@host:587?tls=required`, or `smtp://host:25` without
    /// encryption.
    pub smtp: String,
    /// `Souk <shop@example.com>`.
    pub from: String,
}

/// Writes what is to be said: the shop's theme, seen from here.
pub trait Templates: Send + Sync {
    /// Renders the templates of a kind of message.
    ///
    /// # Errors
    /// Internal: a template does not fit what it was given.
    fn render(&self, kind: MessageKind, context: &Value) -> Result<Rendered, Fault>;
}

/// A message in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// For programs that show HTML.
    pub html: String,
    /// For all others.
    pub text: String,
}

/// What the service consists of.
pub struct Parts {
    /// Its face.
    pub service: Arc<dyn Notifications>,
    /// What it does on other services' events.
    pub consumers: Vec<Consumer>,
    /// Its background work.
    pub queues: Vec<Queue>,
    /// What it does again and again.
    pub periodics: Vec<Periodic>,
}

/// Checks how messages are to be sent without sending any.
///
/// # Errors
/// Invalid: names `smtp` or `from`.
pub fn check_mail(mail: &MailConfig) -> Result<(), Fault> {
    smtp::check(mail)
}

/// Puts the service together.
///
/// # Errors
/// Invalid, when the mail server's address or the sender's makes no sense.
pub fn build(deps: Deps) -> Result<Parts, Fault> {
    let smtp = deps.mail.as_ref().map(Smtp::try_new).transpose()?;
    let service = Arc::new(Service {
        store: deps.store,
        orders: deps.orders,
        delivery: deps.delivery,
        templates: deps.templates,
        shop_name: deps.shop_name,
        public_url: deps.public_url.trim_end_matches('/').to_owned(),
        smtp,
    });
    Ok(Parts {
        consumers: consumers::consumers(&service),
        queues: jobs::queues(&service),
        periodics: vec![jobs::clearing(&service, deps.keep)],
        service,
    })
}
