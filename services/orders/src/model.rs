//! The order as it is stored, and as it is shown.

use serde::{Deserialize, Serialize};
use souk_contracts::{
    Address, CartId, CustomerId, OrderId, ProductId,
    catalog::Image,
    inventory::StockLine,
    orders::{
        ChosenDelivery, FulfilmentStatus, Lifecycle, LineBooks, Order, OrderBooks, OrderLine, OrderMoney, OrderRef,
        OrderSummary, ParcelBooks, PaymentRules, PaymentStatus, Totals,
    },
};
use souk_types::{Currency, Money, Timestamp};

use crate::domain::{
    axes,
    lifecycle::{Shipment, State},
};

/// An order's row.
#[derive(Debug, Clone)]
pub struct OrderRow {
    pub id: OrderId,
    pub customer: CustomerId,
    pub cart: CartId,
    pub number: String,
    pub version: i64,
    pub lifecycle: Lifecycle,
    pub email: String,
    pub total: Money,
    pub money: OrderMoney,
    pub body: Body,
    pub shipments: Vec<Shipment>,
    pub cancel_reason: Option<String>,
    pub payment_token: Option<String>,
    pub created_at: Timestamp,
    pub placed_at: Option<Timestamp>,
}

/// What is frozen when an order is made, and only ever read whole.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Body {
    pub access_key: String,
    pub address: Address,
    pub lines: Vec<FrozenLine>,
    pub totals: Totals,
    pub delivery: ChosenDelivery,
    /// How it is paid; `None` in an order from before staff could change that.
    #[serde(default)]
    pub payment: Option<PaymentRules>,
}

/// A line as it was bought.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FrozenLine {
    pub sku: String,
    pub product: ProductId,
    pub slug: String,
    pub title: String,
    pub variant_title: String,
    pub image: Option<Image>,
    pub quantity: u32,
    pub unit_price: Money,
    pub total: Money,
    pub tax: Money,
}

/// No money yet.
pub fn no_money(currency: Currency) -> OrderMoney {
    let zero = Money::zero(currency);
    OrderMoney { authorised: zero, captured: zero, refunded: zero }
}

impl OrderRow {
    /// What decisions depend on.
    pub fn state(&self) -> State {
        State {
            lifecycle: self.lifecycle,
            lines: self.stock_lines(),
            shipments: self.shipments.clone(),
            total: self.total,
            money: self.money,
        }
    }

    /// Takes over a new state.
    pub fn set_state(&mut self, state: State) {
        self.lifecycle = state.lifecycle;
        self.shipments = state.shipments;
        self.money = state.money;
    }

    /// What is to be taken from stock.
    pub fn stock_lines(&self) -> Vec<StockLine> {
        let line = |line: &FrozenLine| StockLine { sku: line.sku.clone(), quantity: line.quantity };
        self.body.lines.iter().map(line).collect()
    }

    /// How the money stands.
    pub fn payment(&self) -> PaymentStatus {
        axes::payment(self.lifecycle, self.total, &self.money)
    }

    /// How the sending stands.
    pub fn fulfilment(&self) -> FulfilmentStatus {
        axes::fulfilment(&self.state())
    }

    /// Pieces in all.
    pub fn pieces(&self) -> u64 {
        self.body.lines.iter().map(|line| u64::from(line.quantity)).sum()
    }

    /// What every event about the order carries.
    pub fn reference(&self) -> OrderRef {
        OrderRef {
            order: self.id,
            customer: self.customer,
            number: self.number.clone(),
            cart: self.cart,
            email: self.email.clone(),
        }
    }

    /// The order as a line of a list.
    pub fn into_summary(self) -> OrderSummary {
        OrderSummary {
            payment: self.payment(),
            fulfilment: self.fulfilment(),
            pieces: self.pieces(),
            id: self.id,
            customer: self.customer,
            number: self.number,
            lifecycle: self.lifecycle,
            email: self.email,
            name: self.body.address.name,
            total: self.total,
            created_at: self.created_at,
        }
    }

    /// The order for the audit across services.
    pub fn into_books(self) -> OrderBooks {
        let state = self.state();
        let line = |line: FrozenLine| LineBooks {
            shipped: state.pieces(&line.sku, |shipment| shipment.left),
            sku: line.sku,
            quantity: line.quantity,
        };
        OrderBooks {
            id: self.id,
            customer: self.customer,
            lifecycle: self.lifecycle,
            total: self.total,
            money: self.money,
            lines: self.body.lines.into_iter().map(line).collect(),
            parcels: self
                .shipments
                .into_iter()
                .map(|shipment| ParcelBooks { shipment: shipment.id, lines: shipment.lines })
                .collect(),
        }
    }

    /// The order as others see it.
    pub fn into_order(self) -> Order {
        let state = self.state();
        let (payment, fulfilment) = (self.payment(), axes::fulfilment(&state));
        let line = |line: FrozenLine| OrderLine {
            allocated: state.allocated(&line.sku),
            shipped: state.pieces(&line.sku, |shipment| shipment.left),
            delivered: state.pieces(&line.sku, |shipment| shipment.arrived),
            sku: line.sku,
            product: line.product,
            slug: line.slug,
            title: line.title,
            variant_title: line.variant_title,
            image: line.image,
            quantity: line.quantity,
            unit_price: line.unit_price,
            total: line.total,
            tax: line.tax,
        };
        Order {
            id: self.id,
            customer: self.customer,
            number: self.number,
            access_key: self.body.access_key,
            cart: self.cart,
            version: self.version,
            lifecycle: self.lifecycle,
            payment,
            fulfilment,
            email: self.email,
            address: self.body.address,
            lines: self.body.lines.into_iter().map(line).collect(),
            totals: self.body.totals,
            delivery: self.body.delivery,
            money: self.money,
            cancel_reason: self.cancel_reason,
            created_at: self.created_at,
            placed_at: self.placed_at,
        }
    }
}
