//! Payment intents and the ledger as pure data and decisions: no async, no SQL, no clock.

mod charge;
mod decide;
mod intent;
pub mod invariants;
mod ledger;
pub mod methods;
mod step;
#[cfg(test)]
mod tests;

pub use charge::{Charge, ChargeKey, ChargeStatus};
pub use decide::{Change, Command, Refusal, decide, evolve};
pub use intent::{Failure, Goal, Intent};
pub use ledger::{Journal, journal};
pub use step::{Step, next_step};
