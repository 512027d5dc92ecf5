//! A service with an empty store of its own, and a catalogue and a stock that the test sets.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use souk_cart::{Deps, EXPIRE_AFTER, Parts, SCHEMA, build};
use souk_contracts::{
    BulkEditId, CartChangeId, CategoryId, CollectionId, CustomerId, ImportId, OrderId, ProductId, VariantId,
    cart::{Cart, CartClient, CartView, Change, Error},
    catalog::{self, Catalog, CatalogClient, Offer},
    inventory::{self, Availability, Inventory, InventoryClient, StockLine},
};
use souk_documents::Documents;
use souk_events::Delivery;
use souk_redis::testing::RedisServer;
use souk_store::{Store, testing::TestEngine};
use souk_types::{
    Actor, Currency, Cursor, Cx, Env, Event, EventId, Fault, ManualClock, Money, Page, PageRequest, Permissions,
    SeededEntropy, Timestamp, TraceId,
};

pub struct Rig {
    _engine: TestEngine,
    pub redis: Option<RedisServer>,
    pub clock: Arc<ManualClock>,
    pub env: Env,
    pub store: Store,
    pub parts: Parts,
    pub client: CartClient,
    pub shop: Arc<Shop>,
    pub ann: CustomerId,
}

/// With carts in the store, on every engine at hand, and in Redis.
pub async fn each_engine(test: impl AsyncFn(Rig)) {
    for engine in souk_store::testing::engines() {
        test(Rig::new(engine, None).await).await;
    }
    if let Some(rig) = Rig::on_redis().await {
        test(rig).await;
    }
}

impl Rig {
    /// With carts in Redis; `None`, and says so, when there is none.
    pub async fn on_redis() -> Option<Self> {
        let server = RedisServer::start()?;
        Some(Self::new(TestEngine::sqlite(), Some(server)).await)
    }

    pub async fn new(engine: TestEngine, redis: Option<RedisServer>) -> Self {
        let clock = Arc::new(ManualClock::default());
        let env = Env::new(clock.clone(), Arc::new(SeededEntropy::new(7)));
        let store = engine.open(&SCHEMA, env.clone()).await;
        let documents = match &redis {
            Some(redis) => Documents::in_redis(redis.client(), "cart", store.clone(), EXPIRE_AFTER),
            None => Documents::in_store(store.clone()),
        };
        let shop = Arc::new(Shop::default());
        let parts = built(&store, &env, documents, &shop);
        let client = CartClient::local(Arc::clone(&parts.service));
        let ann = CustomerId::generate(&env);
        Self { _engine: engine, redis, clock, env, store, parts, client, shop, ann }
    }

    /// Another instance of the service, as in another process.
    pub fn another(&self) -> CartClient {
        let (store, redis) = (self.store.clone(), self.redis.as_ref());
        let documents = match redis {
            Some(redis) => Documents::in_redis(redis.client(), "cart", store, EXPIRE_AFTER),
            None => Documents::in_store(store),
        };
        CartClient::local(built(&self.store, &self.env, documents, &self.shop).service)
    }

    pub fn service(&self) -> Arc<dyn Cart> {
        Arc::clone(&self.parts.service)
    }

    pub fn cx_of(&self, customer: CustomerId) -> Cx {
        let actor = Actor::person(customer, Permissions::NONE);
        Cx::new(actor, Duration::from_secs(30), TraceId::generate(&self.env))
    }

    pub fn cx_of_system(&self) -> Cx {
        Cx::background("web", &self.env)
    }

    pub fn somebody(&self) -> CustomerId {
        CustomerId::generate(&self.env)
    }

    pub async fn view_of(&self, customer: CustomerId) -> CartView {
        self.client.view(&self.cx_of(customer), customer).await.unwrap()
    }

    pub async fn view(&self) -> CartView {
        self.view_of(self.ann).await
    }

    /// A new wish to change a cart.
    pub fn wish(&self) -> CartChangeId {
        CartChangeId::generate(&self.env)
    }

