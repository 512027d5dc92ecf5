//! Buying, and what became of it.

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use souk_contracts::{CartId, orders::Placement};
use souk_types::{Actor, Cursor, PageRequest};

use super::{
    caller::Access,
    cart::{cart_id, shopper},
    model::Money,
    operation::{Asked, Call, Group, Nothing, Operation, Reply, Verb},
    order_model::{Address, Order, OrderPage, OrderSummary},
    pages,
};
use crate::{
    error::Failure,
    storefront::{
        checkout_form::CheckoutForm,
        checkout_place::{PLACE_LIMIT, placed},
        orders::find,
    },
};

/// A wish to buy what is in the cart.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrder {
    /// The cart that the shopper saw.
    #[schemars(schema_with = "cart_id")]
    cart: CartId,
    /// Who gets the messages.
    #[schemars(length(min = 3, max = 254))]
    email: String,
    /// Where it goes.
    address: Address,
    /// The delivery method's code.
    #[schemars(length(min = 1, max = 100))]
    method: String,
    /// The total that the shopper saw.
    expected_total: Money,
    /// What the gateway gave for the card.
    #[schemars(length(min = 1, max = 400))]
    payment_token: String,
    /// One of `payment.methods` of the shop; left out: whichever.
    #[serde(default)]
    #[schemars(length(min = 1, max = 100))]
    payment_method: Option<String>,
}

/// How an attempt to buy stands.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Standing {
    /// What comes next.
    state: StandingState,
    /// Where the shopper must confirm; null unless they must.
    url: Option<String>,
    /// The order.
    order: Order,
}

/// What comes next.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StandingState {
    /// Nothing: it is bought.
    Placed,
    /// The shopper confirms at `url`.
    ActionRequired,
    /// The gateway has not said yet; the order goes on by itself when it does.
    Pending,
    /// It came to nothing, for the order's `cancel_reason`.
    Ended,
}

impl From<&Placement> for Standing {
    fn from(placement: &Placement) -> Self {
        let (state, url) = match placement {
            Placement::Placed(_) => (StandingState::Placed, None),
            Placement::ActionRequired { url, .. } => (StandingState::ActionRequired, Some(url.clone())),
            Placement::Pending(_) => (StandingState::Pending, None),
            Placement::Ended(_) => (StandingState::Ended, None),
        };
        Self { state, url, order: Order::from(placement.order()) }
    }
}

/// Buys what is in the cart.
pub struct CreateOrder;

impl Operation for CreateOrder {
    const NAME: &'static str = "createOrder";
    const VERB: Verb = Verb::Post;
    const PATH: &'static str = "/orders";
    const GROUP: Group = Group::Buying;
    const SUMMARY: &'static str = "Buys what is in the cart: sets the stock aside, then pays. Nothing is taken when the \
        total is not the expected one.";
    const ACCESS: Access = Access::Shopper;
    const STATUS: StatusCode = StatusCode::CREATED;
    type Path = Nothing;
    type Query = Nothing;
    type Body = NewOrder;
    type Answer = Standing;

    async fn run(mut call: Call, Asked { body, .. }: Asked<Self>) -> Result<Reply<Standing>, Failure> {
        let customer = shopper(&call)?;
        call.allow(PLACE_LIMIT);
        let total = body.expected_total.of_shop("expected_total.currency", call.state.shop.currency)?;
        let form = CheckoutForm {
            email: body.email,
            address: body.address.into(),
            rate: body.method,
            cart: Some(body.cart),
            expected_total: total.minor,
            payment_token: body.payment_token,
            payment_method: body.payment_method.unwrap_or_default(),
            ..CheckoutForm::default()
        };
        let placement = placed(&call.state, &call.cx, customer, form).await?;
        Ok(Reply::of(Standing::from(&placement)))
    }
}

/// Which order.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Number {
    /// The number that people use.
    pub number: String,
}

/// What opens an order to whoever is not its customer.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct AccessKey {
    /// The order's `access_key`. Its customer does without.
    #[serde(default)]
    #[schemars(length(max = 100))]
    key: String,
}

impl AccessKey {
    /// The key; empty when there is none.
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// Reads an order.
pub struct ReadOrder;

impl Operation for ReadOrder {
    const NAME: &'static str = "readOrder";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/orders/{number}";
    const GROUP: Group = Group::Buying;
    const SUMMARY: &'static str = "Reads an order: for its customer, or for whoever has its access key.";
    type Path = Number;
    type Query = AccessKey;
    type Body = Nothing;
    type Answer = Order;

