//! A catalogue on every engine, with its jobs run on demand.

use std::{path::PathBuf, sync::Arc, time::Duration};

use souk_catalog::{Deps, IMPORT_FOLDER, Parts, SCHEMA, build};
use souk_contracts::{
    catalog::{
        Catalog, FileFormat, Import, ImportState, NewImport, Product, ProductDraft, ProductFilter, ProductStatus,
        SlugMatch, VariantDraft,
    },
    permission,
};
use souk_files::{Files, testing::S3Server};
use souk_jobs::Worker;
use souk_store::{Store, params, sql, testing::TestEngine};
use souk_types::{
    Actor, Currency, Cx, Env, Event, Fault, ManualClock, Money, PageRequest, Permissions, SeededEntropy, TraceId,
};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

pub struct Shop {
    pub catalog: Arc<dyn Catalog>,
    pub parts: Parts,
    pub store: Store,
    pub clock: Arc<ManualClock>,
    pub env: Env,
    pub files: TempDir,
    /// The folder in which the shop's files lie by their keys.
    pub place: PathBuf,
    pub engine: TestEngine,
}

/// A shop on every engine that is at hand.
pub async fn shops() -> Vec<Shop> {
    let mut shops = Vec::new();
    for engine in souk_store::testing::engines() {
        shops.push(Shop::open(engine, true).await);
    }
    shops
}

impl Shop {
    pub async fn open(engine: TestEngine, allow_private_image_hosts: bool) -> Self {
        let disk = tempfile::tempdir().unwrap();
        let place = disk.path().to_owned();
        let files = Files::in_folder(place.clone(), place.join("scratch"), Env::system());
        Self::open_with(engine, allow_private_image_hosts, disk, (files, place)).await
    }

    /// A shop whose files are in S3.
    pub async fn in_s3(server: &S3Server) -> Self {
        let disk = tempfile::tempdir().unwrap();
        let files = Files::in_s3(&server.config(), disk.path().join("scratch"), Env::system()).unwrap();
        Self::open_with(TestEngine::sqlite(), true, disk, (files, server.files())).await
    }

    async fn open_with(
        engine: TestEngine,
        allow_private_image_hosts: bool,
        disk: TempDir,
        (files, place): (Files, PathBuf),
    ) -> Self {
        let clock = Arc::new(ManualClock::default());
        let env = Env::new(Arc::clone(&clock) as _, Arc::new(SeededEntropy::new(7)));
        let store = engine.open(&SCHEMA, env.clone()).await;
        std::fs::create_dir_all(place.join(IMPORT_FOLDER)).unwrap();
        let parts = build(Deps {
            store: store.clone(),
            env: env.clone(),
            files,
            currency: Currency::EUR,
            allow_private_image_hosts,
        });
        Self { catalog: Arc::clone(&parts.service), parts, store, clock, env, files: disk, place, engine }
    }

    pub async fn create(&self, draft: ProductDraft) -> Product {
        self.catalog.create(&staff(), draft).await.unwrap()
    }

    pub async fn by_slug(&self, slug: &str) -> Option<SlugMatch> {
        self.catalog.product_by_slug(&anyone(), slug.to_owned()).await.unwrap()
    }

    pub async fn found(&self, slug: &str) -> Product {
        match self.by_slug(slug).await {
            Some(SlugMatch::Found(product)) => *product,
            other => panic!("{slug} gives {other:?}"),
        }
    }

    /// Runs all jobs that are due.
    pub async fn run_jobs(&self) {
        self.run_jobs_with(souk_jobs::Config::default()).await;
    }

    pub async fn run_jobs_with(&self, config: souk_jobs::Config) {
        let stop = CancellationToken::new();
        let worker = Worker::start_with(
            config,
            self.store.clone(),
            self.parts.queues.clone(),
            Vec::new(),
            self.env.clone(),
            stop.clone(),
        );
        assert!(worker.drained(Duration::from_secs(60)).await, "the jobs do not end");
        stop.cancel();
        worker.stopped().await;
    }

    pub fn put_file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.place.join(IMPORT_FOLDER).join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Imports a text in the background and waits for the end.
    pub async fn import(&self, format: FileFormat, content: impl AsRef<[u8]>) -> Import {
        self.put_file("products", content);
        let new = NewImport { file: "products".to_owned(), name: "My products".to_owned(), format };
        let id = self.catalog.start_import(&staff(), new).await.unwrap();
        self.run_jobs().await;
        let import = self.catalog.import(&staff(), id).await.unwrap().unwrap();
        assert!(matches!(import.state, ImportState::Finished | ImportState::Failed), "{import:?}");
        import
    }

    pub async fn export(&self, format: FileFormat, limit: u32) -> String {
        self.export_matching(format, ProductFilter::default(), limit).await
    }

    pub async fn export_matching(&self, format: FileFormat, filter: ProductFilter, limit: u32) -> String {
        let mut text = String::new();
        let mut page = PageRequest::first(limit);
        loop {
            let chunk = self.catalog.export(&staff(), format, filter.clone(), page.clone()).await.unwrap();
            text.push_str(&chunk.text);
            let Some(next) = chunk.next else { return text };
            page.after = Some(next);
        }
    }

    /// The events of a kind that have been emitted so far.
    pub async fn events<E: Event>(&self) -> Vec<E> {
        let cx = staff();
        let read = self.store.scan::<_, Fault>(&cx, |tx| {
            tx.query(sql!("SELECT payload FROM outbox WHERE type = ?1 ORDER BY seq"), params![E::TOPIC], |row| {
                row.json(0)
            })
        });
        read.await.unwrap()
    }
}

fn cx(permissions: Permissions) -> Cx {
    Cx::new(Actor::person("stf_test", permissions), Duration::from_secs(60), TraceId::from_bits(1))
}

pub fn staff() -> Cx {
    cx(permission::CATALOG_MANAGE | permission::CATALOG_READ)
}

pub fn reader() -> Cx {
    cx(permission::CATALOG_READ)
}

pub fn anyone() -> Cx {
    Cx::new(Actor::ANONYMOUS, Duration::from_secs(60), TraceId::from_bits(1))
}

pub fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

pub fn variant(sku: &str, options: &[&str], minor: i64) -> VariantDraft {
    VariantDraft {
        sku: sku.to_owned(),
        barcode: String::new(),
        options: options.iter().map(|value| (*value).to_owned()).collect(),
        price: eur(minor),
        compare_at: None,
        weight_g: 0,
        image: None,
        stock: None,
    }
}

/// An active product with one variant.
pub fn draft(title: &str, sku: &str, minor: i64) -> ProductDraft {
    ProductDraft {
        slug: String::new(),
        title: title.to_owned(),
        description: String::new(),
        brand: String::new(),
        status: ProductStatus::Active,
        category: Vec::new(),
        tags: Vec::new(),
        options: Vec::new(),
        variants: vec![variant(sku, &[], minor)],
        attributes: Vec::new(),
        images: Vec::new(),
    }
}

/// A product with a colour and a size.
pub fn shirt() -> ProductDraft {
    let mut shirt = draft("Linen shirt", "", 4_900);
    shirt.options = vec!["Colour".to_owned(), "Size".to_owned()];
    shirt.variants = vec![
        variant("SHIRT-B-M", &["Blue", "M"], 4_900),
        variant("SHIRT-B-L", &["Blue", "L"], 5_200),
        variant("SHIRT-W-M", &["White", "M"], 4_900),
    ];
    shirt
}
