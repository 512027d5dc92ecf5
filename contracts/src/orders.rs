//! Orders: placing, following, shipping, cancelling, refunding.

mod events;
mod order;
mod place;
mod refund;
mod sales;
mod status;

pub use events::*;
pub use order::*;
pub use place::*;
pub use refund::*;
pub use sales::*;
use souk_rpc::rpc;
use souk_types::{Cx, Money, Page, PageRequest};
pub use status::*;

use crate::{
    CustomerId, OrderId, ShipmentId,
    delivery::ChosenCarrier,
    error::service_errors,
    inventory::{Shortage, StockLine},
    settings::Settings,
};

service_errors! {
    /// The total is not what the shopper saw; nothing was taken.
    TotalChanged { expected: Money, now: Money } = Conflict, "total_changed",
        "the total changed from {expected} to {now}; look at the order once more before you pay";
    /// There is nothing in the cart that can be bought.
    EmptyCart = Invalid, "empty_cart", "there is nothing in the cart";
    /// Something sold out meanwhile; nothing was taken.
    OutOfStock { shortages: Vec<Shortage> } = OutOfStock, "out_of_stock", "something in the cart sold out meanwhile";
    /// The bank or gateway said no; the cart is kept.
    PaymentDeclined { code: String, reason: String } = Declined, "payment_declined",
        "the payment was declined: {reason}. Nothing was taken; your cart is kept";
    /// The order's state forbids this.
    NotNow { lifecycle: Lifecycle, reason: String } = Conflict, "not_now", "{reason}";
}

/// Makes orders out of carts and sees them through.
#[rpc]
pub trait Orders {
    /// Prices the customer's cart afresh for a destination: what [`place`](Orders::place) would charge.
    #[read]
    async fn quote(&self, cx: &Cx, request: QuoteRequest) -> Result<Quote, Error>;

    /// Tells by which rules orders are taxed.
    #[read]
    async fn taxes(&self, cx: &Cx) -> Result<Taxes, Error>;

    /// Tells staff by which rules orders are taxed, and whether these are those of the configuration file.
    #[read]
    async fn tax_settings(&self, cx: &Cx) -> Result<Settings<Taxes>, Error>;

    /// Has other rules hold from now on in place of those of this version; `None`: those of the configuration file.
    async fn replace_taxes(&self, cx: &Cx, version: i64, taxes: Option<Taxes>) -> Result<Settings<Taxes>, Error>;

    /// Tells staff when the money of an order is taken and how long an order waits for it, and whether these rules are
    /// those of the configuration file.
    #[read]
    async fn payment_rules(&self, cx: &Cx) -> Result<Settings<PaymentRules>, Error>;

    /// Has other rules of payment hold for new orders in place of those of this version; `None`: those of the
    /// configuration file.
    async fn replace_payment_rules(
        &self,
        cx: &Cx,
        version: i64,
        rules: Option<PaymentRules>,
    ) -> Result<Settings<PaymentRules>, Error>;

    /// Places an order for the customer's cart: reserves stock, then pays. The same cart gives the same order,
    /// however often this is called.
    #[idempotent]
    async fn place(&self, cx: &Cx, request: PlaceOrder) -> Result<Placement, Error>;

    /// Goes on with an order after the shopper came back from a challenge, or asks how it stands.
    #[idempotent]
    async fn resume(&self, cx: &Cx, customer: CustomerId, order: OrderId) -> Result<Placement, Error>;

    /// Returns an order to its customer, to staff, or to whoever has its access key.
    #[read]
    async fn order(
        &self,
        cx: &Cx,
        customer: CustomerId,
        order: OrderId,
        access_key: Option<String>,
    ) -> Result<Option<Order>, Error>;

    /// Finds an order by its number for staff, or for whoever has its access key.
    #[read]
    async fn by_number(&self, cx: &Cx, number: String, access_key: Option<String>) -> Result<Option<Order>, Error>;

