//! Every form of the shop, with everything that people and machines put into forms.

use crate::rig::{Browser, rig};

/// What is put into every field. None of it may come back as markup.
const SCRIPT: &str = "\"><script>alert(1)</script>";

fn texts() -> Vec<String> {
    let kinds = [
        "",
        " ",
        SCRIPT,
        "' OR 1=1 --",
        "a\0b",
        "\u{1b}[31m\u{7}\r\nx: y",
        "{{ 7 * 7 }}",
        "%00%ff",
        "مرحبا \u{202e}שלום",
    ];
    kinds.into_iter().map(str::to_owned).chain(["x".repeat(300), "ä".repeat(20_000)]).collect()
}

/// A form: where it is sent and its fields.
struct Form {
    path: &'static str,
    fields: &'static [&'static str],
    /// The field that is named when it is empty, if any must be filled in.
    required: Option<&'static str>,
}

const ADDRESS: &[&str] = &["name", "line1", "line2", "city", "region", "postal_code", "country", "phone"];

const FORMS: &[Form] = &[
    Form { path: "/account/sign-in", fields: &["email", "password", "next"], required: None },
    Form { path: "/account/register", fields: &["email", "password", "name", "next"], required: Some("password") },
    Form { path: "/account/forgot-password", fields: &["email"], required: Some("email") },
    Form { path: "/account/reset-password", fields: &["token", "password"], required: None },
    Form { path: "/account/addresses", fields: ADDRESS, required: Some("city") },
    Form { path: "/account/profile", fields: &["name", "marketing"], required: Some("name") },
    Form { path: "/account/security", fields: &["current_password", "password"], required: Some("password") },
    Form { path: "/account/sessions/end", fields: &["session"], required: None },
    Form { path: "/account/data/erase", fields: &["password"], required: Some("password") },
    Form { path: "/checkout", fields: &["email", "name", "line1", "city", "rate", "saved"], required: Some("city") },
    Form { path: "/cart", fields: &["qty[BAG-RED-S]", "remove"], required: None },
    Form { path: "/cart/lines", fields: &["variant", "quantity"], required: None },
    Form { path: "/wish-list", fields: &["product", "remove"], required: None },
];

/// Sends a form with one text in one field, and answers what was wrong with the answer.
async fn fill(browser: &Browser, form: &Form, field: &str, text: &str) -> Option<String> {
    let mut fields: Vec<(&str, &str)> =
        form.fields.iter().map(|name| (*name, if *name == field { text } else { "" })).collect();
    if form.path == "/account/addresses" {
        fields.push(("address", "adr_00000000000000000000000001"));
    }
    let answer = browser.post(form.path, &fields).await;
    let wrong = |what: &str| Some(format!("{} with {field} = {text:.40?}: {what}", form.path));
    if answer.status.is_server_error() {
        return wrong(answer.status.as_str());
    }
    if answer.body.contains("<script>alert") {
        return wrong("it comes back as it was");
    }
    if answer.body.len() > 100_000 {
        return wrong("the page is as long as what was sent");
    }
    match form.required {
        Some(required) if field == required && text.trim().is_empty() => {
            let named = answer.status == 422 && answer.body.contains(&format!("f-{required}-error"));
            if named { None } else { wrong("the empty field is not named") }
        }
        _ => None,
    }
}

#[tokio::test]
async fn nothing_that_is_put_into_a_form_breaks_it_or_comes_back_as_markup() {
    let mut wrong = Vec::new();
    for form in FORMS {
        let rig = rig();
        for field in form.fields {
            for text in texts() {
                let browser = rig.browser().with_bag().await;
                if !form.path.ends_with("sign-in") && !form.path.ends_with("register") {
                    let right = [("email", "ana@example.com"), ("password", " correct horse ")];
                    browser.post("/account/sign-in", &right).await.is(303);
                }
                wrong.extend(fill(&browser, form, field, &text).await);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn whatever_is_searched_for_is_answered() {
    let browser = rig().browser();
    for text in texts() {
        // An address has 64 kB at most.
        let text: String = text.chars().take(9_000).collect();
        let query = serde_urlencoded::to_string([("q", &text)]).unwrap();
        let page = browser.get(&format!("/search?{query}")).await;
        assert!(!page.status.is_server_error(), "{text:.40?}: {}", page.body);
        page.hides("<script>alert");
        let suggested = browser.get(&format!("/search/suggest?{query}")).await;
        assert!(!suggested.status.is_server_error(), "{text:.40?}: {}", suggested.body);
        // What is no page may hold anything.
        if !suggested.header("content-type").contains("json") {
            suggested.hides("<script>alert");
        }
    }
}
