//! What shoppers meet while a part of the shop is away: the process of one service is killed, or the database is stopped,
//! and what goes on without it goes on, says what is missing, and is made good when it is back.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use souk::fleet::SERVICES;
use souk_bench::{
    client::{Answer, Client},
    server::{Server, souk, souk_command_with},
    shopper::{self, Acknowledged, GOOD_CARD, Purchase, add_to_cart},
};
use souk_store::testing::POSTGRES_URL;
use souk_testkit::{SmtpServer, simple_product};
use souk_xtask::{
    fleet::{Fleet, Part},
    postgres::Postgres,
    process::Ready,
};
use tokio::task::spawn_blocking;

use crate::{
    crashes::buy,
    fleet::{TURN, until},
    shop,
};

/// How long a page is sent as it is before a newer one is asked for, and a little more.
const NOT_FRESH: Duration = Duration::from_secs(11);
/// How long anything may take to become as it should be.
const SOON: Duration = Duration::from_secs(30);
/// What stands on a page that may be out of date; without it the line is there, but hidden.
const OUTDATED: &str = "id=\"outdated\">";
const AWAY: &str = "away";
const REST: &str = "rest";

/// A shop of two processes: one service by itself, and all others.
struct Shop {
    fleet: Option<Fleet>,
    /// The web itself: nginx in front would answer from what it keeps.
    web: SocketAddr,
    _turn: tokio::sync::MutexGuard<'static, ()>,
}

