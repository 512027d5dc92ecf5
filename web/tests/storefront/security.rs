//! What must not be possible.

use axum::body::Body;
use http::{Method, header};

use crate::{
    goods::HOSTILE,
    rig::{request, rig, rig_at},
};

#[tokio::test]
async fn a_hostile_product_cannot_act_on_any_page() {
    let browser = rig().browser();
    let added = browser.post("/cart/lines", &[("variant", "HOSTILE"), ("quantity", "1")]).await;
    added.is(303);
    for path in ["/", "/products/hostile", "/c/bags", "/search?q=bag", "/cart", "/checkout"] {
        let page = browser.get(path).await;
        page.is(200).hides(HOSTILE).hides("<script>alert").hides("<b>strong</b>");
    }
}

#[tokio::test]
async fn what_is_searched_for_is_shown_as_text() {
    let page = rig().browser().get("/search?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E%22").await;
    page.is(200).hides("<script>alert").shows("&lt;script&gt;alert(1)");
}

#[tokio::test]
async fn another_site_cannot_make_a_visitor_change_anything() {
    let browser = rig().browser();
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
        let post = request(Method::POST, "/cart/lines")
            .header(name, value)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from("variant=BAG-RED-S"))
            .unwrap();
        browser.send(post).await.is(403).shows("another site");
    }
    browser.get("/cart").await.shows("Your cart is empty");
}

#[tokio::test]
async fn cookies_are_closed_to_scripts_and_travel_by_https_only_where_the_shop_does() {
    let rig = rig_at("https://shop.example");
    let answer = rig.browser().post("/cart/lines", &[("variant", "BAG-RED-S")]).await;
    let cookies: Vec<&str> =
        answer.headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap()).collect();
    let guest = cookies.iter().find(|cookie| cookie.starts_with("souk_guest=")).unwrap();
    assert!(guest.contains("; HttpOnly") && guest.contains("; SameSite=Lax") && guest.contains("; Secure"), "{guest}");
    let count = cookies.iter().find(|cookie| cookie.starts_with("souk_cart_count=1;")).unwrap();
    assert!(!count.contains("HttpOnly"), "{count}");
    let signed_in =
        rig.browser().post("/account/sign-in", &[("email", "a@b.c"), ("password", " correct horse ")]).await;
    let cookies: Vec<&str> =
        signed_in.headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap()).collect();
    let session = cookies.iter().find(|cookie| cookie.starts_with("souk_session=")).unwrap();
    for flag in ["; HttpOnly", "; SameSite=Lax", "; Secure", "; Path=/;", "; Max-Age="] {
        assert!(session.contains(flag), "{flag} is missing in {session}");
    }
}

#[tokio::test]
async fn a_look_around_makes_nobody_a_guest() {
    let browser = rig().browser();
    for path in ["/", "/products/canvas-bag", "/cart", "/checkout", "/account/sign-in", "/nothing"] {
        let page = browser.get(path).await;
        assert!(!page.headers.contains_key(header::SET_COOKIE), "{path}");
    }
}

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    let browser = rig().browser().with_bag().await;
    for path in ["/", "/products/canvas-bag", "/products/canvas-bag", "/cart", "/checkout", "/nothing", "/favicon.svg"]
    {
        let page = browser.get(path).await;
        let policy = page.header("content-security-policy");
        assert!(policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
        assert!(matches!(page.header("referrer-policy"), "same-origin" | "no-referrer"), "{path}");
    }
}

#[tokio::test]
async fn what_is_about_one_visitor_is_kept_by_nobody() {
    let browser = rig().browser().with_bag().await;
    for path in ["/cart", "/checkout", "/account/sign-in", "/account/orders", "/nothing"] {
        let page = browser.get(path).await;
        assert_eq!(page.header("cache-control"), "private, no-store", "{path}");
        assert_eq!(page.header("x-request-id").len(), 32, "{path}");
    }
}

#[tokio::test]
async fn what_is_not_there_or_not_possible_is_said_as_a_page_and_as_data() {
    let browser = rig().browser();
    browser.get("/nothing").await.is(404).shows("We can’t find that page").shows("/search");
    browser.get("/products/nothing").await.is(404).shows("We can’t find that page");
    browser.get("/c/nothing").await.is(404);
    let problem = browser.get_json("/nothing").await;
    problem.is(404);
    assert_eq!(problem.header("content-type"), "application/problem+json");
    assert_eq!(problem.json()["code"], "not_found");
    browser.post("/products/canvas-bag", &[]).await.is(405).shows("cannot be done here");
    assert_eq!(browser.post("/products/canvas-bag", &[]).await.header("allow"), "GET,HEAD");
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_kindly() {
    let browser = rig().browser();
    let body = format!("variant={}", "x".repeat(souk_types::limits::BODY_BYTES_MAX));
    let post = |kind: &str, body: String| {
        request(Method::POST, "/cart/lines").header(header::CONTENT_TYPE, kind).body(Body::from(body)).unwrap()
    };
    browser.send(post("application/x-www-form-urlencoded", body)).await.is(413).shows("too large");
    browser.send(post("application/json", "{".to_owned())).await.is(400);
    browser.send(post("text/plain", "x".to_owned())).await.is(415);
}

#[tokio::test]
async fn bad_parameters_are_refused_or_left_out_and_never_break_a_page() {
    let browser = rig().browser();
    for fine in
        ["/c/bags?page=x&sort=y&price_min=z", "/c/bags?page=0", "/search?q=%FF%FE", "/products/canvas-bag?variant=%00"]
    {
        let status = browser.get(fine).await.status;
        assert!(status.is_success() || status.is_redirection(), "{fine}: {status}");
    }
    let long = "x".repeat(500);
    browser.get(&format!("/search?q={long}")).await.is(422);
    browser.get(&format!("/search/suggest?q={long}")).await.is(422);
    browser.get("/c/bags?page=100000").await.is(200).shows("There is no such page");
    browser.get("/products/..%2Fcart").await.is(404);
    browser.get(&format!("/products/{}", "x".repeat(2_000))).await.is(404);
    for unreadable in ["/orders/X?key=a&key=b", "/products/%FF"] {
        browser.get(unreadable).await.is(400).shows("We did not understand that");
        browser.get_json(unreadable).await.is(400).json();
    }
}

#[tokio::test]
async fn signing_in_leads_only_to_this_shop() {
    let rig = rig();
    for (next, to) in [
        ("/checkout", "/checkout"),
        ("https://evil.example/", "/account/orders"),
        ("//evil.example/", "/account/orders"),
        ("/\\evil.example", "/account/orders"),
    ] {
        let fields = [("email", "a@b.c"), ("password", " correct horse "), ("next", next)];
        let answer = rig.browser().post("/account/sign-in", &fields).await;
        answer.is(303);
        assert_eq!(answer.location(), to);
    }
}

#[tokio::test]
async fn a_service_that_is_away_makes_a_page_that_says_so() {
    let rig = rig();
    let browser = rig.browser();
    rig.services.lock().catalogue_down = true;
    let page = browser.get("/products/canvas-bag").await;
    page.is(503).shows("Your cart and your orders are kept").hides("the catalogue is down");
    assert!(!page.header("retry-after").is_empty());
    assert_eq!(page.header("cache-control"), "private, no-store");
}
