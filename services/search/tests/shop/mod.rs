//! A shop's catalogue and stock in memory, with the search service under test beside it.
#![expect(dead_code, reason = "each test file uses a part of it")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod shelves;

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    sync::{Arc, Mutex, atomic::AtomicBool},
    time::Duration,
};

use souk_contracts::{
    CartId, CategoryId, CustomerId, OrderId, ProductId, VariantId,
    catalog::*,
    inventory::*,
    orders::{OrderPlaced, OrderRef, PlacedLine},
    search::{Query, Results, Search},
};
use souk_events::{Consumer, Delivery};
use souk_jobs::Background;
use souk_search::{Copies, Deps, Parts, SCHEMA};
use souk_store::{Engine, Tx, params, sql, testing::TestEngine};
use souk_types::{Actor, Currency, Cx, Env, Event, EventId, Fault, Money, Timestamp, TraceId};
use tempfile::TempDir;

use self::shelves::Shelves;

type Maker = fn(ProductId) -> Product;

/// What the other services know.
#[derive(Default)]
pub struct World {
    pub products: Mutex<BTreeMap<ProductId, Product>>,
    pub stock: Mutex<HashMap<String, i64>>,
    pub categories: Mutex<Vec<Category>>,
    pub is_down: AtomicBool,
    /// Makes products that nobody has put there, for catalogues too large to keep.
    pub maker: Mutex<Option<Maker>>,
}

/// The shop.
pub struct Shop {
    pub world: Arc<World>,
    pub search: Arc<dyn Search>,
    pub env: Env,
    consumers: Vec<Consumer>,
    background: Vec<Background>,
    folder: Arc<TempDir>,
    engine: Arc<TestEngine>,
}

/// What an instance of search is made of.
#[derive(Default)]
pub struct Making {
    pub world: Arc<World>,
    pub synonyms: Option<PathBuf>,
    pub copies: Option<Copies>,
}

impl Shop {
    pub async fn open() -> Self {
        Self::make(Making::default()).await
    }

    /// A new instance, on an empty disk.
    pub async fn make(making: Making) -> Self {
        let (folder, engine) = (Arc::new(tempfile::tempdir().unwrap()), Arc::new(TestEngine::sqlite()));
        if let (Some(copies), Engine::Sqlite { folder: databases }) = (&making.copies, engine.engine()) {
            copies.restore(&folder.path().join("search"), databases).await.unwrap();
        }
        Self::of(making, folder, engine).await
    }

    /// A shop with products, indexed.
    pub async fn with(products: Vec<Product>) -> Self {
        let shop = Self::open().await;
        shop.put(products).await;
        shop
    }

    pub async fn with_synonyms(products: Vec<Product>, table: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("synonyms.txt");
        std::fs::write(&path, table).unwrap();
        let shop = Self::make(Making { synonyms: Some(path), ..Making::default() }).await;
        shop.put(products).await;
        shop
    }

    pub async fn on(engine: TestEngine) -> Self {
        Self::of(Making::default(), Arc::new(tempfile::tempdir().unwrap()), Arc::new(engine)).await
    }

    /// The same shop after a restart of the search service.
    pub async fn restarted(self) -> Self {
        let Self { world, folder, engine, search, consumers, background, .. } = self;
        for task in background {
            task.stop().await;
        }
        drop((search, consumers));
        Self::of(Making { world, ..Making::default() }, folder, engine).await
    }

    async fn of(making: Making, folder: Arc<TempDir>, engine: Arc<TestEngine>) -> Self {
        let Making { world, synonyms, copies } = making;
        let env = Env::system();
        let store = engine.open(&SCHEMA, env.clone()).await;
        let deps = Deps {
            store,
            env: env.clone(),
            catalog: CatalogClient::local(Arc::new(Shelves(Arc::clone(&world)))),
            inventory: InventoryClient::local(Arc::new(Shelves(Arc::clone(&world)))),
            folder: folder.path().join("search"),
            synonyms,
            currency: Currency::EUR,
            copies,
        };
        let Parts { service, consumers, background, .. } = souk_search::build(deps).await.unwrap();
        Self { world, search: service, env, consumers, background, folder, engine }
    }

    /// Lets the instance know that it has heard of everything that happened before it.
    pub fn catch_up(&self) {
        self.consumers.iter().for_each(|consumer| consumer.handler.caught_up());
    }

    /// Lets the instance know that it has not heard of everything.
    pub fn miss(&self) {
        self.consumers.iter().for_each(|consumer| consumer.handler.missed());
    }

    /// The folder of the database.
    pub fn databases(&self) -> PathBuf {
        let Engine::Sqlite { folder } = self.engine.engine() else { panic!("it is on Postgres") };
        folder.clone()
    }

    /// The folder of the index.
    pub fn index_folder(&self) -> PathBuf {
        self.folder.path().join("search")
    }

    /// Adds or replaces products, in stock, and tells search.
    pub async fn put(&self, products: Vec<Product>) {
        let ids: Vec<ProductId> = products.iter().map(|product| product.id).collect();
        for product in products {
            self.set(product);
        }
        for batch in ids.chunks(500) {
            self.tell(&ProductsChanged { products: batch.to_vec() }).await;
        }
    }

    /// Tells of many products at once, as an import does.
    pub async fn tell_together(&self, products: &[ProductId]) {
        let events: Vec<_> = products.chunks(500).map(|batch| ProductsChanged { products: batch.to_vec() }).collect();
        futures::future::join_all(events.iter().map(|event| self.tell(event))).await;
    }

