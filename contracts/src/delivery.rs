//! Getting things to the door: methods and rates, shipments, tracking.

use serde::{Deserialize, Serialize};
use souk_rpc::rpc;
use souk_types::{Cx, Event, Money, Page, PageRequest, Timestamp, text_enum};

use crate::{
    Address, CustomerId, OrderId, ShipmentId, error::service_errors, inventory::StockLine, settings::Settings,
};

service_errors! {
    /// Nothing is delivered there.
    NotServed { country: String } = Invalid, "not_served", "we do not deliver to {country}";
    /// The parcel is past the point where this can be done.
    TooLate { status: String } = Conflict, "too_late", "the parcel is {status} already";
}

/// Knows what delivery costs, and where parcels are.
#[rpc]
pub trait Delivery {
    /// Says which methods serve a destination and what each costs, cheapest first.
    #[read]
    async fn rates(&self, cx: &Cx, parcel: ParcelQuery) -> Result<Vec<Rate>, Error>;

    /// Returns an order's shipments with their tracking events, oldest first.
    #[read]
    async fn shipments(&self, cx: &Cx, customer: CustomerId, order: OrderId) -> Result<Vec<Shipment>, Error>;

    /// Lists the countries that any method serves, as ISO 3166-1 alpha-2 codes.
    #[read]
    async fn countries(&self, cx: &Cx) -> Result<Vec<String>, Error>;

    /// Tells staff the methods with all their rates, and whether these are those of the configuration file.
    #[read]
    async fn settings(&self, cx: &Cx) -> Result<Settings<Vec<MethodConfig>>, Error>;

    /// Has other methods hold from now on in place of those of this version; `None`: those of the configuration file.
    async fn replace_settings(
        &self,
        cx: &Cx,
        version: i64,
        methods: Option<Vec<MethodConfig>>,
    ) -> Result<Settings<Vec<MethodConfig>>, Error>;

    /// Takes a tracking event from a carrier or from staff; what was said last, said again, does nothing.
    #[idempotent]
    async fn track(
        &self,
        cx: &Cx,
        customer: CustomerId,
        shipment: ShipmentId,
        event: TrackingEvent,
    ) -> Result<(), Error>;

    /// Checks that every tracking event belongs to a shipment; says what does not.
    #[read]
    async fn audit(&self, cx: &Cx) -> Result<Vec<String>, Error>;

    /// Lists all shipments for the audit across services, in a stable order.
    #[read]
    async fn books(&self, cx: &Cx, page: PageRequest) -> Result<Page<ShipmentBooks>, Error>;
}

/// What is to be delivered where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParcelQuery {
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// State or province; may be empty.
    pub region: String,
    /// Weight of all lines, grams.
    pub weight_g: i64,
    /// Sum of all lines.
    pub subtotal: Money,
}

/// One way to deliver, and its price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// The method's code, for example `standard`.
    pub method: String,
    /// Its name.
    pub name: String,
    /// What it costs.
    pub price: Money,
    /// Working days at least.
    pub days_min: u32,
    /// Working days at most.
    pub days_max: u32,
}

/// A way to deliver, as the shop has set it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MethodConfig {
    /// A short stable word, for example `standard`.
    pub code: String,
    /// What the shopper reads.
    pub name: String,
    /// Working days at least.
    pub days_min: u32,
    /// Working days at most.
    pub days_max: u32,
    /// What it costs: the first rule that fits counts. Where none fits, the method does not serve.
    pub rates: Vec<RateRule>,
}

/// What a method costs under some conditions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RateRule {
    /// ISO 3166-1 alpha-2; empty for anywhere.
    #[serde(default)]
    pub countries: Vec<String>,
    /// States or provinces by code or name, in any case; empty for the whole country.
    #[serde(default)]
    pub regions: Vec<String>,
    /// Up to this weight, grams.
    #[serde(default)]
    pub weight_max_g: Option<i64>,
    /// From this sum of all lines on, minor units.
    #[serde(default)]
    pub subtotal_min: Option<i64>,
    /// The price, minor units of the shop's currency.
    pub price: i64,
}

text_enum! {
    /// Where a shipment is.
    pub enum ShipmentStatus {
        /// To be handed over; no label yet.
        Planned = "planned",
        /// The carrier made a label.
        LabelCreated = "label_created",
        /// The carrier has it.
        PickedUp = "picked_up",
        /// On its way.
        InTransit = "in_transit",
        /// In the van.
        OutForDelivery = "out_for_delivery",
        /// At the door.
        Delivered = "delivered",
        /// Something went wrong; the carrier says what.
        Exception = "exception",
    }
}

impl ShipmentStatus {
    /// Says whether it has left the house.
    pub const fn has_left(self) -> bool {
        matches!(self, Self::PickedUp | Self::InTransit | Self::OutForDelivery | Self::Delivered | Self::Exception)
    }
}

/// A carrier that staff chose for a parcel. The shop does not ask it where the parcel is: staff say so.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChosenCarrier {
    /// Its name, as the shopper reads it.
    pub name: String,
    /// Its number for the parcel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_number: Option<String>,
    /// Its page about the parcel: `https` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_url: Option<String>,
}

/// A parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipment {
    /// Its id.
    pub id: ShipmentId,
    /// Whose order.
    pub customer: CustomerId,
    /// The order.
    pub order: OrderId,
    /// What is in it.
    pub lines: Vec<StockLine>,
    /// Where it is.
    pub status: ShipmentStatus,
    /// Who carries it.
    pub carrier: String,
    /// The carrier's number for it.
    pub tracking_number: Option<String>,
    /// The carrier's page about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_url: Option<String>,
    /// Staff say where it is; its carrier is not asked.
    #[serde(default)]
    pub by_hand: bool,
    /// When the carrier expects to deliver it.
    pub expected_at: Option<Timestamp>,
    /// What has happened to it, oldest first.
    pub events: Vec<TrackingEvent>,
}

/// A shipment for the audit across services.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShipmentBooks {
    /// Its id.
    pub id: ShipmentId,
    /// Whose order.
    pub customer: CustomerId,
    /// The order.
    pub order: OrderId,
    /// What is in it.
    pub lines: Vec<StockLine>,
}

/// Something that happened to a parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackingEvent {
    /// Where it is since.
    pub status: ShipmentStatus,
    /// In the carrier's words.
    pub description: String,
    /// Place, as the carrier writes it; may be empty.
    pub place: String,
    /// When.
    pub at: Timestamp,
}

/// A shipment moved on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShipmentMoved {
    /// The shipment.
    pub shipment: ShipmentId,
    /// Whose order.
    pub customer: CustomerId,
    /// The order.
    pub order: OrderId,
    /// What is in it.
    pub lines: Vec<StockLine>,
    /// What it was before.
    pub before: ShipmentStatus,
    /// What happened.
    pub event: TrackingEvent,
    /// The carrier's number for it.
    pub tracking_number: Option<String>,
}

impl Event for ShipmentMoved {
    const TOPIC: &'static str = "delivery.shipment_moved";
    fn key(&self) -> String {
        self.order.to_string()
    }
}

/// Where a parcel of an order is to go: a part of [`ShipmentRequested`](crate::orders::ShipmentRequested).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destination {
    /// The address.
    pub address: Address,
    /// The delivery method's code.
    pub method: String,
}
