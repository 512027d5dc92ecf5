//! The behaviour of the cart service, through its face, on every engine at hand.

#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it should be")]

mod change;
mod expiry;
mod merge;
mod migrated;
mod orders;
mod rig;
mod shared;
mod view;
mod wishes;
