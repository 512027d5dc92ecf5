//! Payments over its sandbox gateway, on one engine, with a clock that stands.

use std::{sync::Arc, time::Duration};

use axum::body::Body;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use souk_contracts::{
    CartId, CustomerId, OrderId, RefundId,
    orders::{OrderEnded, OrderRef},
    payments::{Authorise, Intent, PaymentChanged, Payments, RefundRequest},
};
use souk_events::Delivery;
use souk_jobs::{Job, Outcome};
use souk_payments::{Deps, Parts, SCHEMA, sandbox};
use souk_store::{
    Store, params, sql,
    testing::{TestEngine, engines},
};
use souk_types::{Actor, Currency, Cx, Env, Event, EventId, Fault, ManualClock, Money, SeededEntropy, TraceId};
use tower::ServiceExt;

pub const SUCCESS: &str = "4242 4242 4242 4242";
pub const DECLINED: &str = "4000 0000 0000 0002";
pub const NO_FUNDS: &str = "4000 0000 0000 9995";
pub const CHALLENGE: &str = "4000 0025 0000 3155";
pub const NO_ANSWER: &str = "4000 0000 0000 0259";
pub const LATER: &str = "4000 0000 0000 0077";

pub struct Shop {
    pub store: Store,
    pub gateway_store: Store,
    pub parts: Parts,
    pub clock: Arc<ManualClock>,
    pub env: Env,
    pub customer: CustomerId,
    pub order: OrderId,
    /// Whether its orders are paid at once rather than when their first parcel leaves.
    capture: bool,
    _engine: TestEngine,
}

/// One shop on every engine.
pub async fn shops() -> Vec<Shop> {
    shops_that(true).await
}

/// The same, where money is only set aside until the first parcel leaves.
pub async fn shops_that_hold() -> Vec<Shop> {
    shops_that(false).await
}

async fn shops_that(capture: bool) -> Vec<Shop> {
    let mut shops = Vec::new();
    for engine in engines() {
        let clock = Arc::new(ManualClock::default());
        let env = Env::new(Arc::clone(&clock) as _, Arc::new(SeededEntropy::new(7)));
        let store = engine.open(&SCHEMA, env.clone()).await;
        let gateway_store = engine.open(&sandbox::SCHEMA, env.clone()).await;
        shops.push(Shop {
            parts: parts(&store, &gateway_store),
            store,
            gateway_store,
            clock,
            customer: CustomerId::generate(&env),
            order: OrderId::generate(&env),
            env,
            capture,
            _engine: engine,
        });
    }
    shops
}

fn parts(store: &Store, gateway_store: &Store) -> Parts {
    souk_payments::build(Deps {
        store: store.clone(),
        gateway_store: gateway_store.clone(),
        secret: [3; 32],
        methods: souk_payments::default_methods(),
        sandbox: sandbox::SandboxConfig {
            latency: Duration::ZERO,
            webhook_delay: Duration::from_secs(2),
            timeout: Duration::from_millis(150),
        },
        webhooks: None,
    })
    .unwrap()
}

impl Shop {
    pub fn service(&self) -> &dyn Payments {
        self.parts.service.as_ref()
    }

    pub fn cx(&self) -> Cx {
        self.cx_of(Actor::service("orders"))
    }

    pub fn cx_of(&self, actor: Actor) -> Cx {
        Cx::new(actor, Duration::from_secs(30), TraceId::from_bits(1))
    }

    /// A new process over the same stores.
    pub fn restart(&mut self) {
        self.parts = parts(&self.store, &self.gateway_store);
    }

    pub async fn request(&self, card: &str) -> Authorise {
        Authorise {
            customer: self.customer,
            order: self.order,
            attempt: 1,
            amount: eur(1_250),
            token: self.token(card).await,
            capture: self.capture,
            return_path: "/checkout/return?order=K7P2-9XQ4".to_owned(),
        }
    }

    pub async fn pay(&self, card: &str) -> Intent {
        let request = self.request(card).await;
        self.service().authorise(&self.cx(), request).await.unwrap()
    }

    pub async fn intents(&self) -> Vec<Intent> {
        self.service().intents(&self.cx(), self.customer, self.order).await.unwrap()
    }

    pub async fn only_intent(&self) -> Intent {
        let [intent] = self.intents().await.try_into().unwrap();
        intent
    }

    pub fn refund_of(&self, minor: i64) -> RefundRequest {
        RefundRequest {
            refund: RefundId::generate(&self.env),
            customer: self.customer,
            order: self.order,
            amount: eur(minor),
            reason: "returned".to_owned(),
        }
    }

