//! Parcels of orders.

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use souk_contracts::{
    ShipmentId, ShipmentKind,
    delivery::{self, ChosenCarrier, ShipmentStatus},
    inventory::StockLine,
    permission::Scope,
};
use souk_types::Fault;

use super::orders::load;
use crate::{
    api::{
        caller::Access,
        model::instant,
        operation::{Asked, Call, Group, Nothing, Operation, Reply, Verb},
        order_model::Order,
        orders::Number,
        schema,
    },
    error::Failure,
};

schema::words! {
    shipment_status: ShipmentStatus;
}

/// An order's parcels.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Shipments {
    /// The parcels, oldest first.
    items: Vec<Shipment>,
}

/// A parcel.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Shipment {
    /// Its id.
    #[schemars(schema_with = "schema::id::<ShipmentKind>")]
    id: String,
    /// What is in it.
    lines: Vec<ShipmentLine>,
    /// Where it is.
    #[schemars(schema_with = "shipment_status")]
    status: ShipmentStatus,
    /// Who carries it.
    carrier: String,
    /// The carrier's number for it.
    tracking_number: Option<String>,
    /// The carrier's page about it.
    tracking_url: Option<String>,
    /// When the carrier expects to deliver it.
    #[schemars(schema_with = "schema::maybe_instant")]
    expected_at: Option<String>,
    /// What has happened to it, oldest first.
    events: Vec<TrackingEvent>,
}

/// Something that happened to a parcel.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TrackingEvent {
    /// Where it is since.
    #[schemars(schema_with = "shipment_status")]
    status: ShipmentStatus,
    /// In the carrier's words.
    description: String,
    /// Place, as the carrier writes it; may be empty.
    place: String,
    /// When.
    #[schemars(schema_with = "schema::instant")]
    at: String,
}

/// A part of a parcel.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ShipmentLine {
    /// Stock keeping unit.
    sku: String,
    /// Pieces.
    quantity: u32,
}

impl From<delivery::Shipment> for Shipment {
    fn from(shipment: delivery::Shipment) -> Self {
        let event = |event: delivery::TrackingEvent| TrackingEvent {
            status: event.status,
            description: event.description,
            place: event.place,
            at: instant(event.at),
        };
        let line = |line: StockLine| ShipmentLine { sku: line.sku, quantity: line.quantity };
        Self {
            id: shipment.id.to_string(),
            lines: shipment.lines.into_iter().map(line).collect(),
            status: shipment.status,
            carrier: shipment.carrier,
            tracking_number: shipment.tracking_number,
            tracking_url: shipment.tracking_url,
            expected_at: shipment.expected_at.map(instant),
            events: shipment.events.into_iter().map(event).collect(),
        }
    }
}

/// Lists the parcels of an order.
pub struct ListShipments;

impl Operation for ListShipments {
    const NAME: &'static str = "listShipments";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/admin/orders/{number}/shipments";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Lists the parcels of an order and where they are.";
    const ACCESS: Access = Access::Key(Scope::OrdersRead);
    type Path = Number;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = Shipments;

    async fn run(call: Call, Asked { path, .. }: Asked<Self>) -> Result<Reply<Shipments>, Failure> {
        let order = load(&call, &path.number).await?;
        let found = call.state.delivery.shipments(&call.cx, order.customer, order.id).await?;
        Ok(Reply::of(Shipments { items: found.into_iter().map(Shipment::from).collect() }))
    }
}

/// A parcel to be sent.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewShipment {
    /// What goes into it.
    #[schemars(length(min = 1, max = 200))]
    lines: Vec<NewShipmentLine>,
    /// Who carries it, when it is not the carrier of the delivery method. The shop does not ask that one where the
    /// parcel is: tell it by tracking events.
    carrier: Option<Carrier>,
}

/// A part of a parcel to be sent.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewShipmentLine {
    /// Stock keeping unit.
    #[schemars(length(min = 1, max = 200))]
    sku: String,
    /// Pieces.
    #[schemars(range(min = 1, max = 999))]
    quantity: u32,
}

