//! What customers see and change of their own account.

use http::{StatusCode, header};
use serde_json::{Value, json};
use souk_contracts::{AddressId, CustomerId, accounts};
use souk_types::Fault;

use super::{ask, ask_if, parsed, shop};
use crate::admin::tests::fakes::{Shop, ok, refused};

const TOKEN: &str = "souk_session_customer";
const OWN: &str = "adr_00000000000000000000000001";
const FOREIGN: &str = "adr_00000000000000000000000002";

fn address(name: &str) -> Value {
    json!({"name": name, "line1": "Road 1", "city": "Berlin", "postal_code": "10115", "country": "DE"})
}

/// A customer who keeps one address; somebody else keeps another.
fn with_address() -> Shop {
    let mine = CustomerId::from_bits(1);
    shop(move |method, arguments| match method {
        "accounts.addresses" if arguments["customer"] == json!(mine) => {
            let kept = serde_json::from_value(address("Ann")).unwrap();
            ok([accounts::SavedAddress { id: AddressId::from_bits(1), address: kept, is_default: true, version: 4 }])
        }
        "accounts.save_address" if arguments["address"]["version"] == 1 => {
            refused(&accounts::Error::VersionConflict { current: 4 })
        }
        "accounts.save_address" if arguments["address"]["id"] == FOREIGN => refused(&Fault::not_found("the address")),
        "accounts.remove_address" if arguments["version"] == 1 => {
            refused(&accounts::Error::VersionConflict { current: 4 })
        }
        "accounts.save_address" | "accounts.remove_address" => ok(Value::Null),
        _ => None,
    })
}

#[tokio::test]
async fn a_customer_lists_replaces_and_removes_their_own_addresses_and_nobody_elses() {
    let shop = with_address();
    let list = ask(&shop, TOKEN, "GET", "/customer/addresses", Value::Null).await;
    assert_eq!(parsed(&list)["items"][0]["address"]["name"], "Ann", "{}", list.body);
    let (path, foreign) = (format!("/customer/addresses/{OWN}"), format!("/customer/addresses/{FOREIGN}"));
    let read = ask(&shop, TOKEN, "GET", &path, Value::Null).await;
    assert_eq!((read.header(header::ETAG), parsed(&read)["version"].clone()), ("\"4\"", json!(4)), "{}", read.body);
    assert_eq!(ask(&shop, TOKEN, "GET", &foreign, Value::Null).await.status, StatusCode::NOT_FOUND);
    let input = json!({"address": address("Bob"), "is_default": true});
    let refused = ask_if(&shop, TOKEN, "PUT", &foreign, ("\"4\"", input.clone())).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    let own = ask_if(&shop, TOKEN, "PUT", &path, ("\"4\"", input)).await;
    assert_eq!((own.status, own.header(header::ETAG)), (StatusCode::OK, "\"4\""), "{}", own.body);
    let asked = shop.asked("accounts.save_address").pop().unwrap();
    assert_eq!((&asked["address"]["id"], &asked["address"]["address"]["name"]), (&json!(OWN), &json!("Bob")));
    assert_eq!(asked["address"]["version"], 4);
    let removed = ask_if(&shop, TOKEN, "DELETE", &foreign, ("\"4\"", Value::Null)).await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    // Whose address goes is never what the caller says.
    for method in ["accounts.addresses", "accounts.save_address", "accounts.remove_address"] {
        let customers = shop.asked(method).into_iter().map(|asked| asked["customer"].clone());
        assert!(customers.eq(vec![json!(CustomerId::from_bits(1)); shop.asked(method).len()]), "{method}");
    }
}

#[tokio::test]
async fn an_address_is_changed_and_removed_only_in_the_version_that_was_seen() {
    let shop = with_address();
    let path = format!("/customer/addresses/{OWN}");
    for (method, body) in [("PUT", json!({"address": address("Bob")})), ("DELETE", Value::Null)] {
        assert_eq!(ask(&shop, TOKEN, method, &path, body.clone()).await.status.as_u16(), 428, "{method}");
        let old = ask_if(&shop, TOKEN, method, &path, ("\"1\"", body)).await;
        assert_eq!((old.status.as_u16(), &parsed(&old)["code"]), (412, &json!("version_conflict")), "{method}");
    }
}

