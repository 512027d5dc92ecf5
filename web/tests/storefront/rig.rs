//! A shop, and a browser that keeps its cookies.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{Router, body::Body};
use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::Value;
use souk_contracts::{
    accounts::AccountsClient, cart::CartClient, catalog::CatalogClient, delivery::DeliveryClient,
    inventory::InventoryClient, notifications::NotificationsClient, operations::OperationsClient, orders::OrdersClient,
    payments::PaymentsClient, search::SearchClient,
};
use souk_events::{Consumer, Delivery};
use souk_files::Files;
use souk_quota::InProcess;
use souk_store::testing::TestEngine;
use souk_types::{Actor, Currency, Cx, Env, Event, Id, ManualClock, SeededEntropy, Timestamp, TraceId};
use souk_web::{ApiConfig, Deps, MaintenanceConfig, OrderMoved, ShopConfig};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::fakes::Services;

pub struct Rig {
    pub services: Arc<Services>,
    pub router: Router,
    /// Cancelled when the shop is about to stop.
    pub leaving: CancellationToken,
    /// The clock of the gateway's own store.
    pub clock: Arc<ManualClock>,
    consumers: Vec<Consumer>,
    _engine: TestEngine,
}

pub fn rig() -> Rig {
    rig_at("http://localhost:8080")
}

pub fn rig_at(public_url: &str) -> Rig {
    rig_with(public_url, MaintenanceConfig::default())
}

/// A shop that is closed to shoppers.
pub fn rig_closed() -> Rig {
    rig_with("http://localhost:8080", MaintenanceConfig { always: true, file: None })
}

fn rig_with(public_url: &str, maintenance: MaintenanceConfig) -> Rig {
    let services = Arc::new(Services::default());
    let leaving = CancellationToken::new();
    let engine = TestEngine::sqlite();
    let clock = Arc::new(ManualClock::default());
    let for_store = Env::new(clock.clone(), Arc::new(SeededEntropy::new(2)));
    let web = souk_web::build(Deps {
        store: engine.open_at_once(&souk_web::SCHEMA, for_store),
        catalog: CatalogClient::local(services.clone()),
        search: SearchClient::local(services.clone()),
        cart: CartClient::local(services.clone()),
        orders: OrdersClient::local(services.clone()),
        inventory: InventoryClient::local(services.clone()),
        payments: PaymentsClient::local(services.clone()),
        delivery: DeliveryClient::local(services.clone()),
        accounts: AccountsClient::local(services.clone()),
        notifications: NotificationsClient::local(services.clone()),
        operations: OperationsClient::local(services.clone()),
        moves: broadcast::Sender::<OrderMoved>::new(16),
        leaving: leaving.clone(),
        quota: Arc::new(InProcess::new(souk_web::QUOTA_WINDOW_S)),
        env: Env::for_tests(1),
        shop: ShopConfig {
            name: "Souk".to_owned(),
            currency: Currency::EUR,
            country: "PT".to_owned(),
            public_url: public_url.to_owned(),
            secret: [7; 32],
            theme: None,
            // No page of the storefront keeps a file.
            imports: Files::in_folder("none".into(), "none".into(), Env::for_tests(1)),
            api: ApiConfig { requests_per_minute_address: 100, ..ApiConfig::default() },
            maintenance,
        },
    })
    .unwrap();
    Rig { services, router: web.router, leaving, clock, consumers: web.consumers, _engine: engine }
}

impl Rig {
    pub fn browser(&self) -> Browser {
        Browser { router: self.router.clone(), cookies: Mutex::default() }
    }

    /// Lets the gateway hear of an event.
    pub async fn happen<E: Event>(&self, event: &E) {
        let cx = Cx::new(Actor::service("test"), std::time::Duration::from_secs(5), TraceId::from_bits(1));
        let delivery = Delivery {
            event: Id::from_bits(1),
            topic: E::TOPIC.to_owned(),
            key: event.key(),
            payload: serde_json::to_string(event).unwrap(),
            at: Timestamp::EPOCH,
            trace: TraceId::from_bits(1),
            parent: None,
            attempt: 1,
        };
        let wants = |consumer: &&Consumer| {
            consumer.topics.iter().any(|topic| match topic.strip_suffix('*') {
                Some(prefix) => E::TOPIC.starts_with(prefix),
                None => *topic == E::TOPIC,
            })
        };
        for consumer in self.consumers.iter().filter(wants) {
            consumer.handler.handle(&cx, &delivery).await.unwrap();
        }
    }
}

pub struct Browser {
    router: Router,
    cookies: Mutex<BTreeMap<String, String>>,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: http::HeaderMap,
    pub body: String,
}

impl Browser {
    pub async fn get(&self, path: &str) -> Answer {
        self.send(request(Method::GET, path).body(Body::empty()).unwrap()).await
    }

    pub async fn get_json(&self, path: &str) -> Answer {
        let request = request(Method::GET, path).header(header::ACCEPT, "application/json");
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Sends a form as a page of the shop does.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = request(Method::POST, path)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(serde_urlencoded::to_string(fields).unwrap())).unwrap()).await
    }

    pub async fn post_json(&self, path: &str, body: &Value) -> Answer {
        let request = request(Method::POST, path)
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    pub async fn send(&self, mut request: Request<Body>) -> Answer {
        let line: Vec<String> =
            self.cookies.lock().unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !line.is_empty() {
            request.headers_mut().insert(header::COOKIE, line.join("; ").parse().unwrap());
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for set in parts.headers.get_all(header::SET_COOKIE) {
            let (pair, rest) = set.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let mut cookies = self.cookies.lock().unwrap();
            match rest.contains("Max-Age=0") {
                true => cookies.remove(name),
                false => cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&bytes).into_owned() }
    }

    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }

    /// Puts a bag in the cart.
    pub async fn with_bag(self) -> Self {
        let added = self.post("/cart/lines", &[("variant", "BAG-RED-S"), ("quantity", "1")]).await;
        assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.body);
        self
    }
}

pub fn request(method: Method, path: &str) -> http::request::Builder {
    Request::builder().method(method).uri(path).header(header::HOST, "localhost:8080")
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub fn location(&self) -> &str {
        self.header("location")
    }

    /// The value of a hidden field.
    pub fn hidden(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let from = self.body.find(&start).unwrap_or_else(|| panic!("no field {name} in {}", self.body)) + start.len();
        self.body[from..].split('"').next().unwrap().to_owned()
    }

    #[track_caller]
    pub fn shows(&self, text: &str) -> &Self {
        assert!(self.body.contains(text), "{text:?} is not in {}", self.body);
        self
    }

    #[track_caller]
    pub fn hides(&self, text: &str) -> &Self {
        assert!(!self.body.contains(text), "{text:?} is in {}", self.body);
        self
    }

    #[track_caller]
    pub fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self
    }
}
