//! The journey over HTTP, with the real binary: what a shopper and a member of staff do, and the wrong things too.

use std::{process::Command, time::Duration};

use souk_bench::{
    client::Client,
    server::{Server, souk, souk_command},
    shopper::{GOOD_CARD, Purchase, add_to_cart, check_out},
};
use souk_testkit::simple_product;
use souk_types::limits::BODY_BYTES_MAX;

/// A shop with one product, served by the real binary.
pub struct Open {
    pub server: Server,
    folder: tempfile::TempDir,
}

impl Open {
    pub fn with_stock(stock: i64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        std::fs::create_dir_all(&data).unwrap();
        let file = folder.path().join("products.jsonl");
        std::fs::write(&file, serde_json::to_string(&simple_product("LAMP", 1_990, stock)).unwrap()).unwrap();
        souk_command(&data, &["import", &file.to_string_lossy()]).unwrap();
        Self { server: Server::souk(&data, &[]).unwrap(), folder }
    }

    pub fn client(&self) -> Client {
        Client::new(self.server.address)
    }

    pub fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    pub fn close(self) {
        let data = self.data();
        self.server.stop().unwrap();
        let audit = souk_command(&data, &["audit"]).unwrap();
        assert!(audit.contains("All books agree"), "{audit}");
    }
}

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
    assert_eq!(add_to_cart(&mut client, "UNKNOWN", 1).await.unwrap().status, 404);
    assert_eq!(add_to_cart(&mut client, "LAMP", 0).await.unwrap().status, 422);
    let negative = r#"{"sku":"LAMP","quantity":-1}"#.to_owned();
    assert_eq!(client.post_json("/cart/lines", negative).await.unwrap().status, 422);
    let huge = format!(r#"{{"sku":"{}","quantity":1}}"#, "x".repeat(BODY_BYTES_MAX));
    assert_eq!(client.post_json("/cart/lines", huge).await.unwrap().status, 413);
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
                fine,\"Fine, too\",Acme,active,F-1,1.00,0,brown\n";
    std::fs::write(&csv, text).unwrap();
    let failed = souk_command(&data, &["import", &csv.to_string_lossy()]).unwrap_err().to_string();
    for said in ["2 added", "1 refused", "line 3", "Colour of the box"] {
        assert!(failed.contains(said), "{said}: {failed}");
    }
    let again = souk_command(&data, &["import", &csv.to_string_lossy()]).unwrap_err().to_string();
    assert!(again.contains("0 added, 0 changed, 2 unchanged"), "{again}");
}
