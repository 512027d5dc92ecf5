//! The cart.

use serde_json::json;
use souk_types::{Currency, ErrorKind, Fault, Money};

use crate::rig::rig;

#[tokio::test]
async fn what_is_put_in_is_in_the_cart_and_said_once() {
    let browser = rig().browser().with_bag().await;
    assert_eq!(browser.cookie("souk_cart_count").as_deref(), Some("1"));
    let cart = browser.get("/cart").await;
    cart.is(200)
        .shows("Canvas bag is in your cart")
        .shows("€12.50")
        .shows("Colour: Red, Size: S")
        .shows("Go to checkout");
    browser.get("/cart").await.hides("is in your cart");
}

#[tokio::test]
async fn a_script_gets_the_count_and_a_program_the_whole_cart() {
    let browser = rig().browser();
    let added = browser.post_json("/cart/lines", &json!({"sku": "BAG-RED-S", "quantity": 2})).await;
    added.is(200);
    assert_eq!(added.json()["count"], 2);
    assert_eq!(added.json()["text"], "Canvas bag is in your cart");
    assert_eq!(added.json()["cart"]["subtotal"]["minor"], 2_500);
    assert_eq!(browser.get_json("/cart").await.json()["lines"][0]["sku"], "BAG-RED-S");
}

#[tokio::test]
async fn what_is_sold_out_is_said_on_its_own_page() {
    let rig = rig();
    rig.services.lock().sold_out = true;
    let browser = rig.browser();
    let refused = browser.post("/cart/lines", &[("variant", "BAG-RED-S"), ("quantity", "1")]).await;
    refused.is(422).shows("Canvas bag is sold out.").shows("data-product");
    let problem = browser.post_json("/cart/lines", &json!({"sku": "BAG-RED-S"})).await;
    problem.is(409);
    assert_eq!(problem.json()["code"], "sold_out");
    assert!(problem.json()["errors"]["quantity"].is_string());
}

#[tokio::test]
async fn why_a_cart_cannot_be_changed_is_said_where_there_is_more_to_say() {
    let rig = rig();
    let browser = rig.browser();
    let full = Fault::new(ErrorKind::Unavailable, "the disk is full; nothing was saved");
    let kept = "Your cart cannot be changed just now. What is in it is kept: try again in a minute.";
    let both = format!("{kept} The disk is full; nothing was saved.");
    for (away, said) in [(Fault::unavailable("no answer"), kept), (Fault::deadline(), kept), (full, &both)] {
        rig.services.lock().carts_away = Some(away);
        let problem = browser.post_json("/cart/lines", &json!({"sku": "BAG-RED-S"})).await;
        assert_eq!(problem.is(503).json()["detail"], said);
        browser.post("/cart/lines", &[("variant", "BAG-RED-S"), ("quantity", "1")]).await.is(303);
        rig.services.lock().carts_away = None;
        browser.get("/cart").await.shows(said).shows("Your cart is empty");
    }
}

#[tokio::test]
async fn a_wrong_quantity_is_told_in_place() {
    let browser = rig().browser();
    for wrong in ["0", "-1", "x", "1000"] {
        let refused = browser.post("/cart/lines", &[("variant", "BAG-RED-S"), ("quantity", wrong)]).await;
        refused.is(422).shows("f-quantity-error");
    }
    browser.post("/cart/lines", &[("variant", "NOPE"), ("quantity", "1")]).await.is(404);
    browser.post("/cart/lines", &[("variant", ""), ("quantity", "1")]).await.is(422);
}

#[tokio::test]
async fn quantities_are_changed_and_lines_removed() {
    let browser = rig().browser().with_bag().await;
    browser.post("/cart", &[("qty[BAG-RED-S]", "3"), ("update", "1")]).await.is(303);
    browser.get("/cart").await.shows("€37.50");
    assert_eq!(browser.cookie("souk_cart_count").as_deref(), Some("3"));
    let refused = browser.post("/cart", &[("qty[BAG-RED-S]", "many"), ("update", "1")]).await;
    refused.is(422).shows("Enter a whole number").shows("€37.50");
    browser.post("/cart", &[("qty[BAG-RED-S]", "3"), ("remove", "BAG-RED-S")]).await.is(303);
    browser.get("/cart").await.shows("Your cart is empty");
}

#[tokio::test]
async fn two_visitors_have_two_carts() {
    let rig = rig();
    let one = rig.browser().with_bag().await;
    rig.browser().get("/cart").await.shows("Your cart is empty");
    one.get("/cart").await.shows("Canvas bag");
}

#[tokio::test]
async fn a_notice_that_was_not_left_by_the_shop_is_not_shown() {
    let browser = rig().browser();
    browser.set_cookie("souk_notice", "eyJraW5kIjoiaW5mbyIsInRleHQiOiJQYXkgaGVyZSJ9");
    browser.get("/cart").await.is(200).hides("Pay here");
    assert_eq!(browser.cookie("souk_notice"), None);
}

#[tokio::test]
async fn what_sold_out_in_the_cart_is_marked_as_not_counted() {
    let rig = rig();
    let browser = rig.browser().with_bag().await;
    browser.get("/cart").await.hides("Not counted");
    rig.services.lock().sold_out = true;
    let cart = browser.get("/cart").await;
    cart.is(200)
        .shows("<s aria-hidden=\"true\">€12.50</s>")
        .shows("Not counted<span class=\"visually-hidden\"> in the total");
    cart.shows("€0.00").shows("aria-disabled=\"true\"");
}

#[tokio::test]
async fn a_quantity_that_was_lowered_is_told_on_the_next_page_once() {
    let rig = rig();
    rig.services.lock().left = Some(39);
    let browser = rig.browser().with_bag().await;
    browser.get("/cart").await.is(200);
    browser.post("/cart", &[("qty[BAG-RED-S]", "60"), ("update", "1")]).await.is(303);
    browser
        .get("/cart")
        .await
        .shows("You asked for 60 of Canvas bag, but there are only 39 left.")
        .shows("value=\"39\"");
    browser.get("/cart").await.hides("You asked for 60");
    browser.post("/cart", &[("qty[BAG-RED-S]", "2"), ("update", "1")]).await.is(303);
    browser.get("/cart").await.hides("You asked for");
}

#[tokio::test]
async fn all_that_is_to_know_about_a_line_is_told_and_the_gravest_comes_first() {
    let rig = rig();
    let browser = rig.browser().with_bag().await;
    browser.post("/cart", &[("qty[BAG-RED-S]", "5"), ("update", "1")]).await.is(303);
    rig.services.lock().left = Some(2);
    rig.services.lock().price_seen = Some(Money::new(1_000, Currency::EUR));
    let cart = browser.get("/cart").await;
    cart.is(200).shows("Only 2 left.").shows("The price changed from €10.00 to €12.50.");
    assert!(cart.body.find("Only 2 left") < cart.body.find("The price changed"));
}

#[tokio::test]
async fn a_form_may_name_the_sku_as_programs_do() {
    let browser = rig().browser();
    browser.post("/cart/lines", &[("sku", "BAG-RED-S"), ("quantity", "1")]).await.is(303);
    browser.get("/cart").await.shows("Canvas bag");
}

#[tokio::test]
async fn what_is_in_the_cart_can_be_shown_beside_another_page() {
    let browser = rig().browser().with_bag().await;
    let drawer = browser.get("/cart/drawer").await;
    drawer.is(200).shows("Canvas bag").shows("href=\"/checkout\"").shows("€12.50").hides("<html");
    assert_eq!(drawer.header("cache-control"), "private, no-store");
}
