//! The services around orders, in memory: they count what they are asked and fail when told to.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use souk_contracts::{
    Address, CartChangeId, CartId, CustomerId, OrderId, ProductId, ShipmentId,
    cart::{self, CartClient, CartLine, CartState, CartView, Change},
    delivery::{self, DeliveryClient, MethodConfig, ParcelQuery, Rate, Shipment, TrackingEvent},
    inventory::{self, InventoryClient, StockLine},
    orders::{OrdersClient, PlaceOrder},
    payments::{self, Authorise, Intent, IntentState, PaymentsClient},
    settings::Settings,
};
use souk_orders::{Deps, Parts, Rules, SCHEMA};
use souk_rpc::async_trait;
use souk_store::{Store, testing::TestEngine};
use souk_types::{
    Actor, Currency, Cx, Env, Fault, Id, ManualClock, Money, Page, PageRequest, SeededEntropy, Timestamp, TraceId,
};

/// What the next call of a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Works,
    /// Is away before it does anything.
    Away,
    /// Does it, and its answer is lost.
    AnswerLost,
    /// Says no.
    Refuses,
    /// Wants the shopper to confirm first.
    Asks,
}

/// The state of all services around orders.
pub struct World {
    pub reserve: Step,
    pub pay: Step,
    pub refund: Step,
    pub carts: Step,
    pub reserved: BTreeSet<OrderId>,
    pub intents: BTreeMap<OrderId, Intent>,
    pub authorisations: usize,
    /// Codes of the payment methods that are offered.
    pub methods: Vec<String>,
    pub cart: CartView,
    pub ended_carts: BTreeSet<CartId>,
}

/// Benches on one engine share its database: each has ids of its own.
static SEED: AtomicU64 = AtomicU64::new(1);

pub type Shared = Arc<Mutex<World>>;

/// Orders on an engine, with the world around them.
pub struct Bench {
    pub orders: OrdersClient,
    pub parts: Parts,
    pub store: Store,
    pub world: Shared,
    pub clock: Arc<ManualClock>,
    pub customer: CustomerId,
}

pub fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

fn deps(store: &Store, world: &Shared) -> Deps {
    let fake = || Arc::new(Fake(Arc::clone(world)));
    Deps {
        store: store.clone(),
        cart: CartClient::local(fake()),
        inventory: InventoryClient::local(fake()),
        payments: PaymentsClient::local(fake()),
        delivery: DeliveryClient::local(fake()),
        rules: Rules::default(),
    }
}

impl Bench {
    pub async fn new(engine: &TestEngine) -> Self {
        let clock = Arc::new(ManualClock::default());
        let env = Env::new(Arc::clone(&clock) as _, Arc::new(SeededEntropy::new(SEED.fetch_add(1, Ordering::Relaxed))));
        let store = engine.open(&SCHEMA, env.clone()).await;
        let customer = Id::generate(&env);
        let world: Shared = Arc::new(Mutex::new(World {
            reserve: Step::Works,
            pay: Step::Works,
            refund: Step::Works,
            carts: Step::Works,
            reserved: BTreeSet::new(),
            intents: BTreeMap::new(),
            authorisations: 0,
            methods: vec!["card".to_owned(), "hosted".to_owned()],
            cart: cart_of(Id::generate(&env), &[("A", 2, 1_000), ("B", 1, 500)]),
            ended_carts: BTreeSet::new(),
        }));
        let parts = souk_orders::build(deps(&store, &world));
        let orders = OrdersClient::loopback(Arc::clone(&parts.service));
        Self { orders, parts, store, world, clock, customer }
    }

