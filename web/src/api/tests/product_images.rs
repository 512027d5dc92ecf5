//! The pictures of a product, by programs of the house.

use axum::body::Body;
use http::{Request, StatusCode, header};
use serde_json::{Value, json};
use souk_contracts::catalog::{self, Image, Product};
use souk_types::{Fault, limits::IMAGE_BYTES_MAX};

use super::{ask, ask_if, parsed, shop};
use crate::admin::tests::fakes::{Got, Shop, ok, product, refused};

const KEY: &str = "souk_key_catalog:manage";
const SEEN: &str = "\"7\"";

fn image(hash: &str) -> Image {
    Image { hash: hash.to_owned(), width: 1, height: 1, alt: String::new(), drawn: false }
}

/// A product with two pictures, of which its variant shows the second.
fn with_pictures() -> Shop {
    let mut shown = product();
    shown.images = vec![image("aa"), Image { alt: "Inside".to_owned(), ..image("bb") }];
    shown.variants[0].image = Some(1);
    shop(move |method, arguments| match method {
        "catalog.product" => ok(&shown),
        "catalog.update" => ok(Product { version: 8, ..shown.clone() }),
        "catalog.add_image" if arguments["bytes"] == "" => {
            refused(&catalog::Error::from(Fault::invalid("bytes", "is no picture")))
        }
        // Base64 of what is sent below.
        "catalog.add_image" => ok(image(if arguments["bytes"] == "b2xk" { "aa" } else { "cc" })),
        _ => None,
    })
}

fn path() -> String {
    format!("/admin/products/{}/images", product().id)
}

async fn send(shop: &Shop, query: &str, kind: &str, seen: &str, body: &'static str) -> Got {
    let wish = blake3::hash(format!("{query}{kind}{seen}{body}").as_bytes());
    let mut request = Request::post(format!("/api/v1{}{query}", path()))
        .header(header::AUTHORIZATION, format!("Bearer {KEY}"))
        .header(header::CONTENT_TYPE, kind)
        .header("idempotency-key", wish.to_string());
    if !seen.is_empty() {
        request = request.header(header::IF_MATCH, seen);
    }
    shop.send(request.body(Body::from(body)).unwrap()).await
}

/// What the last change made of the pictures, and which one the variant shows.
fn pictures(shop: &Shop) -> (Value, Value) {
    let draft = shop.asked("catalog.update").pop().unwrap();
    assert_eq!(draft["version"], 7);
    (draft["draft"]["images"].clone(), draft["draft"]["variants"][0]["image"].clone())
}

fn stored(hash: &str, alt: &str) -> Value {
    json!({"source": {"stored": hash}, "alt": alt})
}

#[tokio::test]
async fn a_picture_is_added_once_at_its_place_with_its_words() {
    let shop = with_pictures();
    for _ in 0..2 {
        let added = send(&shop, "?alt=Front&position=0", "image/png", SEEN, "new").await;
        assert_eq!(added.status, StatusCode::CREATED, "{}", added.body);
        assert_eq!(parsed(&added)["version"], 8);
    }
    assert_eq!(shop.asked("catalog.add_image").len(), 1, "sent twice it is one picture");
    assert_eq!(shop.asked("catalog.add_image")[0], json!({"bytes": "bmV3", "alt": "Front"}));
    let all = json!([stored("cc", "Front"), stored("aa", ""), stored("bb", "Inside")]);
    assert_eq!(pictures(&shop), (all, json!(2)), "the variant still shows its own");
    assert_eq!(send(&shop, "", "image/webp; x=y", SEEN, "new").await.status, StatusCode::CREATED);
    let all = json!([stored("aa", ""), stored("bb", "Inside"), stored("cc", "")]);
    assert_eq!(pictures(&shop), (all, json!(1)));
}

