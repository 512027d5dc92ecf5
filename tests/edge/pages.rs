//! Every page of the shop through nginx: what is kept is for everybody, and what is about somebody is not kept.

use std::{collections::BTreeSet, fs, time::Duration};

use souk_bench::client::{Answer, Client};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::{cache, shop, shopper::Shopper};
use crate::house::root;

/// What nginx does with the pages of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    /// They are the same for everybody.
    Yes,
    /// They may be about who asks.
    No,
}

/// An address as the shopper asks for it, and as a stranger does, who does not know the shopper's keys.
struct Row {
    kept: Kept,
    own: String,
    others: String,
}

/// Every address that is looked at, in the words of the router: a new one is asked for as soon as it is written.
fn routes() -> BTreeSet<String> {
    let mut routes = BTreeSet::new();
    for file in ["web/src/storefront/mod.rs", "web/src/feeds/mod.rs", "web/src/routes.rs"] {
        let text = fs::read_to_string(root().join(file)).unwrap();
        let lines = text.lines().filter_map(|line| line.trim().strip_prefix(".route(\""));
        let looked_at = lines.filter(|line| line.contains("get(")).filter_map(|line| line.split('"').next());
        routes.extend(looked_at.map(ToOwned::to_owned));
    }
    routes
}

/// How a route is asked for, and whether it is kept. Whoever adds a page decides it here.
fn rows(route: &str, shopper: &Shopper) -> Vec<Row> {
    let Shopper { product, category, brand, collection, asset, image, order, .. } = shopper;
    let yes = |address: &str| Row { kept: Kept::Yes, own: address.to_owned(), others: address.to_owned() };
    let no = |address: &str| Row { kept: Kept::No, ..yes(address) };
    let of_order = |rest: &str| {
        let others = format!("/orders/{}{rest}", order.number);
        vec![Row { kept: Kept::No, own: format!("{others}?key={}", order.access_key), others }]
    };
    match route {
        "/"
        | "/brands"
        | "/collections"
        | "/offline"
        | "/speculation-rules.json"
        | "/robots.txt"
        | "/sitemap.xml"
        | "/feeds/google.xml"
        | "/feeds/new.xml"
        | "/favicon.svg" => vec![yes(route)],
        "/c/{slug}" => vec![yes(&format!("/c/{category}")), yes(&format!("/c/{category}?sort=price"))],
        "/brands/{slug}" => vec![yes(&format!("/brands/{brand}"))],
        "/collections/{slug}" => vec![yes(&format!("/collections/{collection}"))],
        "/search" => vec![yes("/search?q=leather"), yes("/search")],
        "/search/suggest" => vec![yes("/search/suggest?q=lea")],
        "/products/{slug}" => vec![yes(&format!("/products/{product}")), yes(&format!("/products/{product}.json"))],
        "/images/{file}" => vec![yes(&format!("/images/{image}"))],
        "/assets/{name}" => vec![yes(&format!("/assets/{asset}"))],
        "/sitemaps/{file}" => vec![yes("/sitemaps/categories.xml")],
        // Browsers are to ask each time whether it has changed; an address that only leads on says nothing of caches.
        "/sw.js" | "/favicon.ico" => vec![no(route)],
        "/cart"
        | "/cart/drawer"
        | "/checkout"
        | "/checkout/pay-return"
        | "/checkout/return"
        | "/wish-list"
        | "/account/sign-in"
        | "/account/register"
        | "/account/forgot-password"
        | "/account/reset-password"
        | "/account/verify"
        | "/account/orders"
        | "/account/addresses"
        | "/account/addresses/new"
        | "/account/profile"
        | "/account/security"
        | "/account/data"
        | "/account/data/export" => vec![no(route)],
        "/recently-viewed" => vec![no(&format!("/recently-viewed?ids={}", shopper.product_id))],
        "/cart/link/{seal}" => vec![no("/cart/link/of-nobody")],
        "/account/addresses/{id}" => vec![no("/account/addresses/adr_none")],
        "/orders/{number}" => of_order(""),
        "/orders/{number}/confirmation" => of_order("/confirmation"),
        "/orders/{number}/invoice" => of_order("/invoice"),
        "/orders/{number}/timeline" => of_order("/timeline"),
        // A stream without end is asked for below; here, one that nobody has.
        "/orders/{number}/stream" => vec![no("/orders/NONE-0000/stream")],
        _ => panic!("{route}: say here whether its pages may be kept by a cache"),
    }
}

/// Addresses that nginx and the shop might read in different ways, so that one takes a shopper's page for a file.
fn misread(order: &str) -> Vec<String> {
    let ways = [
        "/cart/../products/x",
        "/cart/x.css",
        "/cart%2f..%2fassets/x.css",
        "/account/orders/..%2f..%2fproducts%2fx",
        "/products/..%2fcart",
        "/products/%2e%2e/cart",
        "/assets/../cart",
        "/assets/..%2fcart",
        "//cart",
        "/cart;/assets/x.css",
        "/account/profile%00.css",
        "/cart?x=/assets/a.css",
        "/checkout%3f.css",
    ];
    let orders = ["", "%2f..%2f..%2fproducts%2fx", "/invoice%3f.css", "/..%2f..%2fassets%2fa.css"];
    let orders = orders.iter().map(|end| format!("/orders/{order}{end}"));
    ways.iter().map(ToString::to_string).chain(orders).collect()
}

