//! Keeps the index as the catalogue is.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::{StreamExt, future::try_join_all, stream::FuturesUnordered};
use souk_contracts::{ProductId, search::Rebuild};
use souk_store::Store;
use souk_types::{Cx, Env, Fault, PageRequest};
use tokio::{
    sync::{Mutex, Notify},
    time::{Instant, sleep, timeout, timeout_at},
};

use crate::{
    index::{Change, DocAt, Engine, document::SEPARATOR, engine::Live, values::ValueKind},
    rebuild_log::RebuildLog,
    source::{BATCH_MAX, Source},
    store,
};

/// Name of the service, for what it does by itself.
pub const SERVICE: &str = "search";
/// Batches of a rebuild that are under way at a time.
const REBUILD_BATCHES_MAX: usize = 6;
/// How long an instance waits for its news before it answers without them.
const CATCH_UP_PATIENCE: Duration = Duration::from_secs(30);
/// How long one rebuild waits for another to end.
const REBUILD_PATIENCE: Duration = Duration::from_secs(2);
/// How long to wait before a rebuild is tried again: at first, and at most.
const RETRY: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(5));
/// The least time between two times that the index is told what was bought.
const POPULARITY_EVERY: Duration = Duration::from_secs(3);
/// In between there is so many times the time that it took, since every product told is indexed anew: in a rush the
/// machine has better things to do.
const POPULARITY_PAUSE: u32 = 100;
/// The most time between two times.
const POPULARITY_EVERY_MAX: Duration = Duration::from_secs(300);
/// Products whose popularity the index is told at a time.
const POPULARITY_BATCH: usize = 500;
/// SKUs that the index is told of at a time.
const STOCK_BATCH: usize = 1_000;

/// Keeps the index as the catalogue is.
pub struct Keeper {
    pub engine: Engine,
    source: Source,
    store: Store,
    env: Env,
    rebuilding: Mutex<()>,
    rebuild: RebuildLog,
    rebuild_wanted: Notify,
    stock_news: Notify,
    /// The index has the whole catalogue.
    full: AtomicBool,
    /// It has what others had told before this process began to listen.
    caught_up: AtomicBool,
}

impl Keeper {
    /// Keeps this index, which has the whole catalogue or not, and may have news to catch up with.
    pub fn new(engine: Engine, source: Source, store: Store, env: Env, (full, caught_up): (bool, bool)) -> Self {
        Self {
            engine,
            source,
            store,
            env,
            rebuilding: Mutex::new(()),
            rebuild: RebuildLog::default(),
            rebuild_wanted: Notify::new(),
            stock_news: Notify::new(),
            full: AtomicBool::new(full),
            caught_up: AtomicBool::new(caught_up),
        }
    }

    /// Says whether the index is as the catalogue is.
    pub fn is_up_to_date(&self) -> bool {
        self.full.load(Ordering::Acquire) && self.caught_up.load(Ordering::Acquire)
    }

    /// Notes that everything was told that had happened before.
    pub fn catch_up(&self) {
        self.caught_up.store(true, Ordering::Release);
    }

    /// Takes the index for up to date after a while, whatever was heard: an old answer is better than none for ever.
    pub async fn catch_up_in_the_end(self: Arc<Self>) {
        sleep(CATCH_UP_PATIENCE).await;
        self.catch_up();
    }

    /// Has the index built anew after events were lost; one that is being filled reads all there is anyway.
    pub fn make_up_for_lost_events(&self) {
        if self.full.load(Ordering::Acquire) {
            self.want_rebuild();
        }
    }

    /// Brings these products up to date; returns when that is on disk and can be found.
    pub async fn refresh(&self, cx: &Cx, products: &[ProductId]) -> Result<(), Fault> {
        try_join_all(products.chunks(BATCH_MAX).map(|batch| self.refresh_batch(cx, batch))).await.map(drop)
    }

