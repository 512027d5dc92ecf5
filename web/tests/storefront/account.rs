//! Accounts.

use souk_types::Fault;

use crate::{fakes::LINK, rig::rig};

const RIGHT: [(&str, &str); 2] = [("email", "ana@example.com"), ("password", " correct horse ")];

#[tokio::test]
async fn a_wrong_password_is_told_and_the_email_stays() {
    let browser = rig().browser();
    let refused = browser.post("/account/sign-in", &[("email", "ana@example.com"), ("password", "x")]).await;
    refused.is(422).shows("Email or password is wrong.").shows("value=\"ana@example.com\"");
    assert_eq!(browser.cookie("souk_session"), None);
}

#[tokio::test]
async fn who_tries_too_often_is_told_how_long_to_wait() {
    let tried = [("email", "ana@example.com"), ("password", "once too often")];
    let refused = rig().browser().post("/account/sign-in", &tried).await;
    refused.is(429).shows("Too many tries; wait 15 seconds").shows("value=\"ana@example.com\"");
    assert_eq!(refused.header("retry-after"), "15");
}

#[tokio::test]
async fn a_short_password_is_told_at_its_field() {
    let refused =
        rig().browser().post("/account/register", &[("email", "a@b.c"), ("name", "A"), ("password", "x")]).await;
    refused.is(422).shows("Must have at least 10 characters.").shows("f-password-error").hides("value=\"x\"");
}

#[tokio::test]
async fn signing_in_takes_the_cart_along_and_ends_the_guest() {
    let browser = rig().browser().with_bag().await;
    browser.post("/account/sign-in", &RIGHT).await.is(303);
    assert_eq!(browser.cookie("souk_guest"), None);
    assert_eq!(browser.cookie("souk_cart_count").as_deref(), Some("1"));
    browser.get("/cart").await.shows("Canvas bag");
    browser.get("/checkout").await.shows("value=\"ana@example.com\"").shows("value=\"Ana &lt;Silva&gt;\"");
}

#[tokio::test]
async fn a_cart_that_cannot_be_taken_along_when_signing_in_comes_along_later() {
    let rig = rig();
    let browser = rig.browser().with_bag().await;
    rig.services.lock().carts_away = Some(Fault::unavailable("carts"));
    browser.post("/account/sign-in", &RIGHT).await.is(303);
    browser.get("/cart").await.is(503);
    browser.get("/products/canvas-bag").await.is(200);
    rig.services.lock().carts_away = None;
    browser.get("/cart").await.is(200).shows("Canvas bag");
    assert_eq!(browser.cookie("souk_guest"), None);
    assert_eq!(browser.cookie("souk_cart_count").as_deref(), Some("1"));
}

#[tokio::test]
async fn orders_are_for_who_signed_in() {
    let browser = rig().browser();
    let sent = browser.get("/account/orders").await;
    assert_eq!(sent.location(), "/account/sign-in?next=%2Faccount%2Forders");
    browser.get(sent.location()).await.is(200).shows("name=\"next\" value=\"/account/orders\"");
    browser
        .post("/account/register", &[("email", "a@b.c"), ("name", "Ana"), ("password", "long enough 1")])
        .await
        .is(303);
    browser.get("/account/orders").await.is(200).shows("Ana &lt;Silva&gt;").shows("You have not ordered anything yet");
    assert_eq!(browser.get("/account/sign-in").await.location(), "/account/orders");
}

#[tokio::test]
async fn a_customers_orders_are_listed() {
    let browser = rig().browser().with_bag().await;
    browser.post("/account/sign-in", &RIGHT).await.is(303);
    let quote = browser.get_json("/checkout").await.json();
    let body = serde_json::json!({
        "email": "ana@example.com",
        "address": {"name": "Ana", "line1": "Rua 1", "city": "Porto", "country": "PT"},
        "method": "standard",
        "expected_total": quote["totals"]["total"],
        "payment_token": "tok_1",
    });
    browser.post_json("/checkout", &body).await.is(200);
    browser.get("/account/orders").await.is(200).shows("€17.40").shows("1 item").shows("Being prepared");
}

