//! Failed work of other processes, as staff see it in the console.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use souk_bench::{client::Client, shopper::Purchase, staff};
use souk_contracts::delivery::{ShipmentMoved, ShipmentStatus, TrackingEvent};
use souk_types::{Event, EventId, Id, Timestamp, limits::EVENT_ATTEMPTS_MAX};

use crate::{
    crashes::{all_there_and_paid, buy},
    fleet::{Fleet, GOODS, MORE_BOOKS, MORE_SEARCH, until},
};

const PATH: &str = "/admin/dead-letters";
const SOON: Duration = Duration::from_secs(30);

/// A delivery that is tried once more, now, and fails: nobody can read it.
fn last_try(table: &str, event: EventId, consumer: &str, topic: &str) -> String {
    let tried = EVENT_ATTEMPTS_MAX - 1;
    format!(
        "INSERT INTO {table} (consumer, event_id, topic, event_key, payload, trace, at, attempts, due_at)
         VALUES ('{consumer}', '{event}', '{topic}', 'key', '\"broken\"', '{:032x}', 1700000000000000, {tried}, 0)",
        7
    )
}

fn psql(fleet: &Fleet, sql: &str) -> String {
    let done = Command::new("psql").args([&fleet.database, "-qtAc", sql]).output().unwrap();
    assert!(done.status.success(), "{sql}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

/// A parcel that is planned and nothing more, which orders take note of by doing nothing.
fn planned() -> String {
    let event = TrackingEvent {
        status: ShipmentStatus::Planned,
        description: String::new(),
        place: String::new(),
        at: Timestamp::EPOCH,
    };
    let moved = ShipmentMoved {
        shipment: Id::from_bits(1),
        customer: Id::from_bits(2),
        order: Id::from_bits(3),
        lines: Vec::new(),
        before: ShipmentStatus::Planned,
        event,
        tracking_number: None,
    };
    serde_json::to_string(&moved).unwrap()
}

async fn until_without(staff: &mut Client, unwanted: &str) {
    let begun = Instant::now();
    loop {
        let answer = staff.get(PATH, "text/html").await.unwrap();
        if answer.status == 200 && !answer.text_all().contains(unwanted) {
            return;
        }
        assert!(begun.elapsed() < SOON, "{PATH} still shows {unwanted}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn press(staff: &mut Client, event: EventId, of: (&str, &str), button: &str) -> u16 {
    let path = format!("{PATH}/{}/{}/{event}/{button}", of.0, of.1);
    staff.post_form(&path, &[]).await.unwrap().status.as_u16()
}

#[tokio::test]
async fn what_failed_in_another_process_is_seen_replayed_and_discarded_in_the_console() {
    const OF: (&str, &str) = ("orders", "orders.delivery");
    let Some(mut fleet) = Fleet::start().await else { return };
    // Of the two that have accounts, the one that started last made the link that counts.
    let linked = fleet.processes[MORE_BOOKS].as_ref().unwrap();
    let mut staff = staff::owner_at(fleet.front().address, || linked.said()).await.unwrap();
    let (mended, given_up) = (EventId::from_bits(11), EventId::from_bits(12));
    for event in [mended, given_up] {
        psql(&fleet, &last_try("souk_orders.event_failures", event, OF.1, ShipmentMoved::TOPIC));
    }
    until(&mut staff, PATH, &mended.to_string()).await;
    until(&mut staff, PATH, &given_up.to_string()).await;
    let page = staff.get(PATH, "text/html").await.unwrap().text_all();
    assert!(page.contains("orders.delivery") && page.contains("8 attempts"), "{page}");
    // One of the two instances of search that are configured has not been started.
    assert!(page.contains("Search does not answer"), "{page}");
    let orders = staff.get(&format!("{PATH}?service=orders"), "text/html").await.unwrap().text_all();
    assert!(orders.contains(&mended.to_string()) && !orders.contains("not answer"), "{orders}");

    assert_eq!(press(&mut staff, given_up, OF, "discard").await, 303);
    until_without(&mut staff, &given_up.to_string()).await;
    assert_eq!(press(&mut staff, given_up, OF, "discard").await, 404);
    // Its cause is gone, and now it is done.
    let mend = format!("UPDATE souk_orders.event_failures SET payload = '{}' WHERE event_id = '{mended}'", planned());
    psql(&fleet, &mend);
    assert_eq!(press(&mut staff, mended, OF, "replay").await, 303);
    let begun = Instant::now();
    while psql(&fleet, "SELECT COUNT(*) FROM souk_orders.event_failures") != "0" {
        assert!(begun.elapsed() < SOON, "what was replayed is still kept");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }

    fleet.kill(GOODS);
    until(&mut staff, PATH, "Catalog, Inventory, Search do not answer").await;
    assert_eq!(staff.get(&format!("{PATH}/export.csv"), "text/csv").await.unwrap().status, 503);
    assert_eq!(staff.get(&format!("{PATH}/export.csv?service=orders"), "text/csv").await.unwrap().status, 200);
    fleet.start_again(GOODS).await;
    fleet.close();
}

#[tokio::test]
async fn what_failed_in_one_instance_of_search_is_found_among_all_of_them() {
    const OF: (&str, &str) = ("search", "search.stock");
    let Some(mut fleet) = Fleet::start().await else { return };
    fleet.start_again(MORE_SEARCH).await;
    let linked = fleet.processes[MORE_BOOKS].as_ref().unwrap();
    let mut staff = staff::owner_at(fleet.front().address, || linked.said()).await.unwrap();
    until_without(&mut staff, "not answer").await;
    // Both could not do the one, and only the second the other.
    let (both, second) = (EventId::from_bits(21), EventId::from_bits(22));
    for (process, event) in [(GOODS, both), (MORE_SEARCH, both), (MORE_SEARCH, second)] {
        let database = rusqlite::Connection::open(fleet.data(process).join("store/search.db")).unwrap();
        database.busy_timeout(SOON).unwrap();
        database.execute(&last_try("event_failures", event, OF.1, "inventory.stock_listed"), []).unwrap();
    }
    for event in [both, second] {
        until(&mut staff, PATH, &event.to_string()).await;
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let page = staff.get(PATH, "text/html").await.unwrap().text_all();
    let button = format!("{PATH}/search/search.stock/{both}/replay");
    assert_eq!(page.matches(&button).count(), 1, "{page}");
    for event in [both, second] {
        assert_eq!(press(&mut staff, event, OF, "discard").await, 303);
        until_without(&mut staff, &event.to_string()).await;
        assert_eq!(press(&mut staff, event, OF, "discard").await, 404);
    }
    fleet.close();
}

#[tokio::test]
async fn a_service_hears_of_the_past_once_more_and_does_nothing_twice() {
    const SINCE: [&str; 4] = ["events", "replay", "--since", "2020-01-01T00:00:00Z"];
    let Some(fleet) = Fleet::start().await else { return };
    let mut client = fleet.client();
    until(&mut client, "/products/thing-hot", "Add to cart").await;
    let Purchase::Ordered(order) = buy(&mut client).await.unwrap() else { panic!("sold out") };
    all_there_and_paid(fleet.front().address, std::slice::from_ref(&order)).await;
    until(&mut client, "/cart", "Your cart is empty").await;
    for (service, consumer) in [("cart", "cart.orders"), ("inventory", "inventory.orders")] {
        // The news of the order may still be on its way there.
        let begun = Instant::now();
        loop {
            let said = fleet.command(&[&SINCE[..], &["--service", service]].concat());
            let count = said.lines().find_map(|line| line.strip_prefix(consumer)?.strip_prefix(": "));
            if count.is_some_and(|count| !count.starts_with("0 ")) {
                break;
            }
            assert!(begun.elapsed() < SOON, "{said}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
    until(&mut client, "/cart", "Your cart is empty").await;
    let audit = fleet.close();
    assert!(audit.contains("1 orders looked at") && audit.contains("All books agree"), "{audit}");
}
