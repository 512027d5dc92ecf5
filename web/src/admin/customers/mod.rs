//! Customers: the list of those who registered, and everybody's orders.

mod export;
mod list;
mod page;

pub use export::export;
pub use list::list;
pub use page::page;

const SECTION: &str = "customers";
const PATH: &str = "/admin/customers";
