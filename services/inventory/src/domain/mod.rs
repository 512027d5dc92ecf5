//! What stock is and how it is shared out: no SQL, no async, no clock.

mod batch;
mod change;
mod entry;
mod lines;
mod state;
mod stock;

pub use batch::{Hold, Holds, Request, Verdict, decide};
pub use change::{Refusal, delta_of};
pub use entry::{Delta, Entry};
pub use lines::{check_sku, merged};
pub use state::HoldState;
pub use stock::{Shelf, Stock, Take};
