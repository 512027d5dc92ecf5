//! All services, played by one object in memory.

mod carts;
mod catalogue;
mod house;
mod people;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, atomic::AtomicUsize},
};

use async_trait::async_trait;
use souk_contracts::{
    AddressId, CartId, CustomerId, OrderId, ProductId, ShipmentId,
    accounts::SavedAddress,
    cart::{self, CartState, CartView},
    delivery::{ChosenCarrier, Rate},
    inventory::{self, StockLine},
    orders::{
        self, ChosenDelivery, FulfilmentStatus, Lifecycle, Order, OrderLine, OrderMoney, Orders, PaymentRules,
        PaymentStatus, PlaceOrder, Placement, Quote, QuoteRequest, TaxRule, Taxes, Totals,
    },
    search::Query,
    settings::Settings,
};
use souk_types::{Currency, Cx, Fault, Id, Money, Page, PageRequest, Timestamp};
use tokio::sync::Notify;

pub use people::{LINK, TOKEN};

use crate::goods::{self, eur};

/// How the next order ends.
#[derive(Clone, Default)]
pub enum Fate {
    #[default]
    Placed,
    ActionRequired,
    Pending,
    Declined,
    OutOfStock,
    /// The service is away.
    Away,
}

#[derive(Default)]
pub struct Services {
    pub state: Mutex<State>,
    pub product_reads: AtomicUsize,
}

#[derive(Default)]
pub struct State {
    carts: HashMap<CustomerId, OwnCart>,
    wishes: HashMap<CustomerId, Vec<ProductId>>,
    orders: BTreeMap<OrderId, Order>,
    pub fate: Fate,
    pub catalogue_down: bool,
    /// Why carts cannot be reached.
    pub carts_away: Option<Fault>,
    pub sold_out: bool,
    pub prices_without_tax: bool,
    /// The most pieces of one thing that there are.
    pub left: Option<u32>,
    /// What the bag cost when it was put in.
    pub price_seen: Option<Money>,
    pub title: Option<String>,
    pub placed: usize,
    /// Staff left the gateway's own page as the only way to pay.
    pub card_switched_off: bool,
    /// Changes of carts wait for it.
    pub gate: Option<Arc<Notify>>,
    /// Products that are listed for sitemaps, when there are many.
    pub listed: Option<u128>,
    /// What was searched for last.
    pub searched: Option<Query>,
    /// Pieces of each line that are in no parcel yet.
    pub unpacked: u32,
    /// Whether the customer has confirmed the email.
    pub verified: bool,
    /// What the customer has changed the name to.
    pub name: Option<String>,
    pub marketing_since: Option<Timestamp>,
    /// The default first.
    pub addresses: Vec<SavedAddress>,
    pub ended_sessions: Vec<String>,
    pub erased: bool,
    next: u128,
}

#[derive(Clone)]
struct OwnCart {
    id: CartId,
    lines: Vec<(String, u32)>,
}

fn absent<T, E: From<Fault>>() -> Result<T, E> {
    Err(Fault::internal("no part of these tests").into())
}

