//! Delivery through its trait, its consumer and its jobs, on every engine.

#![expect(clippy::unwrap_used, reason = "the fixtures stop the test at the first surprise")]

mod by_hand;
mod depot;
mod journeys;
mod rates;
mod settings;
mod tracking;
