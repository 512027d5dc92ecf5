//! The process is killed at every named instant of a checkout, under load. After a restart no acknowledged order is
//! missing or unpaid, nothing is oversold, and all books agree.

use std::{cell::RefCell, os::unix::process::ExitStatusExt, path::Path, rc::Rc, time::Duration};

use anyhow::{Result, bail};
use souk_bench::{
    client::Client,
    server::{Server, souk_command},
    shopper::{Acknowledged, GOOD_CARD, Purchase, add_to_cart, check_out},
};
use souk_testkit::simple_product;

/// Shoppers at the same time.
const SHOPPERS: usize = 50;
/// Pieces there are: fewer than the shoppers want, so that the end of the stock is part of the test.
const STOCK: usize = 120;
/// The instant is passed so often before the end: in the middle of the load. Those that serve many shoppers at once
/// may be passed less often than that on a busy machine, and are tried again with less.
const PASSES: [usize; 3] = [30, 8, 1];
/// How long shoppers go on when no failpoint ends the process.
const LOAD_MAX: Duration = Duration::from_secs(20);
/// The number of the signal that cannot be caught (signal(7)).
const SIGKILL: i32 = 9;
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

fn prepare(data: &Path) {
    let file = data.join("products.jsonl");
    std::fs::create_dir_all(data).unwrap();
    let stock = i64::try_from(STOCK).unwrap();
    std::fs::write(&file, serde_json::to_string(&simple_product("HOT", 1_990, stock)).unwrap()).unwrap();
    souk_command(data, &["import", &file.to_string_lossy()]).unwrap();
}

/// Lets shoppers buy until nothing is left or the server is gone; answers what was acknowledged.
async fn shop_until_it_breaks(server: &Server) -> Vec<Acknowledged> {
    let acknowledged: Rc<RefCell<Vec<Acknowledged>>> = Rc::default();
    let local = tokio::task::LocalSet::new();
    let address = server.address;
    for _ in 0..SHOPPERS {
        let acknowledged = Rc::clone(&acknowledged);
        local.spawn_local(async move {
            let mut client = Client::new(address);
            loop {
                client.forget();
                match buy(&mut client).await {
                    Ok(Purchase::Ordered(order)) => acknowledged.borrow_mut().push(order),
                    // Sold out, or the server is gone: this shopper goes home.
                    Ok(Purchase::SoldOut) | Err(_) => return,
                }
            }
        });
    }
    let over = tokio::time::timeout(LOAD_MAX, local).await;
    assert!(over.is_ok(), "the shoppers did not come to an end");
    acknowledged.take()
}

pub async fn buy(client: &mut Client) -> Result<Purchase> {
    let added = add_to_cart(client, "HOT", 1).await?;
    match added.status.as_u16() {
        200 => check_out(client, GOOD_CARD).await,
        409 => Ok(Purchase::SoldOut),
        _ => bail!("{}: {}", added.status, added.text()),
    }
}

/// Asks for every acknowledged order until it is placed and paid.
pub async fn all_there_and_paid(server: &Server, acknowledged: &[Acknowledged]) {
    let mut client = Client::new(server.address);
    for order in acknowledged {
        let path = format!("/orders/{}?key={}", order.number, order.access_key);
        let mut last = serde_json::Value::Null;
        for _ in 0..150 {
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

async fn crash_at(failpoint: &str) {
    for passes in PASSES {
        if crash_after(failpoint, passes).await {
            return;
        }
    }
    panic!("{failpoint} was not passed: it is not on the way of a checkout");
}

/// Says whether the instant was passed that often.
async fn crash_after(failpoint: &str, passes: usize) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    prepare(&data);
    let setting = format!("{failpoint}:{passes}");
    let quick = ("SOUK_ORDERS_RECOVER_AFTER_S", "1");
    let mut server = Server::souk(&data, &[("SOUK_FAILPOINT", &setting), quick]).unwrap();
    let acknowledged = shop_until_it_breaks(&server).await;
    let Ok(ended) = server.wait_for_end(Duration::from_secs(1)) else {
        server.stop().unwrap();
        return false;
    };
    assert_eq!(ended.signal(), Some(SIGKILL), "{failpoint}: {ended}");
    let server = Server::souk(&data, &[quick]).unwrap();
    assert!(server.first_answer < RESTART_WITHIN);
    all_there_and_paid(&server, &acknowledged).await;
    // The rest buy what is left: the crash has neither lost a piece nor sold one twice.
    let later = shop_until_it_breaks(&server).await;
    all_there_and_paid(&server, &later).await;
    assert!(acknowledged.len() + later.len() <= STOCK, "{failpoint}: oversold");
    server.stop().unwrap();
    let audit = souk_command(&data, &["audit"]).unwrap_or_else(|error| panic!("{failpoint}: {error:#}"));
    assert!(audit.contains("All books agree"), "{failpoint}: {audit}");
    println!("{failpoint}: {} acknowledged before, {} after", acknowledged.len(), later.len());
    true
}

#[tokio::test]
async fn no_acknowledged_order_is_lost_wherever_the_process_ends() {
    let failpoints = failpoints();
    assert!(failpoints.len() >= 8, "{failpoints:?}");
    for failpoint in failpoints {
        crash_at(&failpoint).await;
    }
}

/// Nothing else has a chance to take up the order: the audit is the first to start after the crash.
#[tokio::test]
async fn an_audit_right_after_a_crash_finishes_what_it_left_half_done() {
    for failpoint in ["orders.reserved", "payments.gateway_answered", "orders.paid"] {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        prepare(&data);
        let setting = format!("{failpoint}:1");
        let quick = ("SOUK_ORDERS_RECOVER_AFTER_S", "2");
        let server = Server::souk(&data, &[("SOUK_FAILPOINT", &setting), quick]).unwrap();
        assert!(buy(&mut Client::new(server.address)).await.is_err(), "{failpoint} was not passed");
        drop(server);
        let audit = souk_command(&data, &["audit"]).unwrap_or_else(|error| panic!("{failpoint}: {error:#}"));
        assert!(audit.contains("1 orders looked at") && audit.contains("All books agree"), "{failpoint}: {audit}");
    }
}
