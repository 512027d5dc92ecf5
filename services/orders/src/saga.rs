//! Placing an order. The order's row is the saga's log; the steps run strictly one after the other, and each is
//! idempotent by order id, so that whoever comes after a crash simply goes through them again.
//!
//! 1. the order is inserted, `pending_payment`;
//! 2. stock is reserved, all lines or none;
//! 3. the payment is authorised: never before the stock is sure;
//! 4. the order is placed, and its cart ends. Others follow by events.
//!
//! A refusal ends the order, and its `orders.ended` gives back whatever was taken.

use std::time::{Duration, Instant};

use souk_contracts::{
    CustomerId, OrderId,
    cart::{CartState, CartView},
    inventory,
    orders::{
        ChosenDelivery, Error, Lifecycle, OrderCreated, OrderMoney, PaymentRules, PlaceOrder, Placement, QuoteRequest,
        Taxes,
    },
    payments::{Authorise, Intent, IntentState},
};
use souk_types::{Cx, Fault, FieldError, Id, Money, ServiceError, failpoint, limits::LINE_BYTES_MAX};

use crate::{
    domain::{lifecycle::Command, tax},
    meters,
    model::{Body, FrozenLine, OrderRow, no_money},
    pricing::{self, fault},
    service::{Service, change},
    store,
};

/// How long whoever has bought waits for their cart.
const CART_PATIENCE: Duration = Duration::from_secs(1);

/// What the payment of an order came to.
enum Paid {
    Yes(OrderMoney),
    Wait(Option<String>),
    No { code: String, reason: String },
}

impl Paid {
    fn word(&self) -> &'static str {
        match self {
            Self::Yes(_) => "done",
            Self::Wait(_) => "waiting",
            Self::No { .. } => "refused",
        }
    }
}

impl Service {
    /// Makes the order of a cart, or finds it, and goes on with it.
    pub(crate) async fn place_order(&self, cx: &Cx, request: PlaceOrder) -> Result<Placement, Error> {
        let outcome = self.make_and_advance(cx, request).await;
        meters::checkout(&outcome);
        outcome
    }

    async fn make_and_advance(&self, cx: &Cx, request: PlaceOrder) -> Result<Placement, Error> {
        // The same for the whole order, also when staff save others in between.
        let settings = self.taxes.now(cx).await?;
        let taxes = &settings.values;
        validate(&request, taxes)?;
        let order = match self.order_of_cart(cx, &request).await? {
            Some(order) => order,
            None => self.create(cx, &request, taxes).await?,
        };
        let waiting = order.clone();
        let _in_hand = self.in_hand.take(order.id);
        match self.advance(cx, order).await {
            // The order is there, perhaps even paid, and recovery goes on with it. Who is told that it failed would
            // buy a second time.
            Err(error) if error.kind().is_transient() => {
                tracing::warn!(order = %waiting.id, %error, "an order stands still");
                Ok(Placement::Pending(Box::new(waiting.into_order())))
            }
            advanced => advanced,
        }
    }

    /// The cart's order, unless it ended without being placed: then the shopper tries anew.
    async fn order_of_cart(&self, cx: &Cx, request: &PlaceOrder) -> Result<Option<OrderRow>, Error> {
        let (customer, cart) = (request.customer, request.cart);
        let found = self.deps.store.read(cx, move |tx| store::by_cart(tx, customer, cart)).await?;
        let ended = |order: &OrderRow| matches!(order.lifecycle, Lifecycle::Cancelled | Lifecycle::Expired);
        Ok(found.filter(|order: &OrderRow| !ended(order) || order.placed_at.is_some()))
    }

