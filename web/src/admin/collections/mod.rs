//! Collections: the list, and one collection's form, by hand or by rule, with a preview of what would be in it.

mod edit;
mod entered;
mod export;
mod list;

pub use edit::{change, create, delete, new_page, page};
pub use export::export;
pub use list::list;

const SECTION: &str = "collections";
const PATH: &str = "/admin/collections";
