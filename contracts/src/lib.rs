//! Every service's face: its trait, its types, its events. Read this folder and you know the system.
//!
//! A service is called through its client (`CatalogClient`, …) and told about others by their events. Both
//! are the same whether the other side lives in this process or in another.

pub mod accounts;
mod address;
pub mod cart;
pub mod catalog;
pub mod delivery;
mod error;
mod ids;
pub mod inventory;
pub mod notifications;
pub mod operations;
pub mod orders;
pub mod payments;
pub mod permission;
pub mod places;
pub mod search;

pub use address::Address;
pub use ids::*;
pub use souk_types::settings;
