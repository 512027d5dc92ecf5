//! The trait: authorise, load, decide, store and emit.

use std::cmp::Reverse;

use async_trait::async_trait;
use souk_contracts::{
    CustomerId, OrderId, ShipmentId,
    delivery::ChosenCarrier,
    inventory::StockLine,
    orders::{
        Error, HistoryEntry, LineRefund, Order, OrderBooks, OrderClosed, OrderEnded, OrderFilter, OrderPlaced,
        OrderSort, OrderSummary, Orders, PaymentRules, PlaceOrder, PlacedLine, Placement, Quote, QuoteRequest,
        Refundable, SALES_SPAN_MAX, Sales, SalesRequest, SavedFilter, ShipmentRequested, Taxes, Waiting,
    },
    permission::{OPERATIONS, ORDERS_MANAGE, ORDERS_READ, REFUNDS},
    settings::Settings,
};
use souk_settings::SettingsStore;
use souk_store::Tx;
use souk_types::{Cursor, Cx, Fault, Money, Page, PageRequest, Subject, Timestamp, limits::LINE_BYTES_MAX, order_of};

use crate::{
    Deps, audit, check_payment_rules, check_taxes, desk,
    domain::{
        carrier,
        lifecycle::{Command, Happened, Refusal},
        number,
    },
    in_hand::InHand,
    model::OrderRow,
    pricing::{self, fault},
    saga::{known, money_of},
    settings, store,
};

/// The service.
pub struct Service {
    pub(crate) deps: Deps,
    pub(crate) taxes: SettingsStore<Taxes>,
    pub(crate) payment: SettingsStore<PaymentRules>,
    pub(crate) in_hand: InHand,
}

impl Service {
    pub(crate) fn new(deps: Deps) -> Self {
        let taxes = settings::taxes(deps.store.clone(), &deps.rules);
        let payment = settings::payment(deps.store.clone(), &deps.rules);
        Self { deps, taxes, payment, in_hand: InHand::default() }
    }

    pub(crate) async fn load(&self, cx: &Cx, customer: CustomerId, order: OrderId) -> Result<OrderRow, Error> {
        known(self.deps.store.read(cx, move |tx| store::by_id(tx, customer, order)).await?)
    }

    /// Runs commands on an order in one transaction.
    pub(crate) async fn command(
        &self,
        cx: &Cx,
        customer: CustomerId,
        order: OrderId,
        commands: Vec<Command>,
        detail: String,
    ) -> Result<OrderRow, Error> {
        self.deps
            .store
            .write(cx, move |tx| {
                let mut row = known(store::by_id(tx, customer, order)?)?;
                change(tx, &mut row, &commands, &detail)?;
                Ok(row)
            })
            .await
    }

    /// Asks payments how an order's money stands, and takes it over.
    pub(crate) async fn sync_money(&self, cx: &Cx, row: OrderRow) -> Result<OrderRow, Error> {
        let inner = cx.as_service("orders");
        let intents = self.deps.payments.intents(&inner, row.customer, row.id).await.map_err(|error| fault(&error))?;
        let money = money_of(&intents, row.total);
        if money == row.money {
            return Ok(row);
        }
        self.command(&inner, row.customer, row.id, vec![Command::Money(money)], String::new()).await
    }
}

/// Decides commands on an order, and stores what happens: row, history and events in the caller's transaction.
pub(crate) fn change(tx: &mut Tx<'_>, order: &mut OrderRow, commands: &[Command], detail: &str) -> Result<(), Error> {
    let mut state = order.state();
    let mut happened = Vec::new();
    for command in commands {
        let next = state.decide(command).map_err(|refusal| refused(order, refusal))?;
        next.iter().for_each(|what| state.apply(what));
        happened.extend(next);
    }
    if happened.is_empty() {
        return Ok(());
    }
    order.set_state(state);
    let mut words = Vec::new();
    for what in &happened {
        words.push(take_over(order, what, tx.now(), detail));
        store::sales::count(tx, order, what)?;
        publish(tx, order, what)?;
    }
    store::update(tx, order, due(order))?;
    store::add_history(tx, order, &words.join("+"), detail)?;
    Ok(())
}

