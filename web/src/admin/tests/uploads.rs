use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{body::Body, extract::FromRequest as _};
use http::{Request, StatusCode, header};
use serde_json::json;
use souk_contracts::{
    ImportId,
    catalog::{BadRow, FileFormat, Import, ImportState},
};
use souk_types::{Fault, Timestamp, limits::IMPORT_BYTES_MAX};

use super::{
    super::{
        imports::{self, Trouble, receive},
        multipart::Parts,
    },
    fakes::{MULTIPART, Shop, as_staff, files, multipart, ok, refused},
};

fn import(state: ImportState) -> Import {
    Import {
        id: ImportId::from_bits(3),
        name: "<i>all.csv".into(),
        format: FileFormat::ShopifyCsv,
        state,
        bytes: 200,
        bytes_read: 50,
        created: 1_200,
        updated: 0,
        unchanged: 0,
        refused: 1,
        bad_rows: vec![BadRow { line: 7, reason: "=price \"x\" is not an amount".into() }],
        unknown_columns: vec!["<Vendor>".into()],
        failure: None,
        created_at: Timestamp::EPOCH,
        finished_at: None,
    }
}

fn with_imports() -> Shop {
    Shop::new(|method, _| match method {
        "catalog.start_import" => ok(ImportId::from_bits(3)),
        "catalog.import" => ok(import(ImportState::Running)),
        "catalog.imports" => ok(json!({ "items": [import(ImportState::Running)], "next": null })),
        _ => None,
    })
}

#[tokio::test]
async fn a_file_is_put_into_the_folder_and_its_import_begins() {
    let shop = with_imports();
    let parts = [("kind", None, "products"), ("file", Some("shop/All.CSV"), "Handle,Title\na,b\n")];
    let got = shop.post_parts("manager", "/admin/imports", &parts).await;
    let page = format!("/admin/imports/{}", ImportId::from_bits(3));
    assert_eq!((got.status, got.header(header::LOCATION)), (StatusCode::SEE_OTHER, page.as_str()), "{}", got.body);
    let asked = shop.asked("catalog.start_import")[0]["import"].clone();
    assert_eq!((&asked["name"], &asked["format"]), (&json!("All.CSV"), &json!("shopify_csv")));
    let file = shop.imports.path().join("in").join(asked["file"].as_str().unwrap());
    assert_eq!(std::fs::read_to_string(file).unwrap(), "Handle,Title\na,b\n");
}

#[tokio::test]
async fn what_is_no_import_leaves_no_file() {
    let shop = with_imports();
    let cases: [&[(&str, Option<&str>, &str)]; 5] = [
        &[("kind", None, "products"), ("file", Some("a.xlsx"), "x")],
        &[("kind", None, "products"), ("file", Some("a.csv"), "")],
        &[("kind", None, "customers"), ("file", Some("a.csv"), "x")],
        &[("kind", None, "products"), ("file", Some(""), "")],
        &[("kind", None, "products")],
    ];
    for parts in cases {
        let got = shop.post_parts("owner", "/admin/imports", parts).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{parts:?}");
        assert_eq!(shop.import_files(), 0, "{parts:?}");
    }
    assert!(shop.asked("catalog.start_import").is_empty());
}

#[tokio::test]
async fn an_upload_that_breaks_off_or_that_nobody_takes_leaves_no_file() {
    let shop = Shop::new(|method, _| {
        (method == "catalog.start_import").then(|| refused(&Fault::unavailable("gone"))).flatten()
    });
    let whole = multipart(&[("file", Some("a.csv"), "Handle,Title\n")]);
    let request = as_staff("owner", "POST", "/admin/imports").header(header::CONTENT_TYPE, MULTIPART);
    let cut = shop.send(request.body(Body::from(whole[..whole.len() - 15].to_owned())).unwrap()).await;
    assert_eq!(cut.status, StatusCode::BAD_REQUEST);
    let refused = shop.post_parts("owner", "/admin/imports", &[("file", Some("a.csv"), "x")]).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(shop.import_files(), 0);
}

