use serde::{Deserialize, Serialize};
use souk_types::{Money, Timestamp, text_enum};

use super::{FulfilmentStatus, Lifecycle, PaymentStatus};
use crate::{Address, CartId, CustomerId, OrderId, ProductId, ShipmentId, catalog::Image, inventory::StockLine};

/// An order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// Whose it is.
    pub customer: CustomerId,
    /// The number that people use: `K7P2-9XQ4`. Not guessable from others.
    pub number: String,
    /// Lets its holder see the order without signing in. Only told to the customer and staff.
    pub access_key: String,
    /// The cart that it was made from.
    pub cart: CartId,
    /// Rises with every change.
    pub version: i64,
    /// Where it stands.
    pub lifecycle: Lifecycle,
    /// How its money stands.
    pub payment: PaymentStatus,
    /// How its sending stands.
    pub fulfilment: FulfilmentStatus,
    /// Who gets the messages.
    pub email: String,
    /// Where it goes.
    pub address: Address,
    /// What was bought, at frozen prices.
    pub lines: Vec<OrderLine>,
    /// What it costs.
    pub totals: Totals,
    /// How it is delivered.
    pub delivery: ChosenDelivery,
    /// What was authorised, captured, refunded.
    pub money: OrderMoney,
    /// Why it was cancelled, if it was.
    pub cancel_reason: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was placed.
    pub placed_at: Option<Timestamp>,
}

/// One line of an order, frozen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderLine {
    /// Stock keeping unit: once in an order.
    pub sku: String,
    /// Its product.
    pub product: ProductId,
    /// The product's slug then.
    pub slug: String,
    /// The product's title then.
    pub title: String,
    /// What was chosen, `Colour: Blue, Size: M`.
    pub variant_title: String,
    /// Its picture then.
    pub image: Option<Image>,
    /// Pieces ordered.
    pub quantity: u32,
    /// Price of one.
    pub unit_price: Money,
    /// Price of all.
    pub total: Money,
    /// Tax in (inclusive) or on top of (exclusive) the total.
    pub tax: Money,
    /// Pieces that are being sent or were.
    pub allocated: u32,
    /// Pieces that have left the house.
    pub shipped: u32,
    /// Pieces that have arrived.
    pub delivered: u32,
}

/// What an order costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Sum of the lines.
    pub subtotal: Money,
    /// Delivery.
    pub delivery: Money,
    /// Tax on lines and delivery.
    pub tax: Money,
    /// Whether the prices include the tax.
    pub tax_included: bool,
    /// What the tax is called there: `VAT`; empty when there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tax_name: String,
    /// What is paid.
    pub total: Money,
}

/// How an order is delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChosenDelivery {
    /// The method's code.
    pub method: String,
    /// Its name then.
    pub name: String,
}

/// An order's money, as payments told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderMoney {
    /// Set aside at the bank, captured or not.
    pub authorised: Money,
    /// Taken.
    pub captured: Money,
    /// Given back.
    pub refunded: Money,
}

/// A line of an order list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderSummary {
    /// Its id.
    pub id: OrderId,
    /// Whose it is.
    pub customer: CustomerId,
    /// Its number.
    pub number: String,
    /// Where it stands.
    pub lifecycle: Lifecycle,
    /// How its money stands.
    pub payment: PaymentStatus,
    /// How its sending stands.
    pub fulfilment: FulfilmentStatus,
    /// Who gets the messages.
    pub email: String,
    /// The addressee.
    pub name: String,
    /// Pieces.
    pub pieces: u64,
    /// What is paid.
    pub total: Money,
    /// When it was made.
    pub created_at: Timestamp,
}

text_enum! {
    /// The orders of a list of orders.
    pub enum OrderSort {
        /// What was made last comes first.
        Newest = "-placed",
        /// What was made last comes last.
        Oldest = "placed",
        /// By the total, the highest first.
        Dearest = "-total",
        /// By the total.
        Cheapest = "total",
    }
}

/// Which orders staff want to see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderFilter {
    /// Only this lifecycle.
    pub lifecycle: Option<Lifecycle>,
    /// Only this payment status.
    pub payment: Option<PaymentStatus>,
    /// Only this fulfilment status.
    pub fulfilment: Option<FulfilmentStatus>,
    /// Only this number, numbers that begin so, or this email.
    pub text: Option<String>,
    /// In this order, which must be one of [`sorts`](Self::sorts).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<OrderSort>,
}

impl OrderFilter {
    /// The orders in which these can be listed; the first is that of the list by itself. The orders of one status are
    /// many, and are found by when they were made alone; those of a text are few.
    pub fn sorts(&self) -> &'static [OrderSort] {
        let is_of_status = self.lifecycle.is_some() || self.payment.is_some() || self.fulfilment.is_some();
        let is_of_text = self.text.as_ref().is_some_and(|text| !text.trim().is_empty());
        if is_of_status && !is_of_text { &[OrderSort::Newest, OrderSort::Oldest] } else { OrderSort::ALL }
    }
}

/// Orders that can be asked for at once.
pub const ORDERS_AT_ONCE_MAX: usize = 100;
/// Bytes of a note.
pub const NOTE_BYTES_MAX: usize = 2_000;
/// Filters that can be saved.
pub const SAVED_FILTERS_MAX: usize = 30;

/// A filter under a name, the same for all staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedFilter {
    /// Its name.
    pub name: String,
    /// What it lets through.
    pub filter: OrderFilter,
}

/// Something that happened to an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub actor: String,
    /// A stable word: `created`, `placed`, `shipment_requested`, …; `note` for what staff wrote.
    pub what: String,
    /// For people.
    pub detail: String,
}

/// An order for the audit across services.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderBooks {
    /// Its id.
    pub id: OrderId,
    /// Whose it is.
    pub customer: CustomerId,
    /// Where it stands.
    pub lifecycle: Lifecycle,
    /// What is paid.
    pub total: Money,
    /// Its money.
    pub money: OrderMoney,
    /// What was ordered, each SKU once.
    pub lines: Vec<LineBooks>,
    /// What was handed to delivery.
    pub parcels: Vec<ParcelBooks>,
}

/// A line of an order for the audit across services.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineBooks {
    /// Stock keeping unit.
    pub sku: String,
    /// Pieces ordered.
    pub quantity: u32,
    /// Pieces that have left the house.
    pub shipped: u32,
}

/// A parcel of an order for the audit across services.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParcelBooks {
    /// Its shipment.
    pub shipment: ShipmentId,
    /// What is in it.
    pub lines: Vec<StockLine>,
}