    async fn create(&self, cx: &Cx, request: &PlaceOrder, taxes: &Taxes) -> Result<OrderRow, Error> {
        let inner = cx.as_service("orders");
        let quote = QuoteRequest {
            customer: request.customer,
            country: request.address.country.clone(),
            region: request.address.region.clone(),
            method: Some(request.method.clone()),
        };
        let quote = pricing::quote(&self.deps, taxes, &inner, quote).await?;
        let rate_bp = tax::rate_bp(taxes, &request.address.country, &request.address.region);
        let lines = pricing::freeze(taxes, &quote.cart, rate_bp)?;
        if quote.method != request.method {
            return Err(Fault::invalid("method", "does not serve this destination; choose another").into());
        }
        if quote.totals.total != request.expected_total {
            return Err(Error::TotalChanged { expected: request.expected_total, now: quote.totals.total });
        }
        let rate = quote.rates.iter().find(|rate| rate.method == quote.method);
        let delivery = ChosenDelivery {
            method: quote.method.clone(),
            name: rate.map(|rate| rate.name.clone()).unwrap_or_default(),
        };
        self.require_offered(&inner, request.payment_method.as_deref()).await?;
        let payment = self.payment.now(cx).await?.values;
        let order = self.new_row(request, &quote.cart, lines, delivery, quote.totals, payment)?;
        let due = order.created_at + self.deps.rules.recover_after;
        let order = self
            .deps
            .store
            .write(cx, move |tx| {
                let mut order = order.clone();
                if !store::insert(tx, &mut order, due)? {
                    let of_cart = store::by_cart(tx, order.customer, order.cart)?;
                    return of_cart.ok_or_else(|| Fault::internal("the cart's order vanished"));
                }
                store::add_history(tx, &order, "created", "")?;
                tx.emit(&OrderCreated { of: order.reference(), at: order.created_at })?;
                Ok(order)
            })
            .await?;
        failpoint("orders.created");
        Ok(order)
    }

    /// Refuses a payment method that staff have switched off. An order that is there already goes on with its own, and
    /// so does one that is made while payments cannot be asked: the shopper has chosen from what was offered.
    async fn require_offered(&self, cx: &Cx, method: Option<&str>) -> Result<(), Error> {
        let Some(method) = method else { return Ok(()) };
        let offered = match self.deps.payments.client_config(cx).await {
            Ok(config) => config.methods,
            Err(away) if away.kind().is_transient() => return Ok(()),
            Err(error) => return Err(fault(&error)),
        };
        if offered.iter().any(|offered| offered.code == method) {
            return Ok(());
        }
        let names: Vec<&str> = offered.iter().map(|offered| offered.name.as_str()).collect();
        let message = format!("this way to pay is not offered any more; choose another: {}", names.join(", "));
        Err(Fault::invalid("payment_method", message).into())
    }

    fn new_row(
        &self,
        request: &PlaceOrder,
        cart: &CartView,
        lines: Vec<FrozenLine>,
        delivery: ChosenDelivery,
        totals: souk_contracts::orders::Totals,
        payment: PaymentRules,
    ) -> Result<OrderRow, Error> {
        let env = self.deps.store.env();
        let access_key = format!("{:032x}", env.random_u128());
        Ok(OrderRow {
            id: Id::generate(env),
            customer: request.customer,
            cart: cart.id.filter(|_| cart.state == CartState::Open).ok_or(Error::EmptyCart)?,
            number: String::new(),
            version: 1,
            lifecycle: Lifecycle::PendingPayment,
            email: request.email.trim().to_lowercase(),
            total: totals.total,
            money: no_money(totals.total.currency),
            body: Body {
                access_key,
                address: request.address.clone(),
                lines,
                totals,
                delivery,
                payment: Some(payment),
            },
            shipments: Vec::new(),
            cancel_reason: None,
            payment_token: Some(request.payment_token.clone()),
            created_at: env.now(),
            placed_at: None,
        })
    }

