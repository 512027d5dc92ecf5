//! The pages of settings: what holds is shown, what is entered is sent, what is refused is kept.

use http::{StatusCode, header};
use serde_json::json;
use souk_contracts::{
    delivery::{MethodConfig, RateRule},
    orders::{PaymentRules, TaxRule, Taxes},
    payments::{ClientConfig, MethodSetting},
    settings::{Saved, Settings},
};
use souk_types::{Fault, Timestamp};

use super::fakes::{Shop, ok, refused};

fn taxes() -> Taxes {
    let rule = |country: &str, region: &str, rate_bp| TaxRule {
        country: country.into(),
        region: region.into(),
        rate_bp,
        name: "VAT".into(),
    };
    Taxes { rules: vec![rule("DE", "", 1_900), rule("US", "CA", 725)], included: true }
}

fn methods() -> Vec<MethodConfig> {
    let rate =
        |price, weight_max_g| RateRule { countries: vec!["PT".into()], weight_max_g, price, ..RateRule::default() };
    let method = |code: &str, rates| MethodConfig {
        code: code.into(),
        name: code.to_uppercase(),
        days_min: 1,
        days_max: 3,
        rates,
    };
    vec![method("post", vec![rate(390, Some(2_500)), rate(990, None)]), method("van", vec![rate(0, None)])]
}

fn payment_methods() -> Vec<MethodSetting> {
    let method = |code: &str, offered| MethodSetting { code: code.into(), name: format!("By {code}"), offered };
    vec![method("card", true), method("hosted", false)]
}

fn of_file<T>(values: T) -> Settings<T> {
    Settings { values, version: 4, saved: None }
}

fn shop(answer: impl Fn(&str) -> Option<super::fakes::Reply> + Send + Sync + 'static) -> Shop {
    Shop::new(move |method, _| {
        answer(method).or_else(|| match method {
            "orders.tax_settings" | "orders.replace_taxes" => ok(of_file(taxes())),
            "delivery.settings" | "delivery.replace_settings" => ok(of_file(methods())),
            "orders.payment_rules" | "orders.replace_payment_rules" => {
                ok(of_file(PaymentRules { capture_at_once: false, pay_within_min: 20 }))
            }
            "payments.client_config" => ok(ClientConfig {
                gateway: "sandbox".into(),
                sandbox: true,
                tokenise_url: "/t".into(),
                hosted_page_url: "/p".into(),
                methods: Vec::new(),
            }),
            "payments.settings" | "payments.replace_settings" => ok(of_file(payment_methods())),
            _ => None,
        })
    })
}

const TAX_FORM: &[(&str, &str)] = &[
    ("version", "4"),
    ("included", "no"),
    ("country[0]", "Germany"),
    ("region[0]", ""),
    ("rate[0]", "7,5 %"),
    ("name[0]", "MwSt"),
    ("country[1]", "US"),
    ("region[1]", "CA"),
    ("rate[1]", "7.25"),
    ("name[1]", "VAT"),
    ("remove[1]", "1"),
    ("country[2]", ""),
    ("rate[2]", ""),
    ("country[3]", "fr"),
    ("rate[3]", "20"),
    ("name[3]", "TVA"),
];

#[tokio::test]
async fn taxes_are_shown_and_what_is_entered_is_sent() {
    let shop = shop(|_| None);
    let page = shop.get("manager", "/admin/settings/taxes").await;
    assert_eq!(page.status, StatusCode::OK);
    for shown in ["value=\"7.25\"", "value=\"DE\"", "souk.toml", "name=\"country[3]\"", "name=\"version\" value=\"4\""]
    {
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
    }
    assert!(!page.body.contains("/admin/settings/taxes/reset"), "there is nothing to go back from");
    let saved = shop.post("manager", "/admin/settings/taxes", TAX_FORM).await;
    assert_eq!((saved.status, saved.header(header::LOCATION)), (StatusCode::SEE_OTHER, "/admin/settings/taxes"));
    let sent = json!({
        "version": 4,
        "taxes": {
            "included": false,
            "rules": [
                { "country": "DE", "region": "", "rate_bp": 750, "name": "MwSt" },
                { "country": "FR", "region": "", "rate_bp": 2_000, "name": "TVA" },
            ],
        },
    });
    assert_eq!(shop.asked("orders.replace_taxes"), [sent]);
}

