//! The pages of docs/: their links lead somewhere, and the settings are told as they are.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crate::house::root;

/// The pages of the folder, and those that lead to it.
fn pages() -> Vec<PathBuf> {
    let listed = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let more = ["README.md", "ARCHITECTURE.md", "web/theme/README.md", "deploy/README.md", "deploy/edge/README.md"]
        .map(|page| root().join(page));
    listed.filter(|path| path.extension().is_some_and(|ending| ending == "md")).chain(more).collect()
}

/// The text without its examples, in which brackets mean other things.
fn prose(page: &Path) -> String {
    let text = fs::read_to_string(page).unwrap();
    let outside = text.split("```").step_by(2).collect::<Vec<_>>().concat();
    outside.split('`').step_by(2).collect::<Vec<_>>().concat()
}

/// Where the links of a page lead to.
fn links(page: &Path) -> Vec<String> {
    let text = prose(page);
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter(|target| !target.contains("://")).map(ToOwned::to_owned).collect()
}

/// The anchors of a page's headings.
fn anchors(page: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(page).unwrap();
    let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let anchor = |heading: &str| {
        let kept = heading.to_lowercase().replace(' ', "-");
        kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
    };
    headings.map(anchor).collect()
}

#[test]
fn every_link_leads_to_a_page_and_a_heading_that_are_there() {
    let mut looked_at = 0;
    for page in pages() {
        for link in links(&page) {
            let (path, anchor) = link.split_once('#').map_or((link.as_str(), None), |(path, at)| (path, Some(at)));
            let target = if path.is_empty() { page.clone() } else { page.parent().unwrap().join(path) };
            assert!(target.exists(), "{}: {link} leads nowhere", page.display());
            let known = anchor.is_none_or(|anchor| anchors(&target).contains(anchor));
            assert!(known, "{}: there is no heading {link}", page.display());
            looked_at += 1;
        }
    }
    assert!(looked_at > 20, "only {looked_at} links were found");
}

#[test]
fn every_page_is_in_the_summary() {
    let listed: BTreeSet<String> = links(&root().join("docs/SUMMARY.md")).into_iter().collect();
    let there =
        fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let pages: BTreeSet<String> = there.filter(|name| name.ends_with(".md") && name != "SUMMARY.md").collect();
    assert_eq!(listed, pages);
}

/// The keys of the example, those that it shows as comments included.
fn keys_of_the_example() -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("souk.example.toml")).unwrap();
    let mut section = String::new();
    let mut keys = BTreeSet::new();
    for line in text.lines() {
        let line = line.strip_prefix("# ").unwrap_or(line);
        if let Some(table) = line.strip_prefix('[') {
            let is_list = table.starts_with('[');
            let name = table.trim_start_matches('[').split(']').next().unwrap();
            section = if is_list { format!("{name}[]") } else { name.to_owned() };
        } else if let Some((key, _)) = line.split_once(" = ")
            && !key.is_empty()
            && key.chars().all(|c| c.is_ascii_lowercase() || c == '_')
        {
            keys.insert(format!("{section}.{key}"));
        }
    }
    keys
}

#[test]
fn the_page_of_settings_and_the_example_know_the_same_keys() {
    let page = fs::read_to_string(root().join("docs/configure.md")).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    let told: BTreeSet<String> = rows.filter_map(|row| row.split('`').next()).map(ToOwned::to_owned).collect();
    assert_eq!(told, keys_of_the_example());
}
