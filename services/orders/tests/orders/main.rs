//! Orders through their trait, on every engine, beside services that can be told to fail.

#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it should be")]

mod desk;
mod fakes;
mod lists;
mod placing;
mod refunds;
mod sales;
mod settings;
mod shipping;
