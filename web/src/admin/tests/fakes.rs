//! A gateway whose services are a table of answers, and note what they are asked.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::{Router, body::Body};
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use serde::Serialize;
use serde_json::{Value, json};
use souk_contracts::{
    CartId, CustomerId, OrderId, ProductId, StaffId, VariantId,
    accounts::{AccountsClient, Identity, Person},
    cart::CartClient,
    catalog::{CatalogClient, Product, ProductStatus, Variant},
    delivery::DeliveryClient,
    inventory::InventoryClient,
    notifications::NotificationsClient,
    operations::{DeadLetter, FailedFilter, Gathered, JobRef, LetterRef, Operations, OperationsClient, ParkedJob},
    orders::{
        ChosenDelivery, FulfilmentStatus, Lifecycle, Order, OrderLine, OrderMoney, OrdersClient, PaymentStatus, Totals,
    },
    payments::PaymentsClient,
    permission::Role,
    search::SearchClient,
};
use souk_files::Files;
use souk_quota::InProcess;
use souk_rpc::{Wire, WireCall, WireError, WireFailure};
use souk_store::testing::TestEngine;
use souk_types::{
    Currency, Cursor, Cx, Env, EventId, Fault, Money, Page, PageRequest, ServiceError, TimeOrder, Timestamp,
};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::{ApiConfig, Deps, ShopConfig};

pub type Reply = Result<Value, WireError>;
type Answers = dyn Fn(&str, &Value) -> Option<Reply> + Send + Sync;

/// A gateway for tests.
pub struct Shop {
    pub imports: tempfile::TempDir,
    _engine: TestEngine,
    router: Router,
    calls: Arc<Mutex<Vec<(String, Value)>>>,
}

/// Files in a folder.
pub fn files(folder: &tempfile::TempDir) -> Files {
    Files::in_folder(folder.path().to_owned(), folder.path().join("scratch"), Env::system())
}

/// An answer with its body read.
pub struct Got {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Got {
    pub fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

pub fn ok(value: impl Serialize) -> Option<Reply> {
    Some(Ok(serde_json::to_value(value).unwrap()))
}

pub fn refused(error: &impl ServiceError) -> Option<Reply> {
    Some(Err(WireError::Failed(WireFailure::of(error))))
}

impl Shop {
    /// A shop whose services answer `answers` where it does, and with nothing at all elsewhere.
    pub fn new(answers: impl Fn(&str, &Value) -> Option<Reply> + Send + Sync + 'static) -> Self {
        let calls = Arc::default();
        let wire: Arc<dyn Wire> = Arc::new(Table { answers: Box::new(answers), calls: Arc::clone(&calls) });
        let imports = tempfile::tempdir().unwrap();
        let engine = TestEngine::sqlite();
        let deps = Deps {
            store: engine.open_at_once(&crate::SCHEMA, Env::for_tests(2)),
            catalog: CatalogClient::over(Arc::clone(&wire)),
            search: SearchClient::over(Arc::clone(&wire)),
            cart: CartClient::over(Arc::clone(&wire)),
            orders: OrdersClient::over(Arc::clone(&wire)),
            inventory: InventoryClient::over(Arc::clone(&wire)),
            payments: PaymentsClient::over(Arc::clone(&wire)),
            delivery: DeliveryClient::over(Arc::clone(&wire)),
            accounts: AccountsClient::over(Arc::clone(&wire)),
            notifications: NotificationsClient::over(wire),
            operations: OperationsClient::local(Arc::new(BackRoom)),
            moves: broadcast::channel(1).0,
            leaving: CancellationToken::new(),
            quota: Arc::new(InProcess::new(crate::QUOTA_WINDOW_S)),
            env: Env::for_tests(1),
            shop: ShopConfig {
                name: "Souk".into(),
                currency: Currency::EUR,
                country: "PT".into(),
                public_url: "http://localhost:8080".into(),
                secret: [7; 32],
                theme: None,
                imports: files(&imports).below("in"),
                api: ApiConfig { origins: vec!["https://client.example".into()], ..ApiConfig::default() },
                maintenance: crate::MaintenanceConfig::default(),
            },
        };
        Self { imports, _engine: engine, router: crate::build(deps).unwrap().router, calls }
    }

    /// What a method was asked, in order.
    pub fn asked(&self, method: &str) -> Vec<Value> {
        let calls = self.calls.lock().unwrap();
        calls.iter().filter(|(name, _)| name == method).map(|(_, arguments)| arguments.clone()).collect()
    }

    /// How much was asked of the services besides whose session it is.
    pub fn calls_beside_session(&self) -> usize {
        self.calls.lock().unwrap().iter().filter(|(name, _)| name != "accounts.session").count()
    }

    /// Files in the import folder.
    pub fn import_files(&self) -> usize {
        std::fs::read_dir(self.imports.path().join("in")).map_or(0, Iterator::count)
    }