    /// The same service of another process, on the same database.
    pub fn beside(&self) -> OrdersClient {
        OrdersClient::loopback(souk_orders::build(deps(&self.store, &self.world)).service)
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    pub fn shopper(&self) -> Cx {
        cx(Actor::person(self.customer, souk_types::Permissions::NONE))
    }

    pub fn staff(&self) -> Cx {
        cx(Actor::person("stf_1", souk_contracts::permission::Role::Manager.permissions()))
    }

    pub fn request(&self) -> PlaceOrder {
        let cart = self.world().cart.clone();
        PlaceOrder {
            customer: self.customer,
            cart: cart.id.unwrap(),
            email: "Ann@Example.com".to_owned(),
            address: Address {
                name: "Ann".into(),
                line1: "Road 1".into(),
                city: "Berlin".into(),
                postal_code: "10115".into(),
                country: "DE".into(),
                ..Address::default()
            },
            method: "standard".to_owned(),
            expected_total: eur(cart.subtotal.minor + 490),
            payment_token: "tok_1".to_owned(),
            payment_method: None,
        }
    }

    /// What recovery would do now.
    pub async fn recover(&self) {
        self.clock.advance(Duration::from_secs(60));
        for periodic in &self.parts.periodics {
            periodic.sweep.run(&cx(Actor::service("orders"))).await.unwrap();
        }
    }
}

pub fn cx(actor: Actor) -> Cx {
    Cx::new(actor, Duration::from_secs(20), TraceId::from_bits(1))
}

pub fn cart_of(id: CartId, lines: &[(&str, u32, i64)]) -> CartView {
    let line = |(sku, quantity, price): &(&str, u32, i64)| CartLine {
        sku: (*sku).to_owned(),
        product: ProductId::from_bits(1),
        slug: "thing".into(),
        title: format!("Thing {sku}"),
        variant_title: String::new(),
        image: None,
        quantity: *quantity,
        unit_price: eur(*price),
        compare_at: None,
        total: eur(price * i64::from(*quantity)),
        warnings: vec![],
    };
    let lines: Vec<CartLine> = lines.iter().map(line).collect();
    CartView {
        id: Some(id),
        version: 1,
        state: CartState::Open,
        pieces: lines.iter().map(|line| u64::from(line.quantity)).sum(),
        subtotal: eur(lines.iter().map(|line| line.total.minor).sum()),
        weight_g: 500,
        lines,
    }
}

struct Fake(Shared);

impl Fake {
    fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }
}

fn away<T, E: From<Fault>>() -> Result<T, E> {
    Err(Fault::unavailable("told to be away").into())
}

fn unused<T, E: From<Fault>>() -> Result<T, E> {
    Err(Fault::internal("orders do not call this").into())
}

#[async_trait]
impl cart::Cart for Fake {
    async fn view(&self, _: &Cx, _: CustomerId) -> Result<CartView, cart::Error> {
        Ok(self.world().cart.clone())
    }
    async fn change(&self, _: &Cx, _: CustomerId, _: CartChangeId, _: Vec<Change>) -> Result<CartView, cart::Error> {
        unused()
    }
    async fn complete(&self, _: &Cx, _: CustomerId, cart: CartId) -> Result<(), cart::Error> {
        if self.world().carts == Step::Away {
            return away();
        }
        self.world().ended_carts.insert(cart);
        Ok(())
    }
    async fn merge(&self, _: &Cx, _: CustomerId, _: CustomerId) -> Result<CartView, cart::Error> {
        unused()
    }
    async fn wishes(&self, _: &Cx, _: CustomerId) -> Result<Vec<ProductId>, cart::Error> {
        unused()
    }
    async fn wish(&self, _: &Cx, _: CustomerId, _: ProductId, _: bool) -> Result<(), cart::Error> {
        unused()
    }
}

