//! The behaviour of the inventory service, through its face, on every engine at hand.

#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it should be")]

mod events;
mod expiry;
mod hand;
mod ledger;
mod locations;
mod reserve;
mod rig;
mod rush;
