//! Buying.

use serde_json::{Value, json};

use crate::{
    fakes::Fate,
    rig::{Answer, Browser, Rig, rig},
};

const FIELDS: [(&str, &str); 8] = [
    ("email", "ana@example.com"),
    ("name", "Ana Silva"),
    ("line1", "Rua 1"),
    ("city", "Porto"),
    ("postal_code", "4000-001"),
    ("country", "PT"),
    ("rate", "standard"),
    ("intent", "pay"),
];

async fn pay(browser: &Browser, page: &Answer, token: &str) -> Answer {
    let (total, key) = (page.hidden("expected_total"), page.hidden("idempotency_key"));
    let mut fields = FIELDS.to_vec();
    fields.extend([("expected_total", total.as_str()), ("idempotency_key", key.as_str()), ("payment_token", token)]);
    browser.post("/checkout", &fields).await
}

async fn at_checkout(rig: &Rig) -> (Browser, Answer) {
    let browser = rig.browser().with_bag().await;
    let page = browser.get("/checkout").await;
    page.is(200).shows("Standard").shows("2–4 working days").shows("€17.40").shows("Portugal").shows("Sandbox");
    (browser, page)
}

#[tokio::test]
async fn an_order_is_placed_and_confirmed() {
    let rig = rig();
    let (browser, page) = at_checkout(&rig).await;
    let placed = pay(&browser, &page, "tok_1").await;
    placed.is(303);
    assert_eq!(browser.cookie("souk_cart_count").as_deref(), Some("0"));
    let thanks = browser.get(placed.location()).await;
    thanks.is(200).shows("Thank you").shows("ana@example.com").shows("Visa •••• 4242").shows("4000-001 Porto");
    assert_eq!(thanks.header("referrer-policy"), "no-referrer");
    thanks.shows("Keep the link").hides("We send a confirmation");
}

#[tokio::test]
async fn sent_twice_it_is_one_order() {
    let rig = rig();
    let (browser, page) = at_checkout(&rig).await;
    let first = pay(&browser, &page, "tok_1").await;
    let second = pay(&browser, &page, "tok_1").await;
    assert_eq!(first.location(), second.location());
    assert_eq!(rig.services.lock().placed, 1);
}

#[tokio::test]
async fn what_is_missing_is_told_and_what_was_entered_stays() {
    let rig = rig();
    let (browser, page) = at_checkout(&rig).await;
    let key = page.hidden("idempotency_key");
    let fields =
        [("name", "Ana Silva"), ("country", "PT"), ("rate", "express"), ("email", "x"), ("idempotency_key", &key)];
    let refused = browser.post("/checkout", &fields).await;
    refused.is(422).shows("Enter an email address").shows("City must be filled in.").shows("value=\"Ana Silva\"");
    refused.shows("value=\"express\" checked");
    assert_eq!(rig.services.lock().placed, 0);
}

#[tokio::test]
async fn another_destination_is_priced_without_placing_anything() {
    let rig = rig();
    let (browser, _) = at_checkout(&rig).await;
    let elsewhere = browser.post("/checkout", &[("country", "AQ"), ("city", "Vostok"), ("intent", "update")]).await;
    elsewhere.is(200).shows("We cannot deliver to this address").shows("value=\"Vostok\"");
    browser.post("/checkout", &[("country", "DE"), ("intent", "update")]).await.is(200).shows("Standard");
    assert_eq!(rig.services.lock().placed, 0);
}

#[tokio::test]
async fn a_declined_card_keeps_the_cart_and_the_address() {
    let rig = rig();
    let (browser, page) = at_checkout(&rig).await;
    rig.services.lock().fate = Fate::Declined;
    let declined = pay(&browser, &page, "tok_1").await;
    declined
        .is(402)
        .shows("There is not enough money on the card.")
        .shows("Nothing was taken")
        .shows("value=\"Rua 1\"");
    assert_ne!(declined.hidden("idempotency_key"), page.hidden("idempotency_key"), "the next try is another one");
    rig.services.lock().fate = Fate::Placed;
    pay(&browser, &declined, "tok_2").await.is(303);
}

#[tokio::test]
async fn another_total_is_shown_before_anything_is_taken() {
    let rig = rig();
    let (browser, page) = at_checkout(&rig).await;
    browser.post("/cart", &[("qty[BAG-RED-S]", "2")]).await.is(303);
    let changed = pay(&browser, &page, "tok_1").await;
    changed.is(409).shows("The total is €29.90 now").shows("Nothing was taken");
    assert_eq!(changed.hidden("expected_total"), "2990");
    pay(&browser, &changed, "tok_1").await.is(303);
}

#[tokio::test]
async fn what_sold_out_meanwhile_is_named_in_the_cart() {
    let rig = rig();
    let (browser, page) = at_checkout(&rig).await;
    rig.services.lock().fate = Fate::OutOfStock;
    let refused = pay(&browser, &page, "tok_1").await;
    assert_eq!(refused.location(), "/cart");
    browser.get("/cart").await.shows("Canvas bag is sold out. Nothing was taken");
}

