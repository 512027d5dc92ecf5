//! What a running shop tells about itself: logs on standard error, metrics for Prometheus, traces for a collector, and
//! whether it is alive and ready.

mod health;
mod init;
mod process;
mod router;
mod traces;

pub use health::{Health, Readiness};
pub use init::{LogFormat, Telemetry, TelemetryError, UnknownLogFormat, check_filter, init, init_with_traces};
pub use router::router;
pub use traces::TracesConfig;