    pub async fn change_of(&self, customer: CustomerId, changes: Vec<Change>) -> Result<CartView, Error> {
        self.client.change(&self.cx_of(customer), customer, self.wish(), changes).await
    }

    pub async fn change(&self, changes: Vec<Change>) -> Result<CartView, Error> {
        self.change_of(self.ann, changes).await
    }

    pub async fn deliver<E: Event>(&self, event: &E) {
        self.redeliver(&self.delivery(event)).await.unwrap();
    }

    pub async fn redeliver(&self, delivery: &Delivery) -> Result<(), Fault> {
        self.parts.consumers[0].handler.handle(&self.cx_of_system(), delivery).await
    }

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
}

fn built(store: &Store, env: &Env, documents: Documents, shop: &Arc<Shop>) -> Parts {
    build(Deps {
        store: store.clone(),
        documents,
        env: env.clone(),
        catalog: CatalogClient::local(shop.clone()),
        inventory: InventoryClient::local(shop.clone()),
        currency: Currency::EUR,
        expire_after: EXPIRE_AFTER,
    })
}

pub fn add(sku: &str, quantity: u32) -> Change {
    Change::Add { sku: sku.to_owned(), quantity }
}

pub fn set(sku: &str, quantity: u32) -> Change {
    Change::Set { sku: sku.to_owned(), quantity }
}

pub fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

/// SKU and quantity of each line.
pub fn quantities(view: &CartView) -> Vec<(&str, u32)> {
    view.lines.iter().map(|line| (line.sku.as_str(), line.quantity)).collect()
}

/// What is sold, and how much there is of it.
#[derive(Default)]
pub struct Shop {
    goods: Mutex<HashMap<String, (i64, i64)>>,
    /// Services that do not answer.
    pub away: Mutex<Vec<&'static str>>,
}

impl Shop {
    pub fn sell(&self, sku: &str, price_minor: i64, available: i64) {
        self.goods.lock().unwrap().insert(sku.to_owned(), (price_minor, available));
    }

    pub fn withdraw(&self, sku: &str) {
        self.goods.lock().unwrap().remove(sku);
    }

    fn check_there(&self, service: &str) -> Result<(), Fault> {
        match self.away.lock().unwrap().contains(&service) {
            true => Err(Fault::unavailable(service)),
            false => Ok(()),
        }
    }

    fn of(&self, sku: &str) -> Option<(i64, i64)> {
        self.goods.lock().unwrap().get(sku).copied()
    }
}

#[async_trait]
impl Catalog for Shop {
    async fn offers(&self, _: &Cx, skus: Vec<String>) -> Result<Vec<Offer>, catalog::Error> {
        self.check_there("catalog")?;
        let offers = skus.into_iter().filter_map(|sku| {
            let (price_minor, _) = self.of(&sku)?;
            Some(Offer {
                variant: VariantId::from_bits(1),
                product: ProductId::from_bits(1),
                slug: sku.clone(),
                title: format!("A {sku}"),
                variant_title: String::new(),
                price: eur(price_minor),
                compare_at: None,
                weight_g: 10,
                image: None,
                sku,
            })
        });
        Ok(offers.collect())
    }

