//! What customers keep and change in their account.

use crate::{
    fakes::{Fate, TOKEN},
    rig::{Answer, Browser, Rig, rig},
};

const RIGHT: [(&str, &str); 2] = [("email", "ana@example.com"), ("password", " correct horse ")];
const PORTO: [(&str, &str); 5] =
    [("name", "Ana Silva"), ("line1", "Rua 1"), ("city", "Porto"), ("postal_code", "4000-001"), ("country", "PT")];

async fn signed_in(rig: &Rig) -> Browser {
    let browser = rig.browser().with_bag().await;
    browser.post("/account/sign-in", &RIGHT).await.is(303);
    browser
}

async fn add(browser: &Browser, changed: &[(&str, &str)]) -> Answer {
    let page = browser.get("/account/addresses/new").await;
    let id = page.is(200).hidden("address");
    let mut fields = PORTO.to_vec();
    fields.extend([("address", id.as_str()), ("new", "yes"), ("intent", "save")]);
    fields.extend_from_slice(changed);
    browser.post("/account/addresses", &fields).await
}

#[tokio::test]
async fn every_page_of_an_account_is_for_who_signed_in_and_leads_to_the_others() {
    let rig = rig();
    let (guest, customer) = (rig.browser(), signed_in(&rig).await);
    for path in ["/account/addresses", "/account/profile", "/account/security", "/account/data"] {
        let sent = guest.get(path).await;
        assert_eq!(sent.is(303).location(), format!("/account/sign-in?next={}", path.replace('/', "%2F")));
        let page = customer.get(path).await;
        page.is(200).shows(&format!("<a href=\"{path}\" aria-current=\"page\">")).shows("href=\"/account/orders\"");
        assert!(page.body.len() < 60_000);
    }
    guest.get("/account/data/export").await.is(303);
    guest.post("/account/data/erase", &[("password", " correct horse ")]).await.is(303);
    assert!(!rig.services.lock().erased);
}

#[tokio::test]
async fn addresses_are_added_once_edited_preferred_and_removed() {
    let rig = rig();
    let browser = signed_in(&rig).await;
    let page = browser.get("/account/addresses/new").await;
    let id = page.hidden("address");
    page.shows("value=\"Ana &lt;Silva&gt;\"").shows("<option value=\"PT\" selected>Portugal</option>");
    let fields = [&PORTO[..], &[("address", &id), ("new", "yes")]].concat();
    for _ in 0..2 {
        let saved = browser.post("/account/addresses", &fields).await;
        assert_eq!(saved.is(303).location(), "/account/addresses");
    }
    assert_eq!(rig.services.lock().addresses.len(), 1, "sent twice it is one address");
    browser.get("/account/addresses").await.shows("The address is saved.").shows("4000-001 Porto").shows("Default");

    browser.get(&format!("/account/addresses/{id}")).await.is(200).shows("value=\"Rua 1\"");
    browser.post("/account/addresses", &[&fields[..], &[("city", "Braga")]].concat()).await.is(303);
    add(&browser, &[("city", "Faro"), ("default", "yes")]).await.is(303);
    let list = browser.get("/account/addresses").await;
    let (faro, braga) = (list.body.find("Faro").unwrap(), list.body.find("Braga").unwrap());
    assert!(faro < braga, "the default comes first");
    browser.post(&format!("/account/addresses/{id}/default"), &[]).await.is(303);
    assert_eq!(rig.services.lock().addresses[0].address.city, "Braga");
    browser.post(&format!("/account/addresses/{id}/remove"), &[]).await.is(303);
    browser.get("/account/addresses").await.is(200).hides("Braga").shows("Faro");
    browser.get(&format!("/account/addresses/{id}")).await.is(404);
    browser.get("/account/addresses/x").await.is(404);
}

