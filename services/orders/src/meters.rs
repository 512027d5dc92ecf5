//! What is measured of placing orders.

use metrics::{counter, histogram};
use souk_contracts::orders::{Error, Lifecycle, Placement};
use souk_types::{ServiceError as _, Timestamp};

/// Has the rare ones be there from the start, so that a first one is seen to rise.
pub fn prepare() {
    for lifecycle in [Lifecycle::Cancelled, Lifecycle::Expired] {
        counter!("souk_orders_ended_total", "lifecycle" => lifecycle.as_str()).increment(0);
    }
    for outcome in [Some(Lifecycle::Placed), Some(Lifecycle::Cancelled), Some(Lifecycle::Expired), None] {
        counter!("souk_orders_recovered_total", "outcome" => word(outcome)).increment(0);
    }
}

/// What a shopper who places an order is told.
pub fn checkout(outcome: &Result<Placement, Error>) {
    let outcome = match outcome {
        Ok(Placement::Placed(_)) => "placed",
        Ok(Placement::Pending(_)) => "pending",
        Ok(Placement::ActionRequired { .. }) => "action_required",
        Ok(Placement::Ended(_)) => "ended",
        Err(error) => error.code(),
    };
    counter!("souk_orders_checkouts_total", "outcome" => outcome).increment(1);
}

/// How a step of an order ended: `done`, `refused`, `late` (its time had run out), `waiting` (for an answer, or for the
/// shopper) or `failed`.
pub fn step(step: &'static str, outcome: &'static str) {
    counter!("souk_orders_steps_total", "step" => step, "outcome" => outcome).increment(1);
}

/// An order is placed.
pub fn placed(created: Timestamp, now: Timestamp) {
    histogram!("souk_orders_placed_seconds").record(now.since(created));
}

/// An order ended without being placed, and nothing of it was there before.
pub fn ended(lifecycle: Lifecycle) {
    counter!("souk_orders_ended_total", "lifecycle" => lifecycle.as_str()).increment(1);
}

/// Recovery has taken up an order that stood still; `None` when it could not go on.
pub fn recovered(lifecycle: Option<Lifecycle>) {
    counter!("souk_orders_recovered_total", "outcome" => word(lifecycle)).increment(1);
}

fn word(lifecycle: Option<Lifecycle>) -> &'static str {
    lifecycle.map_or("failed", Lifecycle::as_str)
}
