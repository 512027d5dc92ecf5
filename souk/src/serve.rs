//! `souk serve`: the shop, until it is told to stop.

use std::{future::IntoFuture, net::SocketAddr, process::ExitCode, sync::Arc, time::Duration};

use anyhow::{Context, Result, anyhow};
use axum::Router;
use futures::{FutureExt as _, future::OptionFuture};
use souk_jobs::Background;
use souk_quota::{InProcess, Quota, Shared};
use souk_redis::Redis;
use souk_store::Store;
use souk_telemetry::{Health, Telemetry};
use souk_tls::Secured;
use souk_types::{Cx, Env, PageRequest};
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
    sync::broadcast,
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    commands::{demo, plan},
    config::Config,
    door::{Door, saying_goodbye},
    fleet::{Fleet, SERVICES},
    folder::DataFolder,
    handover,
    say::say,
    shop::{Running, Shop},
};

/// How long the first start waits until the demo catalogue can be found and bought.
const CATCH_UP_WITHIN: Duration = Duration::from_secs(10);
/// How long a health check may take.
const CHECK_WITHIN: Duration = Duration::from_secs(2);

/// Moves of orders that a slow tracking page may be behind; beyond that it asks for the whole again.
const MOVES_KEPT: usize = 1_024;

/// A shop that listens.
pub struct Served {
    /// Its inside.
    pub shop: Shop,
    /// Its events and jobs.
    pub running: Running,
    /// All that it answers.
    pub router: Router,
    /// Says whether it is well.
    pub health: Health,
    /// Told when it is to stop: pages that listen end by it.
    pub leaving: CancellationToken,
}

/// Builds the web on a shop and starts its events and jobs.
///
/// # Errors
/// When the theme is broken.
pub async fn assemble(mut shop: Shop, config: &Config, secret: [u8; 32]) -> Result<Served> {
    let leaving = CancellationToken::new();
    let mut router = Router::new();
    let mut listeners = Vec::new();
    if let Some(store) = shop.store(&souk_web::SCHEMA) {
        let web = web(&shop, store.clone(), config, secret, &leaving)?;
        shop.also_run(store, web.periodics);
        listeners = web.consumers;
        router = router.merge(web.router);
    }
    let running = shop.start(listeners);
    if let Some(gateway) = &shop.gateway {
        router = router.merge(souk_payments::sandbox::router(Arc::clone(gateway)));
    }
    let health = Health::new();
    for store in shop.stores() {
        let store = store.clone();
        health.add(format!("store of {}", store.service()), CHECK_WITHIN, move || {
            let (store, cx) = (store.clone(), Cx::background("health", store.env()));
            async move { store.ping(&cx).await.map_err(|fault| fault.to_string()) }
        });
    }
    if shop.fleet.is_spread() && shop.fleet.runs("search") {
        let (search, env) = (shop.search.clone(), shop.env.clone());
        health.add("search index", CHECK_WITHIN, move || {
            let (search, cx) = (search.clone(), Cx::background("health", &env));
            async move {
                let status = search.status(&cx).await.map_err(|error| error.to_string())?;
                status.up_to_date.then_some(()).ok_or_else(|| "not up to date yet".to_owned())
            }
        });
    }
    Ok(Served { router, shop, running, health, leaving })
}

/// Builds the web on a shop.
fn web(
    shop: &Shop,
    store: Store,
    config: &Config,
    secret: [u8; 32],
    leaving: &CancellationToken,
) -> Result<souk_web::Web> {
    Ok(souk_web::build(souk_web::Deps {
        store,
        catalog: shop.catalog.clone(),
        search: shop.search.clone(),
        cart: shop.cart.clone(),
        orders: shop.orders.clone(),
        inventory: shop.inventory.clone(),
        payments: shop.payments.clone(),
        delivery: shop.delivery.clone(),
        accounts: shop.accounts.clone(),
        notifications: shop.notifications.clone(),
        operations: shop.operations.clone(),
        moves: broadcast::Sender::new(MOVES_KEPT),
        leaving: leaving.clone(),
        quota: quota(shop.fleet.redis.clone()),
        env: shop.env.clone(),
        shop: souk_web::ShopConfig {
            name: config.shop.name.clone(),
            currency: config.currency()?,
            country: config.shop.country.clone(),
            public_url: config.shop.public_url.clone(),
            secret,
            theme: config.shop.theme.clone(),
            imports: shop.files.below(souk_catalog::IMPORT_FOLDER),
            api: config.api.for_web(),
            maintenance: souk_web::MaintenanceConfig {
                always: config.shop.maintenance,
                file: Some(shop.folder.join("maintenance")),
            },
        },
    })?)
}

/// What counts calls of the API: all instances together, or this one.
fn quota(redis: Option<Redis>) -> Arc<dyn Quota> {
    match redis {
        Some(redis) => Arc::new(Shared::new(redis, "api", souk_web::QUOTA_WINDOW_S)),
        None => Arc::new(InProcess::new(souk_web::QUOTA_WINDOW_S)),
    }
}

