//! Imports: files come in, and how far they are.

mod export;
mod page;
mod receive;
mod table;
mod upload;

pub use export::export;
pub use page::{bad_rows, page, progress};
#[cfg(test)]
pub use receive::pieces;
pub use receive::{Trouble, receive};
pub use table::{list, table};
pub use upload::upload;

const SECTION: &str = "imports";
const PATH: &str = "/admin/imports";