/// A carrier of one's own choice.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Carrier {
    /// Its name, as the shopper reads it.
    #[schemars(length(min = 1, max = 100))]
    name: String,
    /// Its number for the parcel.
    #[schemars(length(min = 1, max = 100))]
    tracking_number: Option<String>,
    /// Its page about the parcel: `https` only.
    #[schemars(length(min = 1, max = 400))]
    tracking_url: Option<String>,
}

/// Sends a parcel.
pub struct CreateShipment;

impl Operation for CreateShipment {
    const NAME: &'static str = "createShipment";
    const VERB: Verb = Verb::Post;
    const PATH: &'static str = "/admin/orders/{number}/shipments";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Sends a part or all of what is not sent yet.";
    const ACCESS: Access = Access::Key(Scope::OrdersManage);
    const STATUS: StatusCode = StatusCode::CREATED;
    type Path = Number;
    type Query = Nothing;
    type Body = NewShipment;
    type Answer = Order;

    async fn run(call: Call, Asked { path, body, .. }: Asked<Self>) -> Result<Reply<Order>, Failure> {
        let order = load(&call, &path.number).await?;
        let lines = body.lines.into_iter().map(|line| StockLine { sku: line.sku, quantity: line.quantity });
        let carrier = body.carrier.map(|carrier| ChosenCarrier {
            name: carrier.name,
            tracking_number: carrier.tracking_number,
            tracking_url: carrier.tracking_url,
        });
        let shipment = shipment_of(&call)?;
        let order =
            call.state.orders.ship(&call.cx, order.customer, order.id, shipment, lines.collect(), carrier).await?;
        Ok(Reply::of(Order::from(&order)))
    }
}

/// The shipment of a request: the same one when it is sent again, even after a crash.
fn shipment_of(call: &Call) -> Result<ShipmentId, Fault> {
    let key = call.cx.idempotency_key.as_deref().unwrap_or_default();
    let hash = blake3::derive_key("souk web 2026 shipment of a request", key.as_bytes());
    let bits = hash.first_chunk().copied().ok_or_else(|| Fault::internal("a hash is too short"))?;
    Ok(ShipmentId::from_bits(u128::from_be_bytes(bits)))
}

/// Which parcel.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Parcel {
    /// The number of its order.
    number: String,
    /// Its id.
    #[schemars(schema_with = "schema::id::<ShipmentKind>")]
    shipment: ShipmentId,
}

/// Something that happened to a parcel, as staff heard of it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTrackingEvent {
    /// Where it is now.
    #[schemars(schema_with = "shipment_status")]
    status: ShipmentStatus,
    /// In the carrier's words.
    #[schemars(length(min = 1, max = 100))]
    description: String,
    /// Place.
    #[serde(default)]
    #[schemars(length(max = 100))]
    place: String,
}

/// Tells where a parcel is.
pub struct TrackShipment;

impl Operation for TrackShipment {
    const NAME: &'static str = "trackShipment";
    const VERB: Verb = Verb::Post;
    const PATH: &'static str = "/admin/orders/{number}/shipments/{shipment}/events";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Tells where a parcel is, whose carrier is not asked.";
    const ACCESS: Access = Access::Key(Scope::OrdersManage);
    const STATUS: StatusCode = StatusCode::NO_CONTENT;
    type Path = Parcel;
    type Query = Nothing;
    type Body = NewTrackingEvent;
    type Answer = Nothing;

    async fn run(call: Call, Asked { path, body, .. }: Asked<Self>) -> Result<Reply<Nothing>, Failure> {
        let order = load(&call, &path.number).await?;
        let event = delivery::TrackingEvent {
            status: body.status,
            description: body.description,
            place: body.place,
            at: call.state.env.now(),
        };
        call.state.delivery.track(&call.cx, order.customer, path.shipment, event).await?;
        Ok(Reply::of(Nothing {}))
    }
}
