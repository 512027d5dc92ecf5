//! The rules of the house, checked over the tree and what cargo knows of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every crate of the workspace with its folder and the crates of the house that it builds on, tests apart.
fn crates() -> BTreeMap<String, (String, BTreeSet<String>)> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let root = root().display().to_string();
    let mut crates = BTreeMap::new();
    for package in metadata["packages"].as_array().unwrap() {
        let manifest = package["manifest_path"].as_str().unwrap().replace(&root, "");
        let folder = manifest.trim_start_matches('/').trim_end_matches("/Cargo.toml").to_owned();
        let dependencies = package["dependencies"].as_array().unwrap().iter();
        let own = dependencies
            .filter(|dependency| dependency["kind"].is_null() && !dependency["path"].is_null())
            .map(|dependency| {
                dependency["path"].as_str().unwrap().replace(&root, "").trim_start_matches('/').to_owned()
            })
            .collect();
        crates.insert(package["name"].as_str().unwrap().to_owned(), (folder, own));
    }
    crates
}

#[test]
fn every_crate_builds_only_on_what_it_may() {
    for (name, (folder, dependencies)) in crates() {
        for dependency in dependencies {
            let allowed = match folder.as_str() {
                "platform/types" | "platform/rpc-macros" => false,
                "platform/rpc" => {
                    ["platform/types", "platform/rpc-macros", "platform/tls"].contains(&dependency.as_str())
                }
                "platform/tls" => dependency == "platform/types",
                "contracts" => ["platform/types", "platform/rpc"].contains(&dependency.as_str()),
                platform if platform.starts_with("platform/") => dependency.starts_with("platform/"),
                service if service.starts_with("services/") => {
                    dependency == "contracts" || dependency.starts_with("platform/")
                }
                "web" => dependency == "contracts" || dependency.starts_with("platform/"),
                "demo" => dependency == "contracts" || dependency.starts_with("platform/"),
                // It starts fleets, as tests do.
                "bench" => {
                    ["contracts", "demo", "xtask"].contains(&dependency.as_str()) || dependency.starts_with("platform/")
                }
                "chaos" => ["bench", "xtask"].contains(&dependency.as_str()),
                // Only these see implementations.
                "souk" | "testkit" | "tests" => true,
                _ => false,
            };
            assert!(allowed, "{name} ({folder}) must not build on {dependency}");
        }
    }
}

fn rust_sources() -> Vec<(String, String)> {
    let output =
        Command::new("git").args(["ls-files", "-co", "--exclude-standard", "*.rs"]).current_dir(root()).output();
    let listed = String::from_utf8(output.unwrap().stdout).unwrap();
    let existing = listed.lines().filter(|path| root().join(path).is_file());
    existing.map(|path| (path.to_owned(), fs::read_to_string(root().join(path)).unwrap())).collect()
}

#[test]
fn files_are_short_enough_to_read() {
    let long: Vec<String> = rust_sources()
        .iter()
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > 500)
        .map(|(path, lines)| format!("{path}: {lines} lines"))
        .collect();
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn rooms_have_names_that_say_something() {
    for (path, _) in rust_sources() {
        let empty = ["utils", "util", "common", "helpers", "helper", "misc", "manager"];
        let said = path.split(['/', '.']).all(|part| !empty.contains(&part));
        assert!(said, "{path}: name it for what it does");
    }
}

#[test]
fn platform_speaks_of_no_commerce() {
    let words = ["product", "order_id", "shopper", "checkout", "sku"];
    for (path, text) in
        rust_sources().iter().filter(|(path, _)| path.starts_with("platform/") && path.contains("/src/"))
    {
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
            let lower = line.to_lowercase();
            let said = words.iter().find(|word| lower.contains(**word));
            // The limits are kept together, whatever they limit.
            assert!(said.is_none() || path.ends_with("limits.rs"), "{path}: {line}");
        }
    }
}
