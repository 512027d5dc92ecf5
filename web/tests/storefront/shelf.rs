//! What a visitor puts aside, looks at, buys again and prints.

use souk_contracts::ProductId;

use crate::rig::{Browser, Rig, rig};

fn id(number: u128) -> String {
    ProductId::from_bits(number).to_string()
}

#[tokio::test]
async fn a_guest_keeps_a_wish_list_without_scripts() {
    let rig = rig();
    let browser = rig.browser();
    browser.get("/wish-list").await.is(200).shows("Nothing is on your wish list yet");
    assert!(browser.cookie("souk_guest").is_none(), "looking makes nobody a guest");
    browser.get("/products/canvas-bag").await.shows("action=\"/wish-list\"").shows(&format!("value=\"{}\"", id(1)));
    let wished = browser.post("/wish-list", &[("product", &id(1))]).await;
    wished.is(303);
    assert_eq!(wished.location(), "/wish-list");
    browser.get("/wish-list").await.shows("It is on your wish list").shows("Canvas bag").shows("noindex");
    rig.browser().get("/wish-list").await.hides("Canvas bag");
    browser.post("/wish-list", &[("product", &id(1)), ("remove", "1")]).await.is(303);
    browser.get("/wish-list").await.hides("Canvas bag").shows("no longer on your wish list");
}

#[tokio::test]
async fn only_what_is_for_sale_can_be_wished_for() {
    let browser = rig().browser();
    for product in ["", "nonsense", &id(99)] {
        browser.post("/wish-list", &[("product", product)]).await.is(422);
    }
    assert!(browser.cookie("souk_guest").is_none());
}

#[tokio::test]
async fn what_was_seen_last_comes_as_cards_and_is_kept_by_nobody() {
    let browser = rig().browser();
    let seen = browser.get(&format!("/recently-viewed?ids={},nonsense,{}", id(1), id(99))).await;
    seen.is(200).shows("Canvas bag").hides("<html");
    assert_eq!(seen.header("cache-control"), "private, no-store");
    browser.get("/recently-viewed").await.is(200).hides("product-card");
    browser.get(&format!("/recently-viewed?ids={}", "x".repeat(1_025))).await.is(422);
}

#[tokio::test]
async fn what_leaves_nothing_to_choose_is_put_in_the_cart_from_its_card() {
    let rig = rig();
    let browser = rig.browser();
    let list = browser.get("/c/bags").await;
    list.shows("form=\"quick-add\" name=\"variant\" value=\"HOSTILE\"").hides("value=\"BAG-RED-S\"");
    list.shows("<form id=\"quick-add\" action=\"/cart/lines\" method=\"post\"");
    let added = browser.post("/cart/lines", &[("variant", "HOSTILE")]).await;
    added.is(303);
    assert_eq!((added.location(), browser.cookie("souk_cart_count").as_deref()), ("/cart", Some("1")));
    rig.services.lock().sold_out = true;
    rig.happen(&souk_contracts::catalog::CategoriesChanged {}).await;
    browser.get("/c/bags").await.hides("form=\"quick-add\" name=\"variant\"");
}

async fn with_order(rig: &Rig) -> (Browser, String) {
    let (browser, number) = crate::orders::bought(rig).await;
    (browser, format!("/orders/{number}?key=k3y"))
}

#[tokio::test]
async fn an_order_can_be_bought_again_and_what_is_gone_is_named() {
    let rig = rig();
    let (browser, track) = with_order(&rig).await;
    let (path, key) = track.split_once('?').unwrap();
    let reorder = format!("{path}/reorder?{key}");
    browser.get(&track).await.is(200).shows(&format!("action=\"{reorder}\""));
    let again = browser.post(&reorder, &[]).await;
    again.is(303);
    assert_eq!(again.location(), "/cart");
    browser.get("/cart").await.shows("is in your cart.").shows("Canvas bag");
    rig.services.lock().sold_out = true;
    browser.post(&reorder, &[]).await.is(303);
    browser.get("/cart").await.shows("Nothing of that order is for sale");
    rig.browser().post(&format!("{path}/reorder"), &[]).await.is(404);
}

#[tokio::test]
async fn a_placed_order_has_an_invoice_for_whoever_may_see_the_order() {
    let rig = rig();
    let (browser, track) = with_order(&rig).await;
    let (path, key) = track.split_once('?').unwrap();
    let invoice = browser.get(&format!("{path}/invoice?{key}")).await;
    invoice.is(200).shows("<h1>Invoice</h1>").shows("BAG-RED-S").shows("€12.50").shows("VAT included").shows("noindex");
    assert_eq!(invoice.header("referrer-policy"), "no-referrer");
    rig.browser().get(&format!("{path}/invoice")).await.is(404);
}

#[tokio::test]
async fn browsers_are_told_which_pages_are_likely_next() {
    let browser = rig().browser();
    assert_eq!(browser.get("/").await.header("speculation-rules"), "\"/speculation-rules.json\"");
    let rules = browser.get("/speculation-rules.json").await;
    assert_eq!(rules.header("content-type"), "application/speculationrules+json");
    assert_eq!(browser.get("/cart").await.header("speculation-rules"), "");
}