#[tokio::test]
async fn an_address_that_is_sent_twice_is_kept_once_and_a_wrong_one_named_by_its_field() {
    let shop = shop(|method, arguments| match method {
        "accounts.save_address" if arguments["address"]["address"]["country"] == "XX" => {
            refused(&accounts::Error::from(Fault::invalid("address.country", "must be a country code")))
        }
        "accounts.save_address" => ok(Value::Null),
        _ => None,
    });
    let wish = |address: Value| json!({"address": address});
    // The fake keeps nothing, so that what was kept cannot be shown; how it was asked for is what counts here.
    for _ in 0..2 {
        ask(&shop, TOKEN, "POST", "/customer/addresses", wish(address("Ann"))).await;
    }
    let ids: Vec<_> = shop.asked("accounts.save_address").iter().map(|asked| asked["address"]["id"].clone()).collect();
    assert!(ids.len() == 2 && ids[0] == ids[1], "tried again after a failure, it is the same address: {ids:?}");
    let mut foreign = address("Ann");
    foreign["country"] = json!("XX");
    let wrong = ask(&shop, TOKEN, "POST", "/customer/addresses", wish(foreign)).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(parsed(&wrong)["errors"]["address.country"].is_string(), "{}", wrong.body);
    let unknown = ask(&shop, TOKEN, "POST", "/customer/addresses", json!({"address": {"name": "Ann", "x": 1}})).await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_customer_changes_name_and_consent() {
    let shop = shop(|method, _| match method {
        "accounts.change_profile" => ok(Value::Null),
        "accounts.profile" => ok(json!({
            "email": "ann@example.com", "name": "Ann", "email_verified": true, "marketing_since": 0
        })),
        _ => None,
    });
    let changed = ask(&shop, TOKEN, "PUT", "/customer", json!({"name": "Ann", "marketing": true})).await;
    let expected = json!({
        "id": CustomerId::from_bits(1), "email": "ann@example.com", "email_verified": true, "name": "Ann",
        "marketing": true, "marketing_since": "1970-01-01T00:00:00Z",
    });
    assert_eq!((changed.status, parsed(&changed)), (StatusCode::OK, expected));
    let asked = &shop.asked("accounts.change_profile")[0];
    assert_eq!(*asked, json!({"customer": CustomerId::from_bits(1), "change": {"name": "Ann", "marketing": true}}));
    let nameless = ask(&shop, TOKEN, "PUT", "/customer", json!({"name": "", "marketing": true})).await;
    assert_eq!(parsed(&nameless)["errors"]["name"], "must not be empty");
}

#[tokio::test]
async fn a_password_is_changed_by_who_knows_the_present_one_and_their_session_goes_on() {
    let shop = shop(|method, arguments| match method {
        "accounts.change_password" if arguments["change"]["current"] == "right password" => ok(Value::Null),
        "accounts.change_password" => refused(&accounts::Error::WrongCredentials),
        _ => None,
    });
    let change = |current: &str| json!({"current": current, "new": "a new password"});
    let wrong = ask(&shop, TOKEN, "POST", "/customer/password", change("wrong password")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(parsed(&wrong)["errors"]["current"].is_string(), "{}", wrong.body);
    let done = ask(&shop, TOKEN, "POST", "/customer/password", change("right password")).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT);
    assert_eq!(shop.asked("accounts.change_password")[1]["change"]["keep"], "customer");
}

#[tokio::test]
async fn sessions_are_listed_and_ended_one_by_one_or_all() {
    let shop = shop(|method, _| match method {
        "accounts.sessions" => ok(json!([{"id": "s1", "begun_at": 0, "seen_at": 0, "is_current": true}])),
        "accounts.end_session" | "accounts.sign_out_everywhere" => ok(Value::Null),
        _ => None,
    });
    let list = ask(&shop, TOKEN, "GET", "/customer/sessions", Value::Null).await;
    assert_eq!(parsed(&list)["items"][0]["id"], "s1", "{}", list.body);
    assert!(!list.body.contains("customer\""), "a token is never told: {}", list.body);
    let one = ask(&shop, TOKEN, "DELETE", "/customer/sessions/s1", Value::Null).await;
    let all = ask(&shop, TOKEN, "DELETE", "/customer/sessions", Value::Null).await;
    assert_eq!((one.status, all.status), (StatusCode::NO_CONTENT, StatusCode::NO_CONTENT));
    let mine = json!(CustomerId::from_bits(1));
    assert_eq!(shop.asked("accounts.end_session")[0], json!({"customer": mine, "session": "s1"}));
    assert_eq!(shop.asked("accounts.sign_out_everywhere")[0]["customer"], mine);
}
