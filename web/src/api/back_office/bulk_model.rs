//! Changes of many products as programs ask for them and follow them.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use souk_contracts::{
    BulkEditKind, ProductId, ProductKind,
    catalog::{
        self, BULK_EDIT_CHOSEN_MAX, BulkChange, BulkEditState, BulkOutcome, BulkSelection, NewBulkEdit, PriceChange,
        PriceRounding, ProductFilter, ProductStatus,
    },
};

use crate::{
    api::{
        model::{Money, instant},
        schema,
        tagged::{self, Tagged},
    },
    error::Failure,
};

schema::words! {
    status: ProductStatus;
    rounding: PriceRounding;
    state: BulkEditState;
    outcome: BulkOutcome;
}

fn maybe_status(_: &mut SchemaGenerator) -> Schema {
    let words: Vec<Option<&str>> = ProductStatus::ALL.iter().map(|word| Some(word.as_str())).chain([None]).collect();
    json_schema!({"type": ["string", "null"], "enum": words})
}

fn products(generator: &mut SchemaGenerator) -> Schema {
    let items = schema::id::<ProductKind>(generator);
    json_schema!({"type": "array", "items": items, "minItems": 1, "maxItems": BULK_EDIT_CHOSEN_MAX})
}

/// Which products to change.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
pub enum Selection {
    /// These products.
    Hand {
        /// Ids of products.
        #[schemars(schema_with = "products")]
        products: Vec<ProductId>,
    },
    /// All products that are there when the edit begins and match when their turn comes: every product, without status
    /// and text.
    Filter {
        /// Only this status.
        #[schemars(schema_with = "maybe_status")]
        status: Option<ProductStatus>,
        /// Only products whose title has all words of this, each at least begun, or one of whose SKUs starts with it.
        #[schemars(length(max = 100))]
        text: Option<String>,
    },
}

impl Tagged for Selection {
    const TAG: &'static str = "by";
}

impl From<Selection> for BulkSelection {
    fn from(selection: Selection) -> Self {
        match selection {
            Selection::Hand { products } => Self::Chosen(products),
            Selection::Filter { status, text } => Self::Matching(ProductFilter { status, text, sort: None }),
        }
    }
}

/// What to change about each of them.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// Sets who can see it.
    Status {
        /// The status.
        #[schemars(schema_with = "status")]
        status: ProductStatus,
    },
    /// Adds a tag.
    AddTag {
        /// The tag, without a comma.
        #[schemars(length(min = 1, max = 200))]
        tag: String,
    },
    /// Takes a tag away.
    RemoveTag {
        /// The tag.
        #[schemars(length(min = 1, max = 200))]
        tag: String,
    },
    /// Sets who makes it.
    Brand {
        /// The brand; empty for nobody.
        #[schemars(length(max = 200))]
        brand: String,
    },
    /// Changes the prices of all its variants. What they cost before stays as it is.
    Price {
        /// By how much, hundredths of a percent, and not 0: -1000 is 10 % less.
        #[schemars(range(min = -9_900, max = 100_000))]
        basis_points: i64,
        /// To what the result is rounded: the nearest minor unit, the nearest whole unit, or a minor unit short of one.
        #[schemars(schema_with = "rounding")]
        rounding: PriceRounding,
    },
}

impl Tagged for Change {
    const TAG: &'static str = "kind";
}

impl From<Change> for BulkChange {
    fn from(change: Change) -> Self {
        match change {
            Change::Status { status } => Self::Status(status),
            Change::AddTag { tag } => Self::AddTag(tag),
            Change::RemoveTag { tag } => Self::RemoveTag(tag),
            Change::Brand { brand } => Self::Brand(brand),
            Change::Price { basis_points, rounding } => Self::Price(PriceChange { basis_points, rounding }),
        }
    }
}

impl From<BulkChange> for Change {
    fn from(change: BulkChange) -> Self {
        match change {
            BulkChange::Status(status) => Self::Status { status },
            BulkChange::AddTag(tag) => Self::AddTag { tag },
            BulkChange::RemoveTag(tag) => Self::RemoveTag { tag },
            BulkChange::Brand(brand) => Self::Brand { brand },
            BulkChange::Price(PriceChange { basis_points, rounding }) => Self::Price { basis_points, rounding },
        }
    }
}

/// A change of many products.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkEditInput {
    /// Which products.
    #[serde(deserialize_with = "tagged::one")]
    pub selection: Selection,
    /// What about them.
    #[serde(deserialize_with = "tagged::one")]
    pub change: Change,
}

impl From<BulkEditInput> for NewBulkEdit {
    fn from(input: BulkEditInput) -> Self {
        Self { selection: input.selection.into(), change: input.change.into() }
    }
}

