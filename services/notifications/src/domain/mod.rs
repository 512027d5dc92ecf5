//! What a message is before it is in words: no SQL, no async, no clock.

mod identity;
mod parcel;

pub use identity::{id, is_link};
pub use parcel::pieces;