    /// Goes on with an order from wherever it stands.
    pub(crate) async fn advance(&self, cx: &Cx, order: OrderRow) -> Result<Placement, Error> {
        if order.lifecycle != Lifecycle::PendingPayment {
            return Ok(placement(order));
        }
        let inner = cx.as_service("orders");
        let rules = self.payment_rules_of(&inner, &order).await?;
        let expires_at = order.created_at + rules.pay_within();
        match self.deps.inventory.reserve(&inner, order.id, order.stock_lines(), expires_at).await {
            Ok(()) => meters::step("reserve", "done"),
            Err(inventory::Error::OutOfStock { shortages }) => {
                meters::step("reserve", "refused");
                self.end(&inner, order, Command::Cancel, "something sold out meanwhile").await?;
                return Err(Error::OutOfStock { shortages });
            }
            Err(inventory::Error::ReservationGone { .. }) => {
                meters::step("reserve", "late");
                return self.end(&inner, order, Command::Expire, "it was not paid in time").await.map(placement);
            }
            Err(other) => {
                meters::step("reserve", "failed");
                return Err(fault(&other));
            }
        }
        failpoint("orders.reserved");
        let paid = self.pay(&inner, &order, rules.capture_at_once).await;
        meters::step("pay", paid.as_ref().map_or("failed", Paid::word));
        let paid = paid?;
        failpoint("orders.paid");
        match paid {
            Paid::Yes(money) => self.finish(&inner, order, money).await.map(placement),
            Paid::Wait(Some(url)) => Ok(Placement::ActionRequired { order: Box::new(order.into_order()), url }),
            Paid::Wait(None) => Ok(Placement::Pending(Box::new(order.into_order()))),
            Paid::No { code, reason } => {
                self.end(&inner, order, Command::Cancel, &format!("the payment was declined: {reason}")).await?;
                Err(Error::PaymentDeclined { code, reason })
            }
        }
    }

    /// The rules under which an order was made.
    async fn payment_rules_of(&self, cx: &Cx, order: &OrderRow) -> Result<PaymentRules, Error> {
        match order.body.payment {
            Some(rules) => Ok(rules),
            None => Ok(self.payment.now(cx).await?.values),
        }
    }

    async fn pay(&self, cx: &Cx, order: &OrderRow, capture: bool) -> Result<Paid, Error> {
        let Some(token) = order.payment_token.clone() else {
            return Err(Fault::internal("an unpaid order has no payment token").into());
        };
        let request = Authorise {
            customer: order.customer,
            order: order.id,
            attempt: 1,
            amount: order.total,
            token,
            capture,
            return_path: format!("/checkout/return?order={}&key={}", order.number, order.body.access_key),
        };
        match self.deps.payments.authorise(cx, request).await {
            Ok(intent) => Ok(paid(&intent)),
            Err(souk_contracts::payments::Error::Declined { code, reason }) => Ok(Paid::No { code, reason }),
            // The gateway did not answer in time: whether it took the money is for payments to find out.
            Err(error) if error.kind().is_transient() => Ok(Paid::Wait(None)),
            Err(other) => Err(fault(&other)),
        }
    }

    async fn finish(&self, cx: &Cx, order: OrderRow, money: OrderMoney) -> Result<OrderRow, Error> {
        let (customer, id) = (order.customer, order.id);
        let placed = self
            .deps
            .store
            .write(cx, move |tx| {
                let mut order = known(store::by_id(tx, customer, id)?)?;
                // Whoever else went on with the order meanwhile knows more of its money than this answer does.
                let first = order.lifecycle == Lifecycle::PendingPayment;
                if first {
                    change(tx, &mut order, &[Command::Money(money), Command::Place], "")?;
                }
                Ok::<_, Error>((first, order))
            })
            .await;
        meters::step("place", if placed.is_ok() { "done" } else { "failed" });
        let (first, placed) = placed?;
        if first {
            meters::placed(placed.created_at, self.deps.store.env().now());
        }
        failpoint("orders.placed");
        self.empty_cart(cx, &placed).await;
        Ok(placed)
    }

    /// Ends the cart before the shopper looks at it again: what they put into it now is for another order. The news that
    /// this one was placed does the same, but may be long on its way.
    async fn empty_cart(&self, cx: &Cx, order: &OrderRow) {
        let cx = Cx { deadline: cx.deadline.min(Instant::now() + CART_PATIENCE), ..cx.clone() };
        if let Err(error) = self.deps.cart.complete(&cx, order.customer, order.cart).await {
            tracing::info!(order = %order.id, %error, "the cart of a placed order is still open");
        }
    }

    /// Ends an order that will not be; what was taken for it is given back by event.
    pub(crate) async fn end(&self, cx: &Cx, order: OrderRow, how: Command, reason: &str) -> Result<OrderRow, Error> {
        let (customer, id, reason) = (order.customer, order.id, reason.to_owned());
        let ended = self.deps.store.write(cx, move |tx| {
            let mut order = known(store::by_id(tx, customer, id)?)?;
            let first = order.lifecycle == Lifecycle::PendingPayment;
            change(tx, &mut order, std::slice::from_ref(&how), &reason)?;
            Ok::<_, Error>((first, order))
        });
        let (first, order) = ended.await?;
        if first {
            meters::ended(order.lifecycle);
        }
        Ok(order)
    }

