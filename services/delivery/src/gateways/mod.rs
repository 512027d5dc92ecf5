//! What delivery needs of a carrier.

pub mod sandbox;

use async_trait::async_trait;
use souk_contracts::{Address, ShipmentId, delivery::TrackingEvent};
use souk_types::{Cx, Fault, Timestamp};

/// A carrier.
#[async_trait]
pub trait Carrier: Send + Sync {
    /// The name that the shopper reads.
    fn name(&self) -> &'static str;

    /// Makes a label. The same shipment gets the same label, however often it is asked for.
    ///
    /// # Errors
    /// Any failure: the caller asks again later.
    async fn create_label(&self, cx: &Cx, order: &LabelOrder) -> Result<Label, Fault>;

    /// Says everything that has happened to a parcel so far, oldest first.
    ///
    /// # Errors
    /// Any failure: the caller asks again later.
    async fn query(&self, cx: &Cx, tracking_number: &str) -> Result<Vec<TrackingEvent>, Fault>;
}

/// A parcel that is to be carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelOrder {
    pub shipment: ShipmentId,
    pub address: Address,
    /// Working days that it may take.
    pub days_max: u32,
    pub requested_at: Timestamp,
}

/// What a carrier gives for a parcel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub tracking_number: String,
    pub created_at: Timestamp,
    pub expected_at: Timestamp,
}
