//! What delivery costs and how parcels move, as pure data and decisions: no async, no SQL, no clock.

mod parcel;
mod rates;
#[cfg(test)]
mod tests;

pub use parcel::{Parcel, Verdict, decide};
pub use rates::{RateTable, default_methods};