    pub async fn audit(&self) -> Vec<String> {
        self.service().audit(&self.cx()).await.unwrap()
    }

    /// Sends a request to the sandbox's HTTP face.
    pub async fn http(&self, request: Request<Body>) -> Page {
        let response = sandbox::router(Arc::clone(&self.parts.sandbox)).oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        Page { status: head.status, headers: head.headers, text }
    }

    pub async fn get(&self, path: &str) -> Page {
        self.http(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub async fn post_form(&self, path: &str, form: &[(&str, &str)]) -> Page {
        let body = serde_urlencoded::to_string(form).unwrap();
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.http(request.body(Body::from(body)).unwrap()).await
    }

    pub async fn post_json(&self, path: &str, json: serde_json::Value) -> Page {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
        self.http(request.body(Body::from(json.to_string())).unwrap()).await
    }

    pub async fn token(&self, card: &str) -> String {
        let card = serde_json::json!({
            "number": card, "exp_month": 12, "exp_year": 2030, "cvc": "123", "name": "Ana Silva"
        });
        let page = self.post_json("/sandbox-gateway/tokens", card).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        page.json()["token"].as_str().unwrap().to_owned()
    }

    /// Lets time pass, and the sweep run.
    pub async fn sweep_after(&self, span: Duration) {
        self.clock.advance(span);
        let cx = Cx::background("payments", &self.env);
        for periodic in &self.parts.periodics {
            periodic.sweep.run(&cx).await.unwrap();
        }
    }

    /// Runs the gateway's jobs that are due by then, and says how each went.
    pub async fn gateway_jobs_after(&self, span: Duration) -> Vec<Result<Outcome, Fault>> {
        self.clock.advance(span);
        let cx = Cx::background("sandbox_gateway", &self.env);
        let jobs = self
            .gateway_store
            .read(&cx, |tx| {
                let now = tx.now();
                tx.query(sql!("SELECT queue, key, payload FROM jobs WHERE due_at <= ?1"), params![now], |row| {
                    Ok(Job { queue: row.get(0)?, key: row.get(1)?, payload: row.get(2)?, attempt: 1 })
                })
            })
            .await
            .unwrap();
        let mut outcomes = Vec::new();
        for job in jobs {
            let queue = self.parts.gateway_queues.iter().find(|queue| queue.name == job.queue).unwrap();
            let outcome = queue.handler.run(&cx, &job).await;
            if outcome.is_ok() {
                self.gateway_store
                    .write(&cx, move |tx| {
                        tx.exec(sql!("DELETE FROM jobs WHERE queue = ?1 AND key = ?2"), params![&job.queue, &job.key])?
                            .expect_one()
                    })
                    .await
                    .unwrap();
            }
            outcomes.push(outcome);
        }
        outcomes
    }

    /// What was told to others, oldest first.
    pub async fn told(&self) -> Vec<Intent> {
        self.store
            .read(&self.cx(), |tx| {
                tx.query(
                    sql!("SELECT payload FROM outbox WHERE type = 'payments.changed' ORDER BY seq"),
                    params![],
                    |row| row.json::<PaymentChanged>(0).map(|changed| changed.intent),
                )
            })
            .await
            .unwrap()
    }

    /// Hands an event to the consumer of its topic.
    pub async fn hear<E: Event>(&self, id: EventId, event: &E) -> Result<(), Fault> {
        let delivery = Delivery {
            event: id,
            topic: E::TOPIC.to_owned(),
            key: event.key(),
            payload: serde_json::to_string(event).unwrap(),
            at: self.env.now(),
            trace: TraceId::from_bits(1),
            parent: None,
            attempt: 1,
        };
        let consumer = self.parts.consumers.iter().find(|consumer| consumer.topics.contains(&E::TOPIC)).unwrap();
        consumer.handler.handle(&Cx::background("payments", &self.env), &delivery).await
    }

    pub fn ended(&self) -> OrderEnded {
        OrderEnded {
            of: self.order_ref(),
            lines: Vec::new(),
            was_placed: false,
            reason: "it was not paid in time".to_owned(),
            at: self.env.now(),
        }
    }

    fn order_ref(&self) -> OrderRef {
        OrderRef {
            order: self.order,
            customer: self.customer,
            number: "K7P2-9XQ4".to_owned(),
            cart: CartId::from_bits(1),
            email: "ana@example.com".to_owned(),
        }
    }
}

pub struct Page {
    pub status: StatusCode,
    pub headers: http::HeaderMap,
    pub text: String,
}

impl Page {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).unwrap()
    }

    pub fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).unwrap().to_str().unwrap()
    }
}

pub fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}