#[tokio::test]
async fn an_address_that_was_changed_in_another_tab_is_shown_again_as_it_was_filled_in() {
    let rig = rig();
    let browser = signed_in(&rig).await;
    add(&browser, &[]).await.is(303);
    let id = rig.services.lock().addresses[0].id.to_string();
    let version = browser.get(&format!("/account/addresses/{id}")).await.hidden("version");
    let send = async |version: &str, city: &str| {
        let fields = [("address", id.as_str()), ("version", version), ("city", city)];
        browser.post("/account/addresses", &[&PORTO[..], &fields].concat()).await
    };
    send(&version, "Braga").await.is(303);
    send(&version, "Braga").await.is(303);
    let second = send(&version, "Faro").await;
    second.is(409).shows("changed meanwhile").shows("value=\"Faro\"");
    assert_eq!(rig.services.lock().addresses[0].address.city, "Braga");
    send(&second.hidden("version"), "Faro").await.is(303);
    assert_eq!(rig.services.lock().addresses[0].address.city, "Faro");

    browser.post(&format!("/account/addresses/{id}/remove"), &[]).await.is(303);
    let gone = send("3", "Beja").await;
    gone.is(409).shows("removed meanwhile").shows("value=\"Beja\"").shows("name=\"new\" value=\"yes\"");
    browser.post("/account/addresses", &[&PORTO[..], &[("address", &id), ("new", "yes")]].concat()).await.is(303);
    assert_eq!(rig.services.lock().addresses.len(), 1);
}

#[tokio::test]
async fn an_address_that_was_entered_outlives_the_session() {
    let rig = rig();
    let browser = signed_in(&rig).await;
    let id = browser.get("/account/addresses/new").await.hidden("address");
    let fields = [&PORTO[..], &[("address", &id), ("new", "yes")]].concat();
    browser.set_cookie("souk_session", "ended");
    let sent = browser.post("/account/addresses", &fields).await;
    assert_eq!(sent.location(), "/account/sign-in?next=%2Faccount%2Faddresses%2Fnew");
    browser.get(sent.location()).await.shows("what you entered are kept");
    browser.post("/account/sign-in", &RIGHT).await.is(303);
    let page = browser.get("/account/addresses/new").await;
    page.is(200).shows("value=\"Rua 1\"").shows("value=\"4000-001\"");
    assert_eq!(page.hidden("address"), id, "it stays one address");
    browser.get("/account/addresses/new").await.hides("value=\"Rua 1\"");

    browser.post("/account/addresses", &fields).await.is(303);
    browser.set_cookie("souk_session", "ended");
    let changed = [&PORTO[..], &[("address", &id), ("line2", "Left door")]].concat();
    let sent = browser.post("/account/addresses", &changed).await;
    assert_eq!(sent.location(), format!("/account/sign-in?next=%2Faccount%2Faddresses%2F{id}"));
    browser.post("/account/sign-in", &RIGHT).await.is(303);
    browser.get(&format!("/account/addresses/{id}")).await.is(200).shows("value=\"Left door\"");
}

#[tokio::test]
async fn a_wrong_address_is_told_by_its_fields_and_a_country_brings_its_own() {
    let browser = signed_in(&rig()).await;
    let wrong = add(&browser, &[("city", ""), ("postal_code", "")]).await;
    wrong.is(422).shows("City must be filled in.").shows("f-postal_code-error").shows("value=\"Rua 1\"");
    let us = add(&browser, &[("country", "US"), ("intent", "update")]).await;
    us.is(200).shows("<option value=\"NY\">New York</option>").shows("value=\"Rua 1\"").hides("-error");
}

