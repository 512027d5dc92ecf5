//! Counting what can be narrowed down by.
//!
//! A facet's own choice does not lower its own counts, so that one sees what else could be chosen: a
//! document that fails only the filter of one facet is counted for that facet alone. One pass does it all.

use souk_contracts::search::{Facet, FacetKind, FacetValue, Filters};
use souk_types::Currency;

use super::{
    filter::{Dimension, Verdict},
    prices::Prices,
};
use crate::index::{
    Snapshot,
    columns::Columns,
    values::{Value, ValueKind, Values},
};

/// Values of one facet that are offered.
const VALUES_MAX: usize = 50;
/// Attributes that are offered.
const ATTRIBUTES_MAX: usize = 12;
/// An attribute is offered when at least one in so many results has it.
const ATTRIBUTE_SHARE: u64 = 50;

/// A value and how many products have it.
type Counted<'a> = (&'a Value, u32);

/// Counts of one search.
pub struct Counts<'a> {
    values: &'a Values,
    counts: Vec<u32>,
    prices: Prices,
    in_stock: u32,
}

impl<'a> Counts<'a> {
    /// Nothing counted.
    pub fn new(snapshot: &'a Snapshot) -> Self {
        Self {
            values: &snapshot.values,
            counts: vec![0; snapshot.values.len()],
            prices: Prices::default(),
            in_stock: 0,
        }
    }

    /// Counts a document.
    pub fn add(&mut self, columns: &Columns, doc: u32, verdict: Verdict) {
        match verdict {
            Verdict::Passes => {
                self.add_brand(columns, doc);
                self.add_all(columns.categories.of(doc));
                self.add_all(columns.attributes.of(doc));
                self.prices.add(columns.price[doc as usize]);
                self.in_stock += u32::from(columns.in_stock[doc as usize]);
            }
            Verdict::FailsOnly(Dimension::Brand) => self.add_brand(columns, doc),
            Verdict::FailsOnly(Dimension::Category) => self.add_all(columns.categories.of(doc)),
            Verdict::FailsOnly(Dimension::Price) => self.prices.add(columns.price[doc as usize]),
            Verdict::FailsOnly(Dimension::Attribute(name)) => {
                for number in columns.attributes.of(doc) {
                    if self.values.get(*number as usize).name == name {
                        self.counts[*number as usize] += 1;
                    }
                }
            }
            // What fails only because it is not in stock is not in stock.
            Verdict::FailsOnly(Dimension::InStock | Dimension::Unknown) | Verdict::Fails => {}
        }
    }

    fn add_brand(&mut self, columns: &Columns, doc: u32) {
        if let Some(count) = self.counts.get_mut(columns.brand[doc as usize] as usize) {
            *count += 1;
        }
    }

    fn add_all(&mut self, numbers: &[u32]) {
        for number in numbers {
            self.counts[*number as usize] += 1;
        }
    }

    /// The facets: categories, brands, prices, availability, then attributes, those that most results have first.
    pub fn facets(&self, filters: &Filters, currency: Currency, total: usize) -> Vec<Facet> {
        let mut categories: Vec<Counted<'_>> = Vec::new();
        let mut brands: Vec<Counted<'_>> = Vec::new();
        let mut attributes: Vec<Vec<Counted<'_>>> = vec![Vec::new(); self.values.names().len()];
        for (value, count) in self.values.iter().zip(&self.counts).filter(|(_, count)| **count > 0) {
            match value.kind {
                ValueKind::Category => categories.push((value, *count)),
                ValueKind::Brand => brands.push((value, *count)),
                ValueKind::Attribute => attributes[value.name as usize].push((value, *count)),
                ValueKind::Tag => {}
            }
        }
        let mut facets = Vec::new();
        let mut push = |kind: FacetKind, name: &str, values: Vec<FacetValue>| {
            if !values.is_empty() {
                facets.push(Facet { kind, name: name.to_owned(), values });
            }
        };
        let chosen = |key: &str| filters.category.as_deref() == Some(key);
        push(FacetKind::Category, "Category", top(merge_renamed(categories), chosen));
        push(FacetKind::Brand, "Brand", top(brands, |key| filters.brands.iter().any(|brand| brand == key)));
        push(FacetKind::Price, "Price", self.prices.ranges(currency, filters));
        push(FacetKind::Availability, "Availability", self.availability(filters));
        for (name, values) in self.offered(attributes, filters, total) {
            let chosen = filters.attributes.get(name);
            let is_chosen = |key: &str| chosen.is_some_and(|chosen| chosen.iter().any(|value| value == key));
            push(FacetKind::Attribute, name, top(values, is_chosen));
        }
        facets
    }

