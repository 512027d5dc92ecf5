use souk_contracts::catalog::{CollectionDraft, Condition, Members, ProductStatus};
use souk_types::Fault;

use super::{
    fields::{Findings, Presence},
    product::StoredProduct,
    tree::Tree,
};

/// Products that can be picked for one collection.
pub(crate) const PICKED_MAX: usize = 1_000;
const CONDITIONS_MAX: usize = 20;

/// Says whether a product belongs to a collection with this rule.
pub(crate) fn matches(rule: &[Condition], product: &StoredProduct, tree: &Tree) -> bool {
    product.status == ProductStatus::Active && rule.iter().all(|condition| holds(condition, product, tree))
}

fn holds(condition: &Condition, product: &StoredProduct, tree: &Tree) -> bool {
    let document = &product.document;
    let cheapest = || document.variants.iter().map(|variant| variant.price.minor).min();
    match condition {
        Condition::Brand(brand) => product.brand == *brand,
        Condition::Category(id) => document.category.is_some_and(|category| tree.is_within(category, *id)),
        Condition::Tag(tag) => document.tags.contains(tag),
        Condition::PriceUnder(minor) => cheapest().is_some_and(|price| price < *minor),
        Condition::PriceFrom(minor) => cheapest().is_some_and(|price| price >= *minor),
        Condition::OnSale => document.variants.iter().any(|variant| variant.compare_at.is_some()),
    }
}

/// Puts a collection's draft into its normal form and checks it.
pub(crate) fn check(draft: &mut CollectionDraft, tree: &Tree) -> Result<(), Fault> {
    let mut findings = Findings::default();
    findings.line(&mut draft.title, Presence::Required, || "title".to_owned());
    match &mut draft.members {
        Members::Picked(products) => {
            findings.count(products.len(), PICKED_MAX, "members.picked");
            let mut seen = std::collections::HashSet::new();
            products.retain(|id| seen.insert(*id));
        }
        Members::Rule(conditions) => {
            findings.count(conditions.len(), CONDITIONS_MAX, "members.rule");
            if conditions.is_empty() {
                findings.add("members.rule", "needs at least one condition");
            }
            for (index, condition) in conditions.iter_mut().enumerate() {
                check_condition(condition, &format!("members.rule[{index}]"), tree, &mut findings);
            }
        }
    }
    findings.into_result()
}

fn check_condition(condition: &mut Condition, field: &str, tree: &Tree, findings: &mut Findings) {
    match condition {
        Condition::Brand(text) | Condition::Tag(text) => findings.line(text, Presence::Required, || field.to_owned()),
        Condition::Category(id) if tree.get(*id).is_none() => findings.add(field, "there is no such category"),
        Condition::PriceUnder(minor) | Condition::PriceFrom(minor) => {
            findings.range(*minor, i64::MAX, || field.to_owned());
        }
        Condition::Category(_) | Condition::OnSale => {}
    }
}
