//! The disk of the data folder fills up while people shop. What cannot be saved is refused in so many words, pages are
//! still read, nothing that was acknowledged is lost, and when there is room again the shop goes on by itself.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::Result;
use souk_bench::{
    client::Client,
    server::Server,
    shopper::{Acknowledged, GOOD_CARD, Purchase, add_to_cart, check_out},
};

use crate::open;

/// Room for the databases of a small shop and their logs.
const DISK_MB: u32 = 32;
/// How long shoppers try until the logs have no page left that could be written again.
const FULL_WITHIN: Duration = Duration::from_secs(30);
/// How long the shop may take to go on once there is room.
const BACK_WITHIN: Duration = Duration::from_secs(30);
/// Writes that must have been refused: more than one kind of them.
const REFUSALS: usize = 20;
/// Carts that are filled while there is room. Enough that some cannot be bought any more.
const CARTS: usize = 80;
/// Room that is left for some of them.
const LEFT_BYTES: u64 = 400 * 1024;
/// A database that can still write into old pages of its log can do so that often.
const FORMS_MAX: u32 = 1_000;
const SAID: &str = "disk is full; nothing was saved";
/// What shoppers are told of their cart beside it.
const KEPT: &str = "Your cart cannot be changed just now. What is in it is kept";

/// A small file system of its own, which goes when this is dropped.
struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    /// Mounts one; `None`, and loudly, where that is not permitted. In CI nothing is skipped.
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let size = format!("size={DISK_MB}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "souk-test"]).arg(folder.path()).output();
        let why = match mounted {
            Ok(output) if output.status.success() => return Some(Self { folder }),
            Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            Err(error) => error.to_string(),
        };
        assert!(std::env::var_os("CI").is_none(), "a small disk cannot be mounted: {why}");
        // Not by a macro, whose words would only be shown when a test fails.
        let said = format!("── NOT RUN: the test of a full disk, which only root can run: {why}\n");
        std::io::stderr().write_all(said.as_bytes()).unwrap();
        None
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn filler(&self) -> PathBuf {
        self.folder.path().join("filler")
    }

    /// Leaves room for some writes, so that it goes out in the middle of things.
    fn fill(&self) {
        let mut filler = OpenOptions::new().create(true).append(true).open(self.filler()).unwrap();
        for block in [vec![0; 64 * 1024], vec![0; 4 * 1024]] {
            loop {
                match filler.write_all(&block) {
                    Ok(()) => {}
                    Err(error) if error.kind() == ErrorKind::StorageFull => break,
                    Err(error) => panic!("{error}"),
                }
            }
        }
        let bytes = filler.metadata().unwrap().len();
        filler.set_len(bytes - LEFT_BYTES).unwrap();
    }

    fn make_room(&self) {
        fs::remove_file(self.filler()).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg(self.folder.path()).status();
        if !unmounted.is_ok_and(|status| status.success()) {
            eprintln!("{} is still mounted", self.folder.path().display());
        }
    }
}

/// Buys one piece, as somebody who has not been here before; answers the refusal where there was one.
async fn buy(client: &mut Client) -> Result<Acknowledged> {
    client.forget();
    let added = add_to_cart(client, "LAMP", 1).await?;
    anyhow::ensure!(added.status == 200, "{} {}", added.status, added.text());
    match check_out(client, GOOD_CARD).await? {
        Purchase::Ordered(order) => Ok(order),
        Purchase::SoldOut => anyhow::bail!("sold out"),
    }
}

/// Lets people shop until so many were refused; answers what was acknowledged meanwhile.
async fn shop_until_refused(client: &mut Client) -> Vec<Acknowledged> {
    let started = Instant::now();
    let (mut acknowledged, mut refusals) = (Vec::new(), 0);
    while refusals < REFUSALS {
        assert!(started.elapsed() < FULL_WITHIN, "{refusals} refusals, {} acknowledged", acknowledged.len());
        match buy(client).await {
            Ok(order) => acknowledged.push(order),
            Err(refusal) => {
                let refusal = format!("{refusal:#}");
                assert!(refusal.contains("503") && refusal.contains(SAID), "{refusal}");
                refusals += 1;
            }
        }
    }
    acknowledged
}

/// People with something in their cart.
async fn with_carts(server: &Server) -> Vec<Client> {
    let mut clients = Vec::new();
    for _ in 0..CARTS {
        let mut client = Client::new(server.address);
        assert_eq!(add_to_cart(&mut client, "LAMP", 1).await.unwrap().status, 200);
        clients.push(client);
    }
    clients
}

/// Lets people buy what they have in their carts until somebody cannot; answers what was acknowledged, and who is left.
async fn check_out_until_refused(clients: Vec<Client>) -> (Vec<Acknowledged>, Vec<Client>) {
    let (mut acknowledged, mut left) = (Vec::new(), Vec::new());
    for mut client in clients {
        match check_out(&mut client, GOOD_CARD).await {
            Ok(Purchase::Ordered(order)) => acknowledged.push(order),
            Ok(Purchase::SoldOut) => panic!("sold out"),
            Err(refusal) => {
                let refusal = format!("{refusal:#}");
                assert!(refusal.contains("503") && refusal.contains(SAID), "{refusal}");
                left.push(client);
            }
        }
    }
    assert!(!left.is_empty(), "all of them could buy");
    (acknowledged, left)
}