#[async_trait]
impl delivery::Delivery for Fake {
    async fn rates(&self, _: &Cx, parcel: ParcelQuery) -> Result<Vec<Rate>, delivery::Error> {
        if parcel.country != "DE" {
            return Err(delivery::Error::NotServed { country: parcel.country });
        }
        let rate = |method: &str, minor| Rate {
            method: method.into(),
            name: method.to_uppercase(),
            price: eur(minor),
            days_min: 1,
            days_max: 3,
        };
        Ok(vec![rate("standard", 490), rate("express", 990)])
    }
    async fn shipments(&self, _: &Cx, _: CustomerId, _: OrderId) -> Result<Vec<Shipment>, delivery::Error> {
        unused()
    }
    async fn countries(&self, _: &Cx) -> Result<Vec<String>, delivery::Error> {
        unused()
    }
    async fn settings(&self, _: &Cx) -> Result<Settings<Vec<MethodConfig>>, delivery::Error> {
        unused()
    }
    async fn replace_settings(
        &self,
        _: &Cx,
        _: i64,
        _: Option<Vec<MethodConfig>>,
    ) -> Result<Settings<Vec<MethodConfig>>, delivery::Error> {
        unused()
    }
    async fn track(&self, _: &Cx, _: CustomerId, _: ShipmentId, _: TrackingEvent) -> Result<(), delivery::Error> {
        unused()
    }
    async fn audit(&self, _: &Cx) -> Result<Vec<String>, delivery::Error> {
        unused()
    }
    async fn books(&self, _: &Cx, _: PageRequest) -> Result<Page<delivery::ShipmentBooks>, delivery::Error> {
        unused()
    }
}

#[async_trait]
impl inventory::Inventory for Fake {
    async fn reserve(
        &self,
        _: &Cx,
        order: OrderId,
        lines: Vec<StockLine>,
        _: Timestamp,
    ) -> Result<(), inventory::Error> {
        let mut world = self.world();
        match world.reserve {
            Step::Away => return away(),
            Step::Refuses => {
                let shortage = inventory::Shortage { sku: lines[0].sku.clone(), wanted: 2, available: 0 };
                return Err(inventory::Error::OutOfStock { shortages: vec![shortage] });
            }
            Step::Works | Step::AnswerLost | Step::Asks => world.reserved.insert(order),
        };
        if world.reserve == Step::AnswerLost { away() } else { Ok(()) }
    }
    async fn availability(&self, _: &Cx, _: Vec<String>) -> Result<Vec<inventory::Availability>, inventory::Error> {
        unused()
    }
    async fn commit(&self, _: &Cx, _: OrderId, _: Vec<StockLine>) -> Result<(), inventory::Error> {
        unused()
    }
    async fn release(&self, _: &Cx, _: OrderId, _: Vec<StockLine>) -> Result<(), inventory::Error> {
        unused()
    }
    async fn levels(
        &self,
        _: &Cx,
        _: inventory::LevelFilter,
        _: PageRequest,
    ) -> Result<Page<inventory::Level>, inventory::Error> {
        unused()
    }
    async fn movements(
        &self,
        _: &Cx,
        _: String,
        _: PageRequest,
    ) -> Result<Page<inventory::Movement>, inventory::Error> {
        unused()
    }
    async fn locations(&self, _: &Cx) -> Result<Vec<inventory::Location>, inventory::Error> {
        unused()
    }
    async fn save_location(&self, _: &Cx, _: inventory::Location) -> Result<inventory::Location, inventory::Error> {
        unused()
    }
    async fn adjust(&self, _: &Cx, _: inventory::Adjustment) -> Result<inventory::Level, inventory::Error> {
        unused()
    }
    async fn transfer(&self, _: &Cx, _: inventory::Transfer) -> Result<(), inventory::Error> {
        unused()
    }
    async fn audit(&self, _: &Cx) -> Result<Vec<String>, inventory::Error> {
        unused()
    }
    async fn holdings(&self, _: &Cx, _: PageRequest) -> Result<Page<inventory::Holding>, inventory::Error> {
        unused()
    }
}

impl Fake {
    fn intent(request: &Authorise, state: IntentState) -> Intent {
        let captured = if state == IntentState::Captured { request.amount } else { eur(0) };
        Intent {
            id: Id::from_bits(request.order.bits()),
            customer: request.customer,
            order: request.order,
            attempt: request.attempt,
            amount: request.amount,
            state,
            captured,
            refunded: eur(0),
            gateway: "fake".into(),
            gateway_reference: None,
            action_url: (state == IntentState::ActionRequired).then(|| "/bank".to_owned()),
            failure_code: (state == IntentState::Failed).then(|| "declined".to_owned()),
            failure_reason: (state == IntentState::Failed).then(|| "the bank said no".to_owned()),
            instrument: "Visa".into(),
            refunds: vec![],
            created_at: Timestamp::EPOCH,
        }
    }
}