/// Names wrong fields as they are called here.
pub fn refused(error: catalog::Error) -> Failure {
    let mut failure = Failure::from(error);
    for wrong in &mut failure.fields {
        match wrong.field.as_str() {
            "selection" => "selection.products".clone_into(&mut wrong.field),
            "change.percent" => "change.basis_points".clone_into(&mut wrong.field),
            _ => {}
        }
    }
    failure
}

/// What a change of many products would do.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BulkPreview {
    /// How many products are chosen, as far as they are counted.
    count: u64,
    /// Whether there are more than that.
    more: bool,
    /// What the change does to the first few.
    examples: Vec<BulkExample>,
}

impl From<catalog::BulkPreview> for BulkPreview {
    fn from(preview: catalog::BulkPreview) -> Self {
        let examples = preview.examples.into_iter().map(BulkExample::from).collect();
        Self { count: preview.count, more: preview.more, examples }
    }
}

/// What a change of many products would do to one of them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BulkExample {
    /// The product's id.
    #[schemars(schema_with = "schema::id::<ProductKind>")]
    product: String,
    /// Its title.
    title: String,
    /// How it is.
    before: BulkFacts,
    /// How it would be.
    after: BulkFacts,
    /// Why the change would not be made.
    refusal: Option<String>,
}

impl From<catalog::BulkExample> for BulkExample {
    fn from(example: catalog::BulkExample) -> Self {
        let catalog::BulkExample { product, title, before, after, refusal } = example;
        Self { product: product.to_string(), title, before: before.into(), after: after.into(), refusal }
    }
}

/// What such a change can be about.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BulkFacts {
    /// Who can see it.
    #[schemars(schema_with = "status")]
    status: ProductStatus,
    /// Who makes it.
    brand: String,
    /// Its tags.
    tags: Vec<String>,
    /// The lowest price.
    price_min: Money,
    /// The highest price.
    price_max: Money,
}

impl From<catalog::BulkFacts> for BulkFacts {
    fn from(facts: catalog::BulkFacts) -> Self {
        let catalog::BulkFacts { status, brand, tags, price_min, price_max } = facts;
        Self { status, brand, tags, price_min: price_min.into(), price_max: price_max.into() }
    }
}

/// The products that a change is for, where they were not named one by one.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BulkFilter {
    /// Only this status.
    #[schemars(schema_with = "maybe_status")]
    status: Option<ProductStatus>,
    /// Only products whose title has all words of this, each at least begun, or one of whose SKUs starts with it.
    text: Option<String>,
}

/// How far a change of many products is.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BulkEdit {
    /// Its id.
    #[schemars(schema_with = "schema::id::<BulkEditKind>")]
    id: String,
    /// Which products it is for; null when they were named one by one.
    filter: Option<BulkFilter>,
    /// What it changes.
    change: Change,
    /// Where it stands; `queued`, `running` and `undoing` go on by themselves.
    #[schemars(schema_with = "state")]
    state: BulkEditState,
    /// Products that it is for; null when they were too many to be counted.
    total: Option<u64>,
    /// Products changed, those that were changed back included.
    changed: u64,
    /// Products that were so already.
    unchanged: u64,
    /// Products left out, each with its reason.
    failed: u64,
    /// Products that undoing changed back.
    restored: u64,
    /// Products that undoing left as they were, each with its reason.
    kept: u64,
    /// Why it could not go on.
    failure: Option<String>,
    /// When it was asked for.
    #[schemars(schema_with = "schema::instant")]
    created_at: String,
    /// When it, or its undoing, ended.
    #[schemars(schema_with = "schema::maybe_instant")]
    finished_at: Option<String>,
    /// Until when it can be undone.
    #[schemars(schema_with = "schema::instant")]
    undo_until: String,
}

impl From<catalog::BulkEdit> for BulkEdit {
    fn from(edit: catalog::BulkEdit) -> Self {
        Self {
            id: edit.id.to_string(),
            filter: edit.filter.map(|ProductFilter { status, text, .. }| BulkFilter { status, text }),
            change: edit.change.into(),
            state: edit.state,
            total: edit.total,
            changed: edit.changed,
            unchanged: edit.unchanged,
            failed: edit.failed,
            restored: edit.restored,
            kept: edit.kept,
            failure: edit.failure,
            created_at: instant(edit.created_at),
            finished_at: edit.finished_at.map(instant),
            undo_until: instant(edit.undo_until),
        }
    }
}

/// What became of one product.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BulkProduct {
    /// The product's id.
    #[schemars(schema_with = "schema::id::<ProductKind>")]
    product: String,
    /// The title that it had.
    title: String,
    /// What was done.
    #[schemars(schema_with = "outcome")]
    outcome: BulkOutcome,
    /// Why it was left out, or not changed back; else empty.
    reason: String,
}

impl From<catalog::BulkProduct> for BulkProduct {
    fn from(product: catalog::BulkProduct) -> Self {
        let catalog::BulkProduct { product, title, outcome, reason } = product;
        Self { product: product.to_string(), title, outcome, reason }
    }
}
