//! What a bulk edit does to a product, and how it is taken back.

use serde::{Deserialize, Serialize};
use souk_contracts::catalog::{
    BulkChange, BulkFacts, PRICE_CHANGE_BASIS_POINTS, PriceChange, PriceRounding, ProductDraft, ProductStatus,
};
use souk_types::{Fault, Money};

use super::{
    check::{PRICE_MINOR_MAX, TAGS_MAX},
    fields::{Findings, Presence},
};

/// What a bulk edit replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "value", rename_all = "snake_case")]
pub(crate) enum OldValues {
    Status(ProductStatus),
    Tags(Vec<String>),
    Brand(String),
    /// By SKU.
    Prices(Vec<(String, Money)>),
}

/// Puts a change into its normal form, with nothing wrong in it that it alone can show.
pub(crate) fn checked(mut change: BulkChange) -> Result<BulkChange, Fault> {
    let mut findings = Findings::default();
    match &mut change {
        BulkChange::Status(_) => {}
        BulkChange::AddTag(tag) => {
            findings.line(tag, Presence::Required, || "change.tag".to_owned());
            if tag.contains(',') {
                findings.add("change.tag", "must not contain a comma");
            }
        }
        BulkChange::RemoveTag(tag) => findings.line(tag, Presence::Required, || "change.tag".to_owned()),
        BulkChange::Brand(brand) => findings.line(brand, Presence::Optional, || "change.brand".to_owned()),
        BulkChange::Price(price) => {
            if price.basis_points == 0 || !PRICE_CHANGE_BASIS_POINTS.contains(&price.basis_points) {
                findings.add("change.percent", "must be -99 to 1000, and not 0");
            }
        }
    }
    findings.into_result()?;
    Ok(change)
}

/// Changes a product; answers what was replaced, or `None` when it was so already.
///
/// # Errors
/// Why the product cannot be changed.
pub(crate) fn apply(change: &BulkChange, draft: &mut ProductDraft) -> Result<Option<OldValues>, String> {
    Ok(match change {
        BulkChange::Status(status) if draft.status == *status => None,
        BulkChange::Status(status) => {
            let old = std::mem::replace(&mut draft.status, *status);
            Some(OldValues::Status(old))
        }
        BulkChange::Brand(brand) if draft.brand == *brand => None,
        BulkChange::Brand(brand) => {
            let old = std::mem::replace(&mut draft.brand, brand.clone());
            Some(OldValues::Brand(old))
        }
        BulkChange::AddTag(tag) if draft.tags.contains(tag) => None,
        BulkChange::AddTag(_) if draft.tags.len() >= TAGS_MAX => return Err(format!("it has {TAGS_MAX} tags already")),
        BulkChange::AddTag(tag) => {
            let old = draft.tags.clone();
            draft.tags.push(tag.clone());
            Some(OldValues::Tags(old))
        }
        BulkChange::RemoveTag(tag) if !draft.tags.contains(tag) => None,
        BulkChange::RemoveTag(tag) => {
            let old = draft.tags.clone();
            draft.tags.retain(|other| other != tag);
            Some(OldValues::Tags(old))
        }
        BulkChange::Price(price) => reprice(*price, draft)?,
    })
}

/// Gives a product back what a change replaced. It must be as that change left it.
pub(crate) fn restore(old: OldValues, draft: &mut ProductDraft) {
    match old {
        OldValues::Status(status) => draft.status = status,
        OldValues::Tags(tags) => draft.tags = tags,
        OldValues::Brand(brand) => draft.brand = brand,
        OldValues::Prices(prices) => {
            for (sku, price) in prices {
                for variant in draft.variants.iter_mut().filter(|variant| variant.sku == sku) {
                    variant.price = price;
                }
            }
        }
    }
}

fn reprice(change: PriceChange, draft: &mut ProductDraft) -> Result<Option<OldValues>, String> {
    let mut old = Vec::new();
    for variant in &mut draft.variants {
        let price = changed_price(change, variant.price).filter(|price| price.minor <= PRICE_MINOR_MAX);
        let price = price.ok_or_else(|| format!("the price of {} would be too high", variant.sku))?;
        if price.is_zero() && !variant.price.is_zero() {
            return Err(format!("{} would cost nothing", variant.sku));
        }
        if let Some(before) = variant.compare_at.filter(|before| before.minor <= price.minor) {
            return Err(format!("{} would cost {price}, not less than the {before} that it cost before", variant.sku));
        }
        if price != variant.price {
            old.push((variant.sku.clone(), variant.price));
            variant.price = price;
        }
    }
    Ok(if old.is_empty() { None } else { Some(OldValues::Prices(old)) })
}

/// `None` when there is no such amount. What is free stays free.
fn changed_price(change: PriceChange, price: Money) -> Option<Money> {
    if price.is_zero() {
        return Some(price);
    }
    let exact = price.basis_points(change.basis_points.checked_add(10_000)?).ok()?;
    let whole = 10_i64.checked_pow(price.currency.exponent())?;
    let to_whole = |minor: i64| minor.checked_add(whole / 2).map(|minor| minor / whole * whole);
    let minor = match change.rounding {
        PriceRounding::Minor => exact.minor,
        PriceRounding::Whole => to_whole(exact.minor)?,
        PriceRounding::JustBelow => to_whole(exact.minor.checked_add(1)?)?.max(whole) - 1,
    };
    Some(Money { minor, ..exact })
}

/// What a preview shows of a product; `None` for one without a variant, which there is not.
pub(crate) fn facts(draft: &ProductDraft) -> Option<BulkFacts> {
    let prices = || draft.variants.iter().map(|variant| variant.price);
    Some(BulkFacts {
        status: draft.status,
        brand: draft.brand.clone(),
        tags: draft.tags.clone(),
        price_min: prices().min_by_key(|price| price.minor)?,
        price_max: prices().max_by_key(|price| price.minor)?,
    })
}

#[cfg(test)]
mod tests {
    use souk_types::Currency;

    use super::*;

    fn price(minor: i64, basis_points: i64, rounding: PriceRounding) -> i64 {
        changed_price(PriceChange { basis_points, rounding }, Money::new(minor, Currency::EUR)).unwrap().minor
    }

    #[test]
    fn prices_are_rounded_as_asked() {
        assert_eq!(price(1_999, -1_000, PriceRounding::Minor), 1_799);
        assert_eq!(price(1_999, -1_000, PriceRounding::Whole), 1_800);
        assert_eq!(price(1_949, 0, PriceRounding::Whole), 1_900);
        assert_eq!(price(1_999, -1_000, PriceRounding::JustBelow), 1_799);
        assert_eq!(price(1_251, 0, PriceRounding::JustBelow), 1_299);
        assert_eq!(price(1_240, 0, PriceRounding::JustBelow), 1_199);
        assert_eq!(price(30, -5_000, PriceRounding::JustBelow), 99, "never below nothing");
        assert_eq!(price(0, 5_000, PriceRounding::JustBelow), 0, "what is free stays free");
        let yen = Money::new(1_250, Currency::JPY);
        let change = |rounding| changed_price(PriceChange { basis_points: 1_000, rounding }, yen).unwrap().minor;
        assert_eq!((change(PriceRounding::Whole), change(PriceRounding::Minor)), (1_375, 1_375));
    }
}