    pub async fn send(&self, request: Request<Body>) -> Got {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Got { status: head.status, headers: head.headers, body: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    /// Asks as a member of staff; their session's token is their role's name.
    pub async fn get(&self, role: &str, path: &str) -> Got {
        self.send(as_staff(role, "GET", path).body(Body::empty()).unwrap()).await
    }

    /// Sends a form as a member of staff.
    pub async fn post(&self, role: &str, path: &str, fields: &[(&str, &str)]) -> Got {
        let body = serde_urlencoded::to_string(fields).unwrap();
        let request = as_staff(role, "POST", path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    /// Sends a form with files as a member of staff; a field with a file name is a file.
    pub async fn post_parts(&self, role: &str, path: &str, parts: &[(&str, Option<&str>, &str)]) -> Got {
        let request = as_staff(role, "POST", path).header(header::CONTENT_TYPE, MULTIPART);
        self.send(request.body(Body::from(multipart(parts))).unwrap()).await
    }
}

pub const MULTIPART: &str = "multipart/form-data; boundary=edge";

pub fn multipart(parts: &[(&str, Option<&str>, &str)]) -> String {
    let part = |(name, file, content): &(&str, Option<&str>, &str)| {
        let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
        format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{content}\r\n")
    };
    parts.iter().map(part).collect::<String>() + "--edge--\r\n"
}

pub fn as_staff(role: &str, method: &str, path: &str) -> http::request::Builder {
    Request::builder().method(method).uri(path).header(header::COOKIE, format!("souk_staff={role}"))
}

struct Table {
    answers: Box<Answers>,
    calls: Arc<Mutex<Vec<(String, Value)>>>,
}

#[async_trait]
impl Wire for Table {
    async fn call(&self, call: WireCall<'_>, arguments: Bytes) -> Result<Bytes, WireError> {
        let method = format!("{}.{}", call.method.service, call.method.name);
        let arguments: Value = serde_json::from_slice(&arguments).unwrap_or_default();
        let reply = (self.answers)(&method, &arguments).unwrap_or_else(|| quiet(&method, &arguments));
        self.calls.lock().unwrap().push((method, arguments));
        reply.map(|value| value.to_string().into())
    }
}

/// What a shop without anything in it answers.
fn quiet(method: &str, arguments: &Value) -> Reply {
    let page = json!({ "items": [], "next": null });
    match method {
        "accounts.session" => {
            Ok(serde_json::to_value(identity(arguments["token"].as_str().unwrap_or_default())).unwrap())
        }
        "orders.list"
        | "catalog.list"
        | "catalog.imports"
        | "catalog.bulk_edits"
        | "catalog.bulk_edit_products"
        | "notifications.list"
        | "accounts.staff"
        | "accounts.invitations"
        | "accounts.api_keys"
        | "accounts.activity"
        | "inventory.levels"
        | "inventory.movements"
        | "catalog.list_collections"
        | "accounts.customers" => Ok(page),
        "orders.waiting" => Ok(json!({ "to_ship": 0, "partly_sent": 0, "on_hold": 0 })),
        "orders.history"
        | "orders.sales"
        | "orders.saved_filters"
        | "payments.intents"
        | "delivery.shipments"
        | "catalog.categories"
        | "catalog.offers"
        | "inventory.availability"
        | "inventory.locations" => Ok(json!([])),
        "catalog.product"
        | "orders.by_number"
        | "catalog.import"
        | "catalog.bulk_edit"
        | "notifications.message"
        | "accounts.sign_out"
        | "accounts.record_activity" => Ok(Value::Null),
        _ => Err(WireError::Failed(WireFailure::of(&Fault::unavailable(format!("{method} has no answer"))))),
    }
}

pub fn identity(token: &str) -> Option<Identity> {
    let person = match token {
        "customer" => Person::Customer(CustomerId::from_bits(1)),
        role => Person::Staff(StaffId::from_bits(1), role.parse::<Role>().ok()?),
    };
    let expires_at = Timestamp::from_micros(4_000_000_000_000_000);
    Some(Identity { person, email: "staff@souk.example".into(), name: "Sam Staff".into(), expires_at })
}

/// One parked job, and no dead letter but one of the orders on each of two pages, for whoever asks for these alone. The
/// cart is away.
struct BackRoom;

fn away(filter: &FailedFilter) -> Vec<String> {
    filter.service.clone().filter(|service| service == "cart").into_iter().collect()
}

#[async_trait]
impl Operations for BackRoom {
    async fn services(&self, _cx: &Cx) -> Result<Vec<String>, Fault> {
        Ok(["cart", "orders", "payments"].map(str::to_owned).to_vec())
    }

    async fn dead_letters(
        &self,
        _cx: &Cx,
        filter: FailedFilter,
        page: PageRequest,
    ) -> Result<Gathered<DeadLetter>, Fault> {
        if filter.service.as_deref() != Some("orders") {
            return Ok(Gathered { items: Vec::new(), next: None, away: away(&filter) });
        }
        let of = LetterRef { service: "orders".into(), consumer: "search.orders".into(), event: EventId::from_bits(5) };
        let letter = DeadLetter {
            of,
            topic: "orders.placed".into(),
            key: if page.after.is_none() { "=one".into() } else { "two".into() },
            payload: "secret".into(),
            error: "no \"index\"".into(),
            attempts: 8,
            at: Timestamp::EPOCH,
        };
        let next = Cursor(format!("orders {}", filter.sort.unwrap_or_default()));
        Ok(Page { items: vec![letter], next: page.after.is_none().then_some(next) }.into())
    }

    async fn replay(&self, _cx: &Cx, _letter: LetterRef) -> Result<(), Fault> {
        Ok(())
    }

    async fn discard(&self, _cx: &Cx, _letter: LetterRef) -> Result<(), Fault> {
        Ok(())
    }

    async fn parked_jobs(
        &self,
        _cx: &Cx,
        filter: FailedFilter,
        page: PageRequest,
    ) -> Result<Gathered<ParkedJob>, Fault> {
        if filter.service.as_deref().is_some_and(|service| service != "payments") {
            return Ok(Gathered { items: Vec::new(), next: None, away: away(&filter) });
        }
        let job = ParkedJob {
            of: the_job(),
            payload: "{}".into(),
            error: "no <answer>".into(),
            attempts: 10,
            due_at: Timestamp::EPOCH,
        };
        let place = if filter.sort == Some(TimeOrder::Oldest) { "oldest payments ask a" } else { "payments ask a" };
        let next = page.after.is_none().then(|| Cursor(place.into()));
        Ok(Page { items: vec![job], next }.into())
    }

    async fn retry_job(&self, _cx: &Cx, job: JobRef) -> Result<(), Fault> {
        if job == the_job() { Ok(()) } else { Err(Fault::not_found("the parked job")) }
    }

    async fn discard_job(&self, cx: &Cx, job: JobRef) -> Result<(), Fault> {
        self.retry_job(cx, job).await
    }
}

fn the_job() -> JobRef {
    JobRef { service: "payments".into(), queue: "ask".into(), key: "a/b c".into() }
}

pub const fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

/// A paid order of three pieces in two lines.
pub fn order() -> Order {
    let line = |sku: &str, quantity: u32| OrderLine {
        sku: sku.into(),
        product: ProductId::from_bits(1),
        slug: "tote".into(),
        title: format!("Tote {sku}"),
        variant_title: String::new(),
        image: None,
        quantity,
        unit_price: eur(1_000),
        total: eur(1_000 * i64::from(quantity)),
        tax: eur(0),
        allocated: 0,
        shipped: 0,
        delivered: 0,
    };
    Order {
        id: OrderId::from_bits(5),
        customer: CustomerId::from_bits(6),
        number: "K7P2-9XQ4".into(),
        access_key: "key".into(),
        cart: CartId::from_bits(7),
        version: 3,
        lifecycle: Lifecycle::Placed,
        payment: PaymentStatus::Paid,
        fulfilment: FulfilmentStatus::Unfulfilled,
        email: "ana@example.com".into(),
        address: souk_contracts::Address { name: "Ana Silva".into(), country: "PT".into(), ..Default::default() },
        lines: vec![line("RED", 1), line("BLUE", 2)],
        totals: Totals {
            subtotal: eur(3_000),
            delivery: eur(0),
            tax: eur(0),
            tax_included: true,
            tax_name: String::new(),
            total: eur(3_000),
        },
        delivery: ChosenDelivery { method: "standard".into(), name: "Standard".into() },
        money: OrderMoney { authorised: eur(3_000), captured: eur(3_000), refunded: eur(0) },
        cancel_reason: None,
        created_at: Timestamp::EPOCH,
        placed_at: None,
    }
}

/// A product with one variant at version 7.
pub fn product() -> Product {
    Product {
        id: ProductId::from_bits(1),
        version: 7,
        slug: "tote".into(),
        title: "Canvas tote".into(),
        description: "<p>Strong.</p>".into(),
        brand: "Acme".into(),
        status: ProductStatus::Active,
        category: None,
        tags: vec!["bags".into()],
        options: Vec::new(),
        variants: vec![Variant {
            id: VariantId::from_bits(2),
            sku: "TOTE".into(),
            barcode: String::new(),
            options: Vec::new(),
            price: eur(1_250),
            compare_at: None,
            weight_g: 300,
            image: None,
        }],
        attributes: Vec::new(),
        images: Vec::new(),
        created_at: Timestamp::EPOCH,
        updated_at: Timestamp::EPOCH,
    }
}
