//! Background work as rows of a service's own store: enqueued in the transaction that wants it, taken by
//! lease, run at least once, retried with growing pauses, and parked for people to look at when it keeps
//! failing.
//!
//! A lease is a time: whoever sets `lease_until` to the future, on a row whose lease has passed, owns the
//! row until then. Its value is also the proof of ownership, checked by every later write on the row, so
//! that a worker which lost its lease cannot settle a job that another one runs.

mod background;
mod config;
mod job;
mod lane;
mod parked;
mod periodic;
mod rows;
mod run;
mod worker;

pub use background::Background;
pub use config::Config;
pub use job::{Job, JobHandler, NewJob, Outcome, Periodic, Queue, Sweep, enqueue};
pub use parked::{ParkedJob, discard_parked, parked, retry_parked};
pub use worker::Worker;
