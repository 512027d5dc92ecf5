use std::collections::{HashMap, HashSet};

use souk_contracts::{
    CategoryId,
    catalog::{Category, CategoryPath},
};
use souk_types::Fault;

/// Levels of the tree.
pub(crate) const DEPTH_MAX: usize = 10;

/// All categories.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tree {
    by_id: HashMap<CategoryId, Category>,
    by_name: HashMap<(Option<CategoryId>, String), CategoryId>,
    slugs: HashSet<String>,
}

impl Tree {
    pub(crate) fn new(categories: Vec<Category>) -> Self {
        let mut tree = Self::default();
        for category in categories {
            tree.add(category);
        }
        tree
    }

    pub(crate) fn add(&mut self, category: Category) {
        self.by_name.insert((category.parent, category.name.clone()), category.id);
        self.slugs.insert(category.slug.clone());
        self.by_id.insert(category.id, category);
    }

    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(crate) fn get(&self, id: CategoryId) -> Option<&Category> {
        self.by_id.get(&id)
    }

    pub(crate) fn child(&self, parent: Option<CategoryId>, name: &str) -> Option<CategoryId> {
        self.by_name.get(&(parent, name.to_owned())).copied()
    }

    pub(crate) fn has_children(&self, id: CategoryId) -> bool {
        self.by_id.values().any(|category| category.parent == Some(id))
    }

    pub(crate) fn has_slug(&self, slug: &str) -> bool {
        self.slugs.contains(slug)
    }

    /// The category with these names from the root down.
    pub(crate) fn find(&self, names: &[String]) -> Option<CategoryId> {
        names.iter().try_fold(None, |parent, name| self.child(parent, name).map(Some)).flatten()
    }

    /// The category and its ancestors, from itself up.
    fn line_up(&self, id: CategoryId) -> impl Iterator<Item = &Category> {
        std::iter::successors(self.get(id), |category| category.parent.and_then(|parent| self.get(parent)))
            .take(DEPTH_MAX * 2)
    }

    pub(crate) fn path(&self, id: CategoryId) -> Option<CategoryPath> {
        let mut line: Vec<_> = self.line_up(id).collect();
        if line.is_empty() {
            return None;
        }
        line.reverse();
        Some(CategoryPath {
            id,
            names: line.iter().map(|category| category.name.clone()).collect(),
            slugs: line.iter().map(|category| category.slug.clone()).collect(),
        })
    }

    /// Says whether a category is `ancestor` or below it.
    pub(crate) fn is_within(&self, id: CategoryId, ancestor: CategoryId) -> bool {
        self.line_up(id).any(|category| category.id == ancestor)
    }

    /// The categories of a part of the tree, each before those below it, as their places among siblings have it.
    pub(crate) fn within(&self, top: CategoryId) -> Vec<CategoryId> {
        let mut children: HashMap<CategoryId, Vec<&Category>> = HashMap::new();
        for category in self.by_id.values() {
            if let Some(parent) = category.parent {
                children.entry(parent).or_default().push(category);
            }
        }
        let mut found = Vec::new();
        let mut waiting = Vec::from_iter(self.get(top).map(|top| top.id));
        while let Some(id) = waiting.pop() {
            found.push(id);
            let mut below = children.remove(&id).unwrap_or_default();
            below.sort_by(|one, other| (other.position, &other.name).cmp(&(one.position, &one.name)));
            waiting.extend(below.into_iter().map(|category| category.id));
        }
        found
    }

    /// Refuses a place for a category that is not there, that lies below itself, or that is too deep.
    pub(crate) fn check_place(&self, id: Option<CategoryId>, parent: Option<CategoryId>) -> Result<(), Fault> {
        let Some(parent) = parent else { return Ok(()) };
        if self.get(parent).is_none() {
            return Err(Fault::invalid("parent", "there is no such category"));
        }
        if id.is_some_and(|id| self.is_within(parent, id)) {
            return Err(Fault::invalid("parent", "a category cannot lie below itself"));
        }
        let below = id.map_or(1, |id| self.height(id));
        if self.line_up(parent).count() + below > DEPTH_MAX {
            return Err(Fault::invalid("parent", format!("categories can be nested {DEPTH_MAX} deep")));
        }
        Ok(())
    }

    /// Levels from a category down to its deepest descendant, itself included.
    fn height(&self, id: CategoryId) -> usize {
        let depth = self.line_up(id).count();
        let within = self.by_id.keys().filter(|other| self.is_within(**other, id));
        within.map(|other| self.line_up(*other).count() + 1 - depth).max().unwrap_or(1)
    }

    /// All categories, parents before children, siblings by position and name.
    pub(crate) fn in_order(&self) -> Vec<Category> {
        let mut children: HashMap<Option<CategoryId>, Vec<&Category>> = HashMap::new();
        for category in self.by_id.values() {
            children.entry(category.parent).or_default().push(category);
        }
        for siblings in children.values_mut() {
            siblings.sort_by(|a, b| (b.position, &b.name).cmp(&(a.position, &a.name)));
        }
        let mut waiting = children.remove(&None).unwrap_or_default();
        let mut ordered = Vec::with_capacity(self.by_id.len());
        while let Some(category) = waiting.pop() {
            ordered.push(category.clone());
            waiting.extend(children.remove(&Some(category.id)).unwrap_or_default());
        }
        ordered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Tree {
        let category = |id, parent: Option<u128>, name: &str| Category {
            id: CategoryId::from_bits(id),
            parent: parent.map(CategoryId::from_bits),
            name: name.to_owned(),
            slug: name.to_lowercase(),
            position: 0,
            version: 1,
        };
        Tree::new(vec![
            category(3, Some(2), "Phones"),
            category(2, Some(1), "Devices"),
            category(1, None, "Electronics"),
            category(4, None, "Books"),
        ])
    }

    #[test]
    fn parents_come_before_children() {
        let names: Vec<_> = tree().in_order().into_iter().map(|category| category.name).collect();
        assert_eq!(names, ["Books", "Electronics", "Devices", "Phones"]);
    }

    #[test]
    fn a_path_leads_from_the_root() {
        let path = tree().path(CategoryId::from_bits(3)).unwrap();
        assert_eq!(path.names, ["Electronics", "Devices", "Phones"]);
        assert_eq!(tree().find(&path.names), Some(path.id));
        assert_eq!(tree().find(&["Devices".to_owned()]), None);
    }

    #[test]
    fn a_category_cannot_lie_below_itself() {
        let (top, bottom) = (CategoryId::from_bits(1), CategoryId::from_bits(3));
        assert!(tree().check_place(Some(top), Some(bottom)).is_err());
        assert!(tree().check_place(Some(bottom), Some(top)).is_ok());
    }
}
