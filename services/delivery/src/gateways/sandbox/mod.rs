//! The sandbox carrier. It carries nothing, and remembers nothing: a parcel's whole journey is written in its tracking
//! number, so that it goes on after any crash.
//!
//! A parcel whose second address line contains `exception` gets stuck on the way: the carrier cannot find the address.

mod request;
mod response;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use souk_contracts::delivery::TrackingEvent;
use souk_types::{Cx, Env, Fault};

use self::request::Journey;
use super::{Carrier, Label, LabelOrder};

/// Moves parcels by the clock.
pub struct SandboxCarrier {
    env: Env,
    /// How many times faster than in real life.
    speed: f64,
}

impl SandboxCarrier {
    /// A carrier whose days are `speed` times shorter than real ones.
    ///
    /// # Errors
    /// Invalid, when `speed` is not a number from 0.01 to 10 million.
    pub fn try_new(env: Env, speed: f64) -> Result<Self, Fault> {
        if !(0.01..=10_000_000.0).contains(&speed) {
            return Err(Fault::invalid("speed", "must be a number from 0.01 to 10000000"));
        }
        Ok(Self { env, speed })
    }
}

#[async_trait]
impl Carrier for SandboxCarrier {
    fn name(&self) -> &'static str {
        "Sandbox Parcel"
    }

    async fn create_label(&self, _cx: &Cx, order: &LabelOrder) -> Result<Label, Fault> {
        let journey = Journey::plan(order, self.speed);
        Ok(Label {
            tracking_number: journey.to_number(),
            created_at: journey.begins_at(),
            expected_at: journey.ends_at(),
        })
    }

    async fn query(&self, _cx: &Cx, tracking_number: &str) -> Result<Vec<TrackingEvent>, Fault> {
        let journey = Journey::from_number(tracking_number).ok_or_else(|| Fault::not_found("the parcel"))?;
        Ok(response::events(&journey, self.env.now()))
    }
}
