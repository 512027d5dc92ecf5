//! The category tree as a list to choose from.

use souk_contracts::{CategoryId, catalog::Category};

use super::super::{categories::Ways, desk::Desk};
use crate::{error::Failure, view::Choice};

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
        let ways = Ways::of(tree);
        let names = |id| ways.down_to(id).iter().map(|step| step.name.clone()).collect();
        let mut all: Vec<(CategoryId, Vec<String>)> =
            tree.iter().map(|category| (category.id, names(category.id))).collect();
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
