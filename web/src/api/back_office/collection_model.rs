//! Collections as staff see and describe them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use souk_contracts::{
    CategoryId, CategoryKind, CollectionKind, ProductId, ProductKind,
    catalog::{self, CollectionDraft},
};
use souk_types::{Currency, Fault};

use super::product_model::StaffProductSummary;
use crate::{
    api::{
        model::Money,
        schema,
        tagged::{self, Tagged},
    },
    error::Failure,
};

/// A collection in a list.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CollectionSummary {
    /// Its id.
    #[schemars(schema_with = "schema::id::<CollectionKind>")]
    id: String,
    /// Its name.
    title: String,
    /// Last part of its address.
    slug: String,
    /// Whether a rule picks its products, rather than a hand.
    by_rule: bool,
    /// Whether its rule is still being applied to all products.
    is_filling: bool,
}

impl From<catalog::CollectionSummary> for CollectionSummary {
    fn from(collection: catalog::CollectionSummary) -> Self {
        let catalog::CollectionSummary { id, title, slug, by_rule, is_filling } = collection;
        Self { id: id.to_string(), title, slug, by_rule, is_filling }
    }
}

/// A collection: products picked by hand or by rule, across categories.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Collection {
    /// Its id.
    #[schemars(schema_with = "schema::id::<CollectionKind>")]
    id: String,
    /// Its name.
    title: String,
    /// Last part of its address.
    slug: String,
    /// What is in it.
    members: Members,
    /// Rises with every change; the `ETag` of the whole collection.
    version: i64,
}

impl Collection {
    /// A collection; amounts are in the shop's currency.
    pub fn of(collection: catalog::Collection, currency: Currency) -> Self {
        Self {
            id: collection.id.to_string(),
            title: collection.title,
            slug: collection.slug,
            members: Members::of(collection.members, currency),
            version: collection.version,
        }
    }
}

/// A collection as it is to be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CollectionInput {
    /// Its name.
    #[schemars(length(min = 1, max = 200))]
    title: String,
    /// What is in it.
    #[serde(deserialize_with = "tagged::one")]
    members: Members,
}

/// What a collection might have in it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MembersInput {
    /// What would be in it.
    #[serde(deserialize_with = "tagged::one")]
    pub members: Members,
}

impl CollectionInput {
    /// The draft of a collection: a new one, or in place of the version of one that was seen.
    ///
    /// # Errors
    /// Invalid, with an amount in another currency.
    pub fn into_draft(
        self,
        seen: Option<(souk_contracts::CollectionId, i64)>,
        currency: Currency,
    ) -> Result<CollectionDraft, Fault> {
        let (id, version) = seen.unzip();
        Ok(CollectionDraft { id, version, title: self.title, members: self.members.into_contract(currency)? })
    }
}

/// How a collection gets its products.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
pub enum Members {
    /// These products, in this order.
    Hand {
        /// Ids of products.
        #[schemars(length(max = 1000), schema_with = "products")]
        products: Vec<ProductId>,
    },
    /// All active products for which every condition holds.
    Rule {
        /// The conditions.
        #[schemars(length(min = 1, max = 20))]
        #[serde(deserialize_with = "tagged::list")]
        conditions: Vec<Condition>,
    },
}

fn products(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({"type": "array", "items": schema::id::<ProductKind>(generator), "maxItems": 1000})
}

/// One condition of a collection's rule.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// The brand is this one.
    Brand {
        /// The brand.
        #[schemars(length(min = 1, max = 200))]
        brand: String,
    },
    /// It is in this category or one below.
    Category {
        /// The category's id.
        #[schemars(schema_with = "schema::id::<CategoryKind>")]
        category: CategoryId,
    },
    /// It has this tag.
    Tag {
        /// The tag.
        #[schemars(length(min = 1, max = 200))]
        tag: String,
    },
    /// Its lowest price is under this.
    PriceUnder {
        /// The amount.
        price: Money,
    },
    /// Its lowest price is at least this.
    PriceFrom {
        /// The amount.
        price: Money,
    },
    /// One of its variants is reduced.
    OnSale {},
}

impl Tagged for Members {
    const TAG: &'static str = "by";
}

impl Tagged for Condition {
    const TAG: &'static str = "kind";
}

impl Members {
    fn of(members: catalog::Members, currency: Currency) -> Self {
        let money = |minor| Money::from(souk_types::Money::new(minor, currency));
        let condition = |condition| match condition {
            catalog::Condition::Brand(brand) => Condition::Brand { brand },
            catalog::Condition::Category(category) => Condition::Category { category },
            catalog::Condition::Tag(tag) => Condition::Tag { tag },
            catalog::Condition::PriceUnder(minor) => Condition::PriceUnder { price: money(minor) },
            catalog::Condition::PriceFrom(minor) => Condition::PriceFrom { price: money(minor) },
            catalog::Condition::OnSale => Condition::OnSale {},
        };
        match members {
            catalog::Members::Picked(products) => Self::Hand { products },
            catalog::Members::Rule(conditions) => {
                Self::Rule { conditions: conditions.into_iter().map(condition).collect() }
            }
        }
    }

    /// The members as the catalogue knows them.
    ///
    /// # Errors
    /// Invalid, with an amount in another currency.
    pub fn into_contract(self, currency: Currency) -> Result<catalog::Members, Fault> {
        let condition = |(index, condition): (usize, Condition)| {
            let minor = |price: Money| {
                let field = format!("members.conditions[{index}].price.currency");
                price.of_shop(&field, currency).map(|price| price.minor)
            };
            Ok(match condition {
                Condition::Brand { brand } => catalog::Condition::Brand(brand),
                Condition::Category { category } => catalog::Condition::Category(category),
                Condition::Tag { tag } => catalog::Condition::Tag(tag),
                Condition::PriceUnder { price } => catalog::Condition::PriceUnder(minor(price)?),
                Condition::PriceFrom { price } => catalog::Condition::PriceFrom(minor(price)?),
                Condition::OnSale {} => catalog::Condition::OnSale,
            })
        };
        Ok(match self {
            Self::Hand { products } => catalog::Members::Picked(products),
            Self::Rule { conditions } => {
                catalog::Members::Rule(conditions.into_iter().enumerate().map(condition).collect::<Result<_, Fault>>()?)
            }
        })
    }
}

/// Names wrong fields as they are called here.
pub fn refused(error: catalog::Error) -> Failure {
    let mut failure = Failure::from(error);
    for wrong in &mut failure.fields {
        for (theirs, ours) in [("members.picked", "members.products"), ("members.rule", "members.conditions")] {
            if let Some(rest) = wrong.field.strip_prefix(theirs) {
                wrong.field = format!("{ours}{rest}");
                break;
            }
        }
    }
    failure
}

/// What a collection would have in it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CollectionPreview {
    /// The first of its products.
    products: Vec<StaffProductSummary>,
    /// Products that match, of those that were looked at.
    matched: u64,
    /// Products that were looked at, the newest first.
    looked_at: u64,
    /// Whether all products were looked at.
    complete: bool,
}

impl From<catalog::CollectionPreview> for CollectionPreview {
    fn from(preview: catalog::CollectionPreview) -> Self {
        Self {
            products: preview.items.iter().map(StaffProductSummary::from).collect(),
            matched: preview.matched,
            looked_at: preview.looked_at,
            complete: preview.complete,
        }
    }
}
