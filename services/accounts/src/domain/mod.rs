//! What makes a valid account, a good password, a secret, and too many tries: no SQL, no async, no clock.

mod email;
mod password;
mod purpose;
mod registration;
mod token;
mod tries;

pub use email::normalised;
pub use password::{NewPassword, is_guessable, problem as password_problem};
pub use purpose::Purpose;
pub use registration::{NewPerson, named, validated};
pub use token::{Digest, Token};
pub use tries::{Door, FORGET_AFTER, Tries, another};
