//! The journey over HTTP, with the real binary, in every shape of a shop: what a shopper and a member of staff do, and the wrong things too.

use std::{path::Path, process::Command};

use souk_bench::{
    server::{souk, souk_command},
    shopper::{GOOD_CARD, Purchase, add_to_cart, check_out},
};
use souk_testkit::simple_product;
use souk_types::limits::BODY_BYTES_MAX;

use crate::{
    open::Open,
    shop::{Shape, Shop},
};

#[tokio::test]
async fn a_product_is_found_bought_and_followed() {
    for shape in Shape::ALL {
        let Some(shop) = Shop::open(shape, &[simple_product("LAMP", 1_990, 5)]).await else { continue };
        is_found_bought_and_followed(&shop).await;
        shop.close();
    }
}

async fn is_found_bought_and_followed(shop: &Shop) {
    let mut client = shop.client();
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
    assert_eq!(shop.client().get(&wrong_key, "text/html").await.unwrap().status, 404);
}

#[tokio::test]
async fn the_wrong_things_get_clear_answers() {
    for shape in Shape::ALL {
        let Some(shop) = Shop::open(shape, &[simple_product("LAMP", 1_990, 1)]).await else { continue };
        wrong_things_get_clear_answers(&shop).await;
        shop.close();
    }
}

async fn wrong_things_get_clear_answers(shop: &Shop) {
    let mut client = shop.client();
    assert_eq!(client.get("/products/nothing", "text/html").await.unwrap().status, 404);
    assert_eq!(client.get("/nowhere", "text/html").await.unwrap().status, 404);
    // In front of a shop, nginx refuses it.
    let too_large = match shop.shape {
        Shape::Embedded => "larger than the 2 MB that are taken here",
        Shape::OnEngines | Shape::Fleet => "413 Request Entity Too Large",
    };
    let huge = "x".repeat(BODY_BYTES_MAX);
    for (sku, quantity, status, said) in [
        ("UNKNOWN", 1, 404, "UNKNOWN is not sold here"),
        ("LAMP", 0, 422, r#""quantity":"Take at least one.""#),
        ("LAMP", -1, 422, r#""quantity":"invalid value: integer `-1`"#),
        (huge.as_str(), 1, 413, too_large),
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
    for shape in Shape::ALL {
        let Some(mut shop) = Shop::open(shape, &[simple_product("LAMP", 1_990, 5)]).await else { continue };
        shop.stop();
        break_the_index(&shop.data("search").join("search"));
        shop.start();
        shop.until_found("thing-lamp").await;
        let said = shop.said("search");
        assert!(said.contains("the search index cannot be used and is built anew"), "{said}");
        shop.close();
    }
}

fn break_the_index(folder: &Path) {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
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
}

#[tokio::test]
async fn a_bad_import_names_its_lines_and_imports_the_rest() {
    for shape in Shape::ALL {
        let Some(mut shop) = Shop::open(shape, &[]).await else { continue };
        shop.stop();
        names_its_lines_and_imports_the_rest(&shop);
        shop.close();
    }
}

fn names_its_lines_and_imports_the_rest(shop: &Shop) {
    let folder = tempfile::tempdir().unwrap();
    let csv = folder.path().join("products.csv");
    let text = "Handle,Title,Vendor,Status,Variant SKU,Variant Price,Variant Inventory Qty,Colour of the box\n\
                good,Good,Acme,active,G-1,12.50,3,brown\n\
                bad,Bad,Acme,active,B-1,minus,3,brown\n\
                wide,Wide,Acme,active,W-1,1.00,3,brown,and,more\n\
                less,Less,Acme,active,L-1,-1.00,3,brown\n\
                fine,\"Fine, too\",Acme,active,F-1,1.00,0,brown\n\
                open,\"Open,Acme,active,O-1,1.00,3,brown\n";
    std::fs::write(&csv, text).unwrap();
    let failed = format!("{:#}", shop.command(&["import", &csv.to_string_lossy()]).unwrap_err());
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
    let again = format!("{:#}", shop.command(&["import", &csv.to_string_lossy()]).unwrap_err());
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
