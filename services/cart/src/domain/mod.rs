//! What a cart is and how it changes: no SQL, no async, no clock.

mod carts;
mod change;
mod facts;
mod line;
mod merge;
mod view;

pub use carts::{Carts, Leaving};
pub use change::check;
pub use facts::Facts;
pub use line::{Line, OpenCart};
pub use merge::merge;
pub use view::{Lowered, empty_view, view};