/// Serves until SIGINT or SIGTERM, then finishes what is under way; a second one ends it at once.
///
/// # Errors
/// When the data folder is locked, the port is taken, or a part cannot start; the message says what to do.
pub async fn run(config: Config, telemetry: Telemetry) -> Result<ExitCode> {
    let folder = DataFolder::open(&config.data.folder)?;
    let listener = listen(config.server.listen).await?;
    let internal = match config.internal.listen {
        Some(address) => Some(listen(address).await?),
        None => None,
    };
    let fleet = Fleet::of(&config, &Env::system()).await?;
    let plan = plan(config.clone(), &folder, fleet)?;
    let secret = plan.secret;
    let shop = Shop::build(plan).await?;
    let served = assemble(shop, &config, secret).await?;
    if served.shop.fleet.is_whole() {
        fill_when_empty(&served, &config).await?;
        greet(&served.shop, &config, listener.local_addr()?).await?;
    } else {
        let here: Vec<&str> = SERVICES.into_iter().filter(|service| served.shop.fleet.runs(service)).collect();
        info!(address = %listener.local_addr()?, services = here.join(", "), "serving a part of the shop");
        if served.shop.fleet.runs("accounts") {
            invite_owner(&served.shop, &config.shop.public_url).await?;
        }
    }

    let mut signals = Signals::listen()?;
    let (health, leaving) = (served.health.clone(), served.leaving.clone());
    let drain = Duration::from_secs(config.server.drain_s);
    let impatient = async {
        signals.next().await;
        info!("stopping: finishing what is under way; a second Ctrl-C ends it at once");
        health.leave();
        let leave = async {
            tokio::time::sleep(drain).await;
            leaving.cancel();
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = leave => {}
            () = signals.next() => {}
        }
    };
    let limit = Duration::from_secs(config.server.stop_within_s);
    tokio::select! {
        ended = until_told(served, listener, internal, telemetry, limit) => ended?,
        () = impatient => {
            warn!("stopped at once; what was under way is taken up again at the next start");
            std::process::exit(130);
        }
    }
    drop(folder);
    info!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// Serves until told to leave, and closes the shop.
async fn until_told(
    served: Served,
    listener: TcpListener,
    internal: Option<TcpListener>,
    telemetry: Telemetry,
    limit: Duration,
) -> Result<()> {
    let Served { shop, running, router, health, leaving } = served;
    let handover = Background::start(handover::serve(shop.folder.clone(), shop.search.clone(), shop.env.clone()));
    let inside = shop.internal.clone().map(|router| saying_goodbye(router, &health));
    let router = saying_goodbye(router.merge(souk_telemetry::router(telemetry, health.clone())), &health);
    let door = Door::open(listener, leaving.clone())?;
    let shut = door.shut().cancelled_owned();
    let server = axum::serve(door.knows_callers(), router.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(shut);
    let internal = internal.map(|listener| Door::open(listener, leaving.clone())).transpose()?;
    let identity = shop.fleet.trust.as_ref().and_then(|trust| trust.identity.clone());
    let for_services = internal.zip(inside).map(|(door, router)| {
        let shut = door.shut().cancelled_owned();
        match identity {
            Some(identity) => {
                let door = Secured::new(door, identity);
                axum::serve(door, router).with_graceful_shutdown(shut).into_future().left_future()
            }
            None => axum::serve(door, router).with_graceful_shutdown(shut).into_future().right_future(),
        }
    });
    // The stores are closed when calls of other processes have their answers, too.
    let both =
        async { tokio::try_join!(server.into_future(), OptionFuture::from(for_services).map(Option::transpose)) };
    // A visitor who does not take an answer must not keep the shop from stopping.
    tokio::select! {
        ended = both => drop(ended?),
        () = async { leaving.cancelled().await; tokio::time::sleep(limit).await } => {}
    }
    handover.stop().await;
    running.stop(limit).await;
    shop.close().await;
    Ok(())
}

async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => anyhow!(
            "{address} is taken by another program; stop that one, or choose another with --listen 127.0.0.1:8081"
        ),
        _ => anyhow!(error).context(format!("cannot listen on {address}")),
    })
}

/// Fills an empty shop with the demo catalogue, so that the first start has something to show.
async fn fill_when_empty(served: &Served, config: &Config) -> Result<()> {
    let shop = &served.shop;
    let any = shop.catalog.ids(&shop.cx(Duration::from_secs(10)), PageRequest::first(1)).await;
    if config.shop.demo_products == 0 || !any.map_err(|error| anyhow!(error))?.items.is_empty() {
        return Ok(());
    }
    say!("The data folder is empty: adding a demo catalogue of {} products.", config.shop.demo_products);
    demo::fill(shop, config.shop.demo_products, config.shop.demo_seed, |_| {}).await?;
    demo::add_collections(shop).await?;
    // The first page should show them, and that they can be bought: pages are kept for a while.
    served.running.drained(CATCH_UP_WITHIN).await;
    Ok(())
}

async fn greet(shop: &Shop, config: &Config, address: SocketAddr) -> Result<()> {
    let url = match address.ip().is_loopback() {
        true => format!("http://localhost:{}", address.port()),
        false => config.shop.public_url.clone(),
    };
    say!("\n  {} is open\n\n  Storefront   {url}/\n  Admin        {url}/admin", config.shop.name);
    invite_owner(shop, &url).await?;
    if config.shop.maintenance || shop.folder.join("maintenance").exists() {
        say!("\n  The storefront is closed for maintenance; the admin console is open.");
    }
    say!("\n  Payments go to a sandbox: no real money moves. Stop with Ctrl-C.\n");
    Ok(())
}

/// Tells how the owner gets in, as long as there is none.
async fn invite_owner(shop: &Shop, url: &str) -> Result<()> {
    let token = shop.accounts.owner_token(&shop.cx(Duration::from_secs(10))).await;
    if let Some(token) = token.map_err(|error| anyhow!(error))? {
        say!("\n  Create the owner's account with this one-time link:\n  {url}/admin/setup?token={token}");
    }
    Ok(())
}

/// What tells the program to stop.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate()).context("SIGTERM cannot be listened to")?,
            interrupt: signal(SignalKind::interrupt()).context("SIGINT cannot be listened to")?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