#[tokio::test]
async fn a_picture_that_cannot_be_taken_changes_nothing() {
    let shop = with_pictures();
    let status = async |query, kind, seen, body| send(&shop, query, kind, seen, body).await.status.as_u16();
    assert_eq!(status("", "image/png", "", "new").await, 428);
    assert_eq!(status("", "image/gif", SEEN, "new").await, 415);
    assert_eq!(status("?position=-1", "image/png", SEEN, "new").await, 422);
    assert!(shop.asked("catalog.add_image").is_empty());
    let old = send(&shop, "", "image/png", "\"6\"", "new").await;
    assert_eq!((old.status.as_u16(), &parsed(&old)["code"]), (412, &json!("version_conflict")));
    assert!(shop.asked("catalog.add_image").is_empty(), "it is not even stored");
    for (body, text) in [("", "is no picture"), ("old", "is a picture of this product already")] {
        let wrong = send(&shop, "", "image/jpeg", SEEN, body).await;
        assert_eq!((wrong.status.as_u16(), &parsed(&wrong)["errors"]["body"]), (422, &json!(text)), "{}", wrong.body);
    }
    let large = |length: Option<usize>, bytes: usize| {
        let mut request = Request::post(format!("/api/v1{}", path()))
            .header(header::AUTHORIZATION, format!("Bearer {KEY}"))
            .header(header::CONTENT_TYPE, "image/png")
            .header(header::IF_MATCH, SEEN)
            .header("idempotency-key", "large");
        if let Some(length) = length {
            request = request.header(header::CONTENT_LENGTH, length);
        }
        request.body(Body::from(vec![0; bytes])).unwrap()
    };
    for request in [large(Some(IMAGE_BYTES_MAX + 1), 1), large(None, IMAGE_BYTES_MAX + 1)] {
        let refused = shop.send(request).await;
        assert_eq!((refused.status, &parsed(&refused)["code"]), (StatusCode::PAYLOAD_TOO_LARGE, &json!("too_large")));
    }
    assert!(shop.asked("catalog.update").is_empty());
}

#[tokio::test]
async fn pictures_are_ordered_worded_and_taken_out() {
    let shop = with_pictures();
    let list = json!({"images": [{"hash": "bb", "alt": "In"}]});
    let replaced = ask_if(&shop, KEY, "PUT", &path(), (SEEN, list)).await;
    assert_eq!((replaced.status, replaced.header(header::ETAG)), (StatusCode::OK, "\"8\""), "{}", replaced.body);
    assert_eq!(pictures(&shop), (json!([stored("bb", "In")]), json!(0)));

    let one = format!("{}/bb", path());
    ask_if(&shop, KEY, "PUT", &one, (SEEN, json!({"alt": "First", "position": 0}))).await;
    assert_eq!(pictures(&shop), (json!([stored("bb", "First"), stored("aa", "")]), json!(0)));
    ask_if(&shop, KEY, "PUT", &one, (SEEN, json!({"alt": "Second"}))).await;
    assert_eq!(pictures(&shop), (json!([stored("aa", ""), stored("bb", "Second")]), json!(1)));

    let removed = ask_if(&shop, KEY, "DELETE", &one, (SEEN, Value::Null)).await;
    assert_eq!((removed.status, removed.header(header::ETAG)), (StatusCode::OK, "\"8\""), "{}", removed.body);
    assert_eq!(pictures(&shop), (json!([stored("aa", "")]), Value::Null), "the variant shows none");
}

#[tokio::test]
async fn pictures_are_changed_only_in_the_version_that_was_seen_and_if_they_are_there() {
    let shop = with_pictures();
    let (one, other) = (format!("{}/aa", path()), format!("{}/zz", path()));
    let ways = [
        ("PUT", path(), json!({"images": []})),
        ("PUT", one.clone(), json!({"alt": ""})),
        ("DELETE", one, Value::Null),
    ];
    for (method, path, body) in ways {
        assert_eq!(ask(&shop, KEY, method, &path, body.clone()).await.status.as_u16(), 428, "{method} {path}");
        let old = ask_if(&shop, KEY, method, &path, ("\"6\"", body)).await;
        assert_eq!((old.status.as_u16(), &parsed(&old)["code"]), (412, &json!("version_conflict")), "{method} {path}");
    }
    for (method, body) in [("PUT", json!({"alt": ""})), ("DELETE", Value::Null)] {
        assert_eq!(ask_if(&shop, KEY, method, &other, (SEEN, body)).await.status, StatusCode::NOT_FOUND);
    }
    let list = json!({"images": [{"hash": "aa"}, {"hash": "zz"}, {"hash": "aa"}]});
    let wrong = parsed(&ask_if(&shop, KEY, "PUT", &path(), (SEEN, list)).await);
    assert_eq!(wrong["errors"]["images[1].hash"], "is no picture of this product");
    assert_eq!(wrong["errors"]["images[2].hash"], "stands there twice");
    assert!(shop.asked("catalog.update").is_empty());
}
