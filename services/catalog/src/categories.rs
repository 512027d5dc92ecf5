//! The category tree.

use std::borrow::Cow;

use souk_contracts::{
    CategoryId,
    catalog::{CategoriesChanged, Category, CategoryDraft, Error},
};
use souk_store::Tx;
use souk_types::{Cx, Fault, FieldError};

use crate::{
    collections,
    core::{Core, still},
    domain::{check::check_category_name, fields::Findings, slug, tree::Tree},
    store,
};

/// Categories that a shop can have.
const CATEGORIES_MAX: usize = 20_000;

/// Adds or changes a category.
pub(crate) async fn save(core: &Core, cx: &Cx, mut draft: CategoryDraft) -> Result<CategoryId, Error> {
    let mut findings = Findings::default();
    check_category_name(&mut draft.name, &mut findings, || "name".to_owned());
    findings.into_result()?;
    let id = core.write(cx, move |tx| put(tx, &draft)).await?;
    core.forget_tree().await;
    Ok(id)
}

fn put(tx: &mut Tx<'_>, draft: &CategoryDraft) -> Result<CategoryId, Error> {
    let tree = store::categories::tree(tx)?;
    let old = match draft.id {
        Some(id) => Some(tree.get(id).ok_or_else(|| Fault::not_found("the category"))?),
        None => None,
    };
    if let Some(old) = old {
        still(draft.version, old.version)?;
    }
    tree.check_place(draft.id, draft.parent)?;
    let sibling = tree.child(draft.parent, &draft.name);
    if sibling.is_some_and(|sibling| Some(sibling) != draft.id) {
        return Err(name_taken().into());
    }
    let category = Category {
        id: draft.id.unwrap_or_else(|| CategoryId::generate(tx.env())),
        parent: draft.parent,
        name: draft.name.clone(),
        slug: old.map_or_else(|| free_slug(&tree, draft.parent, &draft.name), |old| old.slug.clone()),
        position: draft.position,
        version: old.map_or(1, |old| old.version + 1),
    };
    store::categories::put(tx, &category)?;
    if old.is_some_and(|old| old.parent != draft.parent) {
        collections::sweep_category_rules(tx)?;
    }
    tx.emit(&CategoriesChanged {})?;
    Ok(category.id)
}

/// Removes a category that nothing is in.
pub(crate) async fn delete(core: &Core, cx: &Cx, id: CategoryId, version: Option<i64>) -> Result<(), Error> {
    core.write(cx, move |tx| remove(tx, id, version)).await?;
    core.forget_tree().await;
    Ok(())
}

fn remove(tx: &mut Tx<'_>, id: CategoryId, version: Option<i64>) -> Result<(), Error> {
    let tree = store::categories::tree(tx)?;
    let old = tree.get(id).ok_or_else(|| Fault::not_found("the category"))?;
    still(version, old.version)?;
    if tree.has_children(id) {
        return Err(Fault::conflict("there are categories below this one; move or delete them first").into());
    }
    if store::categories::has_products(tx, id)? {
        return Err(Fault::conflict("there are products in this category; move them first").into());
    }
    if let Some(title) = collections::with_category_rule(tx, id)? {
        return Err(Fault::conflict(format!("the rule of the collection {title} speaks of this category")).into());
    }
    store::categories::delete(tx, id)?;
    tx.emit(&CategoriesChanged {})?;
    Ok(())
}

fn name_taken() -> Fault {
    Fault {
        fields: vec![FieldError::new("name", "is already taken")],
        ..Fault::conflict("there is a category of this name at this place already")
    }
}

/// A slug for a new category: of its name, else of its parent's and its own, else with a number.
fn free_slug(tree: &Tree, parent: Option<CategoryId>, name: &str) -> String {
    let own = Some(slug::slugify(name)).filter(|slug| !slug.is_empty()).unwrap_or_else(|| "category".to_owned());
    let parent = parent.and_then(|parent| tree.get(parent));
    let longer = parent.map(|parent| slug::slugify(&format!("{} {own}", parent.slug)));
    let base = longer.clone().unwrap_or_else(|| own.clone());
    let candidates = std::iter::once(own).chain(longer).chain((2..).map(|number| slug::numbered(&base, number)));
    let mut free = candidates.filter(|slug| !tree.has_slug(slug));
    free.next().unwrap_or(base)
}

/// Finds the categories of products by name, and adds those that are missing.
pub(crate) struct Placer<'a> {
    tree: Cow<'a, Tree>,
    is_present: bool,
    has_added: bool,
}

impl<'a> Placer<'a> {
    /// Starts with a tree that may be some seconds old.
    pub(crate) fn new(tree: &'a Tree) -> Self {
        Self { tree: Cow::Borrowed(tree), is_present: false, has_added: false }
    }

    pub(crate) fn tree(&self) -> &Tree {
        &self.tree
    }

    pub(crate) fn has_added(&self) -> bool {
        self.has_added
    }

    /// The category of these names from the root down; the inner error is a refusal.
    pub(crate) fn place(
        &mut self,
        tx: &mut Tx<'_>,
        names: &[String],
    ) -> Result<Result<Option<CategoryId>, Fault>, Fault> {
        if names.is_empty() {
            return Ok(Ok(None));
        }
        if let Some(id) = self.tree.find(names) {
            return Ok(Ok(Some(id)));
        }
        if !self.is_present {
            self.tree = Cow::Owned(store::categories::tree(tx)?);
            self.is_present = true;
        }
        let mut parent = None;
        for name in names {
            parent = Some(match self.tree.child(parent, name) {
                Some(id) => id,
                None if self.tree.len() >= CATEGORIES_MAX => {
                    return Ok(Err(Fault::invalid("category", format!("a shop can have {CATEGORIES_MAX} categories"))));
                }
                None => self.add(tx, parent, name)?,
            });
        }
        Ok(Ok(parent))
    }

    fn add(&mut self, tx: &mut Tx<'_>, parent: Option<CategoryId>, name: &str) -> Result<CategoryId, Fault> {
        let category = Category {
            id: CategoryId::generate(tx.env()),
            parent,
            name: name.to_owned(),
            slug: free_slug(&self.tree, parent, name),
            position: 0,
            version: 1,
        };
        store::categories::put(tx, &category)?;
        let id = category.id;
        self.tree.to_mut().add(category);
        self.has_added = true;
        Ok(id)
    }
}
