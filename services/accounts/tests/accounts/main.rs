//! The behaviour of the accounts service, through its face, on every engine at hand.

#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it should be")]

mod activity;
mod customers;
mod invitations;
mod keys;
mod own;
mod recovery;
mod rig;
mod session;
mod staff;
mod throttle;