#[tokio::test]
async fn the_checkout_begins_with_the_default_address_and_takes_another() {
    let rig = rig();
    let browser = signed_in(&rig).await;
    add(&browser, &[("city", "Faro")]).await.is(303);
    add(&browser, &[("city", "Braga"), ("default", "yes")]).await.is(303);
    let ids: Vec<String> = rig.services.lock().addresses.iter().map(|saved| saved.id.to_string()).collect();
    let page = browser.get("/checkout").await;
    page.is(200).shows(&format!("value=\"{}\" checked", ids[0])).hides("name=\"line1\"").shows("Another address");

    let another = browser.post("/checkout", &[("saved", ""), ("email", "ana@example.com"), ("intent", "update")]).await;
    another.is(200).shows("name=\"line1\"").shows("Keep this address in my account").shows("€17.40");
    let (total, key) = (page.hidden("expected_total"), page.hidden("idempotency_key"));
    let buy = [
        ("email", "ana@example.com"),
        ("rate", "standard"),
        ("intent", "pay"),
        ("payment_token", "tok_1"),
        ("expected_total", &total),
        ("idempotency_key", &key),
    ];
    let refused = browser.post("/checkout", &[&buy[..], &[("saved", "")]].concat()).await;
    refused.is(422).shows("City must be filled in.");
    let placed = browser.post("/checkout", &[&buy[..], &[("saved", &ids[1])]].concat()).await;
    browser.get(placed.is(303).location()).await.is(200).shows("4000-001 Faro");
}

#[tokio::test]
async fn another_address_is_kept_once_if_the_customer_wants_that() {
    let rig = rig();
    let browser = signed_in(&rig).await;
    let page = browser.get("/checkout").await;
    let (total, key) = (page.hidden("expected_total"), page.hidden("idempotency_key"));
    let mut fields = PORTO.to_vec();
    fields.extend([
        ("email", "ana@example.com"),
        ("rate", "standard"),
        ("payment_token", "tok_1"),
        ("expected_total", &total),
        ("idempotency_key", &key),
        ("keep_address", "yes"),
    ]);
    rig.services.lock().fate = Fate::Declined;
    browser.post("/checkout", &fields).await.is(402).shows("value=\"Rua 1\"");
    rig.services.lock().fate = Fate::Placed;
    for _ in 0..2 {
        browser.post("/checkout", &fields).await.is(303);
    }
    let kept = rig.services.lock().addresses.clone();
    assert_eq!(kept.iter().map(|saved| saved.address.line1.as_str()).collect::<Vec<_>>(), ["Rua 1"]);
}

#[tokio::test]
async fn a_session_that_ends_in_the_middle_of_the_checkout_loses_nothing() {
    let rig = rig();
    let browser = signed_in(&rig).await;
    add(&browser, &[("city", "Faro")]).await.is(303);
    add(&browser, &[("city", "Braga")]).await.is(303);
    let second = rig.services.lock().addresses[1].id.to_string();
    browser.set_cookie("souk_session", "ended");
    let fields = [("email", "else@example.com"), ("saved", &second), ("rate", "express"), ("intent", "pay")];
    let sent = browser.post("/checkout", &fields).await;
    assert_eq!(sent.is(303).location(), "/account/sign-in?next=%2Fcheckout");
    assert_eq!(rig.services.lock().placed, 0);
    let back = browser.post("/account/sign-in", &[&RIGHT[..], &[("next", "/checkout")]].concat()).await;
    let page = browser.get(back.is(303).location()).await;
    page.is(200).shows("value=\"else@example.com\"").shows(&format!("value=\"{second}\" checked"));
    page.shows("value=\"express\" checked").shows("Canvas bag");
}

#[tokio::test]
async fn two_tabs_and_a_double_click_buy_once() {
    let rig = rig();
    let browser = signed_in(&rig).await;
    let tabs = [browser.get("/checkout").await, browser.get("/checkout").await];
    let mut places = Vec::new();
    for tab in [&tabs[0], &tabs[0], &tabs[1]] {
        let (total, key) = (tab.hidden("expected_total"), tab.hidden("idempotency_key"));
        let mut fields = PORTO.to_vec();
        fields.extend([("email", "ana@example.com"), ("rate", "standard"), ("payment_token", "tok_1")]);
        fields.extend([("expected_total", total.as_str()), ("idempotency_key", key.as_str())]);
        places.push(browser.post("/checkout", &fields).await.is(303).location().to_owned());
    }
    assert!(places.iter().all(|place| *place == places[0]), "{places:?}");
    assert_eq!(rig.services.lock().placed, 1);
}

