use serde::{Deserialize, Serialize};
use souk_types::{Event, Money, Timestamp};

use crate::{
    CartId, CustomerId, OrderId, ProductId, ShipmentId,
    delivery::{ChosenCarrier, Destination},
    inventory::StockLine,
};

/// What every event about an order carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRef {
    /// The order.
    pub order: OrderId,
    /// Whose it is.
    pub customer: CustomerId,
    /// Its number.
    pub number: String,
    /// The cart that it was made from.
    pub cart: CartId,
    /// Who gets the messages.
    pub email: String,
}

/// An order was made from a cart; stock and payment are under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderCreated {
    /// Which order.
    #[serde(flatten)]
    pub of: OrderRef,
    /// When.
    pub at: Timestamp,
}

/// Stock and payment are sure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderPlaced {
    /// Which order.
    #[serde(flatten)]
    pub of: OrderRef,
    /// What was bought.
    pub lines: Vec<PlacedLine>,
    /// What is paid.
    pub total: Money,
    /// When.
    pub at: Timestamp,
}

/// A line of an order that was placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedLine {
    /// Stock keeping unit.
    pub sku: String,
    /// Its product.
    pub product: ProductId,
    /// Pieces.
    pub quantity: u32,
    /// Price of one.
    pub unit_price: Money,
}

/// An order was called off, or was never paid: stock and money are to be given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderEnded {
    /// Which order.
    #[serde(flatten)]
    pub of: OrderRef,
    /// What was to be bought.
    pub lines: Vec<StockLine>,
    /// It had been placed before.
    pub was_placed: bool,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// Staff sent a part or all of an order: delivery is to make a label, or to follow a chosen carrier's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShipmentRequested {
    /// Which order.
    #[serde(flatten)]
    pub of: OrderRef,
    /// The shipment.
    pub shipment: ShipmentId,
    /// What is in it.
    pub lines: Vec<StockLine>,
    /// Where it goes.
    pub destination: Destination,
    /// The carrier that staff chose; `None`: the delivery method's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<ChosenCarrier>,
    /// When.
    pub at: Timestamp,
}

/// Everything has arrived and nothing is left to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderClosed {
    /// Which order.
    #[serde(flatten)]
    pub of: OrderRef,
    /// When.
    pub at: Timestamp,
}

macro_rules! order_events {
    ($($event:ident = $topic:literal;)*) => {$(
        impl Event for $event {
            const TOPIC: &'static str = $topic;
            fn key(&self) -> String {
                self.of.order.to_string()
            }
        }
    )*};
}

order_events! {
    OrderCreated = "orders.created";
    OrderPlaced = "orders.placed";
    OrderEnded = "orders.ended";
    ShipmentRequested = "orders.shipment_requested";
    OrderClosed = "orders.closed";
}
