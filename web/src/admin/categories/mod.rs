//! The category tree: one level at a time, and one category's page.

mod edit;
mod export;
mod list;
mod ways;

use souk_contracts::{CategoryId, catalog::Category};

pub use edit::{delete, page, save};
pub use export::export;
pub use list::{add, list};
pub use ways::Ways;

use crate::{error::Failure, view::Crumb};

const SECTION: &str = "categories";
const PATH: &str = "/admin/categories";

/// The address of a level: what is right below a category, or at the top.
fn level(parent: Option<CategoryId>) -> String {
    match parent {
        Some(id) => format!("{PATH}?in={id}"),
        None => PATH.to_owned(),
    }
}

/// The way down to a category; the last crumb has no address.
fn crumbs(tree: &[Category], id: Option<CategoryId>) -> Vec<Crumb> {
    let way = id.map(|id| Ways::of(tree).down_to(id)).unwrap_or_default();
    let mut crumbs = vec![Crumb { name: "Categories".to_owned(), url: Some(PATH.to_owned()) }];
    crumbs.extend(way.into_iter().map(|step| Crumb { name: step.name.clone(), url: Some(level(Some(step.id))) }));
    if let Some(last) = crumbs.last_mut() {
        last.url = None;
    }
    crumbs
}

/// An id of an address or a form; empty is the top.
fn parent(text: &str) -> Result<Option<CategoryId>, Failure> {
    match text {
        "" => Ok(None),
        _ => text.parse().map(Some).map_err(|_| Failure::not_found()),
    }
}
