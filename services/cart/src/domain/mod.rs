//! What a cart is and how it changes: no SQL, no async, no clock.

mod change;
mod facts;
mod line;
mod merge;
mod view;

pub use change::{apply, check};
pub use facts::Facts;
pub use line::{Line, OpenCart};
pub use merge::merge;
pub use view::{Lowered, empty_view, view};
