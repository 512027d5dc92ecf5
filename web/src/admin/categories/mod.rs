//! The category tree: one level at a time, and one category's page.

mod edit;
mod list;

use souk_contracts::{CategoryId, catalog::Category};

pub use edit::{delete, page, save};
pub use list::{add, list};

use crate::{error::Failure, view::Crumb};

const SECTION: &str = "categories";
const PATH: &str = "/admin/categories";
/// Levels of categories, so that a loop in the data ends.
const DEPTH_MAX: usize = 20;

/// The address of a level: what is right below a category, or at the top.
fn level(parent: Option<CategoryId>) -> String {
    match parent {
        Some(id) => format!("{PATH}?in={id}"),
        None => PATH.to_owned(),
    }
}

/// The way down to a category; the last crumb has no address.
fn crumbs(tree: &[Category], id: Option<CategoryId>) -> Vec<Crumb> {
    let mut way = Vec::new();
    let mut at = id;
    while let Some(category) = at.and_then(|id| tree.iter().find(|category| category.id == id))
        && way.len() < DEPTH_MAX
    {
        let url = (!way.is_empty()).then(|| level(Some(category.id)));
        way.push(Crumb { name: category.name.clone(), url });
        at = category.parent;
    }
    let top = (!way.is_empty()).then(|| PATH.to_owned());
    way.push(Crumb { name: "Categories".to_owned(), url: top });
    way.reverse();
    way
}

/// An id of an address or a form; empty is the top.
fn parent(text: &str) -> Result<Option<CategoryId>, Failure> {
    match text {
        "" => Ok(None),
        _ => text.parse().map(Some).map_err(|_| Failure::not_found()),
    }
}