#[async_trait]
impl payments::Payments for Fake {
    async fn authorise(&self, _: &Cx, request: Authorise) -> Result<Intent, payments::Error> {
        let mut world = self.world();
        if !world.reserved.contains(&request.order) {
            return Err(Fault::internal("money was asked for before the stock was sure").into());
        }
        if world.pay == Step::Away {
            return away();
        }
        if let Some(known) = world.intents.get(&request.order) {
            return Ok(known.clone());
        }
        let state = match world.pay {
            Step::Refuses => IntentState::Failed,
            Step::Asks => IntentState::ActionRequired,
            Step::Works | Step::AnswerLost | Step::Away if request.capture => IntentState::Captured,
            Step::Works | Step::AnswerLost | Step::Away => IntentState::Authorised,
        };
        world.authorisations += 1;
        let intent = Self::intent(&request, state);
        world.intents.insert(request.order, intent.clone());
        if world.pay == Step::AnswerLost { away() } else { Ok(intent) }
    }
    async fn resolve(&self, _: &Cx, _: CustomerId, order: OrderId) -> Result<Vec<Intent>, payments::Error> {
        Ok(self.world().intents.get(&order).cloned().into_iter().collect())
    }
    async fn intents(&self, _: &Cx, _: CustomerId, order: OrderId) -> Result<Vec<Intent>, payments::Error> {
        Ok(self.world().intents.get(&order).cloned().into_iter().collect())
    }
    async fn refund(&self, _: &Cx, request: payments::RefundRequest) -> Result<payments::Refund, payments::Error> {
        let mut world = self.world();
        if world.refund == Step::Refuses {
            return Err(Fault::conflict("the gateway gives nothing back").into());
        }
        let lost = world.refund == Step::AnswerLost;
        let intent = world.intents.get_mut(&request.order).unwrap();
        let refund = payments::Refund {
            id: request.refund,
            amount: request.amount,
            state: payments::RefundState::Succeeded,
            reason: request.reason,
            created_at: Timestamp::EPOCH,
        };
        if !intent.refunds.iter().any(|known| known.id == refund.id) {
            intent.refunded = intent.refunded.plus(refund.amount)?;
            intent.refunds.push(refund.clone());
        }
        if lost { away() } else { Ok(refund) }
    }
    async fn capture(&self, _: &Cx, _: CustomerId, _: OrderId) -> Result<Vec<Intent>, payments::Error> {
        unused()
    }
    async fn undo(&self, _: &Cx, _: CustomerId, _: OrderId, _: String) -> Result<Vec<Intent>, payments::Error> {
        unused()
    }
    async fn webhook(&self, _: &Cx, _: payments::Webhook) -> Result<(), payments::Error> {
        unused()
    }
    async fn client_config(&self, _: &Cx) -> Result<payments::ClientConfig, payments::Error> {
        if self.world().pay == Step::Away {
            return away();
        }
        let method = |code: &String| payments::Method {
            code: code.clone(),
            name: code.to_uppercase(),
            kind: payments::MethodKind::CardFields,
        };
        Ok(payments::ClientConfig {
            gateway: "fake".to_owned(),
            sandbox: true,
            tokenise_url: String::new(),
            hosted_page_url: String::new(),
            methods: self.world().methods.iter().map(method).collect(),
        })
    }
    async fn settings(&self, _: &Cx) -> Result<Settings<Vec<payments::MethodSetting>>, payments::Error> {
        unused()
    }
    async fn replace_settings(
        &self,
        _: &Cx,
        _: i64,
        _: Option<Vec<payments::MethodSetting>>,
    ) -> Result<Settings<Vec<payments::MethodSetting>>, payments::Error> {
        unused()
    }
    async fn audit(&self, _: &Cx) -> Result<Vec<String>, payments::Error> {
        unused()
    }
    async fn books(&self, _: &Cx, _: PageRequest) -> Result<Page<payments::IntentBooks>, payments::Error> {
        unused()
    }
}