/// An order that waits for its payment stays due for recovery; every other stands still rightly.
fn due(order: &OrderRow) -> Option<Timestamp> {
    let waiting = order.lifecycle == souk_contracts::orders::Lifecycle::PendingPayment;
    waiting.then_some(order.created_at)
}

/// Sets what goes along with a happening, and names it for the history.
fn take_over(order: &mut OrderRow, what: &Happened, now: Timestamp, detail: &str) -> &'static str {
    match what {
        Happened::Placed => {
            order.placed_at = Some(now);
            order.payment_token = None;
            "placed"
        }
        Happened::Expired | Happened::Cancelled { .. } => {
            order.cancel_reason = Some(detail.to_owned());
            order.payment_token = None;
            if matches!(what, Happened::Expired) { "expired" } else { "cancelled" }
        }
        Happened::Held => "held",
        Happened::Released => "released",
        Happened::ShipmentRequested(_) => "shipment_requested",
        Happened::ShipmentLeft(_) => "shipped",
        Happened::ShipmentArrived(_) => "delivered",
        Happened::MoneyChanged(_) => "payment_changed",
        Happened::Closed => "closed",
    }
}

fn publish(tx: &mut Tx<'_>, order: &OrderRow, what: &Happened) -> Result<(), Fault> {
    let (of, at) = (order.reference(), tx.now());
    match what {
        Happened::Placed => {
            let line = |line: &crate::model::FrozenLine| PlacedLine {
                sku: line.sku.clone(),
                product: line.product,
                quantity: line.quantity,
                unit_price: line.unit_price,
            };
            let lines = order.body.lines.iter().map(line).collect();
            tx.emit(&OrderPlaced { of, lines, total: order.total, at })?;
        }
        Happened::Expired | Happened::Cancelled { .. } => {
            let was_placed = matches!(what, Happened::Cancelled { was_placed: true });
            let reason = order.cancel_reason.clone().unwrap_or_default();
            tx.emit(&OrderEnded { of, lines: order.stock_lines(), was_placed, reason, at })?;
        }
        Happened::ShipmentRequested(shipment) => {
            let destination = souk_contracts::delivery::Destination {
                address: order.body.address.clone(),
                method: order.body.delivery.method.clone(),
            };
            let (lines, carrier) = (shipment.lines.clone(), shipment.carrier.clone());
            tx.emit(&ShipmentRequested { of, shipment: shipment.id, lines, destination, carrier, at })?;
        }
        Happened::Closed => {
            tx.emit(&OrderClosed { of, at })?;
        }
        Happened::Held
        | Happened::Released
        | Happened::ShipmentLeft(_)
        | Happened::ShipmentArrived(_)
        | Happened::MoneyChanged(_) => {}
    }
    Ok(())
}

fn refused(order: &OrderRow, refusal: Refusal) -> Error {
    match refusal {
        Refusal::NotNow(reason) => Error::NotNow { lifecycle: order.lifecycle, reason },
        Refusal::BadLine { field, reason } => Fault::invalid(field, reason).into(),
    }
}

/// The customer himself, staff with the permission, or the system.
fn may_see(cx: &Cx, customer: CustomerId) -> bool {
    cx.actor.may(ORDERS_READ) || matches!(&cx.actor.subject, Subject::Person(id) if *id == customer.to_string())
}

fn require_customer(cx: &Cx, customer: CustomerId) -> Result<(), Fault> {
    if may_see(cx, customer) { Ok(()) } else { Err(Fault::not_found("the order")) }
}

fn opened_by(order: &OrderRow, access_key: Option<&str>) -> bool {
    access_key.is_some_and(|key| {
        let (given, right) = (key.as_bytes(), order.body.access_key.as_bytes());
        bool::from(subtle::ConstantTimeEq::ct_eq(given, right))
    })
}

pub(crate) fn reason(text: &str) -> Result<String, Fault> {
    let text = text.trim();
    if text.is_empty() || text.len() > LINE_BYTES_MAX {
        return Err(Fault::invalid("reason", format!("must be 1 to {LINE_BYTES_MAX} characters")));
    }
    Ok(text.to_owned())
}