/// Reads every kind of page that needs no write.
async fn pages_are_read(client: &mut Client, order: &Acknowledged) {
    let track = format!("/orders/{}?key={}", order.number, order.access_key);
    for path in ["/", "/products/thing-lamp", "/search?q=thing", "/cart", "/search/suggest?q=th", &track] {
        let page = client.get(path, "text/html").await.unwrap();
        assert_eq!(page.status, 200, "{path}: {}", page.text());
    }
}

/// Puts something into the cart again and again, until the cart says that it cannot be changed, and why.
async fn told_on_the_cart(client: &mut Client) {
    for _ in 0..FORMS_MAX {
        let answer = client.post_form("/cart/lines", &[("variant", "LAMP"), ("quantity", "1")]).await.unwrap();
        assert_eq!(answer.status, 303, "{}", answer.text_all());
        let cart = client.get("/cart", "text/html").await.unwrap().text_all();
        if cart.contains(KEPT) {
            assert!(cart.contains(SAID), "{cart}");
            return;
        }
    }
    panic!("the cart can always be changed");
}

/// Sends a form again and again, with another number each time, until its page says what is wrong.
async fn refused_in_words(client: &mut Client, path: &str, fields: &[(&str, &str)]) {
    for number in 0..FORMS_MAX {
        let number = number.to_string();
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.replace("{}", &number))).collect();
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = client.post_form(path, &fields).await.unwrap();
        if answer.status != 303 {
            assert_eq!(answer.status, 503, "{}", answer.text_all());
            assert!(answer.text_all().contains("The disk is full; nothing was saved."), "{}", answer.text_all());
            return;
        }
    }
    panic!("{path} is never refused");
}

/// Waits until something can be bought and is placed.
async fn bought_again(client: &mut Client) -> Acknowledged {
    let room_since = Instant::now();
    loop {
        match buy(client).await {
            Ok(order) if order.state == "placed" => return order,
            other => assert!(room_since.elapsed() < BACK_WITHIN, "{other:?}"),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Asks for an acknowledged order until it is placed and paid.
async fn there_and_paid(client: &mut Client, order: &Acknowledged) {
    let path = format!("/orders/{}?key={}", order.number, order.access_key);
    let room_since = Instant::now();
    loop {
        let answer = client.get(&path, "application/json").await.unwrap();
        let found: serde_json::Value = answer.expect(hyper::StatusCode::OK).unwrap().json().unwrap();
        if found["lifecycle"] == "placed" && found["payment"] == "paid" {
            return;
        }
        assert!(room_since.elapsed() < BACK_WITHIN, "{}: {} {}", order.number, found["lifecycle"], found["payment"]);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Staff add a product, and it is found.
async fn a_new_product_is_found(staff: &mut Client) {
    let fields = [("title", "Parasol"), ("status", "active"), ("sku", "SUN"), ("price", "25.00"), ("stock", "3")];
    let added = staff.post_form("/admin/products", &fields).await.unwrap();
    assert_eq!(added.status, 303, "{}", added.text_all());
    let room_since = Instant::now();
    while !staff.get("/search?q=parasol", "text/html").await.unwrap().text_all().contains("/products/parasol") {
        assert!(room_since.elapsed() < BACK_WITHIN, "the new product is not found");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test]
async fn a_full_disk_refuses_what_it_cannot_keep_and_loses_nothing() {
    let Some(disk) = SmallDisk::mount() else { return };
    let data = disk.data();
    open::one_product(&data, "LAMP", 100_000);
    let server = Server::souk(&data, &[("SOUK_ORDERS_RECOVER_AFTER_S", "1")]).unwrap();
    let mut client = Client::new(server.address);
    let mut staff = open::owner(&server).await;
    let mut acknowledged = vec![buy(&mut client).await.unwrap()];

    let carts = with_carts(&server).await;

    disk.fill();
    let (ordered, left) = check_out_until_refused(carts).await;
    acknowledged.extend(ordered);
    acknowledged.extend(shop_until_refused(&mut client).await);
    let before = acknowledged.len();
    pages_are_read(&mut client, &acknowledged[0]).await;
    told_on_the_cart(&mut client).await;
    let umbrella = [("title", "Umbrella {}"), ("status", "active"), ("sku", "RAIN-{}"), ("price", "15.00")];
    refused_in_words(&mut staff, "/admin/products", &umbrella).await;

    disk.make_room();
    acknowledged.push(bought_again(&mut client).await);
    for mut client in left {
        // The cart was kept, and is bought as if nothing had been.
        match check_out(&mut client, GOOD_CARD).await.unwrap() {
            Purchase::Ordered(order) => acknowledged.push(order),
            Purchase::SoldOut => panic!("sold out"),
        }
    }
    for order in &acknowledged {
        there_and_paid(&mut client, order).await;
    }
    a_new_product_is_found(&mut staff).await;
    server.stop().unwrap();
    open::books_agree(&data);
    println!("{before} acknowledged before and while the disk was full, {} in all", acknowledged.len());
}
