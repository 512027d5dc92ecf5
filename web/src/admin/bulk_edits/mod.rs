//! Changes of many products: choosing what, and how far they are.

mod choose;
mod page;
mod words;

pub use choose::{choose, start};
pub use page::{list, page, progress, stop, undo};

const SECTION: &str = "products";
const PATH: &str = "/admin/bulk-edits";