    /// Asks payments how an order's money stands now, and goes on by what it answers. Never guesses.
    pub(crate) async fn settle(&self, cx: &Cx, customer: CustomerId, order: OrderId) -> Result<Placement, Error> {
        let inner = cx.as_service("orders");
        let row = self.load(cx, customer, order).await?;
        if row.lifecycle != Lifecycle::PendingPayment {
            return Ok(placement(row));
        }
        let intents = self.deps.payments.resolve(&inner, customer, order).await.map_err(|error| fault(&error))?;
        let rules = self.payment_rules_of(&inner, &row).await?;
        let unpaid_too_long = self.deps.store.env().now() > row.created_at + rules.pay_within();
        match intents.last().map(paid) {
            Some(Paid::Yes(_) | Paid::No { .. }) => self.advance(cx, row).await,
            Some(Paid::Wait(_)) | None if unpaid_too_long => {
                self.end(&inner, row, Command::Expire, "it was not paid in time").await.map(placement)
            }
            Some(Paid::Wait(Some(url))) => Ok(Placement::ActionRequired { order: Box::new(row.into_order()), url }),
            Some(Paid::Wait(None)) => Ok(Placement::Pending(Box::new(row.into_order()))),
            None => self.advance(cx, row).await,
        }
    }
}

fn paid(intent: &Intent) -> Paid {
    match intent.state {
        IntentState::Authorised | IntentState::Captured => {
            Paid::Yes(money_of(std::slice::from_ref(intent), intent.amount))
        }
        IntentState::ActionRequired => Paid::Wait(intent.action_url.clone()),
        IntentState::Created | IntentState::Processing => Paid::Wait(None),
        IntentState::Failed | IntentState::Voided => Paid::No {
            code: intent.failure_code.clone().unwrap_or_default(),
            reason: intent.failure_reason.clone().unwrap_or_else(|| "it was not confirmed".to_owned()),
        },
    }
}

/// Adds up what an order's intents authorised, captured and refunded.
pub fn money_of(intents: &[Intent], like: Money) -> OrderMoney {
    let sum = |amount: fn(&Intent) -> i64| Money::new(intents.iter().map(amount).sum(), like.currency);
    OrderMoney {
        authorised: sum(|intent| match intent.state {
            IntentState::Authorised | IntentState::Captured => intent.amount.minor,
            _ => 0,
        }),
        captured: sum(|intent| intent.captured.minor),
        refunded: sum(|intent| intent.refunded.minor),
    }
}

pub(crate) fn placement(order: OrderRow) -> Placement {
    let lifecycle = order.lifecycle;
    let order = Box::new(order.into_order());
    match lifecycle {
        Lifecycle::PendingPayment => Placement::Pending(order),
        Lifecycle::Placed | Lifecycle::OnHold | Lifecycle::Closed => Placement::Placed(order),
        Lifecycle::Cancelled | Lifecycle::Expired => Placement::Ended(order),
    }
}

pub(crate) fn known(order: Option<OrderRow>) -> Result<OrderRow, Error> {
    order.ok_or_else(|| Fault::not_found("the order").into())
}

fn validate(request: &PlaceOrder, taxes: &Taxes) -> Result<(), Error> {
    let mut problems = request.address.problems("address");
    problems.extend(tax::region_problem(taxes, &request.address));
    let email = request.email.trim();
    let looks_right = email.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'));
    if !looks_right || email.len() > LINE_BYTES_MAX || email.contains(char::is_whitespace) {
        problems.push(FieldError::new("email", "must be an email address like name@example.com"));
    }
    if request.payment_token.is_empty() || request.payment_token.len() > LINE_BYTES_MAX {
        problems.push(FieldError::new("payment_token", "card data is missing"));
    }
    if problems.is_empty() { Ok(()) } else { Err(Fault::invalid_fields(problems).into()) }
}
