mod access;
mod back_office;
mod bulk_edits;
mod catalogue;
mod house;
mod keys;
mod people;
mod product_images;
mod settings;
mod sorting;

use axum::body::Body;
use http::{Request, header};
use serde_json::{Value, json};
use souk_types::Env;

use crate::{
    admin::tests::fakes::{Got, Reply, Shop},
    signing::Signer,
};

/// A shop that knows keys by the scopes that their secrets name, `orders:read,refunds`, and answers the rest by `more`.
pub fn shop(more: impl Fn(&str, &Value) -> Option<Reply> + Send + Sync + 'static) -> Shop {
    Shop::new(move |method, arguments| match method {
        "accounts.api_key" => {
            let scopes: Vec<&str> = arguments["token"].as_str().unwrap_or_default().split(',').collect();
            Some(Ok(json!({
                "id": "key_00000000000000000000000001",
                "name": "Test",
                "scopes": scopes,
                "hint": "abcd",
                "created_by": "stf_1",
                "created_at": 0,
                "last_used_at": null,
            })))
        }
        _ => more(method, arguments),
    })
}

pub fn guest() -> String {
    format!("souk_guest_{}", Signer::new(&[7; 32]).new_guest(&Env::for_tests(1)))
}

/// Asks by a token; a POST has a key of its own.
async fn ask(shop: &Shop, token: &str, method: &str, path: &str, body: Value) -> Got {
    shop.send(request(token, method, path, &body).body(content(&body)).unwrap()).await
}

/// The same with the tag of what the caller saw.
async fn ask_if(shop: &Shop, token: &str, method: &str, path: &str, (tag, body): (&str, Value)) -> Got {
    let request = request(token, method, path, &body).header(header::IF_MATCH, tag);
    shop.send(request.body(content(&body)).unwrap()).await
}

fn request(token: &str, method: &str, path: &str, body: &Value) -> http::request::Builder {
    let mut request = Request::builder().method(method).uri(format!("/api/v1{path}"));
    if !token.is_empty() {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    if method == "POST" {
        let digest = blake3::hash(format!("{token} {path} {body}").as_bytes());
        request = request.header("idempotency-key", digest.to_string());
    }
    if !body.is_null() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    request
}

fn content(body: &Value) -> Body {
    if body.is_null() { Body::empty() } else { Body::from(body.to_string()) }
}

pub fn parsed(got: &Got) -> Value {
    serde_json::from_str(&got.body).unwrap_or_else(|error| panic!("{error}: {}", got.body))
}
