//! Changes of many products: choosing what, and how far they are.

mod choose;
mod export;
mod list;
mod page;
mod words;

pub use choose::{choose, start};
pub use export::export;
pub use list::list;
pub use page::{page, progress, stop, undo};

const SECTION: &str = "products";
const PATH: &str = "/admin/bulk-edits";