#[tokio::test]
async fn a_file_that_says_it_is_too_large_is_not_even_written() {
    let shop = with_imports();
    let request = as_staff("owner", "POST", "/admin/imports")
        .header(header::CONTENT_TYPE, MULTIPART)
        .header(header::CONTENT_LENGTH, IMPORT_BYTES_MAX * 2);
    let got = shop.send(request.body(Body::from(multipart(&[("file", Some("a.csv"), "x")]))).unwrap()).await;
    assert_eq!(got.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(got.body.contains("The file has more than 1 GB. Nothing of it was kept"));
    assert_eq!(shop.import_files(), 0);
}

#[tokio::test]
async fn a_file_that_turns_out_too_large_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let body = Body::from(multipart(&[("file", Some("a.csv"), &"x".repeat(100_000))]));
    let request = Request::builder().header(header::CONTENT_TYPE, MULTIPART).body(body).unwrap();
    let mut parts = Parts::from_request(request, &()).await.unwrap().multipart;
    let mut field = parts.next_field().await.unwrap().unwrap();
    let trouble = receive(&files(&folder), "a.csv", &mut imports::pieces(&mut field), 99_999).await.unwrap_err();
    assert!(matches!(trouble, Trouble::TooLarge));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn only_what_is_being_written_is_in_memory_however_fast_it_comes() {
    let folder = tempfile::tempdir().unwrap();
    let taken = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&taken);
    let head = "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n".to_owned();
    let pieces = (0..1_000).map(move |index| {
        count.fetch_add(1, Ordering::Relaxed);
        Ok::<_, std::io::Error>(if index == 0 { head.clone() } else { "x".repeat(16 * 1024) })
    });
    let body = Body::from_stream(futures::stream::iter(pieces));
    let request = Request::builder().header(header::CONTENT_TYPE, MULTIPART).body(body).unwrap();
    let mut parts = Parts::from_request(request, &()).await.unwrap().multipart;
    let mut field = parts.next_field().await.unwrap().unwrap();
    let trouble = receive(&files(&folder), "a.csv", &mut imports::pieces(&mut field), 100_000).await.unwrap_err();
    assert!(matches!(trouble, Trouble::TooLarge));
    let taken = taken.load(Ordering::Relaxed);
    assert!(taken < 20, "{taken} pieces of 16 KB were taken for 100 KB");
}

#[tokio::test]
async fn an_import_may_be_larger_than_an_ordinary_form() {
    let shop = with_imports();
    let large = "Handle,Title\n".repeat(250_000);
    let got = shop
        .post_parts("owner", "/admin/imports", &[("kind", None, "products"), ("file", Some("a.csv"), &large)])
        .await;
    assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
    assert_eq!(shop.import_files(), 1);
}

#[tokio::test]
async fn a_running_import_shows_how_far_it_is_and_what_was_wrong() {
    let shop = with_imports();
    let page = format!("/admin/imports/{}", ImportId::from_bits(3));
    let got = shop.get("owner", &page).await;
    assert!(got.body.contains("data-refresh=\"/admin/imports/"), "{}", got.body);
    assert!(
        got.body.contains("value=\"25\"")
            && got.body.contains("&lt;Vendor&gt;")
            && got.body.contains("&lt;i&gt;all.csv")
    );
    let part = shop.get("owner", &format!("{page}/progress")).await;
    assert!(part.body.contains("1,200") && !part.body.contains("<html"));
    let csv = shop.get("owner", &format!("{page}/bad-rows.csv")).await;
    assert_eq!(csv.body, "line,reason\r\n7,\"'=price \"\"x\"\" is not an amount\"\r\n");
    assert!(csv.header(header::CONTENT_DISPOSITION).starts_with("attachment"));
}

#[tokio::test]
async fn an_import_is_also_told_to_programs() {
    let shop = with_imports();
    let path = format!("/admin/imports/{}", ImportId::from_bits(3));
    let request = as_staff("owner", "GET", &path).header(header::ACCEPT, "application/json");
    let got = shop.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(serde_json::from_str::<Import>(&got.body).unwrap(), import(ImportState::Running));
}
