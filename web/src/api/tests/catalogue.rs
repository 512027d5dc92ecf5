//! Categories, collections and imports, by programs of the house.

use axum::body::Body;
use http::{Request, StatusCode, header};
use serde_json::{Value, json};
use souk_contracts::{
    CategoryId, CollectionId, ImportId,
    catalog::{self, Category, Collection, Condition, FileFormat, Import, ImportState, Members},
};
use souk_types::{Fault, FieldError, Timestamp, limits::IMPORT_BYTES_MAX};

use super::{ask, ask_if, parsed, shop};
use crate::admin::tests::fakes::{Got, Shop, ok, product, refused};

const KEY: &str = "souk_key_catalog:manage";
const READER: &str = "souk_key_catalog:read";
const CATEGORY: &str = "cat_00000000000000000000000001";
const COLLECTION: &str = "col_00000000000000000000000001";

fn category(id: u128, name: &str) -> Category {
    let slug = name.to_lowercase();
    Category { id: CategoryId::from_bits(id), parent: None, name: name.to_owned(), slug, position: 0, version: 3 }
}

/// Whether a version is told that is not the present one.
fn is_old(arguments: &Value, present: i64) -> bool {
    let seen = arguments.pointer("/draft/version").unwrap_or(&arguments["version"]);
    seen.as_i64().is_some_and(|seen| seen != present)
}

fn with_categories() -> Shop {
    shop(|method, arguments| match method {
        "catalog.save_category" | "catalog.delete_category" if is_old(arguments, 3) => {
            refused(&catalog::Error::VersionConflict { current: 3 })
        }
        "catalog.categories" => ok([category(1, "Bags"), category(2, "Mugs"), category(3, "Rugs")]),
        "catalog.save_category" if arguments["draft"]["name"] == "Mugs" => {
            let fault = Fault::conflict("there is a category of this name at this place already");
            refused(&catalog::Error::from(Fault { fields: vec![FieldError::new("name", "is already taken")], ..fault }))
        }
        "catalog.save_category" => ok(CategoryId::from_bits(1)),
        "catalog.delete_category" => refused(&catalog::Error::from(Fault::conflict("there are products in it"))),
        _ => None,
    })
}

