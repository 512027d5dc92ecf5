//! What the chores do. Tests over the whole start engines and fleets by it, too.

pub mod bench;
pub mod browser;
pub mod chaos;
pub mod citus;
pub mod command;
pub mod deploy;
pub mod fleet;
pub mod lighthouse;
pub mod link;
pub mod nginx;
pub mod packages;
pub mod postgres;
pub mod process;
pub mod schemathesis;
pub mod test;
