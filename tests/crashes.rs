//! A process is killed at every named instant of a checkout, under load, in every shape of a shop. After a restart no
//! acknowledged order is missing or unpaid, nothing is oversold, and all books agree.

use std::{
    cell::RefCell,
    collections::BTreeSet,
    net::SocketAddr,
    os::unix::process::ExitStatusExt,
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use souk_bench::{
    client::Client,
    shopper::{Acknowledged, GOOD_CARD, Purchase, add_to_cart, check_out},
};
use souk_contracts::catalog::ProductDraft;
use souk_testkit::simple_product;

use crate::shop::{Shape, Shop};

/// The instant is passed so often before the end: in the middle of the load. Those that serve many shoppers at once
/// may be passed less often than that on a busy machine, and are tried again with less.
const PASSES: [usize; 3] = [30, 8, 1];
/// How long shoppers go on when no failpoint ends the process.
const LOAD_MAX: Duration = Duration::from_secs(60);
/// The number of the signal that cannot be caught (signal(7)).
const SIGKILL: i32 = 9;
/// Events are acted on a moment after what they tell of.
const PASSED_WITHIN: Duration = Duration::from_secs(5);
const RESTART_WITHIN: Duration = Duration::from_secs(30);

/// Instants that a checkout does not pass; each has a test of its own beside its service or below.
const ELSEWHERE: [&str; 2] = ["catalog.import_batch", "payments.refund_recorded"];

/// Every `failpoint("…")` in the sources of the services: a new one is tested as soon as it is written.
fn failpoints() -> Vec<String> {
    let services = crate::house::root().join("services");
    let mut found = Vec::new();
    let mut folders = vec![services];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let names = text.split("failpoint(\"").skip(1).filter_map(|rest| rest.split('"').next());
                found.extend(names.map(str::to_owned));
            }
        }
    }
    found.sort();
    found.dedup();
    found.retain(|name| !ELSEWHERE.contains(&name.as_str()));
    found
}

/// How much is bought at a time.
struct Load {
    /// Shoppers at the same time.
    shoppers: usize,
    /// Pieces of each product: fewer than the shoppers want, so that the end of the stock is part of the test.
    stock: usize,
}

impl Load {
    fn of(shape: Shape) -> Self {
        match shape {
            Shape::Embedded => Self { shoppers: 50, stock: 120 },
            Shape::OnEngines | Shape::Fleet => Self { shoppers: 20, stock: 60 },
        }
    }

    fn product(&self, sku: &str) -> ProductDraft {
        simple_product(sku, 1_990, i64::try_from(self.stock).unwrap())
    }

    /// Lets shoppers buy until nothing is left or the shop is gone; answers what was acknowledged.
    async fn until_it_breaks(&self, address: SocketAddr, sku: &str) -> Vec<Acknowledged> {
        let acknowledged: Rc<RefCell<Vec<Acknowledged>>> = Rc::default();
        let local = tokio::task::LocalSet::new();
        for _ in 0..self.shoppers {
            let (acknowledged, sku) = (Rc::clone(&acknowledged), sku.to_owned());
            local.spawn_local(async move {
                let mut client = Client::new(address);
                loop {
                    client.forget();
                    match buy_one(&mut client, &sku).await {
                        Ok(Purchase::Ordered(order)) => acknowledged.borrow_mut().push(order),
                        // Sold out, or the shop is gone: this shopper goes home.
                        Ok(Purchase::SoldOut) | Err(_) => return,
                    }
                }
            });
        }
        let over = tokio::time::timeout(LOAD_MAX, local).await;
        assert!(over.is_ok(), "the shoppers did not come to an end");
        acknowledged.take()
    }
}

pub async fn buy(client: &mut Client) -> Result<Purchase> {
    buy_one(client, "HOT").await
}

async fn buy_one(client: &mut Client, sku: &str) -> Result<Purchase> {
    let added = add_to_cart(client, sku, 1).await?;
    match added.status.as_u16() {
        200 => check_out(client, GOOD_CARD).await,
        409 => Ok(Purchase::SoldOut),
        _ => bail!("{}: {}", added.status, added.text()),
    }
}