    async fn product(&self, _: &Cx, _: ProductId) -> Result<Option<catalog::Product>, catalog::Error> {
        unexpected()
    }
    async fn product_by_slug(&self, _: &Cx, _: String) -> Result<Option<catalog::SlugMatch>, catalog::Error> {
        unexpected()
    }
    async fn known_skus(&self, _: &Cx, _: Vec<String>) -> Result<Vec<String>, catalog::Error> {
        unexpected()
    }
    async fn products(&self, _: &Cx, _: Vec<ProductId>) -> Result<Vec<catalog::Product>, catalog::Error> {
        unexpected()
    }
    async fn list(
        &self,
        _: &Cx,
        _: catalog::ProductFilter,
        _: PageRequest,
    ) -> Result<Page<catalog::ProductSummary>, catalog::Error> {
        unexpected()
    }
    async fn ids(&self, _: &Cx, _: PageRequest) -> Result<Page<ProductId>, catalog::Error> {
        unexpected()
    }
    async fn listed(&self, _: &Cx, _: PageRequest) -> Result<Page<catalog::Listed>, catalog::Error> {
        unexpected()
    }
    async fn listed_mark(&self, _: &Cx, _: Option<Cursor>, _: u32) -> Result<Option<Cursor>, catalog::Error> {
        unexpected()
    }
    async fn create(&self, _: &Cx, _: catalog::ProductDraft) -> Result<catalog::Product, catalog::Error> {
        unexpected()
    }
    async fn update(
        &self,
        _: &Cx,
        _: ProductId,
        _: i64,
        _: catalog::ProductDraft,
    ) -> Result<catalog::Product, catalog::Error> {
        unexpected()
    }
    async fn upsert(&self, _: &Cx, _: Vec<catalog::ProductDraft>) -> Result<Vec<catalog::Upserted>, catalog::Error> {
        unexpected()
    }
    async fn categories(&self, _: &Cx) -> Result<Vec<catalog::Category>, catalog::Error> {
        unexpected()
    }
    async fn save_category(&self, _: &Cx, _: catalog::CategoryDraft) -> Result<CategoryId, catalog::Error> {
        unexpected()
    }
    async fn delete_category(&self, _: &Cx, _: CategoryId, _: Option<i64>) -> Result<(), catalog::Error> {
        unexpected()
    }
    async fn collection(&self, _: &Cx, _: CollectionId) -> Result<Option<catalog::Collection>, catalog::Error> {
        unexpected()
    }
    async fn list_collections(
        &self,
        _: &Cx,
        _: catalog::CollectionFilter,
        _: PageRequest,
    ) -> Result<Page<catalog::CollectionSummary>, catalog::Error> {
        unexpected()
    }
    async fn preview_collection(
        &self,
        _: &Cx,
        _: catalog::Members,
    ) -> Result<catalog::CollectionPreview, catalog::Error> {
        unexpected()
    }
    async fn delete_collection(&self, _: &Cx, _: CollectionId, _: Option<i64>) -> Result<(), catalog::Error> {
        unexpected()
    }
    async fn collections(&self, _: &Cx) -> Result<Vec<catalog::Collection>, catalog::Error> {
        unexpected()
    }
    async fn collection_by_slug(&self, _: &Cx, _: String) -> Result<Option<catalog::Collection>, catalog::Error> {
        unexpected()
    }
    async fn save_collection(&self, _: &Cx, _: catalog::CollectionDraft) -> Result<CollectionId, catalog::Error> {
        unexpected()
    }
    async fn newest(
        &self,
        _: &Cx,
        _: Option<CategoryId>,
        _: PageRequest,
    ) -> Result<Page<catalog::ProductSummary>, catalog::Error> {
        unexpected()
    }
    async fn collection_products(
        &self,
        _: &Cx,
        _: String,
        _: PageRequest,
    ) -> Result<Page<catalog::ProductSummary>, catalog::Error> {
        unexpected()
    }
    async fn add_image(&self, _: &Cx, _: catalog::Blob, _: String) -> Result<catalog::Image, catalog::Error> {
        unexpected()
    }
    async fn rendition(
        &self,
        _: &Cx,
        _: String,
        _: u32,
        _: catalog::ImageFormat,
    ) -> Result<Option<catalog::Rendition>, catalog::Error> {
        unexpected()
    }
    async fn start_import(&self, _: &Cx, _: catalog::NewImport) -> Result<ImportId, catalog::Error> {
        unexpected()
    }
    async fn import(&self, _: &Cx, _: ImportId) -> Result<Option<catalog::Import>, catalog::Error> {
        unexpected()
    }
    async fn imports(
        &self,
        _: &Cx,
        _: catalog::ImportFilter,
        _: PageRequest,
    ) -> Result<Page<catalog::Import>, catalog::Error> {
        unexpected()
    }
    async fn preview_bulk_edit(
        &self,
        _: &Cx,
        _: catalog::BulkSelection,
        _: Option<catalog::BulkChange>,
    ) -> Result<catalog::BulkPreview, catalog::Error> {
        unexpected()
    }
    async fn start_bulk_edit(&self, _: &Cx, _: BulkEditId, _: catalog::NewBulkEdit) -> Result<(), catalog::Error> {
        unexpected()
    }
    async fn stop_bulk_edit(&self, _: &Cx, _: BulkEditId) -> Result<(), catalog::Error> {
        unexpected()
    }
    async fn undo_bulk_edit(&self, _: &Cx, _: BulkEditId) -> Result<(), catalog::Error> {
        unexpected()
    }
    async fn bulk_edit(&self, _: &Cx, _: BulkEditId) -> Result<Option<catalog::BulkEdit>, catalog::Error> {
        unexpected()
    }
    async fn bulk_edits(
        &self,
        _: &Cx,
        _: catalog::BulkEditFilter,
        _: PageRequest,
    ) -> Result<Page<catalog::BulkEdit>, catalog::Error> {
        unexpected()
    }
    async fn bulk_edit_products(
        &self,
        _: &Cx,
        _: BulkEditId,
        _: catalog::BulkOutcome,
        _: PageRequest,
    ) -> Result<Page<catalog::BulkProduct>, catalog::Error> {
        unexpected()
    }
    async fn export(
        &self,
        _: &Cx,
        _: catalog::FileFormat,
        _: catalog::ProductFilter,
        _: PageRequest,
    ) -> Result<catalog::ExportChunk, catalog::Error> {
        unexpected()
    }
}

