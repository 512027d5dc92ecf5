//! Pages that are the same for everybody.

use std::sync::atomic::Ordering;

use http::{Method, header};
use souk_contracts::{
    catalog::{CategoriesChanged, ProductsChanged},
    inventory::AvailabilityChanged,
};
use souk_types::Id;

use crate::rig::{request, rig};

#[tokio::test]
async fn the_front_page_shows_categories_and_products() {
    let page = rig().browser().get("/").await;
    page.is(200).shows("Welcome to Souk").shows("/c/bags").shows("60 products").shows("Canvas bag").shows("From");
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
}

#[tokio::test]
async fn a_product_page_has_its_options_stock_and_facts() {
    let page = rig().browser().get("/products/canvas-bag").await;
    page.is(200).shows("Canvas bag").shows("€12.50").shows("€20.00").shows("Only 3 left").shows("18 l");
    page.shows("Strong &amp; light.").shows("• Washable").shows("Delivered in 2–4 working days");
    page.shows("?variant=BAG-RED-L").shows("?variant=BAG-BLUE-S").shows("schema.org");
}

#[tokio::test]
async fn a_chosen_variant_is_shown_and_an_unknown_one_is_not() {
    let browser = rig().browser();
    browser.get("/products/canvas-bag?variant=BAG-RED-L").await.is(200).shows("€14.50").shows("Sold out");
    let unknown = browser.get("/products/canvas-bag?variant=NOPE").await;
    unknown.is(302);
    assert_eq!(unknown.location(), "/products/canvas-bag");
}

#[tokio::test]
async fn an_old_address_leads_to_the_new_one_for_good() {
    let moved = rig().browser().get("/products/old-bag").await;
    moved.is(301);
    assert_eq!(moved.location(), "/products/canvas-bag");
}

#[tokio::test]
async fn a_product_is_also_data() {
    let browser = rig().browser();
    let by_ending = browser.get("/products/canvas-bag.json").await;
    let by_header = browser.get_json("/products/canvas-bag").await;
    assert_eq!(by_ending.body, by_header.body);
    let product = by_ending.json();
    assert_eq!(product["offers"][0]["price"]["minor"], 1_250);
    assert_eq!(product["offers"][0]["available"], 3);
    assert_eq!(product["offers"][1]["in_stock"], false);
    browser.get_json("/products/nothing").await.is(404);
}

#[tokio::test]
async fn a_category_can_be_narrowed_down_and_paged() {
    let page = rig().browser().get("/c/bags?brand=Acme&price_min=5&page=2&sort=price_up").await;
    page.is(200).shows("Brand: Acme").shows("From €5").shows("/c/totes").shows("Page 2 of 3");
    page.shows("/c/bags?price_min=5&amp;sort=price_up").shows("name=\"price_min\"").hides("name=\"category\"");
}

#[tokio::test]
async fn a_search_shows_hits_and_helps_when_there_are_none() {
    let browser = rig().browser();
    browser
        .get("/search?q=bag")
        .await
        .is(200)
        .shows("Results for “bag”")
        .shows("<mark>bag</mark>")
        .shows("a &lt;b&gt;strong");
    browser.get("/search?q=bga").await.shows("Did you mean").shows("/search?q=bag");
    browser.get("/search?q=zzz").await.is(200).shows("We found nothing").shows("/c/bags");
    browser.get("/search").await.is(200).shows("What are you looking for?");
}

#[tokio::test]
async fn suggestions_are_few_and_have_what_the_box_shows() {
    let found = rig().browser().get("/search/suggest?q=ba").await.json();
    assert_eq!(found["suggestions"][0]["url"], "/search?q=leather+bag");
    assert_eq!(found["products"][0]["price"], "€12.50");
    assert_eq!(found["products"][0]["image"], "/images/00000001-160.webp");
}

#[tokio::test]
async fn a_page_for_everybody_says_nothing_about_anybody() {
    let rig = rig();
    let browser = rig.browser().with_bag().await;
    browser.set_cookie("souk_session", crate::fakes::TOKEN);
    for path in ["/", "/products/canvas-bag", "/products/canvas-bag.json", "/c/bags", "/search?q=bag"] {
        for _ in 0..2 {
            let page = browser.get(path).await;
            page.is(200).hides("Ana").hides("ana@example.com");
            assert!(!page.headers.contains_key(header::SET_COOKIE), "{path} sets a cookie");
            assert!(page.header("cache-control").starts_with("public"), "{path}");
        }
    }
}

#[tokio::test]
async fn a_page_is_made_once_until_its_product_or_stock_changes() {
    let rig = rig();
    let browser = rig.browser();
    let reads = || rig.services.product_reads.load(Ordering::SeqCst);
    for _ in 0..3 {
        browser.get("/products/canvas-bag").await.is(200).shows("Only 3 left");
    }
    assert_eq!(reads(), 1);
    rig.services.lock().title = Some("Sailcloth bag".to_owned());
    rig.happen(&ProductsChanged { products: vec![Id::from_bits(1)] }).await;
    browser.get("/products/canvas-bag").await.shows("Sailcloth bag");
    assert_eq!(reads(), 2);
    rig.services.lock().sold_out = true;
    rig.happen(&AvailabilityChanged { sku: "BAG-RED-S".to_owned(), in_stock: false }).await;
    browser.get("/products/canvas-bag").await.hides("Only 3 left");
    assert_eq!(reads(), 3);
}

