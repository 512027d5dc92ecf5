//! What programs of the house do, by an API key whose scopes permit it.

pub mod orders;
pub mod product_model;
pub mod products;
pub mod shipments;
pub mod stock;