    async fn refresh_batch(&self, cx: &Cx, batch: &[ProductId]) -> Result<(), Fault> {
        let changes = self.source.changes(cx, &self.engine, batch).await?;
        self.engine.apply(changes).await
    }

    /// Notes that a SKU became available or sold out; the index is told at once, but not waited for.
    pub async fn note_stock(&self, cx: &Cx, sku: String, in_stock: bool) -> Result<(), Fault> {
        self.engine.hear(&sku, in_stock);
        self.store.write(cx, move |tx| store::note_stock(tx, &sku, in_stock)).await?;
        self.stock_news.notify_one();
        Ok(())
    }

    /// Brings what the index says of these SKUs' stock up to date; returns when that is on disk and can be found.
    pub async fn refresh_stock(&self, cx: &Cx, skus: Vec<String>) -> Result<(), Fault> {
        let asked = self.engine.moment();
        let stock = self.source.stock(cx, &skus).await?;
        let news: Vec<(String, bool)> = stock.into_iter().collect();
        for (sku, in_stock) in &news {
            self.engine.learn(asked, sku, *in_stock);
        }
        self.engine.apply(vec![Change::Stock { news, asked: Some(asked) }]).await
    }

    /// Indexes again the products whose categories were renamed or moved.
    pub async fn refresh_categories(&self, cx: &Cx) -> Result<(), Fault> {
        let paths = self.source.category_paths(cx).await?;
        let stale = self.elsewhere(&paths)?;
        for batch in stale.chunks(BATCH_MAX) {
            let cx = Cx::background(SERVICE, &self.env);
            self.refresh(&cx, batch).await?;
        }
        Ok(())
    }

    /// Products that the index has under a path of categories that does not exist.
    fn elsewhere(&self, paths: &[Vec<(String, String)>]) -> Result<Vec<ProductId>, Fault> {
        let snapshot = self.engine.snapshot();
        let number = |(slug, name): &(String, String)| {
            snapshot.values.number(ValueKind::Category, &format!("{slug}{SEPARATOR}{name}"))
        };
        let known: HashSet<Vec<u32>> = paths
            .iter()
            .filter_map(|path| {
                let mut numbers: Vec<u32> = path.iter().map(number).collect::<Option<_>>()?;
                numbers.sort_unstable();
                Some(numbers)
            })
            .collect();
        let mut stale = Vec::new();
        for (segment, part) in (0..).zip(&snapshot.segments) {
            for doc in part.reader.doc_ids_alive() {
                let mut numbers = part.columns.categories.of(doc).to_vec();
                numbers.sort_unstable();
                if !numbers.is_empty() && !known.contains(&numbers) {
                    stale.push(snapshot.card(DocAt { segment, doc })?.product);
                }
            }
        }
        Ok(stale)
    }

    /// How building the index anew goes or went.
    pub fn last_rebuild(&self) -> Option<Rebuild> {
        self.rebuild.last()
    }

    /// Has the index built anew in the background, unless that is under way.
    pub fn want_rebuild(&self) {
        if self.rebuild.begin(self.env.now()) {
            self.rebuild_wanted.notify_one();
        }
    }

    /// Builds the index anew whenever that is wanted, for ever.
    pub async fn keep_rebuilding(self: Arc<Self>) {
        loop {
            self.rebuild_wanted.notified().await;
            if let Err(fault) = self.rebuild().await {
                tracing::warn!(%fault, "the search index could not be built anew; the old one goes on serving");
            }
        }
    }

    /// Builds the whole index anew while the present one goes on serving.
    pub async fn rebuild(&self) -> Result<(), Fault> {
        self.rebuild.begin(self.env.now());
        let built = self.rebuild_alone().await;
        self.rebuild.end(self.env.now(), &built);
        built
    }

