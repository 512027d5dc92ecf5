//! Search: a searchable copy of the catalogue, kept by its events.
//!
//! The copy is an index in a folder. Whatever is wrong with the folder, the service starts, and builds the
//! index anew from the catalogue in the background.

mod consumers;
mod copies;
mod entry;
pub mod evaluate;
mod index;
mod keeper;
mod query;
mod rebuild_log;
mod service;
mod source;
mod store;
mod text;

use std::{path::PathBuf, sync::Arc};

use souk_contracts::{
    catalog::{CatalogClient, CategoriesChanged, ProductsChanged},
    inventory::{AvailabilityChanged, InventoryClient, StockListed},
    orders::OrderPlaced,
    search::{RebuildWanted, Search},
};
use souk_events::Consumer;
use souk_jobs::{Background, Periodic, Queue};
use souk_store::{Migration, Schema, Store};
use souk_types::{Currency, Env, Event, Fault};

pub use copies::Copies;
pub use query::ranking::Ranking;
pub use text::synonyms::Synonyms;

use crate::{
    consumers::{ORDERS, OnCatalog, OnOrders, OnRebuilds, OnStock, REBUILDS},
    index::Engine,
    keeper::{Keeper, SERVICE},
    query::page::Finder,
    service::SearchService,
    source::Source,
};

/// The tables of the service.
pub static SCHEMA: Schema = Schema {
    service: SERVICE,
    migrations: &[
        Migration { name: "0001_search", sql: include_str!("../migrations/0001_search.sql") },
        Migration { name: "0002_popularity", sql: include_str!("../migrations/0002_popularity.sql") },
    ],
};

/// What the service needs.
pub struct Deps {
    /// Its database.
    pub store: Store,
    /// Time and randomness.
    pub env: Env,
    /// Where products come from.
    pub catalog: CatalogClient,
    /// Says what can be bought.
    pub inventory: InventoryClient,
    /// Where the index lies; nobody else may write there.
    pub folder: PathBuf,
    /// The merchant's own table of synonyms, instead of the general one.
    pub synonyms: Option<PathBuf>,
    /// What prices are in, for the labels of price ranges.
    pub currency: Currency,
    /// Where there are other instances, each with its own index and database: the copies by which new ones begin.
    /// This one answers searches only while its index is up to date, so that callers turn to the others.
    pub copies: Option<Copies>,
}

/// What the service consists of.
pub struct Parts {
    /// Its face.
    pub service: Arc<dyn Search>,
    /// What it does on other services' events.
    pub consumers: Vec<Consumer>,
    /// Its background work.
    pub queues: Vec<Queue>,
    /// What it does again and again.
    pub periodics: Vec<Periodic>,
    /// What keeps the index up to date: to be stopped before the store is closed.
    pub background: Vec<Background>,
}

/// Opens the index and builds the service. Needs a Tokio runtime.
///
/// # Errors
/// When the table of synonyms is wrong, or the folder cannot be written.
pub async fn build(deps: Deps) -> Result<Parts, Fault> {
    let Deps { store, env, catalog, inventory, folder, synonyms, currency, copies } = deps;
    let synonyms = synonyms.map_or_else(|| Ok(Synonyms::general()), |path| Synonyms::load(&path))?;
    let opening = tokio::task::spawn_blocking(move || Engine::open(folder));
    let (engine, complete) = opening.await.map_err(Fault::internal)??;
    let source = Source::new(catalog, inventory, store.clone());
    let keeper = Arc::new(Keeper::new(engine, source, store.clone(), env.clone(), (complete, copies.is_none())));

    let mut background = vec![
        Background::start(Arc::clone(&keeper).keep_telling()),
        Background::start(Arc::clone(&keeper).keep_rebuilding()),
    ];
    if !complete {
        let filling = Arc::clone(&keeper);
        background.push(Background::start(async move { filling.fill_new().await }));
    }
    let alone = copies.is_none();
    if let Some(copies) = copies {
        background.push(Background::start(Arc::clone(&keeper).catch_up_in_the_end()));
        background.push(Background::start(copies.keep(Arc::clone(&keeper), store.clone(), env)));
    }
    let consumers = vec![
        Consumer {
            name: "search.catalog",
            topics: &[ProductsChanged::TOPIC, CategoriesChanged::TOPIC],
            handler: Arc::new(OnCatalog(Arc::clone(&keeper))),
        },
        Consumer {
            name: "search.stock",
            topics: &[AvailabilityChanged::TOPIC, StockListed::TOPIC],
            handler: Arc::new(OnStock(Arc::clone(&keeper))),
        },
        Consumer {
            name: REBUILDS,
            topics: &[RebuildWanted::TOPIC],
            handler: Arc::new(OnRebuilds(Arc::clone(&keeper), store.clone())),
        },
        Consumer { name: ORDERS, topics: &[OrderPlaced::TOPIC], handler: Arc::new(OnOrders(store.clone())) },
    ];
    let finder = Finder::new(synonyms, Ranking::default(), currency);
    let service = Arc::new(SearchService { keeper, finder, store, alone });
    Ok(Parts { service, consumers, queues: Vec::new(), periodics: Vec::new(), background })
}
