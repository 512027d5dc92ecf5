//! The hand on what went wrong behind the scenes: failed events and parked jobs, of this process and of all others.

mod back_room;
mod everywhere;
mod merge;

pub use back_room::BackRoom;
pub use everywhere::{Elsewhere, Everywhere, Reach};

#[cfg(test)]
mod tests;
