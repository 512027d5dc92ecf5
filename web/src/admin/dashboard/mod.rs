//! The first page: how the shop does today, and what waits for somebody.

mod chart;
mod page;
mod takings;

pub use page::page;
