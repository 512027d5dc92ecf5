//! How the shop delivers, taxes and is paid, by programs of the house.

use http::{StatusCode, header};
use serde_json::{Value, json};
use souk_types::Fault;

use super::{ask, ask_if, parsed, shop};
use crate::admin::tests::fakes::{Shop, ok, refused};

const OPERATOR: &str = "souk_key_operations";

/// The parts: address, what reads, what replaces, and under which name it sends the new values.
const PARTS: [(&str, &str, &str, &str); 4] = [
    ("/admin/settings/delivery", "delivery.settings", "delivery.replace_settings", "methods"),
    ("/admin/settings/taxes", "orders.tax_settings", "orders.replace_taxes", "taxes"),
    ("/admin/settings/payment", "payments.settings", "payments.replace_settings", "methods"),
    ("/admin/settings/payment-rules", "orders.payment_rules", "orders.replace_payment_rules", "rules"),
];

/// What a service has of a part, in the third version.
fn stored(method: &str, saved: bool) -> Option<Value> {
    let values = if method.contains("payment_rules") {
        json!({"capture_at_once": false, "pay_within_min": 20})
    } else if method.starts_with("delivery.") {
        json!([{"code": "van", "name": "Van", "days_min": 1, "days_max": 2, "rates": [{"price": 490}]}])
    } else if method.starts_with("payments.") {
        json!([{"code": "card", "name": "Card", "offered": true}])
    } else {
        json!({"rules": [{"country": "DE", "region": "", "rate_bp": 1_900, "name": "USt"}], "included": true})
    };
    let saved = saved.then(|| json!({"at": 0, "by": "stf_2"}));
    let known = PARTS.iter().any(|(_, reads, replaces, _)| [*reads, *replaces].contains(&method));
    known.then(|| json!({"values": values, "version": 3, "saved": saved}))
}

/// A shop that takes new settings in place of the third version only, as the fourth.
fn with_settings() -> Shop {
    shop(|method, arguments| match method {
        _ if method.contains("replace") && arguments["version"] != json!(3) => {
            refused(&Fault::conflict("they were changed meanwhile"))
        }
        _ => stored(method, !method.contains("replace")).and_then(|mut settings| {
            if method.contains("replace") {
                settings["version"] = json!(4);
            }
            ok(settings)
        }),
    })
}

/// New settings as the API takes them, and as the service is given them.
fn wanted(path: &str) -> (Value, Value) {
    match path.rsplit('/').next() {
        Some("delivery") => {
            let whole = json!({
                "countries": ["US"], "regions": ["HI"], "weight_max_g": 2_000, "subtotal_min": 100, "price": 0,
            });
            let rest = json!({
                "countries": [], "regions": [], "weight_max_g": null, "subtotal_min": null, "price": 500,
            });
            let method = |name: &str, rates: Value| json!({"code": "boat", "name": name, "days_min": 3, "days_max": 9, "rates": rates});
            let mut sent = whole.clone();
            sent["regions"] = json!([" HI "]);
            (
                json!({"methods": [method(" Boat ", json!([sent, {"price": 500}]))]}),
                json!([method("Boat", json!([whole, rest]))]),
            )
        }
        Some("payment-rules") => {
            let rules = json!({"capture_at_once": true, "pay_within_min": 10_080});
            (rules.clone(), rules)
        }
        Some("taxes") => {
            let rate =
                |region: &str, name: &str| json!({"country": "US", "region": region, "rate_bp": 725, "name": name});
            (
                json!({"included": false, "rates": [rate(" CA ", " Sales tax")]}),
                json!({"included": false, "rules": [rate("CA", "Sales tax")]}),
            )
        }
        _ => {
            let method = |name: &str| json!({"code": "card", "name": name, "offered": true});
            (json!({"methods": [method(" By card")]}), json!([method("By card")]))
        }
    }
}

