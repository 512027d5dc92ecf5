//! The gateway: storefront, admin console and what both stand on. Knows the services by their contracts only.
//!
//! Every request comes in through [`edge`](crate::edge): pages that are the same for everybody are answered
//! there from memory; for the rest it checks where the request comes from, sets the time limit, catches what
//! goes wrong and shows it, and adds the headers that every answer has.
//!
//! The shopper's pages answer `Accept: application/json` with the same content as data; see
//! [`storefront`](crate::storefront).

use std::{path::PathBuf, sync::Arc, time::Duration};

use axum::Router;
use souk_contracts::{
    OrderId, accounts::AccountsClient, cart::CartClient, catalog::CatalogClient, delivery::DeliveryClient,
    inventory::InventoryClient, notifications::NotificationsClient, operations::OperationsClient, orders::OrdersClient,
    payments::PaymentsClient, search::SearchClient,
};
use souk_events::Consumer;
use souk_files::Files;
use souk_jobs::Periodic;
use souk_quota::Quota;
use souk_store::{Migration, Schema, Store};
use souk_types::{Currency, Env, Fault};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

mod activity;
mod address;
pub mod admin;
mod api;
mod assets;
mod body;
mod consumers;
mod cookies;
mod csrf;
mod edge;
mod emails;
mod error;
mod feeds;
mod flash;
pub mod format;
mod gzip;
mod headers;
mod kept;
mod linger;
mod listeners;
mod maintenance;
mod mcp;
mod negotiate;
mod pages;
mod pages_index;
mod routes;
mod session;
mod signing;
mod state;
mod store;
pub mod storefront;
mod theme;
mod tree;
mod view;
mod visitors;
mod webhooks;

pub use api::limits::WINDOW_S as QUOTA_WINDOW_S;
pub use assets::Assets;
pub use emails::{EmailText, Emails};
pub use maintenance::MaintenanceConfig;
pub use theme::Theme;

/// The gateway's own tables.
pub static SCHEMA: Schema = Schema {
    service: "web",
    migrations: &[Migration { name: "0001_web", sql: include_str!("../migrations/0001_web.sql") }],
};

/// How often old requests are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(10 * 60);

/// Everything that the gateway needs.
pub struct Deps {
    /// Its own database.
    pub store: Store,
    /// Products.
    pub catalog: CatalogClient,
    /// Finding them.
    pub search: SearchClient,
    /// Carts.
    pub cart: CartClient,
    /// Orders.
    pub orders: OrdersClient,
    /// Stock.
    pub inventory: InventoryClient,
    /// Payments.
    pub payments: PaymentsClient,
    /// Shipments and rates.
    pub delivery: DeliveryClient,
    /// People and sessions.
    pub accounts: AccountsClient,
    /// Messages that were sent.
    pub notifications: NotificationsClient,
    /// What failed behind the scenes.
    pub operations: OperationsClient,
    /// Is told of every order that moves, by the consumers that [`build`] returns.
    pub moves: broadcast::Sender<OrderMoved>,
    /// Cancelled when the shop is about to stop: pages that listen end by it.
    pub leaving: CancellationToken,
    /// Counts calls of the API, by windows of [`QUOTA_WINDOW_S`].
    pub quota: Arc<dyn Quota>,
    /// Time and randomness.
    pub env: Env,
    /// The shop itself.
    pub shop: ShopConfig,
}

/// What the gateway knows of the shop.
#[derive(Clone)]
pub struct ShopConfig {
    /// Its name.
    pub name: String,
    /// What prices are in.
    pub currency: Currency,
    /// Where most customers are, ISO 3166-1 alpha-2.
    pub country: String,
    /// Its address, as `https://shop.example`, without a slash at the end. With `https`, cookies are `Secure`.
    pub public_url: String,
    /// Signs cookies; keep it, or guests lose their carts.
    pub secret: [u8; 32],
    /// A folder whose files replace those of the theme.
    pub theme: Option<PathBuf>,
    /// Where uploaded import files are put.
    pub imports: Files,
    /// The public API.
    pub api: ApiConfig,
    /// What closes the shop to shoppers.
    pub maintenance: MaintenanceConfig,
}

/// What the public API does for whom.
#[derive(Debug, Clone)]
pub struct ApiConfig {
    /// Origins whose pages may use the API, as `https://client.example`; `*` for all.
    pub origins: Vec<String>,
    /// Requests of one key in a minute.
    pub requests_per_minute_key: u32,
    /// Requests of one customer, or of one address, in a minute.
    pub requests_per_minute_address: u32,
    /// Whether a proxy in front tells the address of a caller by `X-Forwarded-For`.
    pub behind_proxy: bool,
}

impl Default for ApiConfig {
    fn default() -> Self {
        Self {
            origins: Vec::new(),
            requests_per_minute_key: 1_200,
            requests_per_minute_address: 600,
            behind_proxy: false,
        }
    }
}

/// Something about an order changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderMoved {
    /// Which.
    pub order: OrderId,
}

/// The gateway, ready to be served.
pub struct Web {
    /// All its pages. Everything that no other router takes comes here: it is a fallback.
    pub router: Router,
    /// What it listens to.
    pub consumers: Vec<Consumer>,
    /// What it does again and again.
    pub periodics: Vec<Periodic>,
    /// Templates and assets, for others who show pages of the shop (the sandbox gateway).
    pub theme: Arc<Theme>,
}

/// Builds the gateway.
///
/// # Errors
/// When the theme is broken: names the file and the line.
pub fn build(deps: Deps) -> Result<Web, Fault> {
    let theme = Arc::new(Theme::load(deps.shop.theme.as_deref())?);
    let state = state::AppState::new(deps, Arc::clone(&theme));
    let consumers = consumers::consumers(&state);
    let sweep = Arc::new(api::idempotency::ForgetOld(state.store.clone()));
    let periodics = vec![Periodic { name: "web.requests", every: FORGET_EVERY, sweep }];
    Ok(Web { router: routes::router(state), consumers, periodics, theme })
}