#[tokio::test]
async fn a_profile_is_changed_with_its_consent() {
    let rig = rig();
    let browser = signed_in(&rig).await;
    browser.get("/account/profile").await.shows("value=\"Ana &lt;Silva&gt;\"").hides("You agreed on");
    browser.post("/account/profile", &[("name", "Ana Lima"), ("marketing", "yes")]).await.is(303);
    browser.get("/account/profile").await.shows("value=\"Ana Lima\"").shows("You agreed on").shows("saved");
    browser.post("/account/profile", &[("name", "")]).await.is(422).shows("f-name-error");
    assert!(rig.services.lock().marketing_since.is_some(), "what was refused changed nothing");
}

#[tokio::test]
async fn a_password_is_changed_by_who_knows_the_present_one() {
    let browser = signed_in(&rig()).await;
    let send = async |current: &str, new: &str| {
        browser.post("/account/security", &[("current_password", current), ("password", new)]).await
    };
    let wrong = send("no idea", "long enough 1").await;
    wrong.is(422).shows("f-current_password-error").shows("This is not your present password.");
    send(" correct horse ", "short").await.is(422).shows("f-password-error");
    let often = send("once too often", "long enough 1").await;
    assert_eq!(often.is(429).header("retry-after"), "15");
    assert_eq!(send(" correct horse ", "long enough 1").await.is(303).location(), "/account/security");
    browser.get("/account/security").await.shows("Your new password is set");
    assert_eq!(browser.cookie("souk_session").as_deref(), Some(TOKEN));
}

#[tokio::test]
async fn another_device_is_signed_out() {
    let browser = signed_in(&rig()).await;
    let page = browser.get("/account/security").await;
    assert_eq!(page.shows("This device").hidden("session"), "there", "only others have a button");
    browser.post("/account/sessions/end", &[("session", "there")]).await.is(303);
    browser.get("/account/security").await.shows("That device is signed out.").hides("value=\"there\"");
}

#[tokio::test]
async fn all_that_is_kept_comes_in_one_file() {
    let rig = rig();
    let browser = signed_in(&rig).await;
    add(&browser, &[]).await.is(303);
    let quote = browser.get_json("/checkout").await.json();
    let body = serde_json::json!({
        "email": "ana@example.com",
        "address": {"name": "Ana", "line1": "Rua 1", "city": "Porto", "postal_code": "4000-001", "country": "PT"},
        "method": "standard",
        "expected_total": quote["totals"]["total"],
        "payment_token": "tok_1",
    });
    let number = browser.post_json("/checkout", &body).await.is(200).json()["number"].clone();
    let file = browser.get("/account/data/export").await;
    assert!(file.is(200).header("content-disposition").starts_with("attachment"));
    assert_eq!(file.header("cache-control"), "no-store");
    let data = file.json();
    assert_eq!(data["profile"]["email"], "ana@example.com");
    assert_eq!(data["addresses"][0]["address"]["city"], "Porto");
    assert_eq!(data["orders"][0]["number"], number);
    assert_eq!(data["sessions"].as_array().unwrap().len(), 2);
    assert!(data["consents"].is_object() && data["wish_list"].is_array() && data["cart"].is_array());
    assert_eq!(data["messages"], serde_json::json!([]), "an address that was never confirmed may be somebody else's");
    file.hides(TOKEN);
    rig.services.lock().verified = true;
    let data = browser.get("/account/data/export").await.json();
    assert_eq!((&data["messages"][0]["email"], &data["orders"][0]["number"]), (&"ana@example.com".into(), &number));
}

#[tokio::test]
async fn an_account_is_erased_by_who_knows_its_password() {
    let rig = rig();
    let browser = signed_in(&rig).await;
    browser.get("/account/data").await.shows("What stays: orders");
    browser.post("/account/data/erase", &[("password", "no idea")]).await.is(422).shows("f-password-error");
    assert!(!rig.services.lock().erased);
    let gone = browser.post("/account/data/erase", &[("password", " correct horse ")]).await;
    assert_eq!(gone.is(303).location(), "/account/sign-in");
    browser.get("/account/sign-in").await.is(200).shows("Your account is erased.");
    assert_eq!(browser.cookie("souk_session"), None);
}
