//! The category tree, kept for a few seconds.

use std::{collections::HashMap, ops::Deref, sync::Arc};

use souk_cache::Served;
use souk_contracts::{CategoryId, catalog::Category};

use crate::{
    error::Failure,
    state::AppState,
    view::{Crumb, Link},
};

/// Categories in the head of every page.
const NAV_MAX: usize = 10;
/// Levels of categories, so that a loop in the data ends.
const DEPTH_MAX: usize = 20;

/// The category tree.
#[derive(Debug, Default)]
pub struct Tree {
    categories: Vec<Category>,
    by_slug: HashMap<String, usize>,
    by_id: HashMap<CategoryId, usize>,
}

impl Tree {
    fn new(mut categories: Vec<Category>) -> Self {
        categories.sort_by_key(|category| category.position);
        let by_slug = categories.iter().enumerate().map(|(index, category)| (category.slug.clone(), index)).collect();
        let by_id = categories.iter().enumerate().map(|(index, category)| (category.id, index)).collect();
        Self { categories, by_slug, by_id }
    }

    /// The category with this slug.
    pub fn find(&self, slug: &str) -> Option<&Category> {
        self.by_slug.get(slug).map(|index| &self.categories[*index])
    }

    /// All categories, by place among siblings.
    pub fn all(&self) -> &[Category] {
        &self.categories
    }

    /// The categories right below one, or at the top.
    pub fn below(&self, parent: Option<CategoryId>) -> impl Iterator<Item = &Category> {
        self.categories.iter().filter(move |category| category.parent == parent)
    }

    /// Says whether there is no category at all.
    pub fn is_empty(&self) -> bool {
        self.categories.is_empty()
    }

    /// The category of an id.
    pub fn get(&self, id: CategoryId) -> Option<&Category> {
        self.by_id.get(&id).map(|index| &self.categories[*index])
    }

    /// The links in the head of every page.
    pub fn nav(&self) -> Vec<Link> {
        self.below(None).take(NAV_MAX).map(link).collect()
    }

    /// The way down to a category, itself last.
    pub fn way_to(&self, category: &Category) -> Vec<&Category> {
        let mut way = Vec::new();
        let mut at = self.by_id.get(&category.id).copied();
        while let Some(index) = at
            && way.len() < DEPTH_MAX
        {
            let step = &self.categories[index];
            way.push(step);
            at = step.parent.and_then(|parent| self.by_id.get(&parent).copied());
        }
        way.reverse();
        way
    }
}

/// A link to a category.
pub fn link(category: &Category) -> Link {
    Link { name: category.name.clone(), url: url(&category.slug) }
}

/// The address of a category.
pub fn url(slug: &str) -> String {
    format!("/c/{slug}")
}

/// The crumb of a category above the page.
pub fn crumb(category: &Category) -> Crumb {
    Crumb { name: category.name.clone(), url: Some(url(&category.slug)) }
}

/// The tree as far as it is known.
#[derive(Debug, Default)]
pub struct Known {
    tree: Arc<Tree>,
    /// The catalogue was asked in vain: what the tree says may be out of date.
    pub outdated: bool,
}

impl Deref for Known {
    type Target = Tree;

    fn deref(&self) -> &Tree {
        &self.tree
    }
}

/// The present tree.
pub async fn tree(state: &AppState) -> Result<Known, Failure> {
    let (catalog, cx) = (state.catalog.clone(), state.shared_cx());
    let load = || async move { catalog.categories(&cx).await.map(|categories| Arc::new(Tree::new(categories))) };
    let Served { value: tree, outdated } = state.tree.serve(&(), load).await?;
    Ok(Known { tree, outdated })
}

/// The present tree, or an empty one when the catalogue is away: a page is better without its head's links than
/// not at all.
pub async fn tree_or_none(state: &AppState) -> Known {
    tree(state).await.unwrap_or_else(|_| Known { outdated: true, ..Known::default() })
}