    /// Adds or replaces a product and does not tell.
    pub fn set(&self, product: Product) {
        let mut stock = self.world.stock.lock().unwrap();
        for variant in &product.variants {
            stock.entry(variant.sku.clone()).or_insert(5);
        }
        self.world.products.lock().unwrap().insert(product.id, product);
    }

    /// Delivers an event.
    pub async fn tell<E: Event>(&self, event: &E) {
        self.tell_as(event, EventId::generate(&self.env)).await;
    }

    /// Delivers an event under an id.
    pub async fn tell_as<E: Event>(&self, event: &E, id: EventId) {
        let delivery = Delivery {
            event: id,
            topic: E::TOPIC.to_owned(),
            key: event.key(),
            payload: serde_json::to_string(event).unwrap(),
            at: self.env.now(),
            trace: TraceId::generate(&self.env),
            parent: None,
            attempt: 1,
        };
        let consumer = self.consumers.iter().find(|consumer| consumer.topics.contains(&E::TOPIC)).unwrap();
        consumer.handler.handle(&self.cx(), &delivery).await.unwrap();
    }

    /// Lets the instance have followed the stream of events up to a message.
    pub async fn follow(&self, message: u64) {
        let store = self.engine.open(&SCHEMA, self.env.clone()).await;
        let note = move |tx: &mut Tx<'_>| {
            let sql = sql!(
                "INSERT INTO event_positions (stream, position) VALUES ('events', ?1)
                 ON CONFLICT (stream) DO UPDATE SET position = excluded.position"
            );
            tx.exec(sql, params![message]).map(drop)
        };
        store.write::<_, Fault>(&self.cx(), note).await.unwrap();
    }

    /// The last event of a kind that this instance emitted.
    pub async fn emitted<E: Event>(&self) -> (EventId, E) {
        let store = self.engine.open(&SCHEMA, self.env.clone()).await;
        let read = |tx: &mut Tx<'_>| {
            let sql = sql!("SELECT id, payload FROM outbox WHERE type = ?1 ORDER BY seq DESC LIMIT 1");
            tx.query_one(sql, params![E::TOPIC], |row| Ok((row.get::<EventId>(0)?, row.get::<String>(1)?)))
        };
        let (id, payload) = store.read::<_, Fault>(&self.cx(), read).await.unwrap();
        (id, serde_json::from_str(&payload).unwrap())
    }

    /// Ends the service.
    pub async fn stop(self) {
        for task in self.background {
            task.stop().await;
        }
    }

    pub fn staff(&self) -> Cx {
        Cx::new(Actor::service("test"), Duration::from_secs(20), TraceId::generate(&self.env))
    }

    pub fn cx(&self) -> Cx {
        Cx::new(Actor::ANONYMOUS, Duration::from_secs(20), TraceId::generate(&self.env))
    }

    pub async fn find(&self, query: Query) -> Results {
        self.search.search(&self.cx(), query).await.unwrap()
    }

    /// Titles of the best 20.
    pub async fn titles(&self, text: &str) -> Vec<String> {
        self.find(query(text)).await.hits.into_iter().map(|hit| hit.title).collect()
    }

    /// Waits until the index is complete, as far as the next start is concerned.
    pub async fn complete(&self) {
        self.soon("complete", async |shop| shop.index_folder().join("CURRENT").exists()).await;
    }

    /// Waits until something holds, 2 seconds at most.
    pub async fn soon(&self, what: &str, holds: impl AsyncFn(&Self) -> bool) {
        for _ in 0..100 {
            if holds(self).await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("not within 2 seconds: {what}");
    }
}

pub fn query(text: &str) -> Query {
    Query { text: text.to_owned(), limit: 20, ..Query::default() }
}

/// A product with one variant, SKU `S-<number>`.
pub fn product(number: u128, title: &str) -> Product {
    let at = Timestamp::from_micros(1_700_000_000_000_000 + i64::try_from(number).unwrap());
    Product {
        id: ProductId::from_bits(number),
        version: 1,
        slug: format!("p-{number}"),
        title: title.to_owned(),
        description: String::new(),
        brand: String::new(),
        status: ProductStatus::Active,
        category: None,
        tags: Vec::new(),
        options: Vec::new(),
        variants: vec![Variant {
            id: VariantId::from_bits(number),
            sku: format!("S-{number}"),
            barcode: String::new(),
            options: Vec::new(),
            price: Money::new(1000, Currency::EUR),
            compare_at: None,
            weight_g: 0,
            image: None,
        }],
        attributes: Vec::new(),
        images: Vec::new(),
        created_at: at,
        updated_at: at,
    }
}

pub fn with(mut product: Product, change: impl FnOnce(&mut Product)) -> Product {
    change(&mut product);
    product
}

/// An order of so many pieces of a product.
pub fn placed(shop: &Shop, number: u128, quantity: u32) -> OrderPlaced {
    OrderPlaced {
        of: OrderRef {
            order: OrderId::from_bits(number),
            customer: CustomerId::from_bits(1),
            number: number.to_string(),
            cart: CartId::from_bits(number),
            email: String::new(),
        },
        lines: vec![PlacedLine {
            sku: format!("S-{number}"),
            product: ProductId::from_bits(number),
            quantity,
            unit_price: Money::new(1, Currency::EUR),
        }],
        total: Money::new(1, Currency::EUR),
        at: shop.env.now(),
    }
}

/// A category path; slugs are the names in lower case.
pub fn path(names: &[&str]) -> Option<CategoryPath> {
    Some(CategoryPath {
        id: CategoryId::from_bits(1),
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        slugs: names.iter().map(|name| name.to_lowercase()).collect(),
    })
}
