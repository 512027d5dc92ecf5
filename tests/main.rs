//! Whole-system tests: the rules of the house, the flow through all services, the journey over HTTP, crashes.

#![cfg(test)]
#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it should be")]

mod crashes;
mod flows;
mod house;
mod journey;
mod sql;
