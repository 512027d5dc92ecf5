//! The category tree as a list to choose from.

use std::collections::HashMap;

use souk_contracts::{CategoryId, catalog::Category};

use super::super::desk::Desk;
use crate::{error::Failure, view::Choice};

/// Levels of categories, so that a loop in the data ends.
const DEPTH_MAX: usize = 20;

/// The category tree.
pub struct Categories(Vec<(CategoryId, Vec<String>)>);

impl Categories {
    /// The present tree.
    ///
    /// # Errors
    /// Whatever the catalogue answers.
    pub async fn load(desk: &Desk) -> Result<Self, Failure> {
        Ok(Self::of(&desk.state.catalog.categories(&desk.cx).await?))
    }

    /// A tree that is at hand already.
    pub fn of(tree: &[Category]) -> Self {
        let by_id: HashMap<CategoryId, &Category> = tree.iter().map(|category| (category.id, category)).collect();
        let names = |category: &Category| {
            let mut names = vec![category.name.clone()];
            let mut above = category.parent;
            while let Some(parent) = above.and_then(|id| by_id.get(&id))
                && names.len() < DEPTH_MAX
            {
                names.push(parent.name.clone());
                above = parent.parent;
            }
            names.reverse();
            names
        };
        let mut all: Vec<(CategoryId, Vec<String>)> =
            tree.iter().map(|category| (category.id, names(category))).collect();
        all.sort_by(|(_, left), (_, right)| left.cmp(right));
        Self(all)
    }

    /// All of them, to choose from.
    pub fn choices(&self) -> Vec<Choice> {
        self.0.iter().map(|(id, names)| Choice::new(id.to_string(), names.join(" › "))).collect()
    }

    /// Names from the root down; `None` when there is no such category.
    pub fn names(&self, id: &str) -> Option<&[String]> {
        let id: CategoryId = id.parse().ok()?;
        self.0.iter().find(|(known, _)| *known == id).map(|(_, names)| names.as_slice())
    }
}
