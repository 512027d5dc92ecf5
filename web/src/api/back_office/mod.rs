//! What programs of the house do, by an API key whose scopes permit it.

pub mod bulk_edits;
pub mod bulk_model;
pub mod categories;
pub mod collection_model;
pub mod collections;
pub mod customers;
pub mod emails;
pub mod failed_work;
pub mod imports;
pub mod locations;
pub mod orders;
pub mod product_images;
pub mod product_model;
pub mod products;
pub mod settings;
pub mod shipments;
pub mod stock;
