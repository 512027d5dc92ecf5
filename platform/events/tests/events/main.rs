//! How events reach their consumers. Everything runs on SQLite, and on Postgres when there is one.

#![expect(clippy::unwrap_used, reason = "the helpers of tests may")]

mod delivery;
mod failures;
mod nats;
mod nats_secured;
mod rig;
