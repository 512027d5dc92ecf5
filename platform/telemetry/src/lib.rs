//! What a running shop tells about itself: logs on standard error, metrics for Prometheus, and whether
//! it is alive and ready.

mod health;
mod init;
mod router;

pub use health::{Health, Readiness};
pub use init::{LogFormat, Telemetry, TelemetryError, UnknownLogFormat, check_filter, init};
pub use router::router;
