//! All orders.

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use souk_contracts::{
    orders::{self, FulfilmentStatus, Lifecycle, OrderFilter, OrderSort, PaymentStatus},
    permission::Scope,
};

use crate::{
    api::{
        caller::Access,
        model::{Money, instant},
        operation::{Asked, Call, Group, Nothing, Operation, Reply, Verb},
        order_model::{self, Order, OrderPage, OrderSummary},
        orders::{Number, Reason, next_of, page_of},
        schema, sorting,
    },
    error::Failure,
    storefront::orders::find,
};

schema::words! {
    sort: OrderSort;
}

/// The order with a number.
///
/// # Errors
/// Not found.
pub async fn load(call: &Call, number: &str) -> Result<orders::Order, Failure> {
    find(&call.state, &call.cx, number, "").await
}

/// Which orders.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct OrderWish {
    /// Only this lifecycle.
    #[schemars(schema_with = "order_model::lifecycle")]
    #[serde(default)]
    lifecycle: Option<Lifecycle>,
    /// Only this payment status.
    #[schemars(schema_with = "order_model::payment")]
    #[serde(default)]
    payment: Option<PaymentStatus>,
    /// Only this fulfilment status.
    #[schemars(schema_with = "order_model::fulfilment")]
    #[serde(default)]
    fulfilment: Option<FulfilmentStatus>,
    /// Only this number, numbers that begin so, or this email.
    #[schemars(length(max = 100))]
    text: Option<String>,
    /// In this order: when they were placed, or the total; with a minus, the other way round. The orders of a status are
    /// listed by when they were placed alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "sort")]
    sort: Option<OrderSort>,
    /// How many at most.
    #[serde(default = "usual")]
    #[schemars(range(min = 1, max = 250))]
    limit: u32,
    /// Where to go on: `next` of the page before.
    #[serde(skip_serializing)]
    #[schemars(length(max = 1500))]
    cursor: Option<String>,
}

fn usual() -> u32 {
    50
}

/// Lists orders.
pub struct ListOrders;

impl Operation for ListOrders {
    const NAME: &'static str = "listOrders";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/admin/orders";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Lists all orders, newest first or as `sort` says.";
    const ACCESS: Access = Access::Key(Scope::OrdersRead);
    type Path = Nothing;
    type Query = OrderWish;
    type Body = Nothing;
    type Answer = OrderPage;

    async fn run(call: Call, Asked { query: mut wish, .. }: Asked<Self>) -> Result<Reply<OrderPage>, Failure> {
        let mut filter = OrderFilter {
            lifecycle: wish.lifecycle,
            payment: wish.payment,
            fulfilment: wish.fulfilment,
            text: wish.text.clone().filter(|text| !text.is_empty()),
            sort: None,
        };
        wish.sort = sorting::order(wish.sort, filter.sorts())?;
        filter.sort = wish.sort;
        let page = page_of(&wish, wish.limit, wish.cursor.as_deref())?;
        let found = call.state.orders.list(&call.cx, filter, page).await?;
        let next = next_of(&wish, found.next);
        let items = found.items.iter().map(OrderSummary::from).collect();
        Ok(Reply::page(OrderPage { items, next: next.clone() }, next))
    }
}

/// Reads any order.
pub struct ReadAnyOrder;

impl Operation for ReadAnyOrder {
    const NAME: &'static str = "readAnyOrder";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/admin/orders/{number}";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Reads an order.";
    const ACCESS: Access = Access::Key(Scope::OrdersRead);
    type Path = Number;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = Order;

    async fn run(call: Call, Asked { path, .. }: Asked<Self>) -> Result<Reply<Order>, Failure> {
        Ok(Reply::of(Order::from(&load(&call, &path.number).await?)))
    }
}

/// What happened to an order.
#[derive(Debug, Serialize, JsonSchema)]
pub struct History {
    /// What happened, oldest first.
    items: Vec<HistoryEntry>,
}

/// Something that happened to an order.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HistoryEntry {
    /// When.
    #[schemars(schema_with = "schema::instant")]
    at: String,
    /// Who did it: an id, or a part of the shop.
    actor: String,
    /// A stable word: `created`, `placed`, `shipment_requested`, …
    what: String,
    /// For people.
    detail: String,
}

/// Reads the history of an order.
pub struct ReadOrderHistory;