    fn availability(&self, filters: &Filters) -> Vec<FacetValue> {
        if self.in_stock == 0 {
            return Vec::new();
        }
        vec![FacetValue {
            value: "in_stock".to_owned(),
            label: "In stock".to_owned(),
            count: self.in_stock as usize,
            selected: filters.in_stock,
        }]
    }

    /// The attributes worth offering: those that narrow down, and those narrowed down by.
    fn offered<'b>(
        &'b self,
        attributes: Vec<Vec<Counted<'b>>>,
        filters: &Filters,
        total: usize,
    ) -> Vec<(&'b str, Vec<Counted<'b>>)> {
        let mut offered = Vec::new();
        for (name, values) in self.values.names().iter().zip(attributes) {
            let chosen = filters.attributes.contains_key(&**name);
            let having: u64 = values.iter().map(|(_, count)| u64::from(*count)).sum();
            let most = values.iter().map(|(_, count)| *count).max().unwrap_or(0);
            // Where nearly every product has a value of its own (a weight, a part number), nobody can choose.
            let repeats = most > 1 && having >= values.len() as u64 * 2 || total < 10;
            let total = total as u64;
            let narrows = values.len() > 1 && repeats && having * ATTRIBUTE_SHARE >= total;
            if chosen || narrows {
                offered.push((!chosen, having, &**name, values));
            }
        }
        offered.sort_by(|one, other| (one.0, other.1, one.2).cmp(&(other.0, one.1, other.2)));
        offered.into_iter().take(ATTRIBUTES_MAX).map(|(_, _, name, values)| (name, values)).collect()
    }
}

/// A category that was renamed is, until its products are indexed again, there under both names.
fn merge_renamed(mut categories: Vec<Counted<'_>>) -> Vec<Counted<'_>> {
    categories.sort_by(|one, other| one.0.key.cmp(&other.0.key).then(other.1.cmp(&one.1)));
    categories.dedup_by(|again, first| {
        let same = again.0.key == first.0.key;
        if same {
            first.1 += again.1;
        }
        same
    });
    categories
}

/// The most frequent values, and whatever is chosen.
fn top(mut values: Vec<Counted<'_>>, is_chosen: impl Fn(&str) -> bool) -> Vec<FacetValue> {
    values.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.label.cmp(&other.0.label)));
    let mut top: Vec<FacetValue> = Vec::with_capacity(values.len().min(VALUES_MAX));
    for (place, (value, count)) in values.into_iter().enumerate() {
        let selected = is_chosen(&value.key);
        if place < VALUES_MAX || selected {
            top.push(FacetValue {
                value: value.key.to_string(),
                label: value.label.to_string(),
                count: count as usize,
                selected,
            });
        }
    }
    if top.len() > VALUES_MAX {
        // Chosen values stay in the list though they are not among the most frequent.
        let chosen_beyond = top[VALUES_MAX..].to_vec();
        let keep = VALUES_MAX.saturating_sub(chosen_beyond.len());
        top.truncate(keep);
        top.extend(chosen_beyond.into_iter().take(VALUES_MAX - keep));
    }
    top
}
