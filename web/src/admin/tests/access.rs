use axum::{body::Body, routing::MethodFilter};
use http::{Request, StatusCode, header};
use souk_contracts::{
    accounts,
    permission::Role,
    search::{IndexStatus, Rebuild, RebuildState},
};
use souk_types::Timestamp;

use super::{
    super::routes::{Access, ROUTES},
    fakes::{Got, Shop, as_staff, identity, ok, refused},
};

fn quiet() -> Shop {
    Shop::new(|_, _| None)
}

/// An address of a route: every `{part}` of its path is filled in.
fn address(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "x" } else { part });
    format!("/admin{}", parts.collect::<Vec<_>>().join("/")).trim_end_matches('/').to_owned()
}

fn method(filter: MethodFilter) -> &'static str {
    if filter == MethodFilter::GET { "GET" } else { "POST" }
}

fn for_staff() -> impl Iterator<Item = (&'static str, String, souk_types::Permissions)> {
    ROUTES.iter().filter_map(|route| match route.access {
        Access::Staff(needed) => Some((method(route.method), address(route.path), needed)),
        Access::Open => None,
    })
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_sent_to_sign_in_and_back() {
    let shop = quiet();
    for (method, path, _) in for_staff() {
        let got = shop.send(Request::builder().method(method).uri(&path).body(Body::empty()).unwrap()).await;
        assert_eq!(got.status, StatusCode::SEE_OTHER, "{method} {path}");
        let back = if method == "GET" { path.replace('/', "%2F") } else { "%2Fadmin".to_owned() };
        assert_eq!(got.header(header::LOCATION), format!("/admin/sign-in?next={back}"), "{method} {path}");
    }
}

#[tokio::test]
async fn a_program_that_is_not_signed_in_is_told_so() {
    let shop = quiet();
    let request = Request::builder().uri("/admin/orders").header(header::ACCEPT, "application/json");
    let got = shop.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(got.status, StatusCode::UNAUTHORIZED);
    assert_eq!(got.header(header::CONTENT_TYPE), "application/problem+json");
}

#[tokio::test]
async fn staff_whose_session_has_ended_are_told_so() {
    let shop = Shop::new(|method, _| (method == "accounts.session").then_some(Ok(serde_json::Value::Null)));
    let notice = |got: &Got| {
        let cookies = got.headers.get_all(header::SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap());
        let (notice, others): (Vec<_>, Vec<_>) = cookies.partition(|cookie| cookie.starts_with("souk_notice="));
        assert!(others.iter().any(|cookie| cookie.starts_with("souk_staff=;")), "{others:?}");
        notice[0].split(';').next().unwrap().to_owned()
    };
    for (got, said) in [
        (shop.get("owner", "/admin/stock").await, "Your session has ended. Sign in to go on."),
        (shop.post("owner", "/admin/products", &[("title", "Mug")]).await, "so nothing was changed."),
    ] {
        assert_eq!(got.status, StatusCode::SEE_OTHER);
        let page = Request::builder().uri("/admin/sign-in").header(header::COOKIE, notice(&got));
        let page = shop.send(page.body(Body::empty()).unwrap()).await;
        assert!(page.body.contains(said), "{}", page.body);
    }
    let program = as_staff("owner", "GET", "/admin/orders").header(header::ACCEPT, "application/json");
    let told = shop.send(program.body(Body::empty()).unwrap()).await;
    assert_eq!(told.status, StatusCode::UNAUTHORIZED);
    assert!(told.body.contains("session_ended"), "{}", told.body);
}

#[tokio::test]
async fn a_customers_session_is_none_of_staff() {
    let shop = quiet();
    for (method, path, _) in for_staff() {
        let got = shop.send(as_staff("customer", method, &path).body(Body::empty()).unwrap()).await;
        assert_eq!(got.status, StatusCode::SEE_OTHER, "{method} {path}");
    }
}

#[tokio::test]
async fn who_lacks_the_permission_is_refused_and_nothing_is_asked_of_any_service() {
    let mut refused = 0;
    for (method, path, needed) in for_staff() {
        let Some(role) = Role::ALL.iter().find(|role| !role.permissions().contains(needed)) else { continue };
        let shop = quiet();
        let got = shop.send(as_staff(role.as_str(), method, &path).body(Body::empty()).unwrap()).await;
        assert_eq!(got.status, StatusCode::FORBIDDEN, "{role}: {method} {path}");
        assert!(got.body.contains("not allowed"), "{path}");
        assert_eq!(shop.calls_beside_session(), 0, "{role}: {method} {path}");
        refused += 1;
    }
    assert!(refused >= 13, "only {refused} addresses need more than every role has");
}

#[tokio::test]
async fn nothing_of_the_console_may_be_kept_by_a_cache() {
    let shop = quiet();
    for path in
        ["/admin/orders", "/admin/products", "/admin/stock", "/admin/imports", "/admin/dead-letters", "/admin/sign-in"]
    {
        let got = shop.get("owner", path).await;
        assert_eq!(got.header(header::CACHE_CONTROL), "private, no-store", "{path}");
    }
}

#[tokio::test]
async fn every_list_opens_empty() {
    let shop = quiet();
    for path in [
        "/admin",
        "/admin/orders",
        "/admin/products",
        "/admin/products/new",
        "/admin/categories",
        "/admin/collections",
        "/admin/collections/new",
        "/admin/orders/export.csv",
        "/admin/customers",
        "/admin/find",
        "/admin/stock",
        "/admin/stock/RED/movements",
        "/admin/imports",
        "/admin/imports/table",
        "/admin/bulk-edits",
        "/admin/emails",
        "/admin/staff",
        "/admin/dead-letters",
    ] {
        let got = shop.get("owner", path).await;
        assert_eq!(got.status, StatusCode::OK, "{path}: {}", got.body);
    }
}

#[tokio::test]
async fn parked_jobs_are_shown_with_their_error_and_can_be_retried_or_discarded() {
    const PATH: &str = "/admin/dead-letters";
    let shop = quiet();
    let got = shop.get("owner", PATH).await;
    assert!(got.body.contains("no &lt;answer&gt;") && got.body.contains("10 attempts"), "{}", got.body);
    assert!(got.body.contains("href=\"/admin/dead-letters?jobs_after=payments+ask+a\""), "{}", got.body);
    for action in ["retry", "discard"] {
        let path = format!("/admin/jobs/{action}");
        let done = shop.post("owner", &path, &[("service", "payments"), ("queue", "ask"), ("key", "a/b c")]).await;
        assert_eq!((done.status, done.header(header::LOCATION)), (StatusCode::SEE_OTHER, PATH));
        let filtered = "/admin/dead-letters?service=orders&sort=time";
        for (sent, to) in [(filtered, filtered), ("/admin/dead-letters/x", PATH), ("//evil.example", PATH)] {
            let job = [("service", "payments"), ("queue", "ask"), ("key", "a/b c"), ("back", sent)];
            assert_eq!(shop.post("owner", &path, &job).await.header(header::LOCATION), to, "{sent}");
        }
        let gone = shop.post("owner", &path, &[("service", "payments"), ("queue", "ask"), ("key", "other")]).await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn the_search_index_is_built_anew_on_demand_and_shows_how_it_goes() {
    let running = IndexStatus {
        documents: 2_000,
        bytes: 3 << 20,
        up_to_date: true,
        rebuild: Some(Rebuild {
            state: RebuildState::Running,
            done: 1_250,
            started_at: Timestamp::EPOCH,
            ended_at: None,
            failure: None,
        }),
    };
    let shop = Shop::new(move |method, _| match method {
        "search.status" | "search.start_reindex" => ok(&running),
        _ => None,
    });
    let begun = shop.post("manager", "/admin/search/reindex", &[]).await;
    assert_eq!((begun.status, begun.header(header::LOCATION)), (StatusCode::SEE_OTHER, "/admin/search"));
    assert_eq!(shop.asked("search.start_reindex").len(), 1);
    let page = shop.get("manager", "/admin/search").await;
    assert!(page.body.contains("2,000 products can be found") && page.body.contains("1,250 products read"));
    let part = shop.get("manager", "/admin/search/status").await;
    assert!(part.body.contains("data-refresh=\"/admin/search/status\"") && !part.body.contains("<html"));
    let denied = shop.post("support", "/admin/search/reindex", &[]).await;
    assert_eq!(denied.status, StatusCode::FORBIDDEN);
    assert_eq!(shop.asked("search.start_reindex").len(), 1);
}

#[tokio::test]
async fn an_unknown_filter_is_refused_rather_than_ignored() {
    let got = quiet().get("owner", "/admin/orders?payment=maybe").await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
}

fn with_sign_in() -> Shop {
    Shop::new(|method, arguments| match method {
        "accounts.sign_in_staff" if arguments["credentials"]["password"] == "right" => {
            ok(accounts::Session { token: "owner".into(), identity: identity("owner").unwrap() })
        }
        "accounts.sign_in_staff" => refused(&accounts::Error::WrongCredentials),
        "accounts.create_owner" if arguments["token"] == "once" => {
            ok(accounts::Session { token: "owner".into(), identity: identity("owner").unwrap() })
        }
        "accounts.create_owner" => refused(&accounts::Error::LinkUsed),
        _ => None,
    })
}

async fn sign_in(shop: &Shop, password: &str, next: &str) -> super::fakes::Got {
    shop.post("", "/admin/sign-in", &[("email", "a@b.example"), ("password", password), ("next", next)]).await
}

#[tokio::test]
async fn signing_in_sets_a_cookie_for_the_console_alone_and_goes_on() {
    let got = sign_in(&with_sign_in(), "right", "/admin/stock?q=A").await;
    assert_eq!((got.status, got.header(header::LOCATION)), (StatusCode::SEE_OTHER, "/admin/stock?q=A"));
    let cookie = got.header(header::SET_COOKIE);
    assert!(cookie.starts_with("souk_staff=owner; Path=/admin; SameSite=Strict; Max-Age="), "{cookie}");
    assert!(cookie.ends_with("; HttpOnly"), "{cookie}");
}

#[tokio::test]
async fn a_link_on_another_site_leads_back_into_the_session() {
    let shop = with_sign_in();
    let visit = |path: &str, cookie: bool, site: &str| {
        let request = match cookie {
            true => as_staff("owner", "GET", path),
            false => Request::builder().uri(path),
        };
        request.header("sec-fetch-site", site).header("sec-fetch-mode", "navigate").body(Body::empty()).unwrap()
    };
    // The browser keeps the cookie to itself on the first visit, and sends it on the one that the page makes.
    for path in ["/admin/orders?q=a&after=%22", "/admin/sign-in?next=%2Fadmin%2Fstock", "/admin/setup"] {
        for site in ["cross-site", "same-site"] {
            let got = shop.send(visit(path, false, site)).await;
            assert_eq!(got.status, StatusCode::OK, "{path} {site}");
            let again = format!("content=\"0;url={}\"", path.replace('&', "&amp;"));
            assert_eq!(got.body.contains(&again), path != "/admin/setup", "{path}: {}", got.body);
            assert_eq!(got.header(header::CACHE_CONTROL), "private, no-store", "{path}");
        }
    }
    assert_eq!(shop.send(visit("/admin/orders", true, "same-origin")).await.status, StatusCode::OK);
    // Whoever is not signed in is asked to, and not sent round and round.
    let got = shop.send(visit("/admin/orders", false, "same-origin")).await;
    assert_eq!(got.header(header::LOCATION), "/admin/sign-in?next=%2Fadmin%2Forders");
    assert!(shop.send(visit("/admin/sign-in", false, "none")).await.body.contains("name=\"password\""));
    let gone = shop.send(visit("/admin/orders", true, "cross-site")).await;
    assert_eq!(gone.status, StatusCode::OK, "the cookie came along after all");
}

#[tokio::test]
async fn signing_in_goes_nowhere_but_into_the_console() {
    let shop = with_sign_in();
    for next in ["https://evil.example", "//evil.example", "/\\evil.example", "/account/orders", "", "/administrator"] {
        assert_eq!(sign_in(&shop, "right", next).await.header(header::LOCATION), "/admin", "{next:?}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_said_in_the_form_and_not_given_back() {
    let got = sign_in(&with_sign_in(), "wr\"ong", "/admin/stock").await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(got.body.contains("Email or password is wrong."));
    assert!(got.body.contains("value=\"a@b.example\""));
    assert!(got.body.contains("value=\"/admin/stock\""));
    assert!(!got.body.contains("wr&quot;ong"));
}

#[tokio::test]
async fn the_one_time_link_makes_the_owner_once() {
    let shop = with_sign_in();
    let owner = [("name", "Olga"), ("email", "o@b.example"), ("password", "long enough")];
    let page = shop.get("", "/admin/setup?token=once").await;
    assert!(page.body.contains("action=\"/admin/setup?token=once\""), "{}", page.body);
    let least = format!("At least {} characters.", accounts::PASSWORD_CHARS_MIN);
    assert!(page.body.contains(&least), "{}", page.body);
    let made = shop.post("", "/admin/setup?token=once", &owner).await;
    assert_eq!((made.status, made.header(header::LOCATION)), (StatusCode::SEE_OTHER, "/admin"));
    let again = shop.post("", "/admin/setup?token=used", &owner).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.body.contains("not valid any more"));
    assert!(again.body.contains("value=\"Olga\""));
}

#[tokio::test]
async fn signing_out_ends_the_session_on_both_sides() {
    let shop = quiet();
    let got = shop.post("owner", "/admin/sign-out", &[]).await;
    assert_eq!(got.header(header::LOCATION), "/admin/sign-in");
    assert_eq!(shop.asked("accounts.sign_out").len(), 1);
    let cookies: Vec<&str> =
        got.headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap()).collect();
    assert!(
        cookies.iter().any(|cookie| cookie.starts_with("souk_staff=; Path=/admin") && cookie.contains("Max-Age=0"))
    );
}

#[tokio::test]
async fn a_form_of_another_site_does_nothing() {
    let shop = quiet();
    let request = as_staff("owner", "POST", "/admin/dead-letters/s/c/x/discard").header("sec-fetch-site", "cross-site");
    assert_eq!(shop.send(request.body(Body::empty()).unwrap()).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_part_that_does_not_answer_is_named_where_failed_work_is_listed_and_spoils_its_files() {
    let shop = quiet();
    let got = shop.get("owner", "/admin/dead-letters?service=cart").await;
    assert_eq!(got.status, StatusCode::OK, "{}", got.body);
    assert!(
        got.body.contains("Cart does not answer.") && got.body.contains("No failed event is known."),
        "{}",
        got.body
    );
    let got = shop.get("owner", "/admin/dead-letters?service=orders").await;
    assert!(!got.body.contains("not answer"), "{}", got.body);
    for file in ["dead-letters", "jobs"] {
        let got = shop.get("owner", &format!("/admin/{file}/export.csv?service=cart")).await;
        assert_eq!(got.status, StatusCode::SERVICE_UNAVAILABLE, "{file}");
    }
}
