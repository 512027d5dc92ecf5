//! The example of a theme, and what is said of a broken one.

use std::{fs, process::Command};

use souk_bench::{
    client::Client,
    server::{Server, souk},
};

use crate::{house::root, open};

#[tokio::test]
async fn the_example_theme_changes_what_it_says_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    open::one_product(&data, "LAMP", 3);
    let theme = root().join("examples/theme").display().to_string();
    let server = Server::souk(&data, &[("SOUK_SHOP_THEME", &theme)]).unwrap();
    let mut client = Client::new(server.address);
    let home = client.get("/", "text/html").await.unwrap().text_all();
    assert!(home.contains("New from the workshop") && home.contains("on the quay"), "{home}");
    assert!(home.contains("Shop by category") || home.contains("Safe payment"), "the built-in page is still there");
    let product = client.get("/products/thing-lamp", "text/html").await.unwrap().text_all();
    assert!(product.contains("on the quay") && !product.contains("New from the workshop"), "{product}");
    let css = home.split('"').find(|text| text.starts_with("/assets/store.") && text.ends_with(".css")).unwrap();
    let css = client.get(css, "*/*").await.unwrap().text_all();
    let (own, built_in) = (css.find("--action: #1b4b8f").unwrap(), css.find("--action: #0f5348").unwrap());
    assert!(own > built_in, "own rules come last");
    server.stop().unwrap();
}

#[test]
fn a_broken_template_is_named_with_its_line_before_the_shop_opens() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("templates")).unwrap();
    fs::write(folder.path().join("templates/home.html"), "fine\n{% if %}\n").unwrap();
    for arguments in [&["config", "check"][..], &["serve"]] {
        let mut command = Command::new(souk().unwrap());
        command.arg("--data").arg(folder.path().join("data")).args(arguments);
        let ran =
            command.env("SOUK_SHOP_THEME", folder.path()).env("SOUK_SERVER_LISTEN", "127.0.0.1:0").output().unwrap();
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(!ran.status.success(), "{arguments:?}");
        assert!(said.contains("templates/home.html line 2"), "{arguments:?}: {said}");
    }
}