/// Asks for every acknowledged order until it is placed and paid.
pub async fn all_there_and_paid(address: SocketAddr, acknowledged: &[Acknowledged]) {
    let mut client = Client::new(address);
    for order in acknowledged {
        let path = format!("/orders/{}?key={}", order.number, order.access_key);
        let mut last = serde_json::Value::Null;
        // An instance that takes over for one that died waits for its lease of ten seconds.
        for _ in 0..300 {
            let answer = client.get(&path, "application/json").await.unwrap();
            assert_eq!(answer.status, 200, "{}: {}", order.number, answer.text());
            last = answer.json().unwrap();
            if last["lifecycle"] == "placed" && last["payment"] == "paid" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!((&last["lifecycle"], &last["payment"]), (&"placed".into(), &"paid".into()), "{}", order.number);
    }
}

/// Says whether the instant was passed that often.
async fn crash_after(shop: &mut Shop, (failpoint, passes): (&str, usize), sku: &str) -> bool {
    let load = Load::of(shop.shape);
    shop.stop();
    shop.start_with(Some((failpoint, passes)));
    let acknowledged = load.until_it_breaks(shop.address(), sku).await;
    let Some(ended) = shop.ended_at(failpoint, PASSED_WITHIN) else { return false };
    assert_eq!(ended.signal(), Some(SIGKILL), "{failpoint}: {ended}");
    let begun = Instant::now();
    shop.start();
    assert!(begun.elapsed() < RESTART_WITHIN);
    all_there_and_paid(shop.address(), &acknowledged).await;
    // The rest buy what is left: the crash has neither lost a piece nor sold one twice.
    let later = load.until_it_breaks(shop.address(), sku).await;
    all_there_and_paid(shop.address(), &later).await;
    assert!(acknowledged.len() + later.len() <= load.stock, "{failpoint}: oversold");
    shop.stop();
    println!("{failpoint}: {} acknowledged before, {} after", acknowledged.len(), later.len());
    shop.audit();
    true
}

/// The same shop dies at one instant after the other; for each try there is a product that nobody has bought yet.
async fn wherever_a_process_ends_no_acknowledged_order_is_lost(shape: Shape) {
    let failpoints = failpoints();
    assert!(failpoints.len() >= 8, "{failpoints:?}");
    let tries = failpoints.iter().flat_map(|failpoint| PASSES.map(|passes| (failpoint.as_str(), passes)));
    let tries: Vec<_> = tries.zip(0..).map(|(at, number)| (at, format!("HOT-{number}"))).collect();
    let products: Vec<_> = tries.iter().map(|(_, sku)| Load::of(shape).product(sku)).collect();
    let Some(mut shop) = Shop::open(shape, &products).await else { return };
    let mut passed = BTreeSet::new();
    for ((failpoint, passes), sku) in &tries {
        if !passed.contains(failpoint) && crash_after(&mut shop, (failpoint, *passes), sku).await {
            passed.insert(*failpoint);
        }
    }
    let not_passed: Vec<_> = failpoints.iter().filter(|failpoint| !passed.contains(failpoint.as_str())).collect();
    assert!(not_passed.is_empty(), "not on the way of a checkout: {not_passed:?}");
    shop.close();
}

#[tokio::test]
async fn no_acknowledged_order_is_lost_wherever_the_one_process_ends() {
    wherever_a_process_ends_no_acknowledged_order_is_lost(Shape::Embedded).await;
}

#[tokio::test]
async fn no_acknowledged_order_is_lost_wherever_a_process_on_the_engines_of_a_fleet_ends() {
    wherever_a_process_ends_no_acknowledged_order_is_lost(Shape::OnEngines).await;
}

#[tokio::test]
async fn no_acknowledged_order_is_lost_wherever_a_process_of_a_fleet_ends() {
    wherever_a_process_ends_no_acknowledged_order_is_lost(Shape::Fleet).await;
}

/// Nothing else has a chance to take up the order: the audit is the first to start after the crash.
#[tokio::test]
async fn an_audit_right_after_a_crash_finishes_what_it_left_half_done() {
    for shape in Shape::ALL {
        let Some(mut shop) = Shop::open(shape, &[simple_product("HOT", 1_990, 10)]).await else { continue };
        for (failpoint, orders) in ["orders.reserved", "payments.gateway_answered", "orders.paid"].into_iter().zip(1..)
        {
            shop.stop();
            shop.start_with(Some((failpoint, 1)));
            // Where another process has the order, the shopper is told that it goes on.
            let bought = buy(&mut shop.client()).await;
            assert!(shop.ended_at(failpoint, PASSED_WITHIN).is_some(), "{failpoint} was not passed: {bought:?}");
            shop.kill();
            let audit = shop.audit();
            assert!(audit.contains(&format!("{orders} orders looked at")), "{failpoint}: {audit}");
        }
        shop.close();
    }
}