#[tokio::test]
async fn categories_are_listed_page_by_page_and_added_moved_and_removed() {
    let shop = with_categories();
    let first = parsed(&ask(&shop, READER, "GET", "/admin/categories?limit=2", Value::Null).await);
    let rest = format!("/admin/categories?limit=2&cursor={}", first["next"].as_str().unwrap());
    let rest = parsed(&ask(&shop, READER, "GET", &rest, Value::Null).await);
    let names = |page: &Value| -> Vec<String> {
        page["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((names(&first), names(&rest)), (vec!["Bags".into(), "Mugs".into()], vec!["Rugs".into()]));
    let one = ask(&shop, READER, "GET", &format!("/admin/categories/{CATEGORY}"), Value::Null).await;
    assert_eq!((parsed(&one)["name"].clone(), one.header(header::ETAG)), (json!("Bags"), "\"3\""));
    let unknown = ask(&shop, READER, "GET", "/admin/categories/cat_00000000000000000000000009", Value::Null).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);

    let input = json!({"name": "Bags", "position": 3});
    let added = ask(&shop, KEY, "POST", "/admin/categories", input.clone()).await;
    assert_eq!((added.status, parsed(&added)["id"].clone()), (StatusCode::CREATED, json!(CATEGORY)), "{}", added.body);
    let mut moved = input;
    moved["parent"] = json!("cat_00000000000000000000000002");
    let replaced = ask_if(&shop, KEY, "PUT", &format!("/admin/categories/{CATEGORY}"), ("\"3\"", moved)).await;
    assert_eq!((replaced.status, replaced.header(header::ETAG)), (StatusCode::OK, "\"3\""), "{}", replaced.body);
    let drafts: Vec<_> = shop.asked("catalog.save_category").iter().map(|asked| asked["draft"].clone()).collect();
    assert_eq!(drafts[0], json!({"id": null, "version": null, "parent": null, "name": "Bags", "position": 3}));
    assert_eq!((&drafts[1]["id"], &drafts[1]["parent"]), (&json!(CATEGORY), &json!("cat_00000000000000000000000002")));
    assert_eq!(drafts[1]["version"], 3);

    let taken = ask(&shop, KEY, "POST", "/admin/categories", json!({"name": "Mugs"})).await;
    assert_eq!((taken.status, &parsed(&taken)["errors"]["name"]), (StatusCode::CONFLICT, &json!("is already taken")));
    let wrong = ask(&shop, KEY, "POST", "/admin/categories", json!({"name": "Hats", "parent": "x"})).await;
    assert!(parsed(&wrong)["errors"]["parent"].is_string(), "{}", wrong.body);
    let full = ask_if(&shop, KEY, "DELETE", &format!("/admin/categories/{CATEGORY}"), ("\"3\"", Value::Null)).await;
    assert_eq!(full.status, StatusCode::CONFLICT);
}

fn with_collections() -> Shop {
    shop(|method, arguments| match method {
        "catalog.collection" => ok(Collection {
            id: CollectionId::from_bits(1),
            title: "Cheap".to_owned(),
            slug: "cheap".to_owned(),
            members: Members::Rule(vec![Condition::PriceUnder(990), Condition::OnSale]),
            version: 7,
        }),
        "catalog.save_collection" | "catalog.delete_collection" if is_old(arguments, 7) => {
            refused(&catalog::Error::VersionConflict { current: 7 })
        }
        "catalog.save_collection" if arguments["draft"]["title"] == "Gone" => {
            refused(&catalog::Error::from(Fault::invalid("members.picked", "there is no such product")))
        }
        "catalog.save_collection" => ok(CollectionId::from_bits(1)),
        "catalog.delete_collection" => ok(Value::Null),
        "catalog.preview_collection" => ok(json!({"items": [], "matched": 3, "looked_at": 9, "complete": true})),
        _ => None,
    })
}

#[tokio::test]
async fn collections_are_read_added_and_replaced_in_words_of_the_api() {
    let shop = with_collections();
    let path = format!("/admin/collections/{COLLECTION}");
    let read = parsed(&ask(&shop, READER, "GET", &path, Value::Null).await);
    let rule = json!({"by": "rule", "conditions": [
        {"kind": "price_under", "price": {"minor": 990, "currency": "EUR"}}, {"kind": "on_sale"},
    ]});
    assert_eq!(read, json!({"id": COLLECTION, "title": "Cheap", "slug": "cheap", "members": rule, "version": 7}));
    let added = ask(&shop, KEY, "POST", "/admin/collections", json!({"title": "Cheap", "members": rule})).await;
    assert_eq!(added.status, StatusCode::CREATED, "{}", added.body);
    let picked = json!({"by": "hand", "products": [product().id]});
    let replaced = ask_if(&shop, KEY, "PUT", &path, ("\"7\"", json!({"title": "Picks", "members": picked}))).await;
    assert_eq!(replaced.status, StatusCode::OK, "{}", replaced.body);
    let drafts: Vec<_> = shop.asked("catalog.save_collection").iter().map(|asked| asked["draft"].clone()).collect();
    let rule = Members::Rule(vec![Condition::PriceUnder(990), Condition::OnSale]);
    assert_eq!(drafts[0]["members"], json!(rule));
    assert_eq!(drafts[1]["members"], json!(Members::Picked(vec![product().id])));
    let deleted = ask_if(&shop, KEY, "DELETE", &path, ("\"7\"", Value::Null)).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    assert_eq!(ask(&shop, READER, "DELETE", &path, Value::Null).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn categories_and_collections_are_changed_and_removed_only_in_the_version_that_was_seen() {
    let (categories, collections) = (with_categories(), with_collections());
    let name = json!({"name": "Sacks"});
    let title = json!({"title": "Picks", "members": {"by": "hand", "products": []}});
    let ways = [
        (
            &categories,
            format!("/admin/categories/{CATEGORY}"),
            name,
            "catalog.save_category",
            "catalog.delete_category",
        ),
        (
            &collections,
            format!("/admin/collections/{COLLECTION}"),
            title,
            "catalog.save_collection",
            "catalog.delete_collection",
        ),
    ];
    for (shop, path, input, save, delete) in ways {
        for (method, asked, body) in [("PUT", save, input), ("DELETE", delete, Value::Null)] {
            let unseen = ask(shop, KEY, method, &path, body.clone()).await;
            assert_eq!((unseen.status.as_u16(), &parsed(&unseen)["code"]), (428, &json!("version_missing")), "{path}");
            assert!(shop.asked(asked).is_empty(), "{method} {path}");
            let old = ask_if(shop, KEY, method, &path, ("\"1\"", body)).await;
            assert_eq!((old.status.as_u16(), &parsed(&old)["code"]), (412, &json!("version_conflict")), "{path}");
            assert!(old.header(header::CONTENT_TYPE).starts_with("application/problem+json"));
        }
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_collection_is_named_as_it_was_sent() {
    let shop = with_collections();
    let wrong = async |title: &str, members: Value| {
        let got = ask(&shop, KEY, "POST", "/admin/collections", json!({"title": title, "members": members})).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", got.body);
        parsed(&got)["errors"].as_object().unwrap().keys().next().unwrap().clone()
    };
    assert_eq!(wrong("Gone", json!({"by": "hand", "products": [product().id]})).await, "members.products");
    let dollars = json!({"by": "rule", "conditions": [
        {"kind": "on_sale"}, {"kind": "price_from", "price": {"minor": 1, "currency": "USD"}},
    ]});
    assert_eq!(wrong("Dear", dollars).await, "members.conditions[1].price.currency");
    assert_eq!(wrong("None", json!({"by": "rule", "conditions": []})).await, "members.conditions");
    let none = [
        json!({"by": "magic"}),
        json!({"by": 0, "products": []}),
        json!(["hand", []]),
        json!({"by": "rule", "conditions": [{"kind": 5}]}),
        json!({"by": "rule", "conditions": [["on_sale"]]}),
    ];
    for members in none {
        assert_eq!(wrong("None of the forms", members).await, "members");
    }
    let look = json!({"members": {"by": "rule", "conditions": [{"kind": "tag", "tag": "new"}]}});
    let preview = ask(&shop, READER, "POST", "/admin/collections/preview", look).await;
    assert_eq!((preview.status, parsed(&preview)["matched"].clone()), (StatusCode::OK, json!(3)), "{}", preview.body);
}

fn import() -> Import {
    Import {
        id: ImportId::from_bits(3),
        name: "all.csv".into(),
        format: FileFormat::ShopifyCsv,
        state: ImportState::Running,
        bytes: 200,
        bytes_read: 50,
        created: 1,
        updated: 0,
        unchanged: 0,
        refused: 1,
        bad_rows: vec![catalog::BadRow { line: 7, reason: "has no title".into() }],
        unknown_columns: vec!["Mood".into()],
        failure: None,
        created_at: Timestamp::EPOCH,
        finished_at: None,
    }
}

fn with_imports() -> Shop {
    shop(|method, _| match method {
        "catalog.imports" => ok(json!({"items": [import()], "next": null})),
        "catalog.import" => ok(import()),
        "catalog.start_import" => ok(import().id),
        _ => None,
    })
}

async fn send(shop: &Shop, token: &str, kind: &str, wish: &str, body: impl Into<Body>) -> Got {
    let mut request = Request::post("/api/v1/admin/imports?name=all.csv")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, kind);
    if !wish.is_empty() {
        request = request.header("idempotency-key", wish);
    }
    shop.send(request.body(body.into()).unwrap()).await
}

#[tokio::test]
async fn a_file_is_imported_once_however_often_it_is_sent() {
    let shop = with_imports();
    let begun = send(&shop, KEY, "text/csv; charset=utf-8", "a", "Handle,Title\n").await;
    assert_eq!(
        (begun.status, parsed(&begun)["id"].clone()),
        (StatusCode::CREATED, json!(import().id)),
        "{}",
        begun.body
    );
    let again = send(&shop, KEY, "text/csv; charset=utf-8", "a", "Handle,Title\n").await;
    assert_eq!(
        (again.status, again.header(http::HeaderName::from_static("idempotency-replayed"))),
        (begun.status, "true")
    );
    let other = send(&shop, KEY, "text/csv", "a", "Handle,Title\nx,X\n").await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    let asked = shop.asked("catalog.start_import");
    assert_eq!((asked.len(), shop.import_files()), (1, 1), "what was not imported is not kept");
    let new = &asked[0]["import"];
    assert_eq!((&new["name"], &new["format"]), (&json!("all.csv"), &json!("shopify_csv")));
    let kept = shop.imports.path().join("in").join(new["file"].as_str().unwrap());
    assert_eq!(std::fs::read_to_string(kept).unwrap(), "Handle,Title\n");
    let lines = send(&shop, KEY, "application/x-ndjson", "b", "{}\n").await;
    assert_eq!(
        (lines.status, &shop.asked("catalog.start_import")[1]["import"]["format"]),
        (StatusCode::CREATED, &json!("json_lines"))
    );
}

#[tokio::test]
async fn a_file_that_cannot_be_taken_leaves_nothing_behind() {
    let shop = with_imports();
    let status =
        async |token, kind, wish, body: &'static str| send(&shop, token, kind, wish, body).await.status.as_u16();
    assert_eq!(status(READER, "text/csv", "a", "x").await, 403);
    assert_eq!(status(KEY, "application/json", "a", "{}").await, 415);
    assert_eq!(status(KEY, "text/csv", "", "x").await, 400);
    assert_eq!(status(KEY, "text/csv", "a", "").await, 422);
    let large = Request::post("/api/v1/admin/imports")
        .header(header::AUTHORIZATION, format!("Bearer {KEY}"))
        .header(header::CONTENT_TYPE, "text/csv")
        .header(header::CONTENT_LENGTH, IMPORT_BYTES_MAX + 1)
        .header("idempotency-key", "a");
    let refused = shop.send(large.body(Body::from("x")).unwrap()).await;
    assert_eq!((refused.status, &parsed(&refused)["code"]), (StatusCode::PAYLOAD_TOO_LARGE, &json!("too_large")));
    assert_eq!((shop.import_files(), shop.asked("catalog.start_import").len()), (0, 0));
    let longer_than_json = "Handle,Title\n".repeat(250_000);
    assert_eq!(send(&shop, KEY, "text/csv", "b", longer_than_json).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn an_import_says_how_far_it_is_and_which_rows_were_left_out() {
    let shop = with_imports();
    let list = parsed(&ask(&shop, READER, "GET", "/admin/imports", Value::Null).await);
    assert_eq!((&list["items"][0]["bytes_read"], &list["items"][0]["bad_rows"]), (&json!(50), &Value::Null));
    let one = parsed(&ask(&shop, READER, "GET", &format!("/admin/imports/{}", import().id), Value::Null).await);
    assert_eq!(one["bad_rows"], json!([{"line": 7, "reason": "has no title"}]));
    assert_eq!((&one["state"], &one["unknown_columns"]), (&json!("running"), &json!(["Mood"])));
}
