//! Finding, ordering and counting.

pub mod cache;
pub mod facets;
pub mod filter;
pub mod matching;
pub mod order;
pub mod page;
pub mod plan;
pub mod prices;
pub mod ranking;
pub mod scratch;
pub mod suggest;
pub mod title;
pub mod typo;