#[tokio::test]
async fn what_is_wrong_with_taxes_is_said_in_its_row_and_the_entries_are_kept() {
    let fault = Fault::invalid("taxes[1].name", "must be filled in");
    let shop = shop(move |method| (method == "orders.replace_taxes").then(|| refused(&fault).unwrap()));
    let wrong = shop.post("owner", "/admin/settings/taxes", TAX_FORM).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    for shown in
        ["id=\"f-name-3-error\"", "Must be filled in.", "value=\"Germany\"", "value=\"TVA\"", "value=\"7,5 %\""]
    {
        assert!(wrong.body.contains(shown), "{shown}: {}", wrong.body);
    }
    let form = [("version", "4"), ("country[0]", "DE"), ("rate[0]", "much"), ("name[0]", "VAT")];
    let unread = shop.post("owner", "/admin/settings/taxes", &form).await;
    assert!(unread.body.contains("id=\"f-rate-0-error\"") && unread.body.contains("value=\"much\""), "{}", unread.body);
    assert_eq!(shop.asked("orders.replace_taxes").len(), 1, "what cannot be read is not sent");
}

#[tokio::test]
async fn who_was_slower_is_told_keeps_their_entries_and_may_save_them_then() {
    let refusal = Fault::conflict("the taxes were changed meanwhile");
    let shop = shop(move |method| match method {
        "orders.replace_taxes" => refused(&refusal),
        "orders.tax_settings" => ok(Settings {
            values: taxes(),
            version: 9,
            saved: Some(Saved { at: Timestamp::from_micros(1_767_225_600_000_000), by: "stf_2".into() }),
        }),
        _ => None,
    });
    let late = shop.post("owner", "/admin/settings/taxes", TAX_FORM).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    for shown in
        ["changed meanwhile", "value=\"MwSt\"", "name=\"version\" value=\"9\"", "Back to the configuration file"]
    {
        assert!(late.body.contains(shown), "{shown}: {}", late.body);
    }
}

const RESETS: [(&str, &str, &str); 4] = [
    ("taxes", "orders.replace_taxes", "taxes"),
    ("payment/rules", "orders.replace_payment_rules", "rules"),
    ("delivery", "delivery.replace_settings", "methods"),
    ("payment", "payments.replace_settings", "methods"),
];

#[tokio::test]
async fn who_was_slower_without_a_form_is_led_back_and_told() {
    let refusal = Fault::conflict("the settings were changed meanwhile");
    let shop =
        shop(move |method| RESETS.iter().any(|(_, reset, _)| *reset == method).then(|| refused(&refusal).unwrap()));
    let posts = RESETS.map(|(path, _, _)| (format!("/admin/settings/{path}/reset"), path.trim_end_matches("/rules")));
    let gone = ["post", "gone"].map(|code| (format!("/admin/settings/delivery/methods/{code}/delete"), "delivery"));
    for (post, path) in posts.into_iter().chain(gone) {
        let late = shop.post("owner", &post, &[("version", "3")]).await;
        assert_eq!(late.status, StatusCode::SEE_OTHER, "{post}: {}", late.body);
        assert_eq!(late.header(header::LOCATION), format!("/admin/settings/{path}"));
        let told = late.header(header::SET_COOKIE).to_owned();
        assert!(told.contains("souk_notice="), "{post}: {told}");
    }
    let unknown = shop.post("owner", "/admin/settings/delivery/methods/none/delete", &[("version", "4")]).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND, "it is no conflict when nothing changed");
}

