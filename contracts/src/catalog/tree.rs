use serde::{Deserialize, Serialize};
use souk_types::text_enum;

use super::ProductSummary;
use crate::{CategoryId, CollectionId, ProductId};

/// A category of the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// Its id.
    pub id: CategoryId,
    /// The category above; `None` at the top.
    pub parent: Option<CategoryId>,
    /// Its name.
    pub name: String,
    /// Last part of its address, unique in the shop.
    pub slug: String,
    /// Place among its siblings.
    pub position: i64,
    /// Rises with every change.
    pub version: i64,
}

/// A category as staff describe it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryDraft {
    /// The category to change; `None` adds one.
    pub id: Option<CategoryId>,
    /// The version that was seen: another is refused. `None` changes whatever is there.
    pub version: Option<i64>,
    /// The category above.
    pub parent: Option<CategoryId>,
    /// Its name.
    pub name: String,
    /// Place among its siblings.
    pub position: i64,
}

/// A collection: products picked by hand or by rule, across categories.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Collection {
    /// Its id.
    pub id: CollectionId,
    /// Its name.
    pub title: String,
    /// Last part of its address.
    pub slug: String,
    /// What is in it.
    pub members: Members,
    /// Rises with every change.
    pub version: i64,
}

/// A collection as staff describe it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CollectionDraft {
    /// The collection to change; `None` adds one.
    pub id: Option<CollectionId>,
    /// The version that was seen: another is refused. `None` changes whatever is there.
    pub version: Option<i64>,
    /// Its name.
    pub title: String,
    /// What is in it.
    pub members: Members,
}

/// How a collection gets its products.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Members {
    /// These, in this order; at most 1,000.
    Picked(Vec<ProductId>),
    /// All active products for which every condition holds.
    Rule(Vec<Condition>),
}

/// One condition of a collection's rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// The brand is this one.
    Brand(String),
    /// It is in this category or one below.
    Category(CategoryId),
    /// It has this tag.
    Tag(String),
    /// Its lowest price is under this many minor units.
    PriceUnder(i64),
    /// Its lowest price is at least this many minor units.
    PriceFrom(i64),
    /// One of its variants is reduced.
    OnSale,
}

/// A line of the staff's list of collections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectionSummary {
    /// Its id.
    pub id: CollectionId,
    /// Its name.
    pub title: String,
    /// Last part of its address.
    pub slug: String,
    /// A rule picks its products, rather than a hand.
    pub by_rule: bool,
    /// Its rule is still being applied to all products.
    pub is_filling: bool,
}

text_enum! {
    /// The orders of a list of collections.
    pub enum CollectionSort {
        /// By title.
        Title = "title",
        /// By title, backwards.
        TitleReversed = "-title",
    }
}

/// Which collections staff want to see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectionFilter {
    /// Only those whose title has the words of this text, in any order and case; words beyond the first five are left
    /// out.
    pub text: Option<String>,
    /// In this order; by itself by title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<CollectionSort>,
}

/// What a collection would have in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CollectionPreview {
    /// The first of its products.
    pub items: Vec<ProductSummary>,
    /// Products that match, of those that were looked at.
    pub matched: u64,
    /// Products that were looked at, the newest first.
    pub looked_at: u64,
    /// All products were looked at.
    pub complete: bool,
}
