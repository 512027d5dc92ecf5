//! What each metric tells, for `/metrics` itself. `docs/operate.md` and `docs/fleet.md` have the same list for people.

use metrics::{describe_counter, describe_gauge, describe_histogram};

/// What kind of figure a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It only rises, from the start of the process on.
    Counter,
    /// It rises and falls.
    Gauge,
    /// How often each size came.
    Histogram,
}

use Kind::{Counter, Gauge, Histogram};

/// Every metric, with what it tells.
pub const METRICS: [(&str, Kind, &str); 38] = [
    ("souk_web_request_duration_seconds", Histogram, "Requests by route and status class."),
    ("souk_web_pages_from_memory_total", Counter, "Pages that were sent from memory."),
    ("souk_web_pages_outdated_total", Counter, "Pages that were sent saying that they may be out of date."),
    ("souk_orders_checkouts_total", Counter, "What shoppers who placed an order were told, by outcome."),
    ("souk_orders_steps_total", Counter, "Steps of placing orders, by step and outcome."),
    ("souk_orders_placed_seconds", Histogram, "From an order's creation to its being placed."),
    ("souk_orders_ended_total", Counter, "Orders that ended without being placed, by lifecycle."),
    ("souk_orders_recovered_total", Counter, "Orders that stood still and were taken up, by outcome."),
    ("souk_gateway_seconds", Histogram, "Calls to payment gateways, by gateway, call and outcome."),
    ("souk_rpc_seconds", Histogram, "Calls between services, by service, method and side."),
    ("souk_rpc_errors_total", Counter, "Calls between services that failed, by service, method, side and kind."),
    ("souk_rpc_retries_total", Counter, "Calls to other processes that were made again, by service."),
    ("souk_rpc_breaker_open", Gauge, "1 while an address is left alone, by service and address."),
    ("souk_events_delivered_total", Counter, "Events that were acted on, by consumer."),
    ("souk_events_failed_total", Counter, "Deliveries that failed, by consumer."),
    ("souk_events_retried_total", Counter, "Deliveries that were not an event's first, by consumer."),
    ("souk_events_parked_total", Counter, "Events that were given up and wait as dead letters, by consumer."),
    ("souk_events_handler_seconds", Histogram, "How long consumers took over an event, by consumer."),
    ("souk_events_age_seconds", Histogram, "How old events were when they had been acted on, by consumer."),
    ("souk_events_lag_seconds", Gauge, "How old the oldest event is that was not handed on, by service."),
    ("souk_events_behind", Gauge, "Messages of the stream that a service has still to look at, by service."),
    ("souk_job_seconds", Histogram, "Runs of jobs, by queue."),
    ("souk_jobs_total", Counter, "Runs of jobs, by queue and outcome."),
    ("souk_job_lag_seconds", Gauge, "How late the first due job was when it was taken, by queue."),
    ("souk_store_write_seconds", Histogram, "Writes as their callers saw them, by store."),
    ("souk_store_wait_seconds", Histogram, "How long writes waited before they were begun, by store."),
    ("souk_store_batch_writes", Histogram, "Writes that shared a commit, by store."),
    ("souk_store_queued_writes", Gauge, "Writes that wait, by store."),
    ("souk_cache_requests_total", Counter, "Look-ups, by cache and result."),
    ("souk_cache_load_failures_total", Counter, "Values that could not be had, by cache."),
    ("souk_files_seconds", Histogram, "Calls for shared files, by call."),
    ("souk_files_errors_total", Counter, "Calls for shared files that failed, by call."),
    ("souk_redis_seconds", Histogram, "Calls of Redis, by what they are for."),
    ("souk_redis_errors_total", Counter, "Calls of Redis that failed, by what they are for."),
    ("souk_redis_breaker_open", Gauge, "1 while Redis is left alone."),
    ("souk_certificate_ends_at_seconds", Gauge, "When the certificate of this process ends, seconds since 1970."),
    ("souk_trace_spans_exported_total", Counter, "Spans that the collector took."),
    ("souk_trace_spans_dropped_total", Counter, "Spans that were dropped, by reason."),
];

/// Has every metric say what it tells. Once, when metrics are set up.
pub fn describe() {
    for (name, kind, help) in METRICS {
        match kind {
            Counter => describe_counter!(name, help),
            Gauge => describe_gauge!(name, help),
            Histogram => describe_histogram!(name, help),
        }
    }
}
