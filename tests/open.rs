//! A shop served by the real binary.

use std::path::{Path, PathBuf};

use souk_bench::{
    client::Client,
    server::{Server, souk_command},
    staff,
};
use souk_testkit::simple_product;

/// A shop with one product, served by the real binary.
pub struct Open {
    pub server: Server,
    pub folder: tempfile::TempDir,
}

impl Open {
    pub fn with_stock(stock: i64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        one_product(&data, "LAMP", stock);
        Self { server: Server::souk(&data, &[]).unwrap(), folder }
    }

    pub fn client(&self) -> Client {
        Client::new(self.server.address)
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn close(self) {
        let data = self.data();
        self.server.stop().unwrap();
        books_agree(&data);
    }
}

/// Makes a data folder with one product in it.
pub fn one_product(data: &Path, sku: &str, stock: i64) {
    std::fs::create_dir_all(data).unwrap();
    let file = data.join("products.jsonl");
    std::fs::write(&file, serde_json::to_string(&simple_product(sku, 1_990, stock)).unwrap()).unwrap();
    souk_command(data, &["import", &file.to_string_lossy()]).unwrap();
}

/// Makes the owner of a shop: staff who are signed in.
pub async fn owner(server: &Server) -> Client {
    staff::owner(server).await.unwrap_or_else(|error| panic!("{error:#}"))
}

/// Makes the owner of a shop, and an API key with these scopes.
pub async fn key(server: &Server, scopes: &[&str]) -> String {
    key_by(&mut owner(server).await, scopes).await
}

/// An API key with these scopes, made by staff.
pub async fn key_by(staff: &mut Client, scopes: &[&str]) -> String {
    let scopes = scopes.iter().map(|scope| ("scope", *scope));
    let fields: Vec<_> = [("name", "a program")].into_iter().chain(scopes).collect();
    let made = staff.post_form("/admin/api-keys", &fields).await.unwrap().text_all();
    let from = made.find("souk_key_").unwrap_or_else(|| panic!("no key in {made}"));
    made[from..].split('<').next().unwrap().to_owned()
}

/// Audits a shop that is not being served.
pub fn books_agree(data: &Path) {
    let audit = souk_command(data, &["audit"]).unwrap_or_else(|error| panic!("{error:#}"));
    assert!(audit.contains("All books agree"), "{audit}");
}
