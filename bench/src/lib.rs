//! A lean HTTP client and a watch over a process: what the measurements and the whole-system tests share.

pub mod client;
pub mod server;
pub mod shopper;
pub mod staff;
