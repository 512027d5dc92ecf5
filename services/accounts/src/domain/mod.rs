//! What makes a valid account, a secret, and too many tries: no SQL, no async, no clock.

mod email;
mod registration;
mod token;
mod tries;

pub use email::normalised;
pub use registration::{NewPerson, validated};
pub use token::{Digest, Token};
pub use tries::{Door, FORGET_AFTER, Tries, another};