    /// Lists a customer's orders, newest first.
    #[read]
    async fn of_customer(&self, cx: &Cx, customer: CustomerId, page: PageRequest) -> Result<Page<OrderSummary>, Error>;

    /// Returns to staff those of these orders that there are, in the order asked; at most [`ORDERS_AT_ONCE_MAX`].
    #[read]
    async fn many(&self, cx: &Cx, numbers: Vec<String>) -> Result<Vec<Order>, Error>;

    /// Lists orders for staff, by itself newest first.
    #[read]
    async fn list(&self, cx: &Cx, filter: OrderFilter, page: PageRequest) -> Result<Page<OrderSummary>, Error>;

    /// Returns what was sold in a span of time, for staff: an entry for each step in which something was.
    #[read]
    async fn sales(&self, cx: &Cx, request: SalesRequest) -> Result<Vec<Sales>, Error>;

    /// Counts for staff the orders that wait for them.
    #[read]
    async fn waiting(&self, cx: &Cx) -> Result<Waiting, Error>;

    /// Sends a part or all of what is not shipped yet: by the carrier of the delivery method, who makes the label, or
    /// by a chosen one.
    #[idempotent]
    async fn ship(
        &self,
        cx: &Cx,
        customer: CustomerId,
        order: OrderId,
        shipment: ShipmentId,
        lines: Vec<StockLine>,
        carrier: Option<ChosenCarrier>,
    ) -> Result<Order, Error>;

    /// Cancels an order of which nothing has been sent, gives back stock and money.
    async fn cancel(&self, cx: &Cx, customer: CustomerId, order: OrderId, reason: String) -> Result<Order, Error>;

    /// Gives a part of the money back.
    async fn refund(
        &self,
        cx: &Cx,
        customer: CustomerId,
        order: OrderId,
        amount: Money,
        reason: String,
    ) -> Result<Order, Error>;

    /// Says to staff what of an order can still be given back by line.
    #[read]
    async fn refundable(&self, cx: &Cx, customer: CustomerId, order: OrderId) -> Result<Refundable, Error>;

    /// Gives the money for some pieces back, each piece once, and for the delivery if asked.
    async fn refund_lines(
        &self,
        cx: &Cx,
        customer: CustomerId,
        order: OrderId,
        refund: LineRefund,
    ) -> Result<Order, Error>;

    /// Stops an order from being sent, or lets it go on.
    async fn hold(
        &self,
        cx: &Cx,
        customer: CustomerId,
        order: OrderId,
        held: bool,
        reason: String,
    ) -> Result<Order, Error>;

    /// Leaves a note for other staff in an order's history.
    async fn note(&self, cx: &Cx, customer: CustomerId, order: OrderId, text: String) -> Result<(), Error>;

    /// Returns the filters that staff have saved, by name.
    #[read]
    async fn saved_filters(&self, cx: &Cx) -> Result<Vec<SavedFilter>, Error>;

    /// Saves a filter for all staff, in place of the one of the same name.
    #[idempotent]
    async fn save_filter(&self, cx: &Cx, filter: SavedFilter) -> Result<(), Error>;

    /// Removes a saved filter.
    #[idempotent]
    async fn delete_filter(&self, cx: &Cx, name: String) -> Result<(), Error>;

    /// Returns what happened to an order, oldest first; to staff with their notes.
    #[read]
    async fn history(&self, cx: &Cx, customer: CustomerId, order: OrderId) -> Result<Vec<HistoryEntry>, Error>;

    /// Checks each order's money, counts and axes against its history, and that nothing belongs to no order; says what
    /// does not agree.
    #[read]
    async fn audit(&self, cx: &Cx) -> Result<Vec<String>, Error>;

    /// Lists all orders for the audit across services, in a stable order.
    #[read]
    async fn books(&self, cx: &Cx, page: PageRequest) -> Result<Page<OrderBooks>, Error>;
}
