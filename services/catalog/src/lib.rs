//! The catalogue: products and all that describes them, their pictures, their import and export.
//!
//! A product is one row with one document, so that its page costs two point reads, and every SKU has a row of its
//! own with the offer that carts and orders need, so that any number of lines costs one.

mod categories;
mod collections;
mod core;
mod domain;
pub mod drawing;
mod images;
mod interchange;
mod jobs;
mod products;
mod service;
mod store;

use std::sync::Arc;

use souk_contracts::catalog::Catalog;
use souk_events::Consumer;
use souk_files::Files;
use souk_jobs::{Periodic, Queue};
use souk_store::{Migration, Schema, Store};
use souk_types::{Currency, Env};

pub use interchange::{Importer, Progress};

use crate::{core::Core, service::CatalogService};

/// Folder, below [`Deps::files`], in which files to be imported lie.
pub const IMPORT_FOLDER: &str = "imports";

/// The tables of the catalogue.
pub static SCHEMA: Schema = Schema {
    service: "catalog",
    migrations: &[
        Migration { name: "0001_catalog", sql: include_str!("../migrations/0001_catalog.sql") },
        Migration { name: "0002_lookups", sql: include_str!("../migrations/0002_lookups.sql") },
        Migration { name: "0003_listed", sql: include_str!("../migrations/0003_listed.sql") },
        Migration { name: "0004_editing", sql: include_str!("../migrations/0004_editing.sql") },
        Migration { name: "0005_bulk_edits", sql: include_str!("../migrations/0005_bulk_edits.sql") },
        Migration { name: "0006_sorting", sql: include_str!("../migrations/0006_sorting.sql") },
        Migration { name: "0007_collection_versions", sql: include_str!("../migrations/0007_collection_versions.sql") },
        Migration { name: "0008_title_words", sql: include_str!("../migrations/0008_title_words.sql") },
        Migration { name: "0009_started", sql: include_str!("../migrations/0009_started.sql") },
        Migration { name: "0010_sort_keys", sql: include_str!("../migrations/0010_sort_keys.sql") },
    ],
};

/// What the catalogue needs.
pub struct Deps {
    /// Its database, opened with [`SCHEMA`].
    pub store: Store,
    /// Time and randomness.
    pub env: Env,
    /// Pictures, and files to be imported.
    pub files: Files,
    /// The shop's currency: prices in another are refused.
    pub currency: Currency,
    /// Fetch pictures from private and loopback addresses too. For tests and closed networks.
    pub allow_private_image_hosts: bool,
}

/// What the catalogue is made of.
pub struct Parts {
    /// The service.
    pub service: Arc<dyn Catalog>,
    /// What it listens to.
    pub consumers: Vec<Consumer>,
    /// Its background work.
    pub queues: Vec<Queue>,
    /// Its regular work.
    pub periodics: Vec<Periodic>,
    /// Imports files in the foreground, with the code that the background import uses.
    pub importer: Importer,
}

/// Puts the catalogue together.
pub fn build(deps: Deps) -> Parts {
    let core = Arc::new(Core::new(deps));
    Parts {
        service: Arc::new(CatalogService::new(Arc::clone(&core))),
        consumers: Vec::new(),
        queues: jobs::queues(&core),
        periodics: jobs::periodics(&core),
        importer: Importer::new(core),
    }
}
