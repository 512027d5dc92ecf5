//! A new version comes out: every process is stopped and started in turn, and no shopper notices.

use std::{
    cell::{Cell, RefCell},
    net::SocketAddr,
    rc::Rc,
    time::Duration,
};

use anyhow::{Result, ensure};
use souk_bench::{
    client::Client,
    server::souk,
    shopper::{Acknowledged, Purchase},
};
use souk_testkit::simple_product;
use souk_xtask::fleet::{Fleet, Part, Plan};
use tokio::task::{LocalSet, spawn_blocking};

use crate::{
    crashes::buy,
    fleet::{TURN, until},
    shop::plan,
};

/// Two of each, so that one can be away.
const PARTS: &[Part] = &[
    ("web-1", &["web"]),
    ("web-2", &["web"]),
    ("orders-1", &["orders"]),
    ("orders-2", &["orders"]),
    ("goods-1", GOODS),
    ("goods-2", GOODS),
    ("money-1", MONEY),
    ("money-2", MONEY),
];
const GOODS: &[&str] = &["catalog", "inventory", "search", "cart"];
const MONEY: &[&str] = &["payments", "delivery", "accounts", "notifications"];
const SHOPPERS: usize = 8;
/// What a shopper thinks between two purchases.
const THINKS: Duration = Duration::from_millis(50);
/// How long everybody goes on between two restarts: nginx needs two seconds until it asks one that is back.
const A_WHILE: Duration = Duration::from_secs(3);

/// What happened to those who shopped.
#[derive(Default)]
struct Met {
    requests: Cell<usize>,
    orders: RefCell<Vec<Acknowledged>>,
    failures: RefCell<Vec<String>>,
}

/// Looks around and buys, as one shopper.
async fn visit(client: &mut Client, met: &Met) -> Result<()> {
    client.forget();
    for path in ["/", "/products/thing-hot", "/search?q=thing", "/cart", "/account/sign-in"] {
        let answer = client.get(path, "text/html").await?;
        ensure!(answer.status == 200, "{path}: {} {}", answer.status, answer.text());
        met.requests.set(met.requests.get() + 1);
    }
    match buy(client).await? {
        Purchase::Ordered(order) => met.orders.borrow_mut().push(order),
        Purchase::SoldOut => anyhow::bail!("sold out"),
    }
    met.requests.set(met.requests.get() + 4);
    Ok(())
}

fn shop(local: &LocalSet, address: SocketAddr, met: &Rc<Met>, over: &Rc<Cell<bool>>) {
    for _ in 0..SHOPPERS {
        let (met, over) = (Rc::clone(met), Rc::clone(over));
        local.spawn_local(async move {
            let mut client = Client::new(address);
            while !over.get() {
                if let Err(error) = visit(&mut client, &met).await {
                    met.failures.borrow_mut().push(format!("{error:#}"));
                    client = Client::new(address);
                }
                tokio::time::sleep(THINKS).await;
            }
        });
    }
}

/// Opens the fleet with one product of which there is plenty.
pub async fn open(plan: Plan<'static>) -> Fleet {
    let file = tempfile::Builder::new().suffix(".jsonl").tempfile().unwrap();
    std::fs::write(file.path(), serde_json::to_string(&simple_product("HOT", 1_990, 100_000)).unwrap()).unwrap();
    let fleet = spawn_blocking(move || {
        let fleet = Fleet::start(&plan).unwrap_or_else(|error| panic!("{error:#}"));
        fleet.command(&plan.souk, &["import", &file.path().to_string_lossy()]).unwrap();
        fleet
    });
    let fleet = fleet.await.unwrap();
    let mut client = Client::new(fleet.address);
    until(&mut client, "/products/thing-hot?", "Add to cart").await;
    until(&mut client, "/search?q=thing", "/products/thing-hot").await;
    fleet
}

#[tokio::test]
async fn nobody_notices_when_every_process_is_restarted_in_turn() {
    let Some(plan) = plan(PARTS).await else { return };
    let _turn = TURN.lock().await;
    let mut fleet = open(plan).await;
    let (met, over, local) = (Rc::new(Met::default()), Rc::new(Cell::new(false)), LocalSet::new());
    shop(&local, fleet.address, &met, &over);
    let restarts = async {
        for (name, _) in PARTS {
            tokio::time::sleep(A_WHILE).await;
            fleet = spawn_blocking(move || {
                fleet.restart(name).unwrap_or_else(|error| panic!("{error:#}"));
                fleet
            })
            .await
            .unwrap();
            println!("{name} was restarted; {} failures so far", met.failures.borrow().len());
        }
        tokio::time::sleep(A_WHILE).await;
        fleet
    };
    let mut fleet = local.run_until(restarts).await;
    over.set(true);
    tokio::time::timeout(Duration::from_secs(60), local).await.expect("the shoppers did not come to an end");
    let (failures, orders) = (met.failures.take(), met.orders.take());
    println!("{} requests, {} orders, {} failures", met.requests.get(), orders.len(), failures.len());
    assert!(failures.is_empty(), "{failures:#?}");
    assert!(orders.len() > SHOPPERS, "{} orders", orders.len());
    let audit = spawn_blocking(move || {
        fleet.close().unwrap();
        fleet.command(&souk().unwrap(), &["audit"]).unwrap()
    });
    let audit = audit.await.unwrap();
    assert!(audit.contains("All books agree") && audit.contains(&format!("{} orders", orders.len())), "{audit}");
}
