//! Orders: the list, one order's page, and what staff do to it.

mod actions;
mod list;
mod page;
mod ship;
mod view;

pub use actions::{cancel, hold, refund, release, track};
pub use list::list;
pub use page::page;
pub use ship::ship;
