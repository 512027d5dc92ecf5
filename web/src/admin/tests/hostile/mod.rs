//! Every form of the console, sent with what nobody should enter: it is refused or carried out, never a failure of ours,
//! never acted upon by a browser, and what was entered is not lost. A form that is added has no row here, and fails.

mod answers;
mod rows;

use std::collections::BTreeSet;

use axum::routing::MethodFilter;
use http::{StatusCode, header};

use self::{
    answers::shop,
    rows::{Row, address, forms},
};
use super::{
    super::routes::ROUTES,
    fakes::{Got, Shop},
};

/// What is entered.
fn hostile() -> Vec<String> {
    let mut texts: Vec<String> = [
        "",
        " ",
        "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>",
        "{{ 7 * 7 }}{% raw %}",
        "a\0b",
        "../../../etc/passwd",
        "=HYPERLINK(\"https://evil.example\")",
        "'; DROP TABLE products; --",
        "//evil.example/\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "a\r\nSet-Cookie: x=y",
        "\u{202e}gnirts \u{5d0}\u{5d1}\u{5d2} \u{627}\u{644}\u{639}\u{631}\u{628}\u{64a}\u{629}",
        "-9223372036854775808",
        "1e999",
    ]
    .map(str::to_owned)
    .into();
    texts.push("x".repeat(70_000));
    texts.push("é<".repeat(400));
    texts
}

/// As the templates write it.
fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&#x27;")
}

async fn send(shop: &Shop, row: &Row, fields: &[(&str, &str)]) -> Got {
    let address = address(row.path);
    if matches!(row.path, "/products/{id}" | "/imports") {
        let parts: Vec<_> = fields.iter().map(|(name, value)| (*name, None, *value)).collect();
        return shop.post_parts("owner", &address, &parts).await;
    }
    shop.post("owner", &address, fields).await
}

/// What is wrong with an answer, whatever was entered.
fn fault(got: &Got) -> Option<&'static str> {
    let location = got.headers.get(header::LOCATION).map(|to| String::from_utf8_lossy(to.as_bytes()).into_owned());
    let lowered = got.body.to_lowercase();
    if got.status.is_server_error() {
        Some("a failure of ours")
    } else if lowered.contains("<script>alert")
        || lowered.contains("<img src=x")
        || lowered.contains("href=\"javascript:")
    {
        Some("the entry acts")
    } else if location.is_some_and(|to| to != "/admin" && !to.starts_with("/admin/") && !to.starts_with("/admin?")) {
        Some("one is sent elsewhere")
    } else {
        None
    }
}

fn replaced<'t>(row: &'t Row, text: &'t str, which: impl Fn(&str) -> bool) -> Vec<(&'t str, &'t str)> {
    row.fields.iter().map(|(name, value)| (name.as_str(), if which(name) { text } else { value })).collect()
}

#[test]
fn every_form_has_its_row_and_every_row_its_form() {
    let routes = ROUTES.iter().filter(|route| route.method == MethodFilter::POST).map(|route| route.path);
    let rows = forms();
    for row in &rows {
        let has = |name: &&str| row.fields.iter().any(|(field, _)| field == *name);
        assert!(row.kept.iter().all(has), "{}", row.path);
    }
    assert_eq!(rows.iter().map(|row| row.path).collect::<BTreeSet<_>>(), routes.collect());
}

#[tokio::test]
async fn forms_as_they_should_be_are_carried_out() {
    let shop = shop(false);
    for row in forms().iter().filter(|row| row.path != "/imports" && row.path != "/collections/{id}") {
        let got = send(&shop, row, &replaced(row, "", |_| false)).await;
        let done = got.status == StatusCode::SEE_OTHER || (row.path == "/api-keys" && got.status == StatusCode::OK);
        assert!(done, "{}: {} {}", row.path, got.status, got.body);
    }
}

#[tokio::test]
async fn no_entry_breaks_a_form_or_acts_in_its_page() {
    let shops = [shop(false), shop(true)];
    let mut wrong = BTreeSet::new();
    for row in &forms() {
        for text in &hostile() {
            let each = row.fields.iter().map(|(name, _)| replaced(row, text, |field| field == name));
            for fields in each.chain([replaced(row, text, |_| true)]) {
                for shop in &shops {
                    let got = send(shop, row, &fields).await;
                    if let Some(fault) = fault(&got) {
                        wrong.insert(format!("{}: {} {fault}: {:.60?}", row.path, got.status, text));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn what_was_entered_is_in_the_form_again_when_it_is_refused() {
    let shop = shop(true);
    let mut lost = BTreeSet::new();
    for row in &forms() {
        for text in hostile().iter().filter(|text| !text.trim().is_empty()) {
            for name in row.kept {
                let got = send(&shop, row, &replaced(row, text, |field| field == *name)).await;
                let is_kept = got.body.contains(&escaped(text.trim()));
                if !is_kept || !matches!(got.status.as_u16(), 200 | 409 | 422) {
                    lost.insert(format!("{}: {name}: {}: {:.60?}", row.path, got.status, text));
                }
            }
        }
    }
    assert!(lost.is_empty(), "{lost:#?}");
}