#[tokio::test]
async fn without_scripts_the_gateways_own_page_takes_the_card() {
    let rig = rig();
    let (browser, page) = at_checkout(&rig).await;
    let sent = pay(&browser, &page, "").await;
    sent.is(303);
    let expected = "/sandbox-gateway/pay?return=%2Fcheckout%2Fpay-return&amount=1740&currency=EUR";
    assert_eq!(sent.location(), expected);
    assert_eq!(rig.services.lock().placed, 0);
    let placed = browser.get("/checkout/pay-return?payment_token=tok_9").await;
    assert!(placed.location().contains("/confirmation?key="), "{}", placed.body);
    browser.get(placed.location()).await.shows("Ana Silva");
}

#[tokio::test]
async fn whoever_comes_back_without_a_token_can_try_again() {
    let rig = rig();
    let (browser, page) = at_checkout(&rig).await;
    pay(&browser, &page, "").await.is(303);
    let back = browser.get("/checkout/pay-return").await;
    assert_eq!(back.location(), "/checkout");
    browser.get("/checkout").await.shows("The payment was not finished").shows("value=\"Rua 1\"");
}

#[tokio::test]
async fn a_challenge_is_answered_and_the_order_goes_on() {
    let rig = rig();
    let (browser, page) = at_checkout(&rig).await;
    rig.services.lock().fate = Fate::ActionRequired;
    let sent = pay(&browser, &page, "tok_1").await;
    assert_eq!(sent.location(), "/sandbox-gateway/challenges/1");
    rig.services.lock().fate = Fate::Placed;
    let number = browser.cookie("souk_pending").unwrap().split('.').next().unwrap().to_owned();
    let back = browser.get(&format!("/checkout/return?order={number}&key=k3y")).await;
    assert!(back.location().ends_with(&format!("/orders/{number}/confirmation?key=k3y")), "{}", back.location());
    browser.get(&format!("/checkout/return?order={number}&key=wrong")).await.is(303);
    rig.browser().get(&format!("/checkout/return?order={number}&key=wrong")).await.is(404);
}

#[tokio::test]
async fn a_challenge_that_fails_leads_back_to_the_checkout() {
    let rig = rig();
    let (browser, page) = at_checkout(&rig).await;
    rig.services.lock().fate = Fate::ActionRequired;
    pay(&browser, &page, "tok_1").await;
    rig.services.lock().fate = Fate::Declined;
    let number = browser.cookie("souk_pending").unwrap().split('.').next().unwrap().to_owned();
    let back = browser.get(&format!("/checkout/return?order={number}&key=k3y")).await;
    assert_eq!(back.location(), "/checkout");
    browser.get("/checkout").await.is(200).shows("The payment was declined: it was not confirmed.");
}

#[tokio::test]
async fn a_payment_that_takes_its_time_is_followed_on_the_orders_page() {
    let rig = rig();
    let (browser, page) = at_checkout(&rig).await;
    rig.services.lock().fate = Fate::Pending;
    let sent = pay(&browser, &page, "tok_1").await;
    browser
        .get(sent.location())
        .await
        .is(200)
        .shows("the payment is not confirmed yet")
        .shows("do not order or pay again")
        .shows("data-stream");
}

#[tokio::test]
async fn an_empty_cart_cannot_be_bought() {
    let browser = rig().browser();
    assert_eq!(browser.get("/checkout").await.location(), "/cart");
    assert_eq!(browser.post("/checkout", &FIELDS).await.location(), "/cart");
    let refused = browser.get_json("/checkout").await;
    refused.is(422);
    assert_eq!(refused.json()["code"], "empty_cart");
}

fn body(quote: &Value) -> Value {
    json!({
        "email": "ana@example.com",
        "address": {"name": "Ana", "line1": "Rua 1", "city": "Porto", "country": "PT"},
        "method": quote["method"],
        "cart": quote["cart"]["id"],
        "expected_total": quote["totals"]["total"],
        "payment_token": "tok_1",
    })
}

#[tokio::test]
async fn a_program_buys_with_data() {
    let rig = rig();
    let browser = rig.browser();
    browser.post_json("/cart/lines", &json!({"sku": "BAG-RED-S"})).await.is(200);
    let quote = browser.get_json("/checkout?country=PT&method=express").await.json();
    assert_eq!(quote["method"], "express");
    let placed = browser.post_json("/checkout", &body(&quote)).await;
    placed.is(200);
    assert_eq!(placed.json()["state"], "placed");
    let (number, key) = (placed.json()["number"].clone(), placed.json()["access_key"].clone());
    let order = browser.get_json(&format!("/orders/{}?key={}", number.as_str().unwrap(), key.as_str().unwrap())).await;
    assert_eq!(order.json()["lifecycle"], "placed");
}

