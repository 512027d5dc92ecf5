//! What machines read of the shop.

use std::collections::BTreeSet;

use http::header;
use roxmltree::{Document, Node};

use crate::rig::{Answer, rig};

const GOOGLE: &str = "http://base.google.com/ns/1.0";

fn texts<'a>(document: &'a Document<'_>, name: &str) -> Vec<&'a str> {
    document.descendants().filter(|node| node.has_tag_name(name)).filter_map(|node| node.text()).collect()
}

fn locations(sitemap: &Answer) -> Vec<String> {
    let document = Document::parse(&sitemap.body).unwrap();
    let found = document.descendants().filter(|node| node.tag_name().name() == "loc");
    found.map(|node| node.text().unwrap().to_owned()).collect()
}

fn path(location: &str) -> &str {
    location.strip_prefix("http://localhost:8080").unwrap()
}

#[tokio::test]
async fn robots_keep_out_of_what_is_ones_own_and_are_led_to_the_sitemap() {
    let robots = rig().browser().get("/robots.txt").await;
    robots.is(200).shows("Disallow: /checkout\n").shows("Disallow: /search\n").hides("Disallow: /\n");
    robots.shows("\nSitemap: http://localhost:8080/sitemap.xml\n");
}

#[tokio::test]
async fn the_sitemaps_have_every_public_page_and_all_of_them_answer() {
    let browser = rig().browser();
    let index = browser.get("/sitemap.xml").await;
    assert_eq!(index.header("content-type"), "application/xml");
    let files = locations(&index);
    assert_eq!(files.len(), 4);
    let mut found = BTreeSet::new();
    for file in &files {
        let sitemap = browser.get(path(file)).await;
        sitemap.is(200);
        found.extend(locations(&sitemap));
    }
    let has = |path: &str| found.contains(&format!("http://localhost:8080{path}"));
    for page in [
        "/",
        "/brands",
        "/collections",
        "/c/bags",
        "/c/totes",
        "/brands/hermes",
        "/collections/favourites",
        "/products/canvas-bag",
    ] {
        assert!(has(page), "{page} is in no sitemap: {found:?}");
        browser
            .get(page)
            .await
            .is(200)
            .shows(&format!("<link rel=\"canonical\" href=\"http://localhost:8080{page}\">"));
    }
    for private in ["/cart", "/checkout", "/search"] {
        assert!(!has(private), "{private} is in a sitemap");
    }
}

#[tokio::test]
async fn many_products_are_cut_into_files_that_keep_within_the_limits() {
    const PRODUCTS: u128 = 100_000;
    let rig = rig();
    rig.services.lock().listed = Some(PRODUCTS);
    let browser = rig.browser();
    let index = locations(&browser.get("/sitemap.xml").await);
    let files: Vec<&String> = index.iter().filter(|file| file.contains("/products-")).collect();
    assert_eq!(files.len(), 3);
    let mut found = BTreeSet::new();
    let mut entries = 0;
    for file in files {
        let sitemap = browser.get(path(file)).await;
        let here = locations(&sitemap);
        assert!(here.len() <= 50_000 && sitemap.body.len() < 50_000_000, "{file}: {}", here.len());
        entries += here.len();
        found.extend(here);
    }
    assert_eq!((found.len(), entries), (100_000, 100_000), "each product once");
}

#[tokio::test]
async fn a_million_products_have_an_index_at_once_and_the_last_file_takes_what_is_new() {
    let rig = rig();
    rig.services.lock().listed = Some(1_000_000);
    let browser = rig.browser();
    let index = locations(&browser.get("/sitemap.xml").await);
    assert_eq!(index.iter().filter(|file| file.contains("/products-")).count(), 23);
    // The cuts are kept for an hour; what comes meanwhile is in the last file all the same.
    rig.services.lock().listed = Some(1_000_007);
    let last = locations(&browser.get("/sitemaps/products-23.xml").await);
    assert_eq!(last.len(), 10_007);
    assert!(last.last().unwrap().ends_with("-1000007"));
}

#[tokio::test]
async fn a_sitemap_that_is_not_in_the_index_is_not_there() {
    let browser = rig().browser();
    for file in ["products-0.xml", "products-2.xml", "products-01.xml", "products-1", "other.xml", "products--1.xml"] {
        browser.get(&format!("/sitemaps/{file}")).await.is(404);
    }
}

fn google<'a>(item: Node<'a, '_>, name: &str) -> Option<&'a str> {
    item.children().find(|node| node.has_tag_name((GOOGLE, name))).and_then(|node| node.text())
}

#[tokio::test]
async fn the_product_feed_has_an_item_for_every_variant() {
    let feed = rig().browser().get("/feeds/google.xml").await;
    feed.is(200);
    assert!(feed.header("cache-control").starts_with("public"));
    let document = Document::parse(&feed.body).unwrap();
    let items: Vec<Node<'_, '_>> = document.descendants().filter(|node| node.has_tag_name("item")).collect();
    assert_eq!(items.len(), 4);
    let red = items[0];
    for (name, expected) in [
        ("id", "BAG-RED-S"),
        ("title", "Canvas bag, Red, S"),
        ("description", "Strong & light. • Washable"),
        ("link", "http://localhost:8080/products/canvas-bag?variant=BAG-RED-S"),
        ("image_link", "http://localhost:8080/images/00000001-1600.jpg"),
        ("additional_image_link", "http://localhost:8080/images/00000002-1600.svg"),
        ("availability", "in_stock"),
        ("price", "20.00 EUR"),
        ("sale_price", "12.50 EUR"),
        ("gtin", "4006381333931"),
        ("brand", "Acme"),
        ("condition", "new"),
        ("product_type", "Bags > Totes"),
        ("color", "Red"),
        ("size", "S"),
        ("shipping_weight", "400 g"),
    ] {
        assert_eq!(google(red, name), Some(expected), "{name}");
    }
    assert_eq!((google(items[1], "availability"), google(items[1], "sale_price")), (Some("out_of_stock"), None));
    let groups: BTreeSet<Option<&str>> = items[..3].iter().map(|item| google(*item, "item_group_id")).collect();
    assert!(groups.len() == 1 && groups.iter().all(Option::is_some), "{groups:?}");
    // A product with one variant stands for itself, and what it says stays text.
    assert_eq!(google(items[3], "item_group_id"), None);
    assert_eq!(google(items[3], "title"), Some(crate::goods::HOSTILE));
}

#[tokio::test]
async fn what_is_new_can_be_followed() {
    let browser = rig().browser();
    browser.get("/").await.shows("type=\"application/rss+xml\" title=\"New at Souk\" href=\"/feeds/new.xml\"");
    let feed = browser.get("/feeds/new.xml").await;
    feed.is(200);
    assert_eq!(feed.header("content-type"), "application/rss+xml; charset=utf-8");
    let document = Document::parse(&feed.body).unwrap();
    assert_eq!(texts(&document, "title"), ["New at Souk", "Canvas bag", crate::goods::HOSTILE]);
    assert_eq!(texts(&document, "link")[1], "http://localhost:8080/products/canvas-bag");
    assert_eq!(texts(&document, "pubDate")[0], "Thu, 01 Jan 1970 00:00:00 +0000");
    assert_eq!(texts(&document, "description")[1], "€12.50. Strong & light. • Washable");
}

#[tokio::test]
async fn a_document_comes_compressed_to_whoever_takes_that() {
    let request = crate::rig::request(http::Method::GET, "/feeds/google.xml").header(header::ACCEPT_ENCODING, "gzip");
    let feed = rig().browser().send(request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(feed.header("content-encoding"), "gzip");
}
