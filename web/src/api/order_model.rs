//! Orders as the API shows them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use souk_contracts::{
    OrderKind,
    orders::{self, FulfilmentStatus, Lifecycle, PaymentStatus},
};

use super::{
    cart::Totals,
    model::{Image, Money, instant},
    schema,
};

schema::words! {
    lifecycle: Lifecycle;
    payment: PaymentStatus;
    fulfilment: FulfilmentStatus;
}

/// A postal address.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// The person or company.
    #[schemars(length(min = 1, max = 100))]
    name: String,
    /// Street and number.
    #[schemars(length(min = 1, max = 100))]
    line1: String,
    /// Flat, floor, care of.
    #[serde(default)]
    #[schemars(length(max = 100))]
    line2: String,
    /// City.
    #[schemars(length(min = 1, max = 100))]
    city: String,
    /// State or province, where the country uses one: code or name.
    #[serde(default)]
    #[schemars(length(max = 100))]
    region: String,
    /// Postal code, where the country uses one.
    #[serde(default)]
    #[schemars(length(max = 20))]
    postal_code: String,
    /// ISO 3166-1 alpha-2.
    #[schemars(length(min = 2, max = 2))]
    country: String,
    /// For the carrier.
    #[serde(default)]
    #[schemars(length(max = 50))]
    phone: String,
}

impl From<Address> for souk_contracts::Address {
    fn from(address: Address) -> Self {
        let Address { name, line1, line2, city, region, postal_code, country, phone } = address;
        Self { name, line1, line2, city, region, postal_code, country, phone }
    }
}

impl From<&souk_contracts::Address> for Address {
    fn from(address: &souk_contracts::Address) -> Self {
        let souk_contracts::Address { name, line1, line2, city, region, postal_code, country, phone } = address.clone();
        Self { name, line1, line2, city, region, postal_code, country, phone }
    }
}

/// An order.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Order {
    /// Its id.
    #[schemars(schema_with = "schema::id::<OrderKind>")]
    id: String,
    /// The number that people use.
    number: String,
    /// Lets its holder see the order without signing in.
    access_key: String,
    /// Rises with every change.
    version: i64,
    /// Where it stands.
    #[schemars(schema_with = "lifecycle")]
    lifecycle: Lifecycle,
    /// How its money stands.
    #[schemars(schema_with = "payment")]
    payment: PaymentStatus,
    /// How its sending stands.
    #[schemars(schema_with = "fulfilment")]
    fulfilment: FulfilmentStatus,
    /// Who gets the messages.
    email: String,
    /// Where it goes.
    address: Address,
    /// What was bought, at frozen prices.
    lines: Vec<OrderLine>,
    /// What it costs.
    totals: Totals,
    /// How it is delivered.
    delivery: ChosenDelivery,
    /// Set aside at the bank, taken or not.
    authorised: Money,
    /// Taken.
    captured: Money,
    /// Given back.
    refunded: Money,
    /// Why it was cancelled, if it was.
    cancel_reason: Option<String>,
    /// When it was made.
    #[schemars(schema_with = "schema::instant")]
    created_at: String,
    /// When it was placed.
    #[schemars(schema_with = "schema::maybe_instant")]
    placed_at: Option<String>,
}

/// A line of an order.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OrderLine {
    /// Stock keeping unit.
    sku: String,
    /// The product's slug then.
    slug: String,
    /// The product's title then.
    title: String,
    /// What was chosen.
    variant_title: String,
    /// Its picture then.
    image: Option<Image>,
    /// Pieces ordered.
    quantity: u32,
    /// Price of one.
    unit_price: Money,
    /// Price of all.
    total: Money,
    /// Tax in the total, or on top of it.
    tax: Money,
    /// Pieces that are being sent or were.
    allocated: u32,
    /// Pieces that have left the house.
    shipped: u32,
    /// Pieces that have arrived.
    delivered: u32,
}

/// How an order is delivered.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ChosenDelivery {
    /// The method's code.
    method: String,
    /// Its name then.
    name: String,
}

impl From<&orders::Order> for Order {
    fn from(order: &orders::Order) -> Self {
        let line = |line: &orders::OrderLine| OrderLine {
            sku: line.sku.clone(),
            slug: line.slug.clone(),
            title: line.title.clone(),
            variant_title: line.variant_title.clone(),
            image: line.image.as_ref().map(|image| Image::of(image, &line.title)),
            quantity: line.quantity,
            unit_price: line.unit_price.into(),
            total: line.total.into(),
            tax: line.tax.into(),
            allocated: line.allocated,
            shipped: line.shipped,
            delivered: line.delivered,
        };
        let delivery = ChosenDelivery { method: order.delivery.method.clone(), name: order.delivery.name.clone() };
        Self {
            id: order.id.to_string(),
            number: order.number.clone(),
            access_key: order.access_key.clone(),
            version: order.version,
            lifecycle: order.lifecycle,
            payment: order.payment,
            fulfilment: order.fulfilment,
            email: order.email.clone(),
            address: Address::from(&order.address),
            lines: order.lines.iter().map(line).collect(),
            totals: Totals::from(&order.totals),
            delivery,
            authorised: order.money.authorised.into(),
            captured: order.money.captured.into(),
            refunded: order.money.refunded.into(),
            cancel_reason: order.cancel_reason.clone(),
            created_at: instant(order.created_at),
            placed_at: order.placed_at.map(instant),
        }
    }
}

/// An order in a list.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OrderSummary {
    /// Its id.
    #[schemars(schema_with = "schema::id::<OrderKind>")]
    id: String,
    /// The number that people use.
    number: String,
    /// Where it stands.
    #[schemars(schema_with = "lifecycle")]
    lifecycle: Lifecycle,
    /// How its money stands.
    #[schemars(schema_with = "payment")]
    payment: PaymentStatus,
    /// How its sending stands.
    #[schemars(schema_with = "fulfilment")]
    fulfilment: FulfilmentStatus,
    /// Who gets the messages.
    email: String,
    /// The addressee.
    name: String,
    /// Pieces.
    pieces: u64,
    /// What is paid.
    total: Money,
    /// When it was made.
    #[schemars(schema_with = "schema::instant")]
    created_at: String,
}

impl From<&orders::OrderSummary> for OrderSummary {
    fn from(order: &orders::OrderSummary) -> Self {
        Self {
            id: order.id.to_string(),
            number: order.number.clone(),
            lifecycle: order.lifecycle,
            payment: order.payment,
            fulfilment: order.fulfilment,
            email: order.email.clone(),
            name: order.name.clone(),
            pieces: order.pieces,
            total: order.total.into(),
            created_at: instant(order.created_at),
        }
    }
}

/// A page of orders.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OrderPage {
    /// The orders, newest first.
    pub items: Vec<OrderSummary>,
    /// Where the next page starts; null on the last.
    pub next: Option<String>,
}
