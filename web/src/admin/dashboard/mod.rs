//! The first page: how the shop does today, and what waits for somebody.

mod chart;
mod page;
mod takings;
mod visitors;

pub use page::page;
pub use visitors::visitors;
