use std::{
    io::{self, IsTerminal as _},
    str::FromStr,
    sync::{Mutex, PoisonError},
    thread,
    time::Duration,
};

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::{
    EnvFilter,
    fmt::{self, MakeWriter},
    prelude::*,
};

use crate::traces::{self, Exporter, TracesConfig};

/// Upper bounds of histogram buckets, in seconds: from a cache hit to a request that is given up.
const BUCKETS_S: [f64; 17] =
    [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];
/// The same for what is counted rather than timed, as writes of one commit.
const BUCKETS_COUNTED: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];
/// How often recorded samples are folded into their buckets, which frees the memory they take.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// What libraries tell of every message, with all that was sent along: not in the log unless somebody asks by name.
const QUIET: &str = "rmcp=error";

static INSTALLED: Mutex<Option<Telemetry>> = Mutex::new(None);

/// What a line of the log looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// For people, coloured on a terminal.
    #[default]
    Human,
    /// One JSON object a line, for log collectors.
    Json,
}

/// The text is neither `human` nor `json`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a log format is human or json, not {0:?}")]
pub struct UnknownLogFormat(String);

impl FromStr for LogFormat {
    type Err = UnknownLogFormat;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "human" => Ok(Self::Human),
            "json" => Ok(Self::Json),
            _ => Err(UnknownLogFormat(text.to_owned())),
        }
    }
}

/// Logs or metrics cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The log filter is not in the form of `info,souk_orders=debug`.
    #[error("the log filter {filter:?} is wrong: {reason}")]
    Filter {
        /// The filter.
        filter: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Somebody else in this process has set up logs or metrics already.
    #[error("{0} were set up before by something else in this process")]
    Taken(&'static str),
    /// The metrics' upkeep thread does not start.
    #[error("the upkeep of metrics does not start")]
    Upkeep(#[source] io::Error),
}

/// Gives the metrics recorded so far, and sends the traces that wait.
#[derive(Debug, Clone)]
pub struct Telemetry {
    prometheus: PrometheusHandle,
    exporter: Option<Exporter>,
}

impl Telemetry {
    /// All metrics in the Prometheus text format.
    pub fn metrics(&self) -> String {
        self.prometheus.render()
    }

    /// Sends the traces of what is over, or gives up after `limit`. Belongs at the very end.
    pub async fn flush(&self, limit: Duration) {
        if let Some(exporter) = &self.exporter {
            exporter.flush(limit).await;
        }
    }
}

/// Sets up logs and the metrics of this process; later calls give the first one's result again. Belongs at the very
/// start: handles of metrics that were taken before record nothing. The logs are for people at a terminal, so `writer`
/// ends at standard error.
///
/// # Errors
/// When the filter is wrong, or something else in this process has set up logs or metrics.
pub fn init<W>(format: LogFormat, filter: &str, writer: W) -> Result<Telemetry, TelemetryError>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    install(format, filter, writer, None)
}

/// As [`init`], with traces besides. Needs a Tokio runtime around it, on which they are sent.
///
/// # Errors
/// As [`init`].
pub fn init_with_traces<W>(
    format: LogFormat,
    filter: &str,
    writer: W,
    traces: TracesConfig,
) -> Result<Telemetry, TelemetryError>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    install(format, filter, writer, Some(traces))
}

fn install<W>(
    format: LogFormat,
    filter: &str,
    writer: W,
    traces: Option<TracesConfig>,
) -> Result<Telemetry, TelemetryError>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(telemetry) = &*installed {
        return Ok(telemetry.clone());
    }
    let filter = parse(filter)?;
    let prometheus = start_metrics()?;
    let exporter = match traces {
        Some(traces) => Some(start_logs_and_traces(format, filter, writer, traces)?),
        None => {
            start_logs(format, filter, writer)?;
            None
        }
    };
    let telemetry = Telemetry { prometheus, exporter };
    *installed = Some(telemetry.clone());
    Ok(telemetry)
}

/// Checks a log filter without setting anything up.
///
/// # Errors
/// When the filter is wrong.
pub fn check_filter(filter: &str) -> Result<(), TelemetryError> {
    parse(filter).map(drop)
}

fn parse(filter: &str) -> Result<EnvFilter, TelemetryError> {
    EnvFilter::try_new(format!("{QUIET},{filter}"))
        .map_err(|error| TelemetryError::Filter { filter: filter.to_owned(), reason: error.to_string() })
}

fn start_logs<W>(format: LogFormat, filter: EnvFilter, writer: W) -> Result<(), TelemetryError>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let registry = tracing_subscriber::registry().with(filter);
    let started = match format {
        LogFormat::Human => {
            let lines = fmt::layer().with_writer(writer).with_ansi(io::stderr().is_terminal()).compact();
            registry.with(lines).try_init()
        }
        LogFormat::Json => registry.with(fmt::layer().with_writer(writer).json().flatten_event(true)).try_init(),
    };
    started.map_err(|_| TelemetryError::Taken("logs"))
}

/// The filter is the log's alone here: spans that it leaves out are still told of to the collector.
fn start_logs_and_traces<W>(
    format: LogFormat,
    filter: EnvFilter,
    writer: W,
    traces: TracesConfig,
) -> Result<Exporter, TelemetryError>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let lines = match format {
        LogFormat::Human => fmt::layer().with_writer(writer).with_ansi(io::stderr().is_terminal()).compact().boxed(),
        LogFormat::Json => fmt::layer().with_writer(writer).json().flatten_event(true).boxed(),
    };
    let (exporter, spans) = traces::start(traces);
    let subscriber = tracing_subscriber::registry().with(lines.with_filter(filter)).with(spans);
    subscriber.try_init().map_err(|_| TelemetryError::Taken("logs"))?;
    Ok(exporter)
}

fn start_metrics() -> Result<PrometheusHandle, TelemetryError> {
    // The only way to fail is an empty list of buckets.
    let counted = Matcher::Suffix("_writes".to_owned());
    let builder = PrometheusBuilder::new()
        .set_buckets(&BUCKETS_S)
        .and_then(|builder| builder.set_buckets_for_metric(counted, &BUCKETS_COUNTED))
        .map_err(|_| TelemetryError::Taken("buckets"))?;
    let recorder = builder.build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).map_err(|_| TelemetryError::Taken("metrics"))?;
    // A thread rather than a task: it outlives every runtime that a test starts and ends.
    let upkeep = handle.clone();
    thread::Builder::new()
        .name("metrics-upkeep".to_owned())
        .spawn(move || {
            loop {
                thread::sleep(UPKEEP_EVERY);
                upkeep.run_upkeep();
            }
        })
        .map_err(TelemetryError::Upkeep)?;
    Ok(handle)
}