#[async_trait]
impl Orders for Service {
    async fn quote(&self, cx: &Cx, request: QuoteRequest) -> Result<Quote, Error> {
        require_customer(cx, request.customer)?;
        let taxes = self.taxes.now(cx).await?;
        pricing::quote(&self.deps, &taxes.values, &cx.as_service("orders"), request).await
    }

    async fn taxes(&self, cx: &Cx) -> Result<Taxes, Error> {
        Ok(self.taxes.now(cx).await?.values.clone())
    }

    async fn tax_settings(&self, cx: &Cx) -> Result<Settings<Taxes>, Error> {
        cx.actor.require(OPERATIONS)?;
        Ok(self.taxes.settings(cx).await?)
    }

    async fn replace_taxes(&self, cx: &Cx, version: i64, taxes: Option<Taxes>) -> Result<Settings<Taxes>, Error> {
        cx.actor.require(OPERATIONS)?;
        if let Some(taxes) = &taxes {
            check_taxes(&taxes.rules)?;
        }
        Ok(self.taxes.replace(cx, version, taxes).await?)
    }

    async fn payment_rules(&self, cx: &Cx) -> Result<Settings<PaymentRules>, Error> {
        cx.actor.require(OPERATIONS)?;
        Ok(self.payment.settings(cx).await?)
    }

    async fn replace_payment_rules(
        &self,
        cx: &Cx,
        version: i64,
        rules: Option<PaymentRules>,
    ) -> Result<Settings<PaymentRules>, Error> {
        cx.actor.require(OPERATIONS)?;
        if let Some(rules) = &rules {
            check_payment_rules(rules)?;
        }
        Ok(self.payment.replace(cx, version, rules).await?)
    }

    async fn place(&self, cx: &Cx, request: PlaceOrder) -> Result<Placement, Error> {
        require_customer(cx, request.customer)?;
        self.place_order(cx, request).await
    }

    async fn resume(&self, cx: &Cx, customer: CustomerId, order: OrderId) -> Result<Placement, Error> {
        require_customer(cx, customer)?;
        self.settle(cx, customer, order).await
    }

    async fn order(
        &self,
        cx: &Cx,
        customer: CustomerId,
        order: OrderId,
        access_key: Option<String>,
    ) -> Result<Option<Order>, Error> {
        let found: Option<OrderRow> = self.deps.store.read(cx, move |tx| store::by_id(tx, customer, order)).await?;
        self.seen(cx, found, access_key.as_deref()).await
    }

    async fn by_number(&self, cx: &Cx, number: String, access_key: Option<String>) -> Result<Option<Order>, Error> {
        let Some(number) = number::normalise(&number) else {
            return Ok(None);
        };
        let found: Option<OrderRow> = self.deps.store.read(cx, move |tx| store::by_number(tx, &number)).await?;
        self.seen(cx, found, access_key.as_deref()).await
    }

