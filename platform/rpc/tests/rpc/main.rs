//! Services that are called directly, over the wire, and as curl would.

#![expect(clippy::unwrap_used, reason = "the helpers of tests may")]

mod http;
mod modes;
mod remote;
mod secured;
mod stall;
mod wire;
