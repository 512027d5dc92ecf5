//! How an order stands, for who knows its number and its email.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use souk_contracts::orders::{FulfilmentStatus, Lifecycle, PaymentStatus};

use super::{
    back_office::shipments::Shipment,
    model::{Money, instant},
    operation::{Asked, Call, Group, Nothing, Operation, Reply, Twice, Verb},
    order_model, schema,
};
use crate::{error::Failure, storefront::orders::find};

/// Which order.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NumberAndEmail {
    /// The order's number.
    #[schemars(length(min = 1, max = 100))]
    number: String,
    /// The email that the order was placed with.
    #[schemars(length(min = 3, max = 254))]
    email: String,
}

/// How an order stands: nothing about whom it goes to.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OrderStatus {
    /// The number that people use.
    number: String,
    /// Where it stands.
    #[schemars(schema_with = "order_model::lifecycle")]
    lifecycle: Lifecycle,
    /// How its money stands.
    #[schemars(schema_with = "order_model::payment")]
    payment: PaymentStatus,
    /// How its sending stands.
    #[schemars(schema_with = "order_model::fulfilment")]
    fulfilment: FulfilmentStatus,
    /// What is paid.
    total: Money,
    /// When it was made.
    #[schemars(schema_with = "schema::instant")]
    created_at: String,
    /// When it was placed.
    #[schemars(schema_with = "schema::maybe_instant")]
    placed_at: Option<String>,
    /// Its parcels, oldest first.
    shipments: Vec<Shipment>,
}

/// Tells how an order stands.
pub struct FindOrderStatus;

impl Operation for FindOrderStatus {
    const NAME: &'static str = "findOrderStatus";
    // The email is no part of an address, which others may keep.
    const VERB: Verb = Verb::Post;
    const PATH: &'static str = "/orders/status";
    const GROUP: Group = Group::Buying;
    const SUMMARY: &'static str = "Tells how an order stands and where its parcels are, to who knows its number and \
        the email that it was placed with.";
    const TWICE: Twice = Twice::Harmless;
    type Path = Nothing;
    type Query = Nothing;
    type Body = NumberAndEmail;
    type Answer = OrderStatus;

    async fn run(call: Call, Asked { body, .. }: Asked<Self>) -> Result<Reply<OrderStatus>, Failure> {
        let cx = call.cx.as_service("web");
        let absent =
            || Failure { message: "There is no order with this number and this email.".into(), ..Failure::not_found() };
        let order = find(&call.state, &cx, &body.number, "").await.map_err(|failure| match failure.status {
            http::StatusCode::NOT_FOUND => absent(),
            _ => failure,
        })?;
        if order.email.to_lowercase() != body.email.trim().to_lowercase() {
            return Err(absent());
        }
        let shipments = call.state.delivery.shipments(&cx, order.customer, order.id).await?;
        Ok(Reply::of(OrderStatus {
            number: order.number,
            lifecycle: order.lifecycle,
            payment: order.payment,
            fulfilment: order.fulfilment,
            total: order.totals.total.into(),
            created_at: instant(order.created_at),
            placed_at: order.placed_at.map(instant),
            shipments: shipments.into_iter().map(Shipment::from).collect(),
        }))
    }
}
