//! The public API: what shoppers' programs read.

use axum::body::Body;
use http::{Method, header};
use serde_json::json;

use crate::rig::{Answer, Rig, request, rig};

async fn get(rig: &Rig, path: &str) -> Answer {
    rig.browser().get(&format!("/api/v1{path}")).await
}

#[tokio::test]
async fn products_are_found_and_paged_through() {
    let rig = rig();
    let first = get(&rig, "/products?q=bag&brand=Acme&attribute=Colour:Red&in_stock=true&limit=2&facets=true").await;
    first.is(200);
    let page = first.json();
    assert_eq!((page["items"].as_array().unwrap().len(), &page["total"]), (2, &json!(60)));
    assert_eq!(page["items"][0]["price_min"], json!({"minor": 1250, "currency": "EUR"}));
    assert_eq!(page["items"][0]["slug"], "canvas-bag");
    assert_eq!(page["facets"][0]["kind"], "category");
    let cursor = page["next"].as_str().unwrap();
    assert!(first.header("link").contains(&format!("cursor={cursor}>; rel=\"next\"")), "{}", first.header("link"));
    let rest = first.header("link").trim_start_matches('<').split('>').next().unwrap().to_owned();
    get(&rig, &format!("/products{rest}")).await.is(200);
    let elsewhere = get(&rig, &format!("/products?q=other&cursor={cursor}")).await;
    elsewhere.is(404);
    assert_eq!(elsewhere.json()["code"], "cursor_unknown");
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_told_by_parameter() {
    let rig = rig();
    for (path, field) in [
        ("/products?limit=0", "limit"),
        ("/products?limit=x", "limit"),
        ("/products?sort=best", "sort"),
        ("/products?colour=red", "colour"),
        ("/products?attribute=Colour", "attribute[0]"),
        ("/products?fields=secret", "fields"),
        ("/suggestions", "q"),
        ("/categories?limit=5000", "limit"),
    ] {
        let refused = get(&rig, path).await;
        refused.is(422);
        let problem = refused.json();
        assert_eq!(refused.header("content-type"), "application/problem+json");
        assert_eq!((&problem["code"], &problem["status"]), (&json!("invalid"), &json!(422)));
        assert!(problem["errors"][field].is_string(), "{path}: {problem}");
    }
}

#[tokio::test]
async fn a_product_is_read_with_prices_and_stock() {
    let rig = rig();
    let product = get(&rig, "/products/canvas-bag").await;
    product.is(200);
    let json = product.json();
    assert_eq!((&json["variants"][0]["sku"], &json["variants"][0]["available"]), (&json!("BAG-RED-S"), &json!(3)));
    assert_eq!(json["variants"][1]["in_stock"], false);
    assert_eq!(json["attributes"][0], json!({"name": "Volume", "value": 18.0, "unit": "l", "label": "18 l"}));
    assert_eq!(json["updated_at"], "1970-01-01T00:00:00Z");
    let moved = get(&rig, "/products/old-bag").await;
    moved.is(308);
    assert_eq!(moved.location(), "/api/v1/products/canvas-bag");
    let absent = get(&rig, "/products/nothing").await;
    assert_eq!((absent.status.as_u16(), absent.json()["code"].clone()), (404, json!("not_found")));
}

#[tokio::test]
async fn only_the_fields_that_were_asked_for_come() {
    let rig = rig();
    let part = get(&rig, "/products/canvas-bag?fields=slug,title").await;
    assert_eq!(part.json(), json!({"slug": "canvas-bag", "title": "Canvas bag"}));
    assert_eq!(part.header("content-type"), "application/vnd.souk.partial+json");
    let list = get(&rig, "/products?fields=slug").await.json();
    assert_eq!(list["items"][0], json!({"slug": "canvas-bag"}));
    assert_eq!(list["total"], 60);
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let rig = rig();
    let product = get(&rig, "/products/canvas-bag").await;
    let tag = product.header("etag").to_owned();
    let ask = |tag: &str| {
        let request = request(Method::GET, "/api/v1/products/canvas-bag").header(header::IF_NONE_MATCH, tag);
        request.body(Body::empty()).unwrap()
    };
    let same = rig.browser().send(ask(&tag)).await;
    same.is(304);
    assert_eq!((same.body.as_str(), same.header("etag")), ("", tag.as_str()));
    rig.services.lock().title = Some("Another bag".to_owned());
    let changed = rig.browser().send(ask(&tag)).await;
    changed.is(200).shows("Another bag");
    assert_ne!(changed.header("etag"), tag);
}

#[tokio::test]
async fn categories_come_in_pages() {
    let rig = rig();
    let first = get(&rig, "/categories?limit=1").await.json();
    let rest = get(&rig, &format!("/categories?limit=1&cursor={}", first["next"].as_str().unwrap())).await.json();
    assert_eq!((&first["items"][0]["slug"], &rest["items"][0]["slug"]), (&json!("bags"), &json!("totes")));
    assert_eq!(rest["items"][0]["parent"], first["items"][0]["id"]);
    assert!(rest["next"].is_null());
}

#[tokio::test]
async fn the_shop_says_how_one_pays() {
    let shop = get(&rig(), "/shop").await.json();
    assert_eq!(shop["payment"]["tokenise_url"], "/sandbox-gateway/tokens");
    assert_eq!(shop["countries"][1], json!({"code": "PT", "name": "Portugal"}));
}

#[tokio::test]
async fn the_api_is_described_for_programs_and_for_people() {
    let rig = rig();
    let described = get(&rig, "/openapi.json").await;
    described.is(200);
    let document = described.json();
    assert_eq!(document["openapi"], "3.1.0");
    let list = &document["paths"]["/products"]["get"];
    let limit = list["parameters"].as_array().unwrap().iter().find(|parameter| parameter["name"] == "limit").unwrap();
    assert_eq!((&limit["schema"]["minimum"], &limit["schema"]["maximum"]), (&json!(1), &json!(100)));
    let index = rig.browser().get("/api/docs").await;
    index.is(200).shows("GET /products/{slug}").shows("href=\"/api/docs/listProducts\"").hides("<script src=\"http");
    for operation in document["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap().values())
    {
        let page = rig.browser().get(&format!("/api/docs/{}", operation["operationId"].as_str().unwrap())).await;
        page.is(200).shows(operation["summary"].as_str().unwrap().split(['.', '\'']).next().unwrap());
        assert!(page.body.len() < 60_000);
    }
    rig.browser().get("/api/docs/nothing").await.is(404);
}

#[tokio::test]
async fn what_there_is_not_is_a_problem_in_json() {
    let rig = rig();
    let absent = get(&rig, "/nowhere").await;
    assert_eq!((absent.status.as_u16(), absent.header("content-type")), (404, "application/problem+json"));
    let post = rig.browser().post_json("/api/v1/products", &json!({})).await;
    post.is(405);
    assert!(post.header("allow").contains("GET"), "{:?}", post.headers);
}

#[tokio::test]
async fn whoever_asks_too_often_is_told_how_long_to_wait() {
    let rig = rig();
    let first = get(&rig, "/shop").await;
    assert_eq!(first.header("ratelimit-policy"), "\"minute\";q=100;w=60");
    assert_eq!(first.header("ratelimit"), "\"minute\";r=99;t=60");
    for _ in 1..100 {
        get(&rig, "/shop").await.is(200);
    }
    let refused = get(&rig, "/shop").await;
    refused.is(429);
    assert_eq!((refused.header("retry-after"), refused.header("ratelimit")), ("60", "\"minute\";r=0;t=60"));
    assert_eq!(refused.json()["code"], "too_many_requests");
    rig.browser().get("/").await.is(200);
}
