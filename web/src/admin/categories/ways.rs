use std::collections::HashMap;

use souk_contracts::{CategoryId, catalog::Category};

/// Levels of categories, so that a loop in the data ends.
const DEPTH_MAX: usize = 20;

/// The ways from the top of the tree down to each category.
pub struct Ways<'t>(HashMap<CategoryId, &'t Category>);

impl<'t> Ways<'t> {
    pub fn of(tree: &'t [Category]) -> Self {
        Self(tree.iter().map(|category| (category.id, category)).collect())
    }

    /// The way down to a category, itself last; nothing where there is no such category.
    pub fn down_to(&self, id: CategoryId) -> Vec<&'t Category> {
        let get = |id: CategoryId| self.0.get(&id).copied();
        let up = std::iter::successors(get(id), |category| category.parent.and_then(get));
        let mut way: Vec<&Category> = up.take(DEPTH_MAX).collect();
        way.reverse();
        way
    }
}

/// The names of a way, or of a part of it, in a line.
pub fn names(way: &[&Category]) -> String {
    way.iter().map(|category| category.name.as_str()).collect::<Vec<_>>().join(" › ")
}
