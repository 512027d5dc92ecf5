use serde::{Deserialize, Serialize};
use souk_types::{Money, Timestamp, text_enum};

use super::{ProductFilter, ProductStatus};
use crate::{BulkEditId, ProductId};

/// Products that one bulk edit may name one by one.
pub const BULK_EDIT_CHOSEN_MAX: usize = 1_000;
/// Products to which a bulk edit is counted; beyond it is only known that there are more.
pub const BULK_EDIT_COUNTED_MAX: u64 = 10_000;
/// Days for which a bulk edit is kept and can be undone.
pub const BULK_EDIT_KEPT_DAYS: u64 = 30;
/// By how much a bulk edit may change prices, basis points: from 99 % less to ten times more.
pub const PRICE_CHANGE_BASIS_POINTS: std::ops::RangeInclusive<i64> = -9_900..=100_000;

/// Which products to change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "value", rename_all = "snake_case")]
pub enum BulkSelection {
    /// These, at most [`BULK_EDIT_CHOSEN_MAX`].
    Chosen(Vec<ProductId>),
    /// All that are there when the edit begins and match when their turn comes.
    Matching(ProductFilter),
}

/// What to change about each of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "value", rename_all = "snake_case")]
pub enum BulkChange {
    /// Who can see it.
    Status(ProductStatus),
    /// Adds a tag.
    AddTag(String),
    /// Takes a tag away.
    RemoveTag(String),
    /// Who makes it; empty for nobody.
    Brand(String),
    /// The prices of all its variants. What they cost before stays as it is.
    Price(PriceChange),
}

/// How prices change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceChange {
    /// By how much, basis points: -1,000 is 10 % less. Within [`PRICE_CHANGE_BASIS_POINTS`], and not 0.
    pub basis_points: i64,
    /// To what the result is rounded.
    pub rounding: PriceRounding,
}

text_enum! {
    /// To what a changed price is rounded.
    pub enum PriceRounding {
        /// The nearest minor unit.
        Minor = "minor",
        /// The nearest whole unit.
        Whole = "whole",
        /// The nearest amount that is a minor unit short of a whole one: 12.99.
        JustBelow = "just_below",
    }
}

/// A bulk edit to start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewBulkEdit {
    /// Which products.
    pub selection: BulkSelection,
    /// What about them.
    pub change: BulkChange,
}

/// What a bulk edit would do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BulkPreview {
    /// How many products are chosen, up to [`BULK_EDIT_COUNTED_MAX`].
    pub count: u64,
    /// There are more than that.
    pub more: bool,
    /// What the change does to the first few.
    pub examples: Vec<BulkExample>,
}

/// What a bulk edit would do to one product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BulkExample {
    /// The product.
    pub product: ProductId,
    /// Its title.
    pub title: String,
    /// How it is.
    pub before: BulkFacts,
    /// How it would be.
    pub after: BulkFacts,
    /// Why the change would not be made.
    pub refusal: Option<String>,
}

/// What bulk edits can change about a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkFacts {
    /// Who can see it.
    pub status: ProductStatus,
    /// Who makes it.
    pub brand: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// The lowest price.
    pub price_min: Money,
    /// The highest price.
    pub price_max: Money,
}

text_enum! {
    /// Where a bulk edit stands.
    pub enum BulkEditState {
        /// Waits for a worker.
        Queued = "queued",
        /// Being done.
        Running = "running",
        /// Done to the end.
        Finished = "finished",
        /// Stopped before the end; what was changed stays, and can be undone.
        Stopped = "stopped",
        /// Could not go on; what was changed stays, and can be undone.
        Failed = "failed",
        /// Being undone.
        Undoing = "undoing",
        /// Undone to the end.
        Undone = "undone",
    }
}

impl BulkEditState {
    /// Says whether a worker has, or is to have, it in hand.
    pub const fn is_running(self) -> bool {
        matches!(self, Self::Queued | Self::Running | Self::Undoing)
    }
}

text_enum! {
    /// The orders of a list of bulk edits.
    pub enum BulkEditSort {
        /// What was asked for last comes first.
        Newest = "-started",
        /// What was asked for last comes last.
        Oldest = "started",
    }
}

/// Which bulk edits staff want to see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkEditFilter {
    /// Only those that stand here.
    pub state: Option<BulkEditState>,
    /// In this order; by itself the newest come first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<BulkEditSort>,
}

/// How far a bulk edit is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BulkEdit {
    /// Its id.
    pub id: BulkEditId,
    /// Which products it was for; `None` when they were named one by one.
    pub filter: Option<ProductFilter>,
    /// What it changes.
    pub change: BulkChange,
    /// Where it stands.
    pub state: BulkEditState,
    /// Products that it is for; `None` when they were too many to be counted.
    pub total: Option<u64>,
    /// Products changed, those that were changed back included.
    pub changed: u64,
    /// Products that were so already.
    pub unchanged: u64,
    /// Products left out, each with its reason.
    pub failed: u64,
    /// Products that undoing changed back.
    pub restored: u64,
    /// Products that undoing left as they were, each with its reason.
    pub kept: u64,
    /// Why it could not go on.
    pub failure: Option<String>,
    /// Who asked for it.
    pub actor: String,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it, or its undoing, ended.
    pub finished_at: Option<Timestamp>,
    /// Until when it can be undone.
    pub undo_until: Timestamp,
}

text_enum! {
    /// What a bulk edit, or undoing it, did to a product.
    pub enum BulkOutcome {
        /// Changed.
        Changed = "changed",
        /// Left out.
        Failed = "failed",
        /// Changed back.
        Restored = "restored",
        /// Not changed back.
        Kept = "kept",
    }
}

/// What became of one product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkProduct {
    /// The product.
    pub product: ProductId,
    /// The title that it had.
    pub title: String,
    /// What was done.
    pub outcome: BulkOutcome,
    /// Why it was left out, or not changed back; else empty.
    pub reason: String,
}
