//! One variant that everybody wants: `inventory.reserve` by 64 buyers at once, beside a row lock for each.

use std::{cell::Cell, net::SocketAddr, rc::Rc, time::Duration};

use anyhow::{Context, Result, bail};
use souk_contracts::{
    OrderId,
    inventory::{Adjustment, DEFAULT_LOCATION, InventoryClient, LevelChange, StockLine},
};
use souk_rpc::{RemoteConfig, Secret, remote};
use souk_types::{Actor, Cx, Env, TraceId};
use souk_xtask::fleet::{Fleet, Part, SECRET};

use super::{Stand, pgbench::Reference};
use crate::{
    load::{Target, repeat},
    pairs::{Measured, alternate},
};

const PARTS: &[Part] = &[
    ("inventory", &["inventory"]),
    ("others", &["web", "catalog", "search", "cart", "orders", "payments", "delivery", "accounts", "notifications"]),
];
const SKU: &str = "HOT";
const STOCK: u32 = 100_000_000;
/// How long what is set aside waits for its order: longer than the run.
const HELD: Duration = Duration::from_hours(6);
const AUDIT_WITHIN: Duration = Duration::from_mins(5);
/// How many times the rate of the row lock is wanted.
const WANTED: f64 = 5.0;

/// Reserves through the wire, a piece for each buyer. No order stands behind what is held, so this fleet is audited by its
/// stock alone.
pub async fn run(stand: &Stand) -> Result<()> {
    println!("── one hot SKU");
    let mut plan = stand.plan("hot", PARTS)?;
    plan.demo_products = 1;
    let mut reference = Reference::prepare(&stand.postgres, stand.database("one_row")?, "hot")?;
    let mut fleet = Fleet::start(&plan)?;
    let env = Env::system();
    let address = *fleet.internal("inventory").first().context("there is no inventory")?;
    let inventory = inventory(address, &env).await?;
    let cx = Cx::background("bench", &env);
    let adjustment = Adjustment {
        sku: SKU.to_owned(),
        location: DEFAULT_LOCATION,
        change: LevelChange::Receive(STOCK),
        reason: "bench".to_owned(),
    };
    inventory.adjust(&cx, adjustment).await?;
    let reserved = Rc::new(Cell::new(0));
    let pair = alternate(
        stand.rounds,
        async || {
            let (env, reserved) = (env.clone(), Rc::clone(&reserved));
            let until = env.now() + HELD;
            let step = async move |inventory: &mut InventoryClient, _, _| {
                let line = StockLine { sku: SKU.to_owned(), quantity: 1 };
                let cx = Cx::background("bench", &env);
                inventory.reserve(&cx, OrderId::generate(&env), vec![line], until).await?;
                reserved.set(reserved.get() + 1);
                Ok(())
            };
            repeat(Target::from(address), stand.shape(), |_| inventory.clone(), step).await.map(Measured::from)
        },
        async || reference.run(&stand.postgres, stand.shape()),
    )
    .await?;
    pair.print("reserve, 64 buyers", "a locked row, 64 connections", WANTED);
    check(&inventory, &env, reserved.get()).await?;
    fleet.stop()
}

async fn inventory(address: SocketAddr, env: &Env) -> Result<InventoryClient> {
    let (service, secret) = ("inventory".to_owned(), Some(Secret::try_new(SECRET)?));
    let urls = vec![format!("http://{address}").parse()?];
    let config = RemoteConfig { service, urls, secret, identity: None };
    Ok(InventoryClient::over(remote(config, env).await?))
}

/// Every piece that a buyer was told of is set aside, and no other.
async fn check(inventory: &InventoryClient, env: &Env, reserved: i64) -> Result<()> {
    let cx = Cx::new(Actor::service("bench"), AUDIT_WITHIN, TraceId::generate(env));
    let known = inventory.availability(&cx, vec![SKU.to_owned()]).await?;
    let left = known.first().map_or(0, |known| known.available);
    let problems = inventory.audit(&cx).await?;
    if left + reserved != i64::from(STOCK) || !problems.is_empty() {
        bail!("{reserved} of {STOCK} were reserved, {left} are left; {}", problems.join("; "));
    }
    println!("── audit of stock\n{reserved} pieces were reserved, and all books agree.");
    Ok(())
}