#[tokio::test]
async fn who_comes_back_after_the_session_ended_is_told_so_and_goes_on_where_it_was() {
    let browser = rig().browser().with_bag().await;
    browser.post("/account/sign-in", &RIGHT).await.is(303);
    browser.set_cookie("souk_session", "ended");
    let sent = browser.get("/account/orders").await;
    assert_eq!(sent.location(), "/account/sign-in?next=%2Faccount%2Forders");
    browser.get(sent.location()).await.is(200).shows("Your session has ended.");
    assert_eq!(browser.cookie("souk_session"), None);
    browser.get("/account/sign-in").await.is(200).hides("Your session has ended.");

    browser.set_cookie("souk_session", "ended");
    let sent = browser.post("/checkout", &[("email", "else@example.com"), ("line1", "Rua 7"), ("country", "PT")]).await;
    assert_eq!(sent.location(), "/account/sign-in?next=%2Fcheckout");
    browser.get(sent.location()).await.shows("Your cart and what you entered are kept");
    browser.post("/account/sign-in", &RIGHT).await.is(303);
    browser
        .get("/checkout")
        .await
        .is(200)
        .shows("value=\"else@example.com\"")
        .shows("value=\"Rua 7\"")
        .shows("Canvas bag");

    browser.set_cookie("souk_session", "ended");
    let told = browser.post_json("/checkout", &serde_json::json!({
        "email": "a@b.c", "address": {"name": "A", "line1": "B", "city": "C", "country": "PT"}, "method": "standard",
        "expected_total": 1, "payment_token": "tok_1",
    })).await;
    assert_eq!(told.is(401).json()["code"], "session_ended");
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let browser = rig().browser();
    browser.post("/account/sign-in", &RIGHT).await.is(303);
    browser.post("/account/sign-out", &[]).await.is(303);
    assert_eq!(browser.cookie("souk_session"), None);
    browser.get("/account/sign-in").await.is(200).shows("You are signed out.");
    assert_eq!(browser.get("/account/orders").await.status.as_u16(), 303);
}

#[tokio::test]
async fn who_forgot_the_password_gets_the_same_answer_whoever_it_is() {
    let browser = rig().browser();
    browser.get("/account/sign-in").await.shows("href=\"/account/forgot-password\"");
    for email in ["ana@example.com", "nobody@example.com"] {
        let sent = browser.post("/account/forgot-password", &[("email", email)]).await;
        assert_eq!(sent.is(303).location(), "/account/sign-in");
        browser.get("/account/sign-in").await.is(200).shows("If there is an account with this address");
    }
    let wrong = browser.post("/account/forgot-password", &[("email", "")]).await;
    wrong.is(422).shows("Does not look like an email address.");
    let often = browser.post("/account/forgot-password", &[("email", "often@example.com")]).await;
    often.is(429).shows("wait 120 seconds").shows("value=\"often@example.com\"");
    assert_eq!(often.header("retry-after"), "120");
}

#[tokio::test]
async fn a_link_lets_a_new_password_be_chosen_and_signs_in() {
    let browser = rig().browser();
    let page = browser.get(&format!("/account/reset-password?token={LINK}")).await;
    assert_eq!(page.is(200).hidden("token"), LINK);
    let short = browser.post("/account/reset-password", &[("token", LINK), ("password", "x")]).await;
    short.is(422).shows("Must have at least 10 characters.");
    assert_eq!(short.hidden("token"), LINK);
    let set = browser.post("/account/reset-password", &[("token", LINK), ("password", "long enough 1")]).await;
    assert_eq!(set.is(303).location(), "/account/orders");
    browser.get("/account/orders").await.is(200);
}

#[tokio::test]
async fn a_link_that_was_used_leads_to_a_new_one() {
    let browser = rig().browser();
    let seen = browser.get("/account/reset-password?token=used").await;
    assert_eq!(seen.is(303).location(), "/account/forgot-password");
    browser.get("/account/forgot-password").await.shows("This link does not work any more.");
    let sent = browser.post("/account/reset-password", &[("token", "used"), ("password", "long enough 1")]).await;
    assert_eq!(sent.is(303).location(), "/account/forgot-password");
    assert_eq!(browser.cookie("souk_session"), None);
}

#[tokio::test]
async fn an_email_is_confirmed_by_who_is_signed_in_with_a_button() {
    let rig = rig();
    let browser = rig.browser();
    let path = format!("/account/verify?token={LINK}");
    let sent = browser.get(&path).await;
    assert_eq!(sent.is(303).location(), format!("/account/sign-in?next=%2Faccount%2Fverify%3Ftoken%3D{LINK}"));
    browser.post("/account/sign-in", &RIGHT).await.is(303);
    browser.get("/account/orders").await.shows("We have sent a link to ana@example.com");
    browser.post("/account/verify/send", &[]).await.is(303);
    browser.get("/account/orders").await.shows("The link is on its way to you.");
    browser.get(&path).await.is(200);
    assert!(!rig.services.lock().verified, "looking at the page confirms nothing");
    browser.post("/account/verify", &[("token", "used")]).await.is(303);
    browser.get("/account/orders").await.shows("This link does not work any more.").shows("We have sent a link");
    browser.post("/account/verify", &[("token", LINK)]).await.is(303);
    browser.get("/account/orders").await.shows("Your address is confirmed.").hides("We have sent a link");
}

#[tokio::test]
async fn signing_out_everywhere_ends_this_session_too() {
    let browser = rig().browser();
    browser.post("/account/sign-in", &RIGHT).await.is(303);
    browser.post("/account/sign-out-everywhere", &[]).await.is(303);
    assert_eq!(browser.cookie("souk_session"), None);
    browser.get("/account/sign-in").await.shows("You are signed out on every device.");
}
