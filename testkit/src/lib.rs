//! A whole shop in a test: every service on its own store, on either engine, with calls local or through the wire.

#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it should be")]

mod smtp;
mod sql;

use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};

use souk::{
    audit,
    config::Config,
    fleet::Fleet,
    shop::{Calls, Plan, Running, SCHEMAS, Shop},
};
use souk_contracts::{
    Address, CartChangeId, CustomerId,
    cart::Change,
    catalog::{ProductDraft, ProductStatus, Upserted, VariantDraft},
    orders::{PlaceOrder, QuoteRequest},
    permission::Role,
};
use souk_files::Files;
use souk_store::testing::TestEngine;
use souk_types::{Actor, Currency, Cx, Env, Id, Money, Permissions, TraceId};
use tower::ServiceExt;

pub use smtp::{Mail, SmtpServer};
pub use sql::{Statement, statements};

/// How long a test waits for events and jobs.
const QUIET_WITHIN: Duration = Duration::from_secs(20);

/// A card that the sandbox gateway accepts, and others that it treats as its documentation says.
pub mod cards {
    /// Succeeds.
    pub const SUCCESS: &str = "4242424242424242";
    /// Is declined.
    pub const DECLINED: &str = "4000000000000002";
    /// Waits until the shopper confirms.
    pub const CHALLENGE: &str = "4000002500003155";
}

/// A shop in a test. End it with [`finish`](Self::finish): that is where its books are checked.
pub struct TestShop {
    /// The shop.
    pub shop: Shop,
    /// Its events and jobs.
    pub running: Option<Running>,
    finished: bool,
    // Last, so that they go when everything on them is closed.
    _folder: tempfile::TempDir,
    _engine: TestEngine,
}

/// Every engine at hand, with calls local and through the wire.
pub fn modes() -> Vec<(TestEngine, Calls)> {
    let mut modes = Vec::new();
    for calls in [Calls::Local, Calls::Loopback] {
        modes.extend(souk_store::testing::engines().into_iter().map(|engine| (engine, calls)));
    }
    modes
}

/// A configuration for tests: fast parcels, quick recovery.
pub fn config() -> Config {
    let mut config = Config::default();
    config.delivery.sandbox_speed = 10_000_000.0;
    config.payments.sandbox_webhook_delay_ms = 50;
    config.orders.recover_after_s = 1;
    config
}

impl TestShop {
    /// Builds and starts a shop.
    ///
    /// # Panics
    /// When a part cannot be built.
    pub async fn start(engine: TestEngine, calls: Calls, config: Config) -> Self {
        for schema in SCHEMAS {
            engine.distribute(schema).await;
        }
        let folder = tempfile::tempdir().unwrap();
        let plan = Plan {
            config,
            engine: engine.engine().clone(),
            folder: folder.path().to_owned(),
            files: Files::in_folder(folder.path().join("files"), folder.path().join("scratch"), Env::system()),
            secret: [7; 32],
            env: Env::system(),
            calls,
            fleet: Fleet::alone(),
        };
        let mut shop = Shop::build(plan).await.unwrap();
        let running = Some(shop.start(Vec::new()));
        Self { shop, running, finished: false, _folder: folder, _engine: engine }
    }

    /// A context for a customer.
    pub fn customer(&self, customer: CustomerId) -> Cx {
        self.cx(Actor::person(customer, Permissions::NONE))
    }

    /// A context for a member of staff.
    pub fn staff(&self, role: Role) -> Cx {
        self.cx(Actor::person("stf_test", role.permissions()))
    }

    /// A context for somebody.
    pub fn cx(&self, actor: Actor) -> Cx {
        Cx::new(actor, Duration::from_secs(20), TraceId::generate(&self.shop.env))
    }