    async fn run(call: Call, Asked { path, query, .. }: Asked<Self>) -> Result<Reply<Order>, Failure> {
        let order = find(&call.state, &call.cx, &path.number, &query.key).await?;
        Ok(Reply::of(Order::from(&order)))
    }
}

/// Goes on with an order whose payment the shopper had to confirm.
pub struct ResumeOrder;

impl Operation for ResumeOrder {
    const NAME: &'static str = "resumeOrder";
    const VERB: Verb = Verb::Post;
    const PATH: &'static str = "/orders/{number}/resume";
    const GROUP: Group = Group::Buying;
    const SUMMARY: &'static str = "Goes on with an order after the shopper has confirmed the payment, or asks how it \
        stands.";
    type Path = Number;
    type Query = AccessKey;
    type Body = Nothing;
    type Answer = Standing;

    async fn run(mut call: Call, Asked { path, query, .. }: Asked<Self>) -> Result<Reply<Standing>, Failure> {
        let order = find(&call.state, &call.cx, &path.number, &query.key).await?;
        call.allow(PLACE_LIMIT);
        // Whoever holds the key may ask how the order stands.
        let cx = souk_types::Cx { actor: Actor::service("web"), ..call.cx.clone() };
        let placement = call.state.orders.resume(&cx, order.customer, order.id).await?;
        Ok(Reply::of(Standing::from(&placement)))
    }
}

/// Why.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Why, for the history.
    #[schemars(length(min = 1, max = 100), regex(pattern = r"\S"))]
    pub reason: String,
}

/// Cancels an order.
pub struct CancelOrder;

impl Operation for CancelOrder {
    const NAME: &'static str = "cancelOrder";
    const VERB: Verb = Verb::Post;
    const PATH: &'static str = "/orders/{number}/cancel";
    const GROUP: Group = Group::Buying;
    const SUMMARY: &'static str = "Cancels the caller's own order, of which nothing has been sent: stock and money are \
        given back.";
    const ACCESS: Access = Access::Shopper;
    type Path = Number;
    type Query = Nothing;
    type Body = Reason;
    type Answer = Order;

    async fn run(call: Call, Asked { path, body, .. }: Asked<Self>) -> Result<Reply<Order>, Failure> {
        let order = find(&call.state, &call.cx, &path.number, "").await?;
        let order = call.state.orders.cancel(&call.cx, order.customer, order.id, body.reason).await?;
        Ok(Reply::of(Order::from(&order)))
    }
}

/// Which page.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct PageWish {
    /// How many at most.
    #[serde(default = "usual")]
    #[schemars(range(min = 1, max = 250))]
    pub limit: u32,
    /// Where to go on: `next` of the page before.
    #[schemars(length(max = 1000))]
    pub cursor: Option<String>,
}

fn usual() -> u32 {
    50
}

/// The page of a service's list that a cursor means.
///
/// # Errors
/// Not found, when the cursor is not of this list.
pub fn page_of(list: &impl Serialize, limit: u32, cursor: Option<&str>) -> Result<PageRequest, Failure> {
    let after = cursor.map(|cursor| pages::place(list, cursor).map(Cursor)).transpose()?;
    Ok(PageRequest { limit, after })
}

/// The cursor of what follows in a service's list.
pub fn next_of(list: &impl Serialize, next: Option<Cursor>) -> Option<String> {
    next.map(|Cursor(place)| pages::cursor(list, &place))
}

/// Lists the customer's orders.
pub struct ListOwnOrders;

impl Operation for ListOwnOrders {
    const NAME: &'static str = "listOwnOrders";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/customer/orders";
    const GROUP: Group = Group::People;
    const SUMMARY: &'static str = "Lists the orders of the customer who is signed in, newest first.";
    const ACCESS: Access = Access::Customer;
    type Path = Nothing;
    type Query = PageWish;
    type Body = Nothing;
    type Answer = OrderPage;

    async fn run(call: Call, Asked { query, .. }: Asked<Self>) -> Result<Reply<OrderPage>, Failure> {
        let customer = shopper(&call)?;
        let list = ("own orders", customer);
        let page = page_of(&list, query.limit, query.cursor.as_deref())?;
        let found = call.state.orders.of_customer(&call.cx, customer, page).await?;
        let next = next_of(&list, found.next);
        let items = found.items.iter().map(OrderSummary::from).collect();
        Ok(Reply::page(OrderPage { items, next: next.clone() }, next))
    }
}