    async fn of_customer(&self, cx: &Cx, customer: CustomerId, page: PageRequest) -> Result<Page<OrderSummary>, Error> {
        require_customer(cx, customer)?;
        let rows = page.rows()?;
        let before = match &page.after {
            Some(Cursor(text)) => {
                Some(text.parse::<OrderId>().map_err(|error| Fault::invalid("after", error.to_string()))?)
            }
            None => None,
        };
        let both = move |tx: &mut Tx<'_>| {
            let mut found = store::lists::of_customer(tx, customer, before, rows)?;
            found.extend(store::joined::of_account(tx, customer, before, rows)?);
            Ok::<_, Error>(found)
        };
        let mut found = self.deps.store.read(cx, both).await?;
        // Each is in order and as long as the page at most: so is the beginning of both together.
        found.sort_by_key(|order| Reverse(order.id));
        found.truncate(usize::try_from(rows).unwrap_or(usize::MAX));
        Ok(Page::from_rows(found, &page, |order| order.id.to_string()))
    }

    async fn list(&self, cx: &Cx, filter: OrderFilter, page: PageRequest) -> Result<Page<OrderSummary>, Error> {
        cx.actor.require(ORDERS_READ)?;
        if let Some(number) = filter.text.as_deref().and_then(number::normalise) {
            // A number names one order: the other filters do not apply.
            let found: Option<OrderRow> = self.deps.store.read(cx, move |tx| store::by_number(tx, &number)).await?;
            if let Some(order) = found {
                return Ok(Page { items: vec![order.into_summary()], next: None });
            }
        }
        self.page_of(cx, filter, page).await
    }

    async fn sales(&self, cx: &Cx, request: SalesRequest) -> Result<Vec<Sales>, Error> {
        cx.actor.require(ORDERS_READ)?;
        if request.to.since(request.from) > SALES_SPAN_MAX {
            let days = SALES_SPAN_MAX.as_secs() / 86_400;
            return Err(Fault::invalid("from", format!("at most {days} days can be asked for at once")).into());
        }
        self.deps.store.read(cx, move |tx| Ok(store::sales::of_span(tx, &request)?)).await
    }

    async fn waiting(&self, cx: &Cx) -> Result<Waiting, Error> {
        cx.actor.require(ORDERS_READ)?;
        self.deps.store.read(cx, |tx| Ok(store::sales::waiting(tx)?)).await
    }

    async fn ship(
        &self,
        cx: &Cx,
        customer: CustomerId,
        order: OrderId,
        shipment: ShipmentId,
        lines: Vec<StockLine>,
        carrier: Option<ChosenCarrier>,
    ) -> Result<Order, Error> {
        cx.actor.require(ORDERS_MANAGE)?;
        let carrier = carrier.map(carrier::checked).transpose()?;
        let detail = carrier.as_ref().map(carrier::in_words).unwrap_or_default();
        let command = Command::Ship { shipment, lines, carrier };
        self.command(cx, customer, order, vec![command], detail).await.map(OrderRow::into_order)
    }

    async fn cancel(&self, cx: &Cx, customer: CustomerId, order: OrderId, why: String) -> Result<Order, Error> {
        if !cx.actor.may(ORDERS_MANAGE) {
            require_customer(cx, customer)?;
        }
        let why = reason(&why)?;
        self.command(cx, customer, order, vec![Command::Cancel], why).await.map(OrderRow::into_order)
    }

    async fn refund(
        &self,
        cx: &Cx,
        customer: CustomerId,
        order: OrderId,
        amount: Money,
        why: String,
    ) -> Result<Order, Error> {
        cx.actor.require(REFUNDS)?;
        self.refund_amount(cx, (customer, order), amount, &why).await.map(OrderRow::into_order)
    }

    async fn refundable(&self, cx: &Cx, customer: CustomerId, order: OrderId) -> Result<Refundable, Error> {
        cx.actor.require(ORDERS_READ)?;
        self.refundable_lines(cx, customer, order).await
    }

    async fn refund_lines(
        &self,
        cx: &Cx,
        customer: CustomerId,
        order: OrderId,
        refund: LineRefund,
    ) -> Result<Order, Error> {
        cx.actor.require(REFUNDS)?;
        self.give_back_lines(cx, customer, order, refund).await.map(OrderRow::into_order)
    }

    async fn hold(
        &self,
        cx: &Cx,
        customer: CustomerId,
        order: OrderId,
        held: bool,
        why: String,
    ) -> Result<Order, Error> {
        cx.actor.require(ORDERS_MANAGE)?;
        let command = if held { Command::Hold } else { Command::Release };
        let why = if held { reason(&why)? } else { why.trim().to_owned() };
        self.command(cx, customer, order, vec![command], why).await.map(OrderRow::into_order)
    }

    async fn history(&self, cx: &Cx, customer: CustomerId, order: OrderId) -> Result<Vec<HistoryEntry>, Error> {
        require_customer(cx, customer)?;
        let staff = cx.actor.may(ORDERS_READ);
        let read = if staff { store::desk::history } else { store::history };
        self.deps.store.read(cx, move |tx| Ok(read(tx, customer, order)?)).await
    }

    async fn many(&self, cx: &Cx, numbers: Vec<String>) -> Result<Vec<Order>, Error> {
        cx.actor.require(ORDERS_READ)?;
        desk::many(&self.deps.store, cx, numbers).await
    }

    async fn note(&self, cx: &Cx, customer: CustomerId, order: OrderId, text: String) -> Result<(), Error> {
        cx.actor.require(ORDERS_MANAGE)?;
        desk::note(&self.deps.store, cx, customer, order, text).await
    }

    async fn saved_filters(&self, cx: &Cx) -> Result<Vec<SavedFilter>, Error> {
        cx.actor.require(ORDERS_READ)?;
        self.deps.store.read(cx, |tx| Ok(store::desk::filters(tx)?)).await
    }

    async fn save_filter(&self, cx: &Cx, filter: SavedFilter) -> Result<(), Error> {
        cx.actor.require(ORDERS_MANAGE)?;
        desk::save_filter(&self.deps.store, cx, filter).await
    }

    async fn delete_filter(&self, cx: &Cx, name: String) -> Result<(), Error> {
        cx.actor.require(ORDERS_MANAGE)?;
        self.deps.store.write(cx, move |tx| Ok(store::desk::delete_filter(tx, &name)?)).await
    }

    async fn audit(&self, cx: &Cx) -> Result<Vec<String>, Error> {
        cx.actor.require(ORDERS_READ)?;
        audit::run(&self.deps.store, cx).await
    }

    async fn books(&self, cx: &Cx, page: PageRequest) -> Result<Page<OrderBooks>, Error> {
        cx.actor.require(ORDERS_READ)?;
        let rows = page.rows()?;
        let after = match &page.after {
            Some(cursor) => cursor.0.split_once('.').map(|(customer, order)| (customer.to_owned(), order.to_owned())),
            None => Some(store::Place::default()),
        };
        let after = after.ok_or_else(|| Fault::invalid("after", "is not a place in this list"))?;
        let found: Vec<OrderBooks> = self.deps.store.scan(cx, move |tx| store::books(tx, &after, rows)).await?;
        Ok(Page::from_rows(found, &page, |order| format!("{}.{}", order.customer, order.id)))
    }
}

