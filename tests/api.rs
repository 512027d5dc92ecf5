//! The examples of docs/api.md, run in their order against the real binary, in every shape of a shop.

use std::process::Command;

use souk_testkit::simple_product;

use crate::{
    house::root,
    open,
    shop::{Shape, Shop},
};

/// A piece of the page: what is run, and what its output must contain.
struct Example {
    line: usize,
    script: String,
    said: Vec<String>,
}

fn examples(page: &str) -> Vec<Example> {
    let mut found: Vec<Example> = Vec::new();
    let mut open: Option<&str> = None;
    for (line, text) in page.lines().enumerate() {
        match (open, text.strip_prefix("```")) {
            (None, Some(kind)) => {
                open = Some(kind);
                if kind == "sh" {
                    found.push(Example { line: line + 1, script: String::new(), said: Vec::new() });
                }
            }
            (Some(_), Some(_)) => open = None,
            (Some("sh"), None) => found.last_mut().unwrap().script.push_str(&format!("{text}\n")),
            (Some(_), None) => found.last_mut().unwrap().said.push(text.to_owned()),
            (None, None) => {}
        }
    }
    found
}

#[tokio::test]
async fn the_examples_of_the_api_page_work_as_they_stand() {
    for shape in Shape::ALL {
        let Some(shop) = Shop::open(shape, &[simple_product("LAMP", 1_990, 5)]).await else { continue };
        the_examples_work_at(&shop).await;
        shop.close();
    }
}

async fn the_examples_work_at(shop: &Shop) {
    let scopes = ["orders:manage", "catalog:manage", "stock:manage", "operations"];
    let key = open::key_by(&mut shop.owner().await, &scopes).await;
    let address = format!("http://{}", shop.address());
    let page = std::fs::read_to_string(root().join("docs/api.md")).unwrap();
    let examples = examples(&page);
    assert!(examples.len() > 10, "{} examples", examples.len());
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    let mut script = "set -euo pipefail\n".to_owned();
    for example in &examples {
        let run = example.script.replace("http://localhost:8080", &address).replace("souk_key_…", &key);
        script.push_str(&format!("exec >{}/{}\n{run}", out.display(), example.line));
    }
    let run = tokio::task::spawn_blocking(move || Command::new("bash").args(["-c", &script]).output());
    let ran = run.await.unwrap().unwrap();
    for example in &examples {
        let said = std::fs::read_to_string(out.join(example.line.to_string())).unwrap_or_default();
        for wanted in &example.said {
            assert!(said.contains(wanted.as_str()), "docs/api.md:{}: {wanted} is not in {said:?}", example.line);
        }
    }
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}