#[tokio::test]
async fn a_program_is_told_why_not() {
    let rig = rig();
    let browser = rig.browser().with_bag().await;
    let quote = browser.get_json("/checkout").await.json();
    rig.services.lock().fate = Fate::Declined;
    let declined = browser.post_json("/checkout", &body(&quote)).await;
    declined.is(402);
    assert_eq!(declined.json()["code"], "payment_declined");
    let quote = browser.get_json("/checkout").await.json();
    rig.services.lock().fate = Fate::ActionRequired;
    let waiting = browser.post_json("/checkout", &body(&quote)).await.json();
    assert_eq!(
        (&waiting["state"], &waiting["url"]),
        (&json!("action_required"), &json!("/sandbox-gateway/challenges/1"))
    );
}

#[tokio::test]
async fn an_address_asks_for_what_its_country_needs() {
    let rig = rig();
    let (browser, page) = at_checkout(&rig).await;
    page.shows("name=\"postal_code\" type=\"text\" maxlength=\"20\" value=\"\" required")
        .shows("name=\"region\" type=\"text\"");
    let states = browser.post("/checkout", &[("country", "US"), ("region", "california"), ("intent", "update")]).await;
    states.is(200).shows("<select class=\"input\" id=\"f-region\" name=\"region\" required");
    states.shows("<option value=\"CA\" selected>California</option>").shows("<option value=\"NY\">New York</option>");
    let without_codes = browser.post("/checkout", &[("country", "HK"), ("intent", "update")]).await;
    without_codes.is(200).hides("name=\"postal_code\" type=\"text\" maxlength=\"20\" value=\"\" required");
}

#[tokio::test]
async fn an_address_without_its_postal_code_is_refused_in_place() {
    let rig = rig();
    let (browser, page) = at_checkout(&rig).await;
    let key = page.hidden("idempotency_key");
    let fields = FIELDS.map(|(name, value)| (name, if name == "postal_code" { "" } else { value }));
    let refused = browser.post("/checkout", &[&fields[..], &[("idempotency_key", &key)]].concat()).await;
    refused.is(422).shows("f-postal_code-error").shows("Postal code must be filled in.");
    assert_eq!(rig.services.lock().placed, 0);
}

#[tokio::test]
async fn an_order_that_was_paid_at_the_sandbox_says_so() {
    let rig = rig();
    let (browser, page) = at_checkout(&rig).await;
    let placed = pay(&browser, &page, "tok_1").await;
    browser.get(placed.location()).await.shows("Sandbox payment: no real money moved");
    browser.get(&placed.location().replace("/confirmation", "")).await.shows("Sandbox payment: no real money moved");
}

#[tokio::test]
async fn regions_with_a_tax_of_their_own_are_chosen_from_a_list_and_the_tax_has_its_name() {
    let rig = rig();
    let (browser, page) = at_checkout(&rig).await;
    page.shows("VAT included");
    let spain = browser.post("/checkout", &[("country", "ES"), ("region", "canarias"), ("intent", "update")]).await;
    spain.is(200).shows("Elsewhere in the country").shows("<option value=\"Canarias\" selected>Canarias</option>");
    spain.hides("name=\"region\" required");
}

/// Pays as the page asks to.
async fn pay_by(browser: &Browser, page: &Answer, method: &str, token: &str) -> Answer {
    let (total, key) = (page.hidden("expected_total"), page.hidden("idempotency_key"));
    let mut fields = FIELDS.to_vec();
    fields.extend([("expected_total", total.as_str()), ("idempotency_key", key.as_str())]);
    fields.extend([("payment_method", method), ("payment_token", token)]);
    browser.post("/checkout", &fields).await
}

#[tokio::test]
async fn a_payment_method_that_was_switched_off_meanwhile_leaves_the_others_to_choose_from() {
    let rig = rig();
    let (browser, page) = at_checkout(&rig).await;
    assert_eq!(page.hidden("payment_method"), "card");
    rig.services.lock().card_switched_off = true;
    let refused = pay_by(&browser, &page, "card", "tok_1").await;
    refused.is(422).shows("This way to pay is not offered any more; choose another: On another page.");
    refused.shows("value=\"Rua 1\"");
    assert_eq!(refused.hidden("payment_method"), "hosted", "the page offers what there is now");
    assert_eq!(rig.services.lock().placed, 0);
    // Without scripts no token has come yet: it is found out before the shopper leaves the shop.
    let unsent = pay_by(&browser, &refused, "card", "").await;
    unsent.is(422).shows("choose another");
    let elsewhere = pay_by(&browser, &refused, "hosted", "").await;
    assert!(elsewhere.location().starts_with("/sandbox-gateway/pay?"), "{}", elsewhere.body);
    let placed = browser.get("/checkout/pay-return?payment_token=tok_9").await;
    assert!(placed.location().contains("/confirmation?key="), "{}", placed.body);
}
