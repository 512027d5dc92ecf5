//! What all handlers share.

use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use souk_cache::{Cache, CacheConfig};
use souk_contracts::{
    accounts::AccountsClient, cart::CartClient, catalog::CatalogClient, delivery::DeliveryClient,
    inventory::InventoryClient, notifications::NotificationsClient, operations::OperationsClient, orders::OrdersClient,
    payments::PaymentsClient, search::SearchClient,
};
use souk_quota::Quota;
use souk_store::Store;
use souk_types::{Actor, Cx, Env, TraceId, limits::STALE_IF_ERROR};
use tokio::sync::{Semaphore, broadcast};
use tokio_util::sync::CancellationToken;

use crate::{
    Deps, OrderMoved, ShopConfig, Theme,
    api::{caller::Keys, events::StockChange},
    feeds::Feeds,
    listeners::Listeners,
    maintenance::Maintenance,
    pages::Pages,
    session::Sessions,
    signing::Signer,
    storefront::shared::Shared,
    tree::Tree,
    visitors::Visitors,
};

/// How long a visitor's request may take to answer.
pub const CALL_LIMIT: Duration = Duration::from_secs(10);
/// How long a page for everybody may take to make; whoever waits for it is served an older one meanwhile.
const SHARED_LIMIT: Duration = Duration::from_secs(5);
/// Changes of stock that a slow listener may be behind.
const STOCK_CHANGES_KEPT: usize = 4_096;
/// Tracking pages that may listen at the same time.
const STREAMS_MAX: usize = 2_000;

/// What all handlers share. Cheap to clone.
#[derive(Clone)]
pub struct AppState(Arc<Inner>);

/// The contents of [`AppState`].
pub struct Inner {
    /// The gateway's own database.
    pub store: Store,
    /// Products.
    pub catalog: CatalogClient,
    /// Finding them.
    pub search: SearchClient,
    /// Carts.
    pub cart: CartClient,
    /// Orders.
    pub orders: OrdersClient,
    /// Stock.
    pub inventory: InventoryClient,
    /// Payments.
    pub payments: PaymentsClient,
    /// Shipments and rates.
    pub delivery: DeliveryClient,
    /// People and sessions.
    pub accounts: AccountsClient,
    /// Messages that were sent.
    pub notifications: NotificationsClient,
    /// Dead letters and parked jobs.
    pub operations: OperationsClient,
    /// Is told of every order that moves.
    pub moves: broadcast::Sender<OrderMoved>,
    /// Cancelled when the shop is about to stop.
    pub leaving: CancellationToken,
    /// Time and randomness.
    pub env: Env,
    /// The shop itself.
    pub shop: ShopConfig,
    /// Templates and assets.
    pub theme: Arc<Theme>,
    /// Whether the shop is closed to shoppers.
    pub maintenance: Maintenance,
    /// Pages that are the same for everybody.
    pub pages: Pages,
    /// Who the sessions belong to.
    pub sessions: Sessions,
    /// Whose the API keys are.
    pub keys: Keys,
    /// Counts calls of the API.
    pub quota: Arc<dyn Quota>,
    /// Who is in the shop.
    pub visitors: Visitors,
    /// Signs what visitors keep for the shop.
    pub signer: Signer,
    /// The category tree.
    pub tree: Cache<(), Arc<Tree>>,
    /// Small answers of services that are the same for everybody.
    pub shared: Shared,
    /// What sitemaps and feeds share.
    pub feeds: Feeds,
    /// Tracking pages that listen.
    pub listeners: Listeners,
    /// Tells who follows stock what can or cannot be bought any more.
    pub stock_changes: broadcast::Sender<StockChange>,
    /// Places for them.
    pub streams: Arc<Semaphore>,
    traces: Traces,
}

impl AppState {
    pub(crate) fn new(deps: Deps, theme: Arc<Theme>) -> Self {
        let Deps {
            store,
            catalog,
            search,
            cart,
            orders,
            inventory,
            payments,
            delivery,
            accounts,
            notifications,
            operations,
            moves,
            leaving,
            quota,
            env,
            shop,
        } = deps;
        let tree = CacheConfig {
            name: "web.categories",
            capacity: 1,
            fresh: Duration::from_secs(10),
            stale: Duration::from_secs(600),
            stale_if_error: STALE_IF_ERROR,
        };
        Self(Arc::new(Inner {
            maintenance: Maintenance::new(shop.maintenance.clone()),
            pages: Pages::new(&env),
            sessions: Sessions::new(&env),
            keys: Keys::new(&env),
            visitors: Visitors::default(),
            signer: Signer::new(&shop.secret),
            tree: Cache::new(tree, env.clone()),
            shared: Shared::new(&env),
            feeds: Feeds::new(&env),
            listeners: Listeners::default(),
            stock_changes: broadcast::Sender::new(STOCK_CHANGES_KEPT),
            streams: Arc::new(Semaphore::new(STREAMS_MAX)),
            traces: Traces::new(&env),
            store,
            catalog,
            search,
            cart,
            orders,
            inventory,
            payments,
            delivery,
            accounts,
            notifications,
            operations,
            moves,
            leaving,
            quota,
            env,
            shop,
            theme,
        }))
    }
}

impl Inner {
    /// The context of a call on nobody's behalf, for a page that everybody gets.
    pub fn shared_cx(&self) -> Cx {
        Cx::new(Actor::ANONYMOUS, SHARED_LIMIT, self.traces.next())
    }

    /// A new trace id.
    pub fn next_trace(&self) -> TraceId {
        self.traces.next()
    }

    /// Whether the shop is closed to shoppers now.
    pub fn is_closed(&self) -> bool {
        self.maintenance.is_closed(self.env.now())
    }

    /// Whether visitors come by HTTPS only.
    pub fn secure(&self) -> bool {
        self.shop.public_url.starts_with("https:")
    }
}

impl Deref for AppState {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

/// Makes trace ids that differ between processes and between requests, without asking for randomness each time.
struct Traces {
    start: u128,
    count: AtomicU64,
}

impl Traces {
    fn new(env: &Env) -> Self {
        Self { start: env.random_u128(), count: AtomicU64::new(0) }
    }

    fn next(&self) -> TraceId {
        // An odd factor makes a permutation of the 128-bit numbers: no two counts meet.
        const ODD: u128 = 0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835;
        let count = u128::from(self.count.fetch_add(1, Ordering::Relaxed)) + 1;
        TraceId::from_bits(self.start ^ count.wrapping_mul(ODD))
    }
}