async fn get(client: &mut Client, path: &str) -> Answer {
    client.get(path, "text/html").await.unwrap_or_else(|error| panic!("{path}: {error:#}"))
}

#[tokio::test]
async fn no_page_with_a_shoppers_data_is_kept_and_pages_for_everybody_are() {
    let Some((front, _server, _folder)) = shop() else { return };
    let mut shopper = Shopper::arrive(&front).await;
    let (secrets, routes) = (shopper.secrets(), routes());
    assert!(routes.len() > 40, "{routes:?}");
    // Of what is not in the address that was asked for: pages say where they are.
    let told = |path: &str, answer: &Answer| {
        let text = answer.text_all();
        secrets.iter().find(|secret| text.contains(*secret) && !path.contains(*secret)).cloned()
    };
    // The shopper is known, and sees what is theirs: else nothing would be tested.
    for (path, secret) in [("/account/profile", "Zenobia"), ("/account/orders", shopper.order.number.as_str())] {
        assert!(shopper.client.get(path, "text/html").await.unwrap().text_all().contains(secret), "{path}");
    }
    let all: Vec<Row> = routes.iter().flat_map(|route| rows(route, &shopper)).collect();
    for Row { kept, own, others } in all {
        let first = get(&mut shopper.client, &own).await;
        let second = get(&mut shopper.client, &own).await;
        let other = get(&mut front.client(), &others).await;
        let held = other.header("cache-control");
        assert_eq!(told(&others, &other), None, "{others}: a stranger is told of the shopper");
        if kept == Kept::Yes {
            assert_eq!((first.status.as_u16(), cache(&second), cache(&other)), (200, "HIT", "HIT"), "{own}");
            assert_eq!(told(&own, &first), None, "{own}");
            assert!(first.header("set-cookie").is_empty() && other.header("set-cookie").is_empty(), "{own}");
            assert!(held.contains("public"), "{own}: {held}");
        } else {
            assert!([cache(&first), cache(&second), cache(&other)] == ["BYPASS"; 3], "{own}: {}", cache(&second));
            assert!(held.contains("private") || held.contains("no-cache"), "{own}: {held}");
        }
    }
    let empty = get(&mut front.client(), "/cart").await.text_all();
    assert!(empty.contains("Your cart is empty"), "{empty}");
    for path in misread(&shopper.order.number) {
        get(&mut shopper.client, &path).await;
        let other = get(&mut front.client(), &path).await;
        assert_eq!(told(&path, &other), None, "{path}");
        assert_ne!(cache(&other), "HIT", "{path}: {}", other.text());
    }
}

/// Signs of life come every 15 seconds; a proxy that collected them would show none for an hour.
#[tokio::test]
async fn news_of_an_order_comes_through_as_it_happens() {
    let Some((front, _server, _folder)) = shop() else { return };
    let order = Shopper::arrive(&front).await.order;
    let ask = format!(
        "GET /orders/{}/stream?key={} HTTP/1.1\r\nHost: {}\r\n\r\n",
        order.number, order.access_key, front.address
    );
    let mut stream = TcpStream::connect(front.address).await.unwrap();
    stream.write_all(ask.as_bytes()).await.unwrap();
    let mut got = String::new();
    let come = async {
        let mut piece = [0; 1_024];
        while got.split("\r\n\r\n").nth(1).is_none_or(|body| !body.contains("\n\n")) {
            let bytes = stream.read(&mut piece).await.unwrap();
            assert_ne!(bytes, 0, "it ended: {got}");
            got.push_str(&String::from_utf8_lossy(&piece[..bytes]));
        }
    };
    assert!(timeout(Duration::from_secs(25), come).await.is_ok(), "nothing comes: {got}");
    assert!(got.starts_with("HTTP/1.1 200") && got.contains("X-Cache: BYPASS"), "{got}");
}

#[tokio::test]
async fn a_page_and_its_data_are_kept_apart() {
    let Some((front, _server, _folder)) = shop() else { return };
    let mut client = front.client();
    let home = get(&mut client, "/").await.text_all();
    let path = home.split('"').find(|text| text.starts_with("/products/")).unwrap();
    for _ in 0..2 {
        for (accept, kind) in [
            ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
            ("application/json", "application/json"),
            ("application/json, text/html;q=0.5", "application/json"),
            ("text/html, application/json;q=0.5", "text/html"),
            ("*/*", "text/html"),
        ] {
            let answer = client.get(path, accept).await.unwrap();
            assert!(answer.header("content-type").starts_with(kind), "{accept}: {}", answer.header("content-type"));
        }
    }
    client.takes_gzip = true;
    let zipped = client.get(path, "text/html").await.unwrap();
    assert_eq!((cache(&zipped), zipped.header("content-encoding")), ("HIT", "gzip"));
}
