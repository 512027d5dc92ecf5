//! Products: the list, and one product's form.

mod attributes;
mod categories;
mod description;
mod draft;
mod edit;
mod export;
mod images;
mod list;
mod new;
mod variants;

pub use categories::Categories;
pub use draft::unchanged;
pub use edit::{page, save};
pub use export::export;
pub use images::{arrange, stored};
pub use list::{list, statuses};
pub use new::{create, new_page};

use crate::error::Failure;
use souk_contracts::{ProductId, catalog::Product};

use super::desk::Desk;

const SECTION: &str = "products";
const PATH: &str = "/admin/products";

/// The address of a product's form.
pub fn address(id: ProductId) -> String {
    format!("{PATH}/{id}")
}

/// The product with this id.
async fn load(desk: &Desk, id: &str) -> Result<Product, Failure> {
    let id: ProductId = id.parse().map_err(|_| Failure::not_found())?;
    desk.state.catalog.product(&desk.cx, id).await?.ok_or_else(Failure::not_found)
}
