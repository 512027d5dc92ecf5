//! A service with an empty store of its own.

use std::{sync::Arc, time::Duration};

use souk_contracts::{
    LocationId, OrderId,
    inventory::{
        Adjustment, AvailabilityChanged, Error, Inventory, InventoryClient, Level, LevelChange, LevelFilter, Location,
        Movement, StockLine, StockListed,
    },
};
use souk_events::Delivery;
use souk_inventory::{DEFAULT_LOCATION, Deps, Parts, SCHEMA, build};
use souk_store::{Store, Tx, params, sql, testing::TestEngine};
use souk_types::{
    Actor, Cx, Env, Event, EventId, Fault, ManualClock, PageRequest, Permissions, SeededEntropy, Timestamp, TraceId,
};

pub const SECOND: LocationId = LocationId::from_bits(2);

pub struct Rig {
    _engine: TestEngine,
    pub clock: Arc<ManualClock>,
    pub env: Env,
    pub store: Store,
    pub parts: Parts,
    pub client: InventoryClient,
}

pub async fn each_engine(test: impl AsyncFn(Rig)) {
    for engine in souk_store::testing::engines() {
        test(Rig::new(engine).await).await;
    }
}

impl Rig {
    pub async fn new(engine: TestEngine) -> Self {
        let clock = Arc::new(ManualClock::default());
        let env = Env::new(clock.clone(), Arc::new(SeededEntropy::new(7)));
        let store = engine.open(&SCHEMA, env.clone()).await;
        let parts = build(Deps { store: store.clone(), env: env.clone() });
        let client = InventoryClient::local(Arc::clone(&parts.service));
        Self { _engine: engine, clock, env, store, parts, client }
    }

    /// A context of another part of the system.
    pub fn cx(&self) -> Cx {
        Cx::background("orders", &self.env)
    }

    pub fn cx_of(&self, permissions: Permissions) -> Cx {
        let actor = Actor::person("stf_1", permissions);
        Cx::new(actor, Duration::from_secs(30), TraceId::generate(&self.env))
    }

    pub fn service(&self) -> Arc<dyn Inventory> {
        Arc::clone(&self.parts.service)
    }

    pub fn order(&self) -> OrderId {
        OrderId::generate(&self.env)
    }

    pub fn soon(&self) -> Timestamp {
        self.env.now() + Duration::from_secs(900)
    }

    /// Lets a moment pass, so that the next movement is newer than the last.
    pub fn tick(&self) {
        self.clock.advance(Duration::from_millis(1));
    }

    pub async fn receive(&self, sku: &str, location: LocationId, pieces: u32) -> Level {
        self.adjust(sku, location, LevelChange::Receive(pieces)).await.unwrap()
    }

    pub async fn adjust(&self, sku: &str, location: LocationId, change: LevelChange) -> Result<Level, Error> {
        self.tick();
        let adjustment = Adjustment { sku: sku.to_owned(), location, change, reason: "by a test".to_owned() };
        self.client.adjust(&self.cx(), adjustment).await
    }

    pub async fn add_second_location(&self) {
        self.client.save_location(&self.cx(), back_room()).await.unwrap();
    }

    pub async fn reserve(&self, order: OrderId, wanted: &[(&str, u32)]) -> Result<(), Error> {
        self.tick();
        self.client.reserve(&self.cx(), order, lines(wanted), self.soon()).await
    }

    pub async fn commit(&self, order: OrderId, wanted: &[(&str, u32)]) -> Result<(), Error> {
        self.client.commit(&self.cx(), order, lines(wanted)).await
    }

    pub async fn release(&self, order: OrderId, wanted: &[(&str, u32)]) {
        self.client.release(&self.cx(), order, lines(wanted)).await.unwrap();
    }

    pub async fn available(&self, sku: &str) -> i64 {
        self.client.availability(&self.cx(), vec![sku.to_owned()]).await.unwrap()[0].available
    }

    pub async fn level(&self, sku: &str, location: LocationId) -> Level {
        let filter = LevelFilter { sku_prefix: Some(sku.to_owned()), ..LevelFilter::default() };
        let page = self.client.levels(&self.cx(), filter, PageRequest::first(100)).await.unwrap();
        page.items.into_iter().find(|level| level.sku == sku && level.location == location).unwrap()
    }

    /// On hand, committed and reserved at the default location.
    pub async fn counters(&self, sku: &str) -> [i64; 3] {
        let level = self.level(sku, DEFAULT_LOCATION).await;
        [level.on_hand, level.committed, level.reserved]
    }

    pub async fn movements(&self, sku: &str) -> Vec<Movement> {
        self.client.movements(&self.cx(), sku.to_owned(), PageRequest::first(250)).await.unwrap().items
    }

    pub async fn audit(&self) -> Vec<String> {
        self.client.audit(&self.cx()).await.unwrap()
    }

    pub async fn sweep(&self) {
        self.parts.periodics[0].sweep.run(&self.cx()).await.unwrap();
    }

    /// What was told about availability so far.
    pub async fn told(&self) -> Vec<(String, bool)> {
        let work = |tx: &mut Tx<'_>| {
            tx.query(
                sql!("SELECT payload FROM outbox WHERE type = ?1 ORDER BY seq"),
                params![AvailabilityChanged::TOPIC],
                |row| row.json::<AvailabilityChanged>(0),
            )
        };
        let changes = self.store.read(&self.cx(), work).await.unwrap();
        changes.into_iter().map(|change| (change.sku, change.in_stock)).collect()
    }

    /// The SKUs whose first stock was told so far.
    pub async fn listed(&self) -> Vec<String> {
        let work = |tx: &mut Tx<'_>| {
            tx.query(
                sql!("SELECT payload FROM outbox WHERE type = ?1 ORDER BY seq"),
                params![StockListed::TOPIC],
                |row| row.json::<StockListed>(0),
            )
        };
        let listed = self.store.read(&self.cx(), work).await.unwrap();
        listed.into_iter().flat_map(|listed| listed.skus).collect()
    }

    /// An event on its way to the consumers.
    pub fn delivery<E: Event>(&self, event: &E) -> Delivery {
        Delivery {
            event: EventId::generate(&self.env),
            topic: E::TOPIC.to_owned(),
            key: event.key(),
            payload: serde_json::to_string(event).unwrap(),
            at: self.env.now(),
            trace: TraceId::generate(&self.env),
            parent: None,
            attempt: 1,
        }
    }

    pub async fn deliver(&self, delivery: &Delivery) -> Result<(), Fault> {
        let consumer =
            self.parts.consumers.iter().find(|consumer| consumer.topics.contains(&delivery.topic.as_str())).unwrap();
        consumer.handler.handle(&self.cx(), delivery).await
    }
}

/// The second location before it is stored.
pub fn back_room() -> Location {
    Location { id: SECOND, version: 0, name: "Back room".to_owned(), priority: 10, active: true }
}

pub fn lines(wanted: &[(&str, u32)]) -> Vec<StockLine> {
    wanted.iter().map(|(sku, quantity)| StockLine { sku: (*sku).to_owned(), quantity: *quantity }).collect()
}
