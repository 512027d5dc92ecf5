//! The journey over HTTP, with the real binary: what a shopper and a member of staff do, and the wrong things too.

use std::{process::Command, time::Duration};

use souk_bench::{
    client::Client,
    server::{Server, souk, souk_command},
    shopper::{GOOD_CARD, Purchase, add_to_cart, check_out},
};
use souk_types::limits::BODY_BYTES_MAX;

use crate::open::Open;

#[tokio::test]
async fn a_product_is_found_bought_and_followed() {
    let open = Open::with_stock(5);
    let mut client = open.client();
    let found = client.get("/search?q=thing", "text/html").await.unwrap();
    assert!(found.text_all().contains("/products/thing-lamp"), "{}", found.text());
    let page = client.get("/products/thing-lamp", "text/html").await.unwrap();
    assert_eq!(page.status, 200);
    assert_eq!(add_to_cart(&mut client, "LAMP", 2).await.unwrap().status, 200);
    let Purchase::Ordered(order) = check_out(&mut client, GOOD_CARD).await.unwrap() else { panic!("sold out") };
    assert_eq!(order.state, "placed");
    let path = format!("/orders/{}?key={}", order.number, order.access_key);
    let track = client.get(&path, "text/html").await.unwrap();
    assert!(track.text_all().contains(&order.number));
    let wrong_key = format!("/orders/{}?key={}", order.number, "0".repeat(32));
    assert_eq!(open.client().get(&wrong_key, "text/html").await.unwrap().status, 404);
    open.close();
}

#[tokio::test]
async fn the_wrong_things_get_clear_answers() {
    let open = Open::with_stock(1);
    let mut client = open.client();
    assert_eq!(client.get("/products/nothing", "text/html").await.unwrap().status, 404);
    assert_eq!(client.get("/nowhere", "text/html").await.unwrap().status, 404);
    let huge = "x".repeat(BODY_BYTES_MAX);
    for (sku, quantity, status, said) in [
        ("UNKNOWN", 1, 404, "UNKNOWN is not sold here"),
        ("LAMP", 0, 422, r#""quantity":"Take at least one.""#),
        ("LAMP", -1, 422, r#""quantity":"invalid value: integer `-1`"#),
        (huge.as_str(), 1, 413, "larger than the 2 MB that are taken here"),
    ] {
        let line = serde_json::json!({ "sku": sku, "quantity": quantity }).to_string();
        let told = client.post_json("/cart/lines", line).await.unwrap();
        assert_eq!(told.status, status, "{}", told.text());
        assert!(told.text_all().contains(said), "{}", told.text());
    }
    let negative = client.post_form("/cart/lines", &[("variant", "LAMP"), ("quantity", "-1")]).await.unwrap();
    assert_eq!(negative.status, 422);
    assert!(negative.text_all().contains("Enter a whole number."), "{}", negative.text_all());
    let empty = client.post_json("/checkout", "{}".to_owned()).await.unwrap();
    assert_eq!(empty.status, 422);
    assert_eq!(client.get("/admin/orders", "text/html").await.unwrap().status, 303);
    open.close();
}

#[tokio::test]
async fn a_taken_port_and_a_locked_folder_are_told_apart() {
    let open = Open::with_stock(1);
    let data = open.folder.path().join("data");
    let run = |folder: &std::path::Path, listen: &str| {
        let output = Command::new(souk().unwrap())
            .arg("--data")
            .arg(folder)
            .args(["serve", "--listen", listen])
            .output()
            .unwrap();
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let locked = run(&data, "127.0.0.1:0");
    assert!(locked.contains("in use by another souk"), "{locked}");
    let taken = run(&open.folder.path().join("other"), &open.server.address.to_string());
    assert!(taken.contains("is taken by another program"), "{taken}");
    open.close();
}

#[tokio::test]
async fn a_broken_search_index_is_built_anew_by_itself() {
    let open = Open::with_stock(5);
    let Open { server, folder } = open;
    server.stop().unwrap();
    let data = folder.path().join("data");
    let mut files: Vec<_> = Vec::new();
    let mut folders = vec![data.join("search")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    assert!(!files.is_empty());
    for file in files {
        std::fs::write(file, b"garbage").unwrap();
    }
    let server = Server::souk(&data, &[]).unwrap();
    let mut client = Client::new(server.address);
    let mut found = false;
    // A page that was made before the index was whole may be shown for ten seconds more.
    for _ in 0..300 {
        found = client.get("/search?q=thing", "text/html").await.unwrap().text_all().contains("thing-lamp");
        if found {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(found, "the product is not found after the index was broken");
    assert!(server.said().contains("the search index cannot be used and is built anew"), "{}", server.said());
    Open { server, folder }.close();
}

#[tokio::test]
async fn a_bad_import_names_its_lines_and_imports_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let csv = folder.path().join("products.csv");
    let text = "Handle,Title,Vendor,Status,Variant SKU,Variant Price,Variant Inventory Qty,Colour of the box\n\
                good,Good,Acme,active,G-1,12.50,3,brown\n\
                bad,Bad,Acme,active,B-1,minus,3,brown\n\
                wide,Wide,Acme,active,W-1,1.00,3,brown,and,more\n\
                less,Less,Acme,active,L-1,-1.00,3,brown\n\
                fine,\"Fine, too\",Acme,active,F-1,1.00,0,brown\n\
                open,\"Open,Acme,active,O-1,1.00,3,brown\n";
    std::fs::write(&csv, text).unwrap();
    let failed = souk_command(&data, &["import", &csv.to_string_lossy()]).unwrap_err().to_string();
    for said in [
        "2 added",
        "Rows left out: 4",
        "line 3: ",
        "line 4: has 10 columns where the heading has 8",
        "line 5: Variant Price",
        "line 7: opens a quotation mark that is never closed",
        "Colour of the box",
    ] {
        assert!(failed.contains(said), "{said}: {failed}");
    }
    let again = souk_command(&data, &["import", &csv.to_string_lossy()]).unwrap_err().to_string();
    assert!(again.contains("0 added, 0 changed, 2 unchanged"), "{again}");
}

#[tokio::test]
async fn a_file_that_is_no_catalogue_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let csv = folder.path().join("products.csv");
    for (content, said) in [
        (&b""[..], "the file is empty"),
        (b"\x89PNG\r\n\x1a\n\0\xff", "is not UTF-8 text"),
        (b"Name,Colour\nx,y\n", "Handle"),
    ] {
        std::fs::write(&csv, content).unwrap();
        let failed = souk_command(&folder.path().join("data"), &["import", &csv.to_string_lossy()]).unwrap_err();
        let failed = failed.to_string();
        assert!(failed.contains("The import stopped") && failed.contains(said), "{said}: {failed}");
    }
}