#[tokio::test]
async fn settings_are_read_with_who_saved_them() {
    let shop = with_settings();
    let read = parsed(&ask(&shop, OPERATOR, "GET", "/admin/settings", Value::Null).await);
    let origin = json!({"version": 3, "saved_at": "1970-01-01T00:00:00Z", "saved_by": "stf_2"});
    for part in ["delivery", "taxes", "payment", "payment_rules"] {
        assert_eq!(read[part]["origin"], origin, "{part}");
        let path = format!("/admin/settings/{}", part.replace('_', "-"));
        let alone = parsed(&ask(&shop, OPERATOR, "GET", &path, Value::Null).await);
        for (name, value) in alone.as_object().unwrap() {
            assert_eq!(&read[part][name], value, "{name} of {part}");
        }
    }
    assert_eq!(read["delivery"]["methods"][0]["rates"][0]["price"], 490);
    assert_eq!(read["taxes"]["rates"][0]["rate_bp"], 1_900);
    let rules = &read["payment_rules"];
    assert_eq!((&rules["pay_within_min"], &rules["capture_at_once"]), (&json!(20), &json!(false)));
    assert_eq!(read["payment"]["methods"][0]["code"], "card");
}

#[tokio::test]
async fn what_the_configuration_file_says_is_sent_also_to_those_who_had_this_version() {
    let of_file = shop(|method, _| stored(method, false).and_then(ok));
    for (path, ..) in PARTS {
        let seen = ask(&of_file, OPERATOR, "GET", path, Value::Null).await;
        assert_eq!(seen.header(header::ETAG), "\"3\"");
        assert_eq!(parsed(&seen)["origin"], json!({"version": 3, "saved_at": null, "saved_by": null}));
        let request = super::request(OPERATOR, "GET", path, &Value::Null).header(header::IF_NONE_MATCH, "\"3\"");
        let again = of_file.send(request.body(super::content(&Value::Null)).unwrap()).await;
        assert_eq!(again.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn a_part_is_replaced_and_reset_only_if_it_still_is_what_was_seen() {
    for (path, _, replaces, name) in PARTS {
        let shop = with_settings();
        let (body, sent) = wanted(path);
        for (verb, body, sent) in [("PUT", body, sent), ("DELETE", Value::Null, Value::Null)] {
            let missing = ask(&shop, OPERATOR, verb, path, body.clone()).await;
            assert_eq!(missing.status.as_u16(), 428, "{verb} {path}");
            for stale in ["\"2\"", "\"0\"", "\"-1\"", "\"x\"", "*"] {
                let refused = ask_if(&shop, OPERATOR, verb, path, (stale, body.clone())).await;
                let code = parsed(&refused)["code"].clone();
                assert_eq!((refused.status.as_u16(), code), (412, json!("version_conflict")), "{verb} {path} {stale}");
            }
            let done = ask_if(&shop, OPERATOR, verb, path, ("\"3\"", body)).await;
            assert_eq!(
                (done.status.as_u16(), done.header(header::ETAG)),
                (200, "\"4\""),
                "{verb} {path} {}",
                done.body
            );
            assert_eq!(parsed(&done)["origin"]["version"], 4);
            let asked = shop.asked(replaces).pop().unwrap();
            assert_eq!((&asked["version"], &asked[name]), (&json!(3), &sent), "{verb} {path}");
        }
    }
}

#[tokio::test]
async fn what_was_changed_is_recorded_by_what_it_is() {
    let shop = with_settings();
    for (path, ..) in PARTS {
        for (verb, body) in [("PUT", wanted(path).0), ("DELETE", Value::Null)] {
            ask_if(&shop, OPERATOR, verb, path, ("\"2\"", body.clone())).await;
            ask_if(&shop, OPERATOR, verb, path, ("\"3\"", body)).await;
        }
    }
    let recorded: Vec<_> =
        shop.asked("accounts.record_activity").iter().map(|asked| asked["done"]["action"].clone()).collect();
    let actions = [
        "delivery_methods_changed",
        "delivery_reset",
        "taxes_changed",
        "taxes_reset",
        "payment_methods_changed",
        "payment_methods_reset",
        "payment_rules_changed",
        "payment_rules_reset",
    ];
    assert_eq!(recorded, actions);
}

#[tokio::test]
async fn a_change_holds_at_the_storefront_from_then_on() {
    let countries = std::sync::Mutex::new(vec!["DE"]);
    let shop = shop(move |method, _| match method {
        "delivery.countries" => ok(countries.lock().unwrap().clone()),
        "delivery.replace_settings" => {
            *countries.lock().unwrap() = vec!["PT"];
            stored(method, true).and_then(ok)
        }
        "payments.client_config" => ok(json!({
            "gateway": "sandbox", "sandbox": true, "tokenise_url": "/", "hosted_page_url": "/", "methods": [],
        })),
        "orders.taxes" => ok(json!({"rules": [], "included": true})),
        _ => None,
    });
    let served = async || {
        let read = parsed(&ask(&shop, "", "GET", "/shop", Value::Null).await);
        read["countries"].as_array().unwrap().iter().map(|one| one["code"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(served().await, ["DE"]);
    let path = "/admin/settings/delivery";
    ask_if(&shop, OPERATOR, "PUT", path, ("\"3\"", wanted(path).0)).await;
    assert_eq!(served().await, ["PT"]);
}

#[tokio::test]
async fn every_wrong_field_is_named_where_it_stands_in_the_body() {
    for (path, _, replaces, fields, named) in [
        (
            PARTS[0].0,
            PARTS[0].1,
            PARTS[0].2,
            ["methods[0].rates[1].price", "methods[0].code"],
            ["methods[0].code", "methods[0].rates[1].price"],
        ),
        (
            PARTS[1].0,
            PARTS[1].1,
            PARTS[1].2,
            ["taxes[0].rate_bp", "taxes[0].country"],
            ["rates[0].country", "rates[0].rate_bp"],
        ),
        (PARTS[2].0, PARTS[2].1, PARTS[2].2, ["methods[0].name", "methods"], ["methods", "methods[0].name"]),
        (
            PARTS[3].0,
            PARTS[3].1,
            PARTS[3].2,
            ["pay_within_min", "capture_at_once"],
            ["capture_at_once", "pay_within_min"],
        ),
    ] {
        let shop = shop(move |method, _| {
            let wrong = fields.map(|field| souk_types::FieldError::new(field, "is wrong"));
            (method == replaces).then(|| refused(&Fault::invalid_fields(wrong.to_vec())).unwrap())
        });
        let refused = ask_if(&shop, OPERATOR, "PUT", path, ("\"3\"", wanted(path).0)).await;
        assert_eq!(refused.status.as_u16(), 422, "{path}");
        let errors: Vec<String> = parsed(&refused)["errors"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(errors, named, "{path}");
    }
}

#[tokio::test]
async fn a_body_that_is_none_is_refused_before_anything_is_asked() {
    let shop = with_settings();
    for (path, body, field) in [
        (
            PARTS[0].0,
            json!({"methods": [{"code": "van", "name": "Van", "days_min": 1, "days_max": 2, "rates": [{}]}]}),
            "methods[0].rates[0].price",
        ),
        (
            PARTS[0].0,
            json!({"methods": [{"code": "van", "name": "Van", "days_min": -1, "days_max": 2, "rates": []}]}),
            "methods[0].days_min",
        ),
        (
            PARTS[1].0,
            json!({"included": true, "rates": [{"country": "DE", "rate_bp": 19.5, "name": "USt"}]}),
            "rates[0].rate_bp",
        ),
        (PARTS[1].0, json!({"included": true, "rates": [], "taxes": []}), "taxes"),
        (PARTS[2].0, json!({"methods": [{"code": "card", "name": "Card", "offered": "yes"}]}), "methods[0].offered"),
        (PARTS[3].0, json!({"capture_at_once": true, "pay_within_min": 0.5}), "pay_within_min"),
        (PARTS[3].0, json!({"capture_at_once": true, "pay_within_min": -1}), "pay_within_min"),
        (PARTS[3].0, json!({"pay_within_min": 15}), "capture_at_once"),
    ] {
        let refused = ask_if(&shop, OPERATOR, "PUT", path, ("\"3\"", body)).await;
        assert_eq!(refused.status.as_u16(), 422, "{path}: {}", refused.body);
        assert!(parsed(&refused)["errors"][field].is_string(), "{path} {field}: {}", refused.body);
    }
    for (_, _, replaces, _) in PARTS {
        assert!(shop.asked(replaces).is_empty(), "{replaces}");
    }
}
