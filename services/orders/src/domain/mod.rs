//! What an order is and how it changes: pure, with no clock, no store and no other service.

pub mod axes;
pub mod carrier;
pub mod lifecycle;
#[cfg(test)]
mod lifecycle_tests;
pub mod number;
pub mod refund;
pub mod tax;