    async fn rebuild_alone(&self) -> Result<(), Fault> {
        let Ok(_alone) = timeout(REBUILD_PATIENCE, self.rebuilding.lock()).await else {
            return Err(Fault::conflict("the index is being built already"));
        };
        let next = self.engine.begin_next()?;
        let built = self.fill(&next).await;
        if built.is_err() {
            self.engine.abandon_next();
            return built;
        }
        self.engine.finish_next()
    }

    /// Fills a new index from the catalogue, however long that takes.
    pub async fn fill_new(&self) {
        let _alone = self.rebuilding.lock().await;
        let (mut pause, most) = RETRY;
        loop {
            let filled = self.fill(&self.engine.present()).await;
            match filled.and_then(|()| self.engine.mark_complete()) {
                Ok(()) => return self.full.store(true, Ordering::Release),
                Err(fault) => tracing::warn!(%fault, "the search index could not be filled; trying again"),
            }
            sleep(self.env.jitter(pause)).await;
            pause = (pause * 2).min(most);
        }
    }

    async fn fill(&self, live: &Arc<Live>) -> Result<(), Fault> {
        let limit = u32::try_from(BATCH_MAX).unwrap_or(u32::MAX);
        let mut under_way = FuturesUnordered::new();
        let mut request = Some(PageRequest::first(limit));
        while let Some(this) = request {
            let page = self.source.ids(&Cx::background(SERVICE, &self.env), this).await?;
            request = page.next.map(|after| PageRequest { limit, after: Some(after) });
            if under_way.len() >= REBUILD_BATCHES_MAX {
                under_way.next().await.transpose()?;
            }
            under_way.push(self.fill_batch(live, page.items));
        }
        while let Some(filled) = under_way.next().await {
            filled?;
        }
        Ok(())
    }

    async fn fill_batch(&self, live: &Live, batch: Vec<ProductId>) -> Result<(), Fault> {
        let cx = Cx::background(SERVICE, &self.env);
        live.apply(self.source.changes(&cx, &self.engine, &batch).await?).await?;
        self.rebuild.count(batch.len());
        Ok(())
    }

    /// Tells the index, for ever, what was heard of stock and what was bought.
    pub async fn keep_telling(self: Arc<Self>) {
        loop {
            // What was left by an earlier run or a failure is told without waiting for news.
            warn_of(self.tell_stock().await);
            let started = Instant::now();
            warn_of(self.tell_popularity().await);
            let pause = (started.elapsed() * POPULARITY_PAUSE).clamp(POPULARITY_EVERY, POPULARITY_EVERY_MAX);
            let until = Instant::now() + pause;
            while timeout_at(until, self.stock_news.notified()).await.is_ok() {
                warn_of(self.tell_stock().await);
            }
        }
    }

    async fn tell_stock(&self) -> Result<(), Fault> {
        loop {
            let cx = Cx::background(SERVICE, &self.env);
            let news = self.store.read(&cx, |tx| store::stock_news(tx, STOCK_BATCH)).await?;
            if news.is_empty() {
                return Ok(());
            }
            let all = news.len() < STOCK_BATCH;
            self.engine.apply(vec![Change::Stock { news: news.clone(), asked: None }]).await?;
            self.store.write(&cx, move |tx| store::stock_told(tx, &news)).await?;
            if all {
                return Ok(());
            }
        }
    }

    async fn tell_popularity(&self) -> Result<(), Fault> {
        let cx = Cx::background(SERVICE, &self.env);
        let news = self.store.read(&cx, |tx| store::popularity_news(tx, POPULARITY_BATCH)).await?;
        if news.is_empty() {
            return Ok(());
        }
        let changes = news.iter().map(|(product, sold)| Change::Sold { product: *product, sold: *sold }).collect();
        self.engine.apply(changes).await?;
        self.store.write(&cx, move |tx| store::popularity_shown(tx, &news)).await
    }
}

fn warn_of(told: Result<(), Fault>) {
    if let Err(fault) = told {
        tracing::warn!(%fault, "the search index could not be told the news; it will be tried again");
    }
}