    /// Adds a product of one variant with so much stock, and waits until it can be bought.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn product(&self, sku: &str, price_minor: i64, stock: i64) {
        let draft = simple_product(sku, price_minor, stock);
        let outcome = self.shop.catalog.upsert(&self.staff(Role::Owner), vec![draft]).await.unwrap();
        assert!(matches!(outcome.as_slice(), [Upserted::Created(_)]), "{outcome:?}");
        self.quiet().await;
    }

    /// Puts things into a customer's cart and makes the order request for it, as the checkout page does.
    ///
    /// # Panics
    /// When a step is refused.
    pub async fn checkout(&self, customer: CustomerId, lines: &[(&str, u32)], card: &str) -> PlaceOrder {
        let cx = self.customer(customer);
        let add = |(sku, quantity): &(&str, u32)| Change::Add { sku: (*sku).to_owned(), quantity: *quantity };
        self.shop
            .cart
            .change(&cx, customer, CartChangeId::generate(&self.shop.env), lines.iter().map(add).collect())
            .await
            .unwrap();
        let request = QuoteRequest { customer, country: "DE".into(), region: String::new(), method: None };
        let quote = self.shop.orders.quote(&cx, request).await.unwrap();
        PlaceOrder {
            customer,
            cart: quote.cart.id.unwrap(),
            email: "ann@example.com".into(),
            address: Address {
                name: "Ann Example".into(),
                line1: "Road 1".into(),
                city: "Berlin".into(),
                postal_code: "10115".into(),
                country: "DE".into(),
                ..Address::default()
            },
            method: quote.method,
            expected_total: quote.totals.total,
            payment_token: self.token(card).await,
            payment_method: None,
        }
    }

    /// A token for a card, as the gateway gives it to the shopper's browser.
    ///
    /// # Panics
    /// When the card is refused.
    pub async fn token(&self, card: &str) -> String {
        let gateway = souk_payments::sandbox::router(self.shop.gateway.clone().unwrap());
        let body = format!("number={card}&exp=12/40&cvc=123&name=Ann");
        let request = Request::post("/sandbox-gateway/tokens")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap();
        let answer = gateway.oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let body = to_bytes(answer.into_body(), 4_096).await.unwrap();
        let answer: serde_json::Value = serde_json::from_slice(&body).unwrap();
        answer["token"].as_str().unwrap().to_owned()
    }

    /// A new customer.
    pub fn new_customer(&self) -> CustomerId {
        Id::generate(&self.shop.env)
    }

    /// Waits until no event and no due job is left.
    ///
    /// # Panics
    /// When that takes too long.
    pub async fn quiet(&self) {
        let running = self.running.as_ref().unwrap();
        assert!(running.drained(QUIET_WITHIN).await, "events or jobs are left over");
    }

    /// Waits for everything to settle, checks all books, and closes the shop.
    ///
    /// # Panics
    /// When something is left over, was given up, or does not agree.
    pub async fn finish(mut self) {
        self.quiet().await;
        let running = self.running.take().unwrap();
        let given_up =
            running.bus.dead_letters(&Default::default(), souk_types::PageRequest::first(10)).await.unwrap().items;
        assert!(given_up.is_empty(), "{given_up:?}");
        let report = audit::run(&self.shop, &self.shop.cx(Duration::from_secs(60))).await.unwrap();
        assert!(report.is_clean(), "{:#?}", report.problems);
        running.stop(Duration::from_secs(10)).await;
        self.finished = true;
    }
}

impl TestShop {
    /// Ends a shop whose books a test has spoilt.
    ///
    /// # Panics
    /// When it was ended already.
    pub async fn leave(mut self) {
        self.running.take().unwrap().stop(Duration::from_secs(10)).await;
        self.finished = true;
    }
}

impl Drop for TestShop {
    fn drop(&mut self) {
        if !self.finished && !std::thread::panicking() {
            panic!("a test shop ends with finish(), which checks its books");
        }
    }
}

/// A product of one variant.
pub fn simple_product(sku: &str, price_minor: i64, stock: i64) -> ProductDraft {
    ProductDraft {
        slug: format!("thing-{}", sku.to_lowercase()),
        title: format!("Thing {sku}"),
        description: "<p>A thing.</p>".into(),
        brand: "Acme".into(),
        status: ProductStatus::Active,
        category: vec!["Things".into()],
        tags: vec![],
        options: vec![],
        variants: vec![VariantDraft {
            sku: sku.to_owned(),
            barcode: String::new(),
            options: vec![],
            price: Money::new(price_minor, Currency::EUR),
            compare_at: None,
            weight_g: 300,
            image: None,
            stock: Some(stock),
        }],
        attributes: vec![],
        images: vec![],
    }
}
