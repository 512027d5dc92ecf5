//! Delivery with the sandbox carrier, on one engine, with a clock that stands.

use std::{sync::Arc, time::Duration};

use souk_contracts::{
    Address, CartId, CustomerId, OrderId, ShipmentId,
    delivery::{Delivery as DeliveryService, Destination, Shipment, ShipmentMoved, ShipmentStatus},
    inventory::StockLine,
    orders::{OrderRef, ShipmentRequested},
};
use souk_delivery::{Deps, Parts, SCHEMA, default_methods};
use souk_events::Delivery;
use souk_jobs::{Job, Outcome};
use souk_store::{
    Store, params, sql,
    testing::{TestEngine, engines},
};
use souk_types::{Actor, Cx, Env, Event, EventId, Fault, ManualClock, SeededEntropy, TraceId};

pub struct Depot {
    pub store: Store,
    pub parts: Parts,
    pub clock: Arc<ManualClock>,
    pub env: Env,
    pub customer: CustomerId,
    pub order: OrderId,
    _engine: TestEngine,
}

pub async fn depots() -> Vec<Depot> {
    let mut depots = Vec::new();
    for engine in engines() {
        let clock = Arc::new(ManualClock::default());
        let env = Env::new(Arc::clone(&clock) as _, Arc::new(SeededEntropy::new(5)));
        let store = engine.open(&SCHEMA, env.clone()).await;
        let deps = Deps { store: store.clone(), methods: default_methods(), speed: 1.0 };
        depots.push(Depot {
            parts: souk_delivery::build(deps).unwrap(),
            store,
            clock,
            customer: CustomerId::generate(&env),
            order: OrderId::generate(&env),
            env,
            _engine: engine,
        });
    }
    depots
}

impl Depot {
    pub fn service(&self) -> &dyn DeliveryService {
        self.parts.service.as_ref()
    }

    pub fn cx(&self) -> Cx {
        self.cx_of(Actor::service("orders"))
    }

    pub fn cx_of(&self, actor: Actor) -> Cx {
        Cx::new(actor, Duration::from_secs(30), TraceId::from_bits(1))
    }

    pub fn request(&self, line2: &str) -> ShipmentRequested {
        ShipmentRequested {
            of: OrderRef {
                order: self.order,
                customer: self.customer,
                number: "K7P2-9XQ4".to_owned(),
                cart: CartId::from_bits(1),
                email: "ana@example.com".to_owned(),
            },
            shipment: ShipmentId::generate(&self.env),
            lines: vec![StockLine { sku: "TOTE-RED".to_owned(), quantity: 2 }],
            destination: Destination {
                address: Address { line2: line2.to_owned(), country: "PT".to_owned(), ..Address::default() },
                method: "standard".to_owned(),
            },
            carrier: None,
            at: self.env.now(),
        }
    }

    /// Hands a request to the consumer.
    pub async fn hear(&self, id: EventId, request: &ShipmentRequested) {
        let delivery = Delivery {
            event: id,
            topic: ShipmentRequested::TOPIC.to_owned(),
            key: request.key(),
            payload: serde_json::to_string(request).unwrap(),
            at: self.env.now(),
            trace: TraceId::from_bits(1),
            parent: None,
            attempt: 1,
        };
        self.parts.consumers[0].handler.handle(&Cx::background("delivery", &self.env), &delivery).await.unwrap();
    }

    /// A parcel that is requested and labelled.
    pub async fn labelled(&self, line2: &str) -> ShipmentId {
        let request = self.request(line2);
        self.hear(EventId::generate(&self.env), &request).await;
        self.jobs_after(Duration::ZERO).await;
        request.shipment
    }

    /// Lets time pass and runs every job once, due or not; says how each went.
    pub async fn jobs_after(&self, span: Duration) -> Vec<Outcome> {
        self.clock.advance(span);
        let cx = Cx::background("delivery", &self.env);
        let jobs = self
            .store
            .read(&cx, |tx| {
                tx.query(sql!("SELECT queue, key, payload FROM jobs"), params![], |row| {
                    Ok(Job { queue: row.get(0)?, key: row.get(1)?, payload: row.get(2)?, attempt: 1 })
                })
            })
            .await;
        let jobs: Result<Vec<Job>, Fault> = jobs;
        let mut outcomes = Vec::new();
        for job in jobs.unwrap() {
            let queue = self.parts.queues.iter().find(|queue| queue.name == job.queue).unwrap();
            outcomes.push(queue.handler.run(&cx, &job).await.unwrap());
        }
        outcomes
    }

    pub async fn shipment(&self) -> Shipment {
        let shipments = self.service().shipments(&self.cx(), self.customer, self.order).await.unwrap();
        let [shipment] = shipments.try_into().unwrap();
        shipment
    }

    /// The moves that were told: before and after.
    pub async fn told(&self) -> Vec<(ShipmentStatus, ShipmentStatus)> {
        let told: Result<Vec<ShipmentMoved>, Fault> = self
            .store
            .read(&self.cx(), |tx| {
                tx.query(sql!("SELECT payload FROM outbox ORDER BY seq"), params![], |row| row.json(0))
            })
            .await;
        told.unwrap().into_iter().map(|moved| (moved.before, moved.event.status)).collect()
    }
}

pub const fn hours(count: u64) -> Duration {
    Duration::from_secs(count * 60 * 60)
}
