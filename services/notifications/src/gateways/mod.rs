//! Who carries messages out of the house.

pub mod smtp;