#[async_trait]
impl Inventory for Shop {
    async fn availability(&self, _: &Cx, skus: Vec<String>) -> Result<Vec<Availability>, inventory::Error> {
        self.check_there("inventory")?;
        let available = |sku: String| Availability { available: self.of(&sku).map_or(0, |(_, left)| left), sku };
        Ok(skus.into_iter().map(available).collect())
    }

    async fn reserve(&self, _: &Cx, _: OrderId, _: Vec<StockLine>, _: Timestamp) -> Result<(), inventory::Error> {
        unexpected()
    }
    async fn commit(&self, _: &Cx, _: OrderId, _: Vec<StockLine>) -> Result<(), inventory::Error> {
        unexpected()
    }
    async fn release(&self, _: &Cx, _: OrderId, _: Vec<StockLine>) -> Result<(), inventory::Error> {
        unexpected()
    }
    async fn levels(
        &self,
        _: &Cx,
        _: inventory::LevelFilter,
        _: PageRequest,
    ) -> Result<Page<inventory::Level>, inventory::Error> {
        unexpected()
    }
    async fn movements(
        &self,
        _: &Cx,
        _: String,
        _: PageRequest,
    ) -> Result<Page<inventory::Movement>, inventory::Error> {
        unexpected()
    }
    async fn locations(&self, _: &Cx) -> Result<Vec<inventory::Location>, inventory::Error> {
        unexpected()
    }
    async fn save_location(&self, _: &Cx, _: inventory::Location) -> Result<inventory::Location, inventory::Error> {
        unexpected()
    }
    async fn adjust(&self, _: &Cx, _: inventory::Adjustment) -> Result<inventory::Level, inventory::Error> {
        unexpected()
    }
    async fn transfer(&self, _: &Cx, _: inventory::Transfer) -> Result<(), inventory::Error> {
        unexpected()
    }
    async fn audit(&self, _: &Cx) -> Result<Vec<String>, inventory::Error> {
        unexpected()
    }
    async fn holdings(&self, _: &Cx, _: PageRequest) -> Result<Page<inventory::Holding>, inventory::Error> {
        unexpected()
    }
}

fn unexpected<T, E: From<Fault>>() -> Result<T, E> {
    Err(Fault::internal("the cart has no business here").into())
}