/// Lasts as long as the tests, as a plan of a fleet wants it.
fn apart(service: &'static str) -> &'static [Part] {
    let others: Vec<&'static str> = SERVICES.into_iter().filter(|other| *other != service).collect();
    vec![(AWAY, &*vec![service].leak()), (REST, &*others.leak())].leak()
}

impl Shop {
    /// Two products of a category are for sale. `None`, and says so, when something that it needs is not there.
    async fn with_apart(service: &'static str, settings: &str) -> Option<Self> {
        let mut plan = shop::plan(apart(service)).await?;
        plan.settings = format!("\n[orders]\nrecover_after_s = 1\n{settings}");
        let turn = TURN.lock().await;
        let file = tempfile::Builder::new().suffix(".jsonl").tempfile().unwrap();
        let products = ["HOT", "COLD"].map(|sku| serde_json::to_string(&simple_product(sku, 1_990, 100)).unwrap());
        std::fs::write(file.path(), products.join("\n")).unwrap();
        let fleet = spawn_blocking(move || {
            let fleet = Fleet::start(&plan).unwrap_or_else(|error| panic!("{error:#}"));
            fleet.command(&plan.souk, &["import", &file.path().to_string_lossy()]).unwrap();
            fleet
        });
        let mut fleet = fleet.await.unwrap();
        let Ready::Answers(web, ..) = fleet.process(REST).unwrap().ready else { panic!("the web is asked elsewhere") };
        let mut client = Client::new(web);
        // By an address of its own, so that the pages that tests look at are not kept yet.
        until(&mut client, "/c/things?sort=newest", "2 products").await;
        Some(Self { fleet: Some(fleet), web, _turn: turn })
    }

    fn client(&self) -> Client {
        Client::new(self.web)
    }

    /// Ends the one service at once.
    fn take_away(&mut self) {
        self.fleet.as_mut().unwrap().kill(AWAY).unwrap();
    }

    async fn bring_back(&mut self) {
        let mut fleet = self.fleet.take().unwrap();
        let started = spawn_blocking(move || {
            fleet.start_again(AWAY).unwrap_or_else(|error| panic!("{error:#}"));
            fleet
        });
        self.fleet = Some(started.await.unwrap());
    }

    /// What has been entered at the checkout for one piece, ready to be sent.
    async fn form(&self, client: &mut Client) -> String {
        assert_eq!(add_to_cart(client, "HOT", 1).await.unwrap().status, 200);
        // The sandbox gateway is reached by nginx, in whichever process it is.
        client.move_to(self.fleet.as_ref().unwrap().address);
        let form = shopper::ask_for_order(client, GOOD_CARD).await.unwrap().expect("it is not sold out");
        client.move_to(self.web);
        form
    }

    /// Stops all processes and audits the books.
    async fn close(mut self) {
        let mut fleet = self.fleet.take().unwrap();
        let audit = spawn_blocking(move || {
            fleet.close().unwrap();
            fleet.command(&souk().unwrap(), &["audit"]).unwrap()
        });
        let audit = audit.await.unwrap();
        assert!(audit.contains("All books agree"), "{audit}");
    }
}

async fn page(client: &mut Client, path: &str) -> Answer {
    client.get(path, "text/html").await.unwrap()
}

fn shows(answer: &Answer, status: u16, texts: &[&str]) {
    let text = answer.text_all();
    assert_eq!(answer.status, status, "{text}");
    for wanted in texts {
        assert!(text.contains(wanted), "without {wanted}: {text}");
    }
}

/// Waits until a page says that it may be out of date, and sees that no cache in front is to keep it.
async fn until_outdated(client: &mut Client, path: &str) -> Answer {
    let begun = Instant::now();
    loop {
        let answer = page(client, path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        if answer.text_all().contains(OUTDATED) {
            assert_eq!(answer.header("cache-control"), "no-cache");
            assert!(answer.header("cache-status").contains("stale-if-error"));
            return answer;
        }
        assert!(begun.elapsed() < SOON, "{path} does not say that it may be out of date");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Waits until a page does not say so any more.
async fn until_fresh(client: &mut Client, path: &str) {
    let begun = Instant::now();
    loop {
        let answer = page(client, path).await;
        if answer.status == 200 && !answer.text_all().contains(OUTDATED) {
            return;
        }
        assert!(begun.elapsed() < SOON, "{path} still answers {} as out of date", answer.status);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn order(client: &mut Client, acknowledged: &Acknowledged) -> Value {
    let path = format!("/orders/{}?key={}", acknowledged.number, acknowledged.access_key);
    client.get(&path, "application/json").await.unwrap().json().unwrap()
}

async fn until_paid(client: &mut Client, acknowledged: &Acknowledged) {
    let begun = Instant::now();
    loop {
        let order = order(client, acknowledged).await;
        if order["lifecycle"] == "placed" && order["payment"] == "paid" {
            return;
        }
        assert!(begun.elapsed() < SOON, "{order}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn placed(client: &mut Client) -> Acknowledged {
    match buy(client).await.unwrap() {
        Purchase::Ordered(order) => order,
        Purchase::SoldOut => panic!("sold out"),
    }
}

#[tokio::test]
async fn without_search_categories_are_listed_plainly_and_the_search_page_says_so() {
    let Some(mut shop) = Shop::with_apart("search", "").await else { return };
    let mut client = shop.client();
    shop.take_away();
    let category = page(&mut client, "/c/things").await;
    shows(&category, 200, &["/products/thing-hot", "/products/thing-cold", "Search and filters are away just now"]);
    assert_eq!(category.header("cache-control"), "no-cache");
    let home = page(&mut client, "/").await;
    shows(&home, 200, &["/c/things", "/products/thing-cold"]);
    let found = page(&mut client, "/search?q=thing+hot").await;
    shows(&found, 503, &["Search is away just now", "/c/things"]);
    assert_eq!((found.header("cache-control"), found.header("retry-after")), ("private, no-store", "2"));
    shows(&page(&mut client, "/brands").await, 503, &["Brands cannot be listed just now", "/c/things"]);
    assert_eq!(client.get("/search?q=thing+hot", "application/json").await.unwrap().status, 503);
    let seen = page(&mut client, "/products/thing-hot.json").await.json::<Value>().unwrap();
    let id = seen["id"].as_str().unwrap().to_owned();
    shows(&page(&mut client, &format!("/recently-viewed?ids={id}")).await, 200, &["Thing HOT"]);
    let wished = client.post_form("/wish-list", &[("product", &id)]).await.unwrap();
    assert_eq!(wished.status, 303, "{}", wished.text());
    shows(&page(&mut client, "/wish-list").await, 200, &["Thing HOT"]);
    placed(&mut client).await;
    shop.bring_back().await;
    until(&mut client, "/search?q=thing+hot", "/products/thing-hot").await;
    until(&mut client, "/c/things", "2 products").await;
    shop.close().await;
}

#[tokio::test]
async fn an_order_waits_for_payments_that_are_away_and_is_paid_once_when_they_are_back() {
    let Some(mut shop) = Shop::with_apart("payments", "").await else { return };
    let mut client = shop.client();
    until(&mut client, "/products/thing-hot", "Add to cart").await;
    let form = shop.form(&mut client).await;
    shop.take_away();
    let Purchase::Ordered(waiting) = shopper::place(&mut client, &form).await.unwrap() else { panic!("sold out") };
    assert_eq!(waiting.state, "pending");
    let path = format!("/orders/{}?key={}", waiting.number, waiting.access_key);
    let told = ["We have your order", "the payment is not confirmed yet", "do not order or pay again"];
    shows(&page(&mut client, &path).await, 200, &told);
    // Sent again, it is the same order; and nothing is left in the cart that could be ordered twice.
    let Purchase::Ordered(again) = shopper::place(&mut client, &form).await.unwrap() else { panic!("sold out") };
    assert_eq!((again.number, again.state), (waiting.number.clone(), "pending".to_owned()));
    assert_eq!(order(&mut client, &waiting).await["lifecycle"], "pending_payment");
    shop.bring_back().await;
    until_paid(&mut client, &waiting).await;
    let done = page(&mut client, &path).await;
    shows(&done, 200, &["We are preparing your order", "4242"]);
    until(&mut client, "/cart", "Your cart is empty").await;
    shop.close().await;
}

#[tokio::test]
async fn without_the_events_server_whoever_buys_twice_gets_two_orders() {
    const EVENTS: &str = "nats-1";
    let Some(mut shop) = Shop::with_apart("cart", "").await else { return };
    let mut client = shop.client();
    until(&mut client, "/products/thing-hot", "Add to cart").await;
    shop.fleet.as_mut().unwrap().kill(EVENTS).unwrap();
    let first = placed(&mut client).await;
    // No news of it has come to the cart.
    shows(&page(&mut client, "/cart").await, 200, &["Your cart is empty"]);
    let second = placed(&mut client).await;
    assert_ne!(first.number, second.number);
    shows(&page(&mut client, "/cart").await, 200, &["Your cart is empty"]);
    assert_eq!(add_to_cart(&mut client, "COLD", 1).await.unwrap().status, 200);
    shop.fleet.as_mut().unwrap().start_again(EVENTS).unwrap();
    for order in [&first, &second] {
        until_paid(&mut client, order).await;
    }
    // The news comes now, and takes nothing that was put there after.
    tokio::time::sleep(Duration::from_secs(3)).await;
    shows(&page(&mut client, "/cart").await, 200, &["Thing COLD"]);
    shop.close().await;
}

#[tokio::test]
async fn without_the_catalogue_kept_pages_say_that_they_may_be_out_of_date_and_the_cart_what_is_kept() {
    let Some(mut shop) = Shop::with_apart("catalog", "").await else { return };
    let mut client = shop.client();
    let kept = ["/products/thing-hot", "/c/things", "/search?q=thing", "/"];
    for path in kept {
        until(&mut client, path, "Thing HOT").await;
    }
    assert_eq!(add_to_cart(&mut client, "HOT", 2).await.unwrap().status, 200);
    shop.take_away();
    tokio::time::sleep(NOT_FRESH).await;
    for path in kept {
        shows(&until_outdated(&mut client, path).await, 200, &["Thing HOT", "/c/things"]);
    }
    shows(&page(&mut client, "/search/suggest?q=thi").await, 200, &["Thing HOT"]);
    let unknown = page(&mut client, "/products/thing-cold").await;
    shows(&unknown, 503, &["This is taking a break", "Your cart and your orders are kept"]);

    let checked = "Prices and stock cannot be checked just now. What is in your cart is kept";
    shows(&page(&mut client, "/cart").await, 200, &["Thing HOT", "€19.90", checked, "Shown as you saw it last"]);
    let refused = add_to_cart(&mut client, "HOT", 1).await.unwrap();
    shows(&refused, 503, &["Your cart cannot be changed just now. What is in it is kept"]);
    let by_form = client.post_form("/cart/lines", &[("variant", "HOT"), ("quantity", "1")]).await.unwrap();
    assert_eq!((by_form.status.as_u16(), by_form.location.as_deref()), (303, Some("/cart")));
    shows(&page(&mut client, "/cart").await, 200, &["Your cart cannot be changed just now", checked]);
    let checkout = page(&mut client, "/checkout").await;
    shows(&checkout, 503, &["We cannot take orders just now", "Nothing was ordered", "Your cart is kept"]);
    let out = client.post_form("/cart", &[("remove", "HOT")]).await.unwrap();
    assert_eq!(out.status, 303, "{}", out.text());
    shows(&page(&mut client, "/cart").await, 200, &["Your cart is empty"]);

    shop.bring_back().await;
    for path in kept {
        until_fresh(&mut client, path).await;
    }
    placed(&mut client).await;
    shop.close().await;
}

#[tokio::test]
async fn without_its_database_a_shop_shows_what_it_has_kept_and_says_so() {
    if std::env::var(POSTGRES_URL).is_ok_and(|url| !url.is_empty()) {
        let _turn = TURN.lock().await;
        let postgres = spawn_blocking(Postgres::start).await.unwrap().unwrap();
        let (folder, url) = (tempfile::tempdir().unwrap(), postgres.url.clone());
        let file = folder.path().join("products.jsonl");
        std::fs::write(&file, serde_json::to_string(&simple_product("HOT", 1_990, 100)).unwrap()).unwrap();
        let data = folder.path().join("data");
        let server = spawn_blocking(move || {
            let settings = [("SOUK_DATA_POSTGRES", url.as_str())];
            souk_command_with(&data, &["import", &file.to_string_lossy()], &settings).unwrap();
            Server::souk(&data, &settings).unwrap()
        });
        let server = server.await.unwrap();
        let mut client = Client::new(server.address);
        let kept = ["/products/thing-hot", "/c/things", "/search?q=thing", "/"];
        for path in kept {
            until(&mut client, path, "Thing HOT").await;
        }
        assert_eq!(add_to_cart(&mut client, "HOT", 1).await.unwrap().status, 200);
        spawn_blocking(move || drop(postgres)).await.unwrap();
        tokio::time::sleep(NOT_FRESH).await;
        for path in kept {
            shows(&until_outdated(&mut client, path).await, 200, &["Thing HOT"]);
        }
        shows(&page(&mut client, "/cart").await, 503, &["Your cart and your orders are kept"]);
        let refused = add_to_cart(&mut client, "HOT", 1).await.unwrap();
        shows(&refused, 503, &["Your cart cannot be changed just now. What is in it is kept"]);
        spawn_blocking(move || server.kill()).await.unwrap().unwrap();
    } else {
        println!("NOT RUN: {POSTGRES_URL} names no Postgres");
    }
}

#[tokio::test]
async fn without_inventory_products_are_shown_and_nothing_is_promised() {
    let Some(mut shop) = Shop::with_apart("inventory", "").await else { return };
    let mut client = shop.client();
    assert_eq!(add_to_cart(&mut client, "HOT", 1).await.unwrap().status, 200);
    shop.take_away();
    // Nobody has looked at this one before.
    let product = page(&mut client, "/products/thing-cold").await;
    shows(&product, 200, &["Thing COLD", "€19.90", "We cannot see the stock just now", "Add to cart"]);
    assert_eq!(product.header("cache-control"), "no-cache");
    let told: Value = page(&mut client, "/products/thing-cold.json").await.json().unwrap();
    assert_eq!((&told["offers"][0]["in_stock"], &told["offers"][0]["available"]), (&Value::Null, &Value::Null));
    shows(&page(&mut client, "/c/things").await, 200, &["Thing HOT"]);
    let refused = add_to_cart(&mut client, "COLD", 1).await.unwrap();
    shows(&refused, 503, &["Your cart cannot be changed just now. What is in it is kept"]);
    shows(&page(&mut client, "/cart").await, 200, &["Thing HOT", "Prices and stock cannot be checked just now"]);
    shows(&page(&mut client, "/checkout").await, 503, &["Prices and stock cannot be checked just now"]);
    shop.bring_back().await;
    until(&mut client, "/products/thing-cold", "In stock").await;
    placed(&mut client).await;
    shop.close().await;
}

#[tokio::test]
async fn without_delivery_the_checkout_says_so_and_orders_are_still_shown() {
    let Some(mut shop) = Shop::with_apart("delivery", "").await else { return };
    let mut client = shop.client();
    let before = placed(&mut client).await;
    let form = shop.form(&mut client).await;
    shop.take_away();
    let checkout = page(&mut client, "/checkout").await;
    shows(&checkout, 503, &["Delivery cannot be worked out just now", "Nothing was ordered"]);
    let sent: Value = serde_json::from_str(&form).unwrap();
    let refused = client.post_json("/checkout", sent.to_string()).await.unwrap();
    shows(&refused, 503, &["elivery cannot be worked out just now"]);
    let path = format!("/orders/{}?key={}", before.number, before.access_key);
    shows(&page(&mut client, &path).await, 200, &["Thing HOT", "Where your parcels are cannot be asked just now"]);
    shows(&page(&mut client, "/cart").await, 200, &["Thing HOT", "Go to checkout"]);
    shop.bring_back().await;
    until(&mut client, "/checkout", "Delivery").await;
    let Purchase::Ordered(after) = shopper::place(&mut client, &form).await.unwrap() else { panic!("sold out") };
    until_paid(&mut client, &after).await;
    shop.close().await;
}

#[tokio::test]
async fn without_accounts_guests_look_around_and_buy() {
    let Some(mut shop) = Shop::with_apart("accounts", "").await else { return };
    let mut client = shop.client();
    let entered = [("name", "Ann"), ("email", "ann@example.com"), ("password", "correct horse battery")];
    let mut customer = shop.client();
    assert_eq!(customer.post_form("/account/register", &entered).await.unwrap().status, 303);
    assert_eq!(add_to_cart(&mut customer, "HOT", 1).await.unwrap().status, 200);
    shop.take_away();
    for path in ["/", "/products/thing-hot", "/c/things", "/search?q=thing"] {
        shows(&page(&mut client, path).await, 200, &["Thing HOT"]);
    }
    let bought = placed(&mut client).await;
    until_paid(&mut client, &bought).await;
    let sign_in = [("email", "ann@example.com"), ("password", "correct horse battery")];
    let refused = client.post_form("/account/sign-in", &sign_in).await.unwrap();
    shows(&refused, 503, &["Your cart and your orders are kept"]);
    // Who was here a moment ago is still known, and buys too.
    tokio::time::sleep(NOT_FRESH).await;
    shows(&page(&mut customer, "/cart").await, 200, &["Thing HOT"]);
    let bought = placed(&mut customer).await;
    until_paid(&mut customer, &bought).await;
    shop.bring_back().await;
    until(&mut customer, "/account/orders", &bought.number).await;
    shop.close().await;
}

#[tokio::test]
async fn an_email_that_could_not_be_written_is_sent_once_when_notifications_are_back() {
    let mail = SmtpServer::start().await;
    let settings = format!("\n[email]\nsmtp = {}\nfrom = \"Souk <shop@souk.example>\"\n", json!(mail.url));
    let Some(mut shop) = Shop::with_apart("notifications", &settings).await else { return };
    let mut client = shop.client();
    shop.take_away();
    let bought = placed(&mut client).await;
    until_paid(&mut client, &bought).await;
    shows(&page(&mut client, "/products/thing-hot").await, 200, &["Add to cart"]);
    shop.bring_back().await;
    let first = mail.wait_for(1).await.remove(0);
    assert!(first.subject().contains(&bought.number), "{}", first.subject());
    // A second one would be on its way by now: the events of another order have been acted on.
    let next = placed(&mut client).await;
    let mails = mail.wait_for(2).await;
    let about = |number: &str| mails.iter().filter(|mail| mail.subject().contains(number)).count();
    assert_eq!((about(&bought.number), about(&next.number)), (1, 1));
    shop.close().await;
}