impl Operation for ReadOrderHistory {
    const NAME: &'static str = "readOrderHistory";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/admin/orders/{number}/history";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Tells what happened to an order, and who did it.";
    const ACCESS: Access = Access::Key(Scope::OrdersRead);
    type Path = Number;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = History;

    async fn run(call: Call, Asked { path, .. }: Asked<Self>) -> Result<Reply<History>, Failure> {
        let order = load(&call, &path.number).await?;
        let entries = call.state.orders.history(&call.cx, order.customer, order.id).await?;
        let entry = |entry: orders::HistoryEntry| HistoryEntry {
            at: instant(entry.at),
            actor: entry.actor,
            what: entry.what,
            detail: entry.detail,
        };
        Ok(Reply::of(History { items: entries.into_iter().map(entry).collect() }))
    }
}

/// Cancels any order.
pub struct CancelAnyOrder;

impl Operation for CancelAnyOrder {
    const NAME: &'static str = "cancelAnyOrder";
    const VERB: Verb = Verb::Post;
    const PATH: &'static str = "/admin/orders/{number}/cancel";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Cancels an order of which nothing has been sent: stock and money are given back.";
    const ACCESS: Access = Access::Key(Scope::OrdersManage);
    type Path = Number;
    type Query = Nothing;
    type Body = Reason;
    type Answer = Order;

    async fn run(call: Call, Asked { path, body, .. }: Asked<Self>) -> Result<Reply<Order>, Failure> {
        let order = load(&call, &path.number).await?;
        let order = call.state.orders.cancel(&call.cx, order.customer, order.id, body.reason).await?;
        Ok(Reply::of(Order::from(&order)))
    }
}

/// Stops an order.
pub struct HoldOrder;

impl Operation for HoldOrder {
    const NAME: &'static str = "holdOrder";
    const VERB: Verb = Verb::Post;
    const PATH: &'static str = "/admin/orders/{number}/hold";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Stops an order from being sent.";
    const ACCESS: Access = Access::Key(Scope::OrdersManage);
    type Path = Number;
    type Query = Nothing;
    type Body = Reason;
    type Answer = Order;

    async fn run(call: Call, Asked { path, body, .. }: Asked<Self>) -> Result<Reply<Order>, Failure> {
        let order = load(&call, &path.number).await?;
        let order = call.state.orders.hold(&call.cx, order.customer, order.id, true, body.reason).await?;
        Ok(Reply::of(Order::from(&order)))
    }
}

/// Lets an order go on.
pub struct ReleaseOrder;

impl Operation for ReleaseOrder {
    const NAME: &'static str = "releaseOrder";
    const VERB: Verb = Verb::Post;
    const PATH: &'static str = "/admin/orders/{number}/release";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Lets an order go on that was stopped.";
    const ACCESS: Access = Access::Key(Scope::OrdersManage);
    type Path = Number;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = Order;

    async fn run(call: Call, Asked { path, .. }: Asked<Self>) -> Result<Reply<Order>, Failure> {
        let order = load(&call, &path.number).await?;
        let order = call.state.orders.hold(&call.cx, order.customer, order.id, false, String::new()).await?;
        Ok(Reply::of(Order::from(&order)))
    }
}

/// Money to be given back.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRefund {
    /// How much: at most what was taken and not given back yet.
    amount: Money,
    /// Why, for the history.
    #[schemars(length(min = 1, max = 100), regex(pattern = r"\S"))]
    reason: String,
}

/// Gives money back.
pub struct RefundOrder;

impl Operation for RefundOrder {
    const NAME: &'static str = "refundOrder";
    const VERB: Verb = Verb::Post;
    const PATH: &'static str = "/admin/orders/{number}/refunds";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Gives a part of the money back.";
    const ACCESS: Access = Access::Key(Scope::Refunds);
    const STATUS: StatusCode = StatusCode::CREATED;
    type Path = Number;
    type Query = Nothing;
    type Body = NewRefund;
    type Answer = Order;

    async fn run(call: Call, Asked { path, body, .. }: Asked<Self>) -> Result<Reply<Order>, Failure> {
        let order = load(&call, &path.number).await?;
        let amount = body.amount.of_shop("amount.currency", order.totals.total.currency)?;
        // The context carries the caller's key: sent twice, it is one refund even after a crash.
        let order = call.state.orders.refund(&call.cx, order.customer, order.id, amount, body.reason).await?;
        Ok(Reply::of(Order::from(&order)))
    }
}