#[tokio::test]
async fn payment_methods_are_sent_in_the_order_of_their_numbers_and_the_last_one_stays() {
    let shop = shop(|_| None);
    let page = shop.get("manager", "/admin/settings/payment").await;
    for shown in ["value=\"By card\"", "name=\"offered[1]\"", "souk.toml", "name=\"version\" value=\"4\""] {
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
    }
    let form = [
        ("version", "4"),
        ("code[0]", "card"),
        ("order[0]", "2"),
        ("name[0]", "Visa"),
        ("offered[0]", "1"),
        ("code[1]", "hosted"),
        ("order[1]", "1"),
        ("name[1]", "Elsewhere"),
    ];
    let saved = shop.post("manager", "/admin/settings/payment", &form).await;
    assert_eq!((saved.status, saved.header(header::LOCATION)), (StatusCode::SEE_OTHER, "/admin/settings/payment"));
    let sent = json!({ "version": 4, "methods": [
        { "code": "hosted", "name": "Elsewhere", "offered": false },
        { "code": "card", "name": "Visa", "offered": true },
    ] });
    assert_eq!(shop.asked("payments.replace_settings"), [sent]);
    let faults = souk_types::FieldError::new("methods", "offer one at least, or nobody can pay");
    let faults = vec![faults, souk_types::FieldError::new("methods[0].name", "must be filled in")];
    let refusing = self::shop(move |method| {
        (method == "payments.replace_settings").then(|| refused(&Fault::invalid_fields(faults.clone())).unwrap())
    });
    let wrong = refusing.post("owner", "/admin/settings/payment", &form).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    for shown in ["id=\"f-name-1-error\"", "id=\"f-methods-error\"", "value=\"Visa\"", "value=\"Elsewhere\""] {
        assert!(wrong.body.contains(shown), "{shown}: {}", wrong.body);
    }
}

#[tokio::test]
async fn the_way_back_to_the_file_asks_for_none() {
    let shop = shop(|_| None);
    for (path, method, key) in RESETS {
        let back = shop.post("owner", &format!("/admin/settings/{path}/reset"), &[("version", "4")]).await;
        let page = path.trim_end_matches("/rules");
        assert_eq!(back.header(header::LOCATION), format!("/admin/settings/{page}"));
        assert_eq!(shop.asked(method), [json!({ "version": 4, key: null })]);
    }
}