impl Services {
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl State {
    fn prefer(&mut self, id: AddressId) {
        for saved in &mut self.addresses {
            saved.is_default = saved.id == id;
        }
        self.addresses.sort_by_key(|saved| !saved.is_default);
    }

    fn new_id<K: souk_types::IdKind>(&mut self) -> Id<K> {
        self.next += 1;
        Id::from_bits(self.next)
    }

    fn reachable(&self) -> Result<(), cart::Error> {
        self.carts_away.clone().map_or(Ok(()), |fault| Err(fault.into()))
    }
    fn view(&self, customer: CustomerId) -> CartView {
        let own = self.carts.get(&customer);
        let lines: Vec<_> = own
            .iter()
            .flat_map(|cart| &cart.lines)
            .filter_map(|(sku, quantity)| goods::cart_line(sku, *quantity))
            .map(|mut line| {
                line.warnings.extend(self.sold_out.then_some(cart::Warning::SoldOut));
                let now = line.unit_price;
                line.warnings.extend(self.price_seen.map(|was| cart::Warning::PriceChanged { was, now }));
                if let Some(available) = self.left.filter(|left| *left < line.quantity) {
                    line.warnings.push(cart::Warning::OnlyLeft { available });
                }
                line
            })
            .collect();
        CartView {
            id: own.map(|cart| cart.id),
            version: 1,
            state: CartState::Open,
            pieces: lines.iter().map(|line| u64::from(line.quantity)).sum(),
            subtotal: Money::sum(
                Currency::EUR,
                lines.iter().filter(|line| line.can_be_bought()).map(|line| line.total),
            )
            .unwrap(),
            weight_g: 400,
            lines,
        }
    }

    fn order(&mut self, request: &PlaceOrder, lifecycle: Lifecycle) -> Order {
        let cart = self.view(request.customer);
        let id = self.new_id();
        let lines = cart.lines.iter().map(|line| OrderLine {
            sku: line.sku.clone(),
            product: line.product,
            slug: line.slug.clone(),
            title: line.title.clone(),
            variant_title: line.variant_title.clone(),
            image: line.image.clone(),
            quantity: line.quantity,
            unit_price: line.unit_price,
            total: line.total,
            tax: eur(0),
            allocated: line.quantity.saturating_sub(self.unpacked),
            shipped: 0,
            delivered: 0,
        });
        let order = Order {
            id,
            customer: request.customer,
            number: format!("TEST-{}", id.bits()),
            access_key: "k3y".to_owned(),
            cart: request.cart,
            version: 1,
            lifecycle,
            payment: PaymentStatus::Paid,
            fulfilment: FulfilmentStatus::Unfulfilled,
            email: request.email.clone(),
            address: request.address.clone(),
            lines: lines.collect(),
            totals: totals(&cart),
            delivery: ChosenDelivery { method: "standard".to_owned(), name: "Standard".to_owned() },
            money: OrderMoney { authorised: eur(0), captured: eur(0), refunded: eur(0) },
            cancel_reason: None,
            created_at: Timestamp::from_micros(1_767_225_600_000_000),
            placed_at: (lifecycle == Lifecycle::Placed).then_some(Timestamp::from_micros(1_767_225_600_000_000)),
        };
        self.orders.insert(id, order.clone());
        order
    }
}

fn totals(cart: &CartView) -> Totals {
    let total = cart.subtotal.plus(eur(490)).unwrap();
    Totals {
        subtotal: cart.subtotal,
        delivery: eur(490),
        tax: total.ratio(19, 119).unwrap(),
        tax_included: true,
        tax_name: "VAT".to_owned(),
        total,
    }
}

#[async_trait]
impl Orders for Services {
    async fn quote(&self, _cx: &Cx, request: QuoteRequest) -> Result<Quote, orders::Error> {
        let cart = self.lock().view(request.customer);
        if request.country == "AQ" {
            return Err(Fault::invalid("country", "we do not deliver to AQ").into());
        }
        let rates = rates();
        let method = request.method.filter(|method| rates.iter().any(|rate| rate.method == *method));
        let totals = totals(&cart);
        Ok(Quote { cart, rates, method: method.unwrap_or_else(|| "standard".to_owned()), totals })
    }
    async fn taxes(&self, _cx: &Cx) -> Result<Taxes, orders::Error> {
        let rule = |country: &str, region: &str| TaxRule {
            country: country.to_owned(),
            region: region.to_owned(),
            rate_bp: 700,
            name: "VAT".to_owned(),
        };
        let rules = vec![rule("ES", ""), rule("ES", "Canarias")];
        Ok(Taxes { rules, included: !self.lock().prices_without_tax })
    }
    async fn tax_settings(&self, _: &Cx) -> Result<Settings<Taxes>, orders::Error> {
        absent()
    }
    async fn replace_taxes(&self, _: &Cx, _: i64, _: Option<Taxes>) -> Result<Settings<Taxes>, orders::Error> {
        absent()
    }
    async fn payment_rules(&self, _: &Cx) -> Result<Settings<PaymentRules>, orders::Error> {
        absent()
    }
    async fn replace_payment_rules(
        &self,
        _: &Cx,
        _: i64,
        _: Option<PaymentRules>,
    ) -> Result<Settings<PaymentRules>, orders::Error> {
        absent()
    }
    async fn place(&self, cx: &Cx, request: PlaceOrder) -> Result<Placement, orders::Error> {
        assert_eq!(cx.actor.label(), request.customer.to_string(), "whoever buys acts for themselves");
        let mut state = self.lock();
        if let Some(order) = state.orders.values().find(|order| order.cart == request.cart) {
            return Ok(Placement::Placed(Box::new(order.clone())));
        }
        let now = totals(&state.view(request.customer)).total;
        if now != request.expected_total {
            return Err(orders::Error::TotalChanged { expected: request.expected_total, now });
        }
        if state.card_switched_off && request.payment_method.as_deref() == Some("card") {
            let message = "this way to pay is not offered any more; choose another: On another page";
            return Err(Fault::invalid("payment_method", message).into());
        }
        match state.fate.clone() {
            Fate::Declined => {
                let id = state.new_id();
                state.carts.entry(request.customer).and_modify(|cart| cart.id = id);
                let (code, reason) =
                    ("insufficient_funds".to_owned(), "there is not enough money on the card".to_owned());
                Err(orders::Error::PaymentDeclined { code, reason })
            }
            Fate::OutOfStock => {
                let sku = "BAG-RED-S".to_owned();
                Err(orders::Error::OutOfStock { shortages: vec![inventory::Shortage { sku, wanted: 1, available: 0 }] })
            }
            Fate::Away => Err(Fault::unavailable("orders are away").into()),
            Fate::ActionRequired => {
                let order = Box::new(state.order(&request, Lifecycle::PendingPayment));
                Ok(Placement::ActionRequired { order, url: "/sandbox-gateway/challenges/1".to_owned() })
            }
            Fate::Pending => Ok(Placement::Pending(Box::new(state.order(&request, Lifecycle::PendingPayment)))),
            Fate::Placed => {
                state.placed += 1;
                let order = state.order(&request, Lifecycle::Placed);
                state.carts.remove(&request.customer);
                Ok(Placement::Placed(Box::new(order)))
            }
        }
    }
    async fn resume(&self, _cx: &Cx, _: CustomerId, order: OrderId) -> Result<Placement, orders::Error> {
        let mut state = self.lock();
        let declined = matches!(state.fate, Fate::Declined);
        let new_cart = state.new_id();
        let Some(order) = state.orders.get_mut(&order) else { return absent() };
        if declined {
            order.lifecycle = Lifecycle::Cancelled;
            let customer = order.customer;
            state.carts.entry(customer).and_modify(|cart| cart.id = new_cart);
            let reason = "it was not confirmed".to_owned();
            return Err(orders::Error::PaymentDeclined { code: String::new(), reason });
        }
        order.lifecycle = Lifecycle::Placed;
        order.placed_at = Some(order.created_at);
        Ok(Placement::Placed(Box::new(order.clone())))
    }
    async fn order(
        &self,
        _cx: &Cx,
        _: CustomerId,
        order: OrderId,
        _: Option<String>,
    ) -> Result<Option<Order>, orders::Error> {
        Ok(self.lock().orders.get(&order).cloned())
    }
    async fn by_number(&self, cx: &Cx, number: String, key: Option<String>) -> Result<Option<Order>, orders::Error> {
        let found = self.lock().orders.values().find(|order| order.number == number).cloned();
        let may =
            |order: &Order| key.as_ref() == Some(&order.access_key) || cx.actor.label() == order.customer.to_string();
        Ok(found.filter(may))
    }
    async fn of_customer(
        &self,
        _cx: &Cx,
        customer: CustomerId,
        _: PageRequest,
    ) -> Result<Page<orders::OrderSummary>, orders::Error> {
        let state = self.lock();
        let own = state.orders.values().filter(|order| order.customer == customer);
        let summary = |order: &Order| orders::OrderSummary {
            id: order.id,
            customer,
            number: order.number.clone(),
            lifecycle: order.lifecycle,
            payment: order.payment,
            fulfilment: order.fulfilment,
            email: order.email.clone(),
            name: order.address.name.clone(),
            pieces: 1,
            total: order.totals.total,
            created_at: order.created_at,
        };
        Ok(Page { items: own.map(summary).collect(), next: None })
    }
    async fn list(
        &self,
        _: &Cx,
        _: orders::OrderFilter,
        _: PageRequest,
    ) -> Result<Page<orders::OrderSummary>, orders::Error> {
        absent()
    }
    async fn many(&self, _: &Cx, _: Vec<String>) -> Result<Vec<Order>, orders::Error> {
        absent()
    }
    async fn note(&self, _: &Cx, _: CustomerId, _: OrderId, _: String) -> Result<(), orders::Error> {
        absent()
    }
    async fn saved_filters(&self, _: &Cx) -> Result<Vec<orders::SavedFilter>, orders::Error> {
        absent()
    }
    async fn save_filter(&self, _: &Cx, _: orders::SavedFilter) -> Result<(), orders::Error> {
        absent()
    }
    async fn delete_filter(&self, _: &Cx, _: String) -> Result<(), orders::Error> {
        absent()
    }
    async fn sales(&self, _: &Cx, _: orders::SalesRequest) -> Result<Vec<orders::Sales>, orders::Error> {
        absent()
    }
    async fn waiting(&self, _: &Cx) -> Result<orders::Waiting, orders::Error> {
        absent()
    }
    async fn ship(
        &self,
        _: &Cx,
        _: CustomerId,
        _: OrderId,
        _: ShipmentId,
        _: Vec<StockLine>,
        _: Option<ChosenCarrier>,
    ) -> Result<Order, orders::Error> {
        absent()
    }
    async fn cancel(
        &self,
        cx: &Cx,
        customer: CustomerId,
        order: OrderId,
        reason: String,
    ) -> Result<Order, orders::Error> {
        assert_eq!(cx.actor.label(), customer.to_string(), "whoever cancels acts for themselves");
        let mut state = self.lock();
        let Some(order) = state.orders.get_mut(&order) else { return absent() };
        order.lifecycle = Lifecycle::Cancelled;
        order.cancel_reason = Some(reason);
        Ok(order.clone())
    }
    async fn refund(&self, _: &Cx, _: CustomerId, _: OrderId, _: Money, _: String) -> Result<Order, orders::Error> {
        absent()
    }
    async fn refundable(&self, _: &Cx, _: CustomerId, _: OrderId) -> Result<orders::Refundable, orders::Error> {
        absent()
    }
    async fn refund_lines(
        &self,
        _: &Cx,
        _: CustomerId,
        _: OrderId,
        _: orders::LineRefund,
    ) -> Result<Order, orders::Error> {
        absent()
    }
    async fn hold(&self, _: &Cx, _: CustomerId, _: OrderId, _: bool, _: String) -> Result<Order, orders::Error> {
        absent()
    }
    async fn history(&self, _: &Cx, _: CustomerId, _: OrderId) -> Result<Vec<orders::HistoryEntry>, orders::Error> {
        absent()
    }
    async fn audit(&self, _: &Cx) -> Result<Vec<String>, orders::Error> {
        absent()
    }
    async fn books(&self, _: &Cx, _: PageRequest) -> Result<Page<orders::OrderBooks>, orders::Error> {
        absent()
    }
}

pub fn rates() -> Vec<Rate> {
    let rate = |method: &str, name: &str, price| Rate {
        method: method.to_owned(),
        name: name.to_owned(),
        price: eur(price),
        days_min: 2,
        days_max: 4,
    };
    vec![rate("standard", "Standard", 490), rate("express", "Express", 990)]
}
