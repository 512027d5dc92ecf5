//! Stock: levels, what staff do to them, and every movement.

mod change;
mod export;
mod levels;
mod movements;

pub use change::{adjust, count, receive, safety, transfer};
pub use export::export;
pub use levels::{list, offers, title};
pub use movements::movements;

const SECTION: &str = "stock";
const PATH: &str = "/admin/stock";