impl Service {
    /// The order, for those who may see it: its customer, staff, whoever has its key, and the account that it joined.
    async fn seen(&self, cx: &Cx, found: Option<OrderRow>, access_key: Option<&str>) -> Result<Option<Order>, Error> {
        let Some(order) = found else {
            return Ok(None);
        };
        let known = may_see(cx, order.customer) || opened_by(&order, access_key);
        if !known && !self.has_joined(cx, order.id).await? {
            return Ok(None);
        }
        Ok(Some(order.into_order()))
    }

    async fn has_joined(&self, cx: &Cx, order: OrderId) -> Result<bool, Fault> {
        let Subject::Person(account) = &cx.actor.subject else {
            return Ok(false);
        };
        let account = account.clone();
        self.deps.store.read(cx, move |tx| store::joined::has_joined(tx, &account, order)).await
    }

    async fn page_of(&self, cx: &Cx, filter: OrderFilter, page: PageRequest) -> Result<Page<OrderSummary>, Error> {
        let (sort, rows) = (order_of(filter.sort, filter.sorts())?, page.rows()?);
        let behind = page.after.as_ref().map(|cursor| behind(cursor, sort)).transpose()?;
        let beginning = filter.text.as_deref().and_then(number::beginning);
        let look = move |tx: &mut Tx<'_>| match &beginning {
            Some(beginning) => store::lists::with_number(tx, beginning, &filter, sort, behind.clone(), rows),
            None => store::lists::list(tx, &filter, sort, behind.clone(), rows),
        };
        let found: Vec<OrderSummary> = self.deps.store.read(cx, look).await?;
        let cursor = |last: &OrderSummary| Cursor::in_order(sort.as_str(), last.id, store::lists::key(sort, last));
        Ok(Page::from_rows(found, &page, cursor))
    }
}

fn behind(cursor: &Cursor, sort: OrderSort) -> Result<store::lists::Behind, Fault> {
    let place = cursor.place(sort.as_str())?;
    let known = place.id.parse().ok().zip(place.key.parse().ok());
    let (id, key) = known.ok_or_else(|| Fault::invalid("after", "is not a place in this list"))?;
    Ok(store::lists::Behind { key, id })
}