#[tokio::test]
async fn delivery_is_shown_with_all_its_rates() {
    let shop = shop(|_| None);
    let page = shop.get("manager", "/admin/settings/delivery").await;
    for shown in
        ["POST", "1 to 3 working days", "up to 2.5 kg", "Free", "Portugal", "/admin/settings/delivery/methods/van"]
    {
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
    }
    let form = shop.get("manager", "/admin/settings/delivery/methods/post").await;
    assert!(form.body.contains("value=\"2.5\"") && form.body.contains("name=\"price[3]\""), "{}", form.body);
    assert_eq!(shop.get("manager", "/admin/settings/delivery/methods/none").await.status, StatusCode::NOT_FOUND);
    assert_eq!(shop.get("manager", "/admin/settings/delivery/new").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_method_is_changed_added_and_deleted_among_the_others() {
    let shop = shop(|_| None);
    let form = |code: &'static str| {
        let about = [("version", "4"), ("code", code), ("name", "Bike"), ("days_min", "1"), ("days_max", "1")];
        [
            &about[..],
            &[("countries[0]", "Portugal, de"), ("weight[0]", "0.5"), ("subtotal[0]", "20"), ("price[0]", "2.50")],
        ]
        .concat()
    };
    let rates =
        json!([{ "countries": ["PT", "DE"], "regions": [], "weight_max_g": 500, "subtotal_min": 2_000, "price": 250 }]);
    let bike = |code: &str| json!({ "code": code, "name": "Bike", "days_min": 1, "days_max": 1, "rates": rates });
    let known = serde_json::to_value(methods()).unwrap();
    shop.post("owner", "/admin/settings/delivery/methods/post", &form("other")).await;
    shop.post("owner", "/admin/settings/delivery/new", &form("bike")).await;
    shop.post("owner", "/admin/settings/delivery/methods/post/delete", &[("version", "4")]).await;
    let sent: Vec<_> =
        shop.asked("delivery.replace_settings").into_iter().map(|asked| asked["methods"].clone()).collect();
    let expected = [json!([bike("post"), known[1]]), json!([known[0], known[1], bike("bike")]), json!([known[1]])];
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn what_is_wrong_with_a_method_is_said_in_place_and_the_last_one_stays() {
    let fault = Fault::invalid("methods[1].rates[0].price", "must not be negative");
    let shop = shop(move |method| match method {
        "delivery.replace_settings" => refused(&fault),
        "delivery.settings" => ok(of_file(methods()[..1].to_vec())),
        _ => None,
    });
    let about = [("version", "4"), ("code", "bike"), ("name", "Bike"), ("days_min", "1"), ("days_max", "1")];
    let form = [&about[..], &[("price[7]", "-2.50")]].concat();
    let wrong = shop.post("owner", "/admin/settings/delivery/new", &form).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("id=\"f-price-7-error\"") && wrong.body.contains("value=\"-2.50\""), "{}", wrong.body);
    let last = shop.post("owner", "/admin/settings/delivery/methods/post/delete", &[("version", "4")]).await;
    assert_eq!(last.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(shop.asked("delivery.replace_settings").len(), 1);
}

#[tokio::test]
async fn payment_says_when_money_is_taken_and_that_the_gateway_is_a_sandbox() {
    let shop = shop(|_| None);
    let page = shop.get("manager", "/admin/settings/payment").await;
    for shown in ["Sandbox", "value=\"on_shipment\" checked", "value=\"20\"", "aria-current=\"page\""] {
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
    }
}

const RULES_FORM: &[(&str, &str)] = &[("version", "4"), ("capture", "at_once"), ("pay_within_min", "90")];

#[tokio::test]
async fn rules_of_payment_are_saved_as_they_were_entered() {
    let shop = shop(|_| None);
    let saved = shop.post("manager", "/admin/settings/payment/rules", RULES_FORM).await;
    assert_eq!((saved.status, saved.header(header::LOCATION)), (StatusCode::SEE_OTHER, "/admin/settings/payment"));
    let sent = json!({ "version": 4, "rules": { "capture_at_once": true, "pay_within_min": 90 } });
    assert_eq!(shop.asked("orders.replace_payment_rules"), [sent]);
}

#[tokio::test]
async fn wrong_rules_of_payment_are_kept_and_said_in_place() {
    let fault = Fault::invalid("pay_within_min", "must be 1 to 10080");
    let shop = shop(move |method| (method == "orders.replace_payment_rules").then(|| refused(&fault).unwrap()));
    for (entered, minutes) in [("1000000", "1000000"), ("soon", "soon"), ("-1", "-1"), ("", "")] {
        let form = [("version", "3"), ("capture", "at_once"), ("pay_within_min", entered)];
        let wrong = shop.post("owner", "/admin/settings/payment/rules", &form).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{entered}");
        for shown in ["f-pay_within_min-error", &format!("value=\"{minutes}\""), "value=\"at_once\" checked", "By card"]
        {
            assert!(wrong.body.contains(shown), "{shown}: {}", wrong.body);
        }
        // A change of somebody else since version 3 is still found out.
        assert!(wrong.body.contains("name=\"version\" value=\"3\""), "{}", wrong.body);
    }
    let nothing =
        shop.post("owner", "/admin/settings/payment/rules", &[("version", "4"), ("pay_within_min", "5")]).await;
    assert!(nothing.body.contains("Choose when the money is taken."), "{}", nothing.body);
    assert_eq!(shop.asked("orders.replace_payment_rules").len(), 1, "what cannot be read is not sent");
}

#[tokio::test]
async fn the_menu_leads_to_the_settings_for_who_may_come() {
    let shop = shop(|_| None);
    for (role, seen) in [("owner", true), ("manager", true), ("support", false), ("warehouse", false)] {
        let page = shop.get(role, "/admin/orders").await;
        assert_eq!(page.body.contains("href=\"/admin/settings/delivery\""), seen, "{role}");
    }
}