#[tokio::test]
async fn lists_follow_news_of_stock_and_are_kept_otherwise() {
    let rig = rig();
    let browser = rig.browser();
    for list in ["/", "/c/bags", "/search?q=bag"] {
        rig.services.lock().sold_out = false;
        rig.happen(&CategoriesChanged {}).await;
        browser.get(list).await.is(200).hides("Sold out");
        rig.services.lock().sold_out = true;
        browser.get(list).await.hides("Sold out");
    }
    rig.happen(&AvailabilityChanged { sku: "BAG-RED-S".to_owned(), in_stock: false }).await;
    for list in ["/", "/c/bags", "/search?q=bag"] {
        browser.get(list).await.shows("Sold out");
    }
}

#[tokio::test]
async fn junk_in_the_address_does_not_make_another_page() {
    let rig = rig();
    let browser = rig.browser();
    for junk in ["", "?utm_source=1", "?utm_source=2&x", "?variant="] {
        browser.get(&format!("/products/canvas-bag{junk}")).await.is(200);
    }
    assert_eq!(rig.services.product_reads.load(Ordering::SeqCst), 1);
    browser.get("/products/canvas-bag%3Fvariant=BAG-RED-S").await.is(404);
    browser.get("/products/canvas-bag?variant=BAG-RED-S").await.is(200);
}

#[tokio::test]
async fn a_page_comes_compressed_to_whoever_takes_that_and_not_again_to_whoever_has_it() {
    let browser = rig().browser();
    let get = |name: header::HeaderName, value: String| {
        request(Method::GET, "/products/canvas-bag").header(name, value).body(axum::body::Body::empty()).unwrap()
    };
    let zipped = browser.send(get(header::ACCEPT_ENCODING, "gzip".to_owned())).await;
    assert_eq!(zipped.header("content-encoding"), "gzip");
    let again = browser.send(get(header::ACCEPT_ENCODING, "gzip".to_owned())).await;
    assert_eq!(again.header("content-encoding"), "gzip");
    let plain = browser.get("/products/canvas-bag").await;
    assert_eq!(plain.header("content-encoding"), "");
    let kept = browser.send(get(header::IF_NONE_MATCH, plain.header("etag").to_owned())).await;
    kept.is(304);
    assert!(kept.body.is_empty());
}

#[tokio::test]
async fn pictures_are_kept_for_ever_and_placeholders_are_not() {
    let browser = rig().browser();
    let picture = browser.get("/images/abc-400.webp").await;
    picture.is(200);
    assert!(picture.header("cache-control").contains("immutable"));
    assert_eq!(picture.header("content-type"), "image/webp");
    let placeholder = browser.get("/images/missing-400.svg").await;
    assert_eq!(placeholder.header("cache-control"), "public, max-age=30");
    assert!(placeholder.header("content-security-policy").contains("sandbox"));
    browser.get("/images/none-400.webp").await.is(404);
    browser.get("/images/abc-399.webp").await.is(404);
}

#[tokio::test]
async fn styles_and_scripts_are_kept_for_ever_under_the_name_of_their_content() {
    let browser = rig().browser();
    let page = browser.get("/").await;
    for (mark, kind) in [
        ("href=\"/assets/store.", "text/css; charset=utf-8"),
        ("src=\"/assets/store.", "text/javascript; charset=utf-8"),
    ] {
        let from = page.body.find(mark).unwrap() + mark.find('/').unwrap();
        let url = page.body[from..].split('"').next().unwrap();
        let asset = browser.get(url).await;
        asset.is(200);
        assert_eq!(asset.header("content-type"), kind);
        assert!(asset.header("cache-control").contains("immutable"));
    }
    browser.get("/assets/store.000000000000.css").await.is(404);
    browser.get("/favicon.svg").await.is(200);
}

#[tokio::test]
async fn every_page_says_whether_prices_include_the_tax() {
    rig().browser().get("/cart").await.shows("Prices in EUR, tax included where it applies");
    let rig = rig();
    rig.services.lock().prices_without_tax = true;
    rig.browser().get("/").await.shows("Prices in EUR, tax is added at checkout where it applies");
}

#[tokio::test]
async fn a_page_behind_the_last_one_says_so_and_leads_back() {
    let browser = rig().browser();
    for page in ["9", "417", "99999999"] {
        let beyond = browser.get(&format!("/search?q=bag&page={page}")).await;
        beyond.is(200).shows("these results end on page").shows("href=\"/search?q=bag\">Go to the first page");
        beyond.hides("No products match these filters.");
    }
}
