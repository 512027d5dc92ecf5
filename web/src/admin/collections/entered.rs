//! A collection as its form has it: what is stored, or what somebody is typing.

use std::collections::BTreeMap;

use serde::Serialize;
use souk_contracts::{
    CollectionId, ProductId,
    catalog::{Collection, CollectionDraft, Condition, Members},
};
use souk_types::{Currency, Money};

use super::super::forms;
use crate::{
    body::Form,
    error::sentence,
    view::{Choice, Errors},
};

/// Picked products that the form shows; more of them stay behind these as they are.
pub const PICKED_SHOWN: usize = 200;
/// Empty conditions that the form offers besides those that are there, and conditions in all.
const SPARE: usize = 2;
const CONDITIONS_MAX: usize = 20;

/// A collection as its form has it.
#[derive(Debug, Clone, Default)]
pub struct Entered {
    pub title: String,
    pub by_rule: bool,
    pub rows: Vec<ConditionRow>,
    pub picked: Vec<ProductId>,
    /// What is looked for, to be picked.
    pub find: String,
    /// The version that was seen; 0 of a new one.
    pub version: i64,
}

/// One condition of the rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ConditionRow {
    kind: String,
    value: String,
    category: String,
    error: Option<String>,
}

/// The kinds of conditions, to choose from.
pub fn kinds() -> Vec<Choice> {
    [
        ("brand", "Brand is"),
        ("category", "In the category"),
        ("tag", "Has the tag"),
        ("price_from", "Price from"),
        ("price_under", "Price under"),
        ("on_sale", "Is reduced"),
    ]
    .map(|(value, label)| Choice::new(value, label))
    .into()
}

impl Entered {
    /// What is stored.
    pub fn of(collection: Collection, currency: Currency) -> Self {
        let (by_rule, rows, picked) = match collection.members {
            Members::Rule(conditions) => {
                (true, conditions.iter().map(|condition| ConditionRow::of(condition, currency)).collect(), Vec::new())
            }
            Members::Picked(picked) => (false, Vec::new(), picked),
        };
        Self { title: collection.title, by_rule, rows, picked, find: String::new(), version: collection.version }
    }

    /// What somebody typed; `before` are the products that were picked when the form was made.
    pub fn read(form: &Form, before: Vec<ProductId>) -> Self {
        type Set = fn(&mut ConditionRow, String);
        let mut rows: BTreeMap<usize, ConditionRow> = BTreeMap::new();
        let fields: [(&str, Set); 3] = [
            ("kind", |row, value| row.kind = value),
            ("value", |row, value| row.value = value),
            ("category", |row, value| row.category = value),
        ];
        for (name, set) in fields {
            for (index, value) in form.keyed(name) {
                if let Some(index) = index.parse::<usize>().ok().filter(|index| *index < CONDITIONS_MAX) {
                    set(rows.entry(index).or_default(), value.to_owned());
                }
            }
        }
        Self {
            title: form.text("title").to_owned(),
            by_rule: form.text("by") == "rule",
            rows: rows.into_values().filter(|row| !row.kind.is_empty()).collect(),
            picked: picked(form, before),
            find: form.text("find").to_owned(),
            version: form.text("version").parse().unwrap_or(0),
        }
    }

    /// The conditions with a few empty ones behind them.
    pub fn with_spare(&self) -> Vec<ConditionRow> {
        let spare = SPARE.min(CONDITIONS_MAX.saturating_sub(self.rows.len()));
        self.rows.iter().cloned().chain(std::iter::repeat_n(ConditionRow::default(), spare)).collect()
    }

    /// What it would have in it.
    ///
    /// # Errors
    /// What is wrong, by field; each wrong condition says so itself too.
    pub fn members(&mut self, currency: Currency) -> Result<Members, Errors> {
        if !self.by_rule {
            return Ok(Members::Picked(self.picked.clone()));
        }
        let mut conditions = Vec::new();
        let mut wrong = false;
        for row in &mut self.rows {
            match row.condition(currency) {
                Ok(condition) => conditions.push(condition),
                Err(message) => {
                    wrong = true;
                    row.error = Some(message);
                }
            }
        }
        let message = match (wrong, conditions.is_empty()) {
            (true, _) => "One of the conditions is not complete.",
            (false, true) => "Choose at least one condition.",
            (false, false) => return Ok(Members::Rule(conditions)),
        };
        Err(Errors::from([("rule".to_owned(), message.to_owned())]))
    }

    /// The whole collection.
    ///
    /// # Errors
    /// What is wrong, by field.
    pub fn draft(
        &mut self,
        id: Option<CollectionId>,
        form: &Form,
        currency: Currency,
    ) -> Result<CollectionDraft, Errors> {
        let mut errors = Errors::new();
        let title = forms::required(form, "title", "Give it a title.", &mut errors);
        let version = id.map(|_| self.version);
        match self.members(currency) {
            Ok(members) if errors.is_empty() => Ok(CollectionDraft { id, version, title, members }),
            Ok(_) => Err(errors),
            Err(others) => {
                errors.extend(others);
                Err(errors)
            }
        }
    }

    /// Says at a condition what the service has against it; `members.rule[2]`.
    pub fn blame(&mut self, field: &str, message: &str) {
        let index = field.strip_prefix("members.rule[").and_then(|rest| rest.strip_suffix(']')?.parse::<usize>().ok());
        if let Some(row) = index.and_then(|index| self.rows.get_mut(index)) {
            row.error = Some(sentence(message));
        }
    }
}

impl ConditionRow {
    fn of(condition: &Condition, currency: Currency) -> Self {
        let row = |kind: &str, value: String| Self { kind: kind.to_owned(), value, ..Self::default() };
        let price = |minor: i64| Money::new(minor, currency).to_decimal();
        match condition {
            Condition::Brand(brand) => row("brand", brand.clone()),
            Condition::Category(id) => Self { category: id.to_string(), ..row("category", String::new()) },
            Condition::Tag(tag) => row("tag", tag.clone()),
            Condition::PriceUnder(minor) => row("price_under", price(*minor)),
            Condition::PriceFrom(minor) => row("price_from", price(*minor)),
            Condition::OnSale => row("on_sale", String::new()),
        }
    }

    fn condition(&self, currency: Currency) -> Result<Condition, String> {
        let text = |what: &str| match self.value.as_str() {
            "" => Err(format!("Enter the {what}.")),
            value => Ok(value.to_owned()),
        };
        let price = || {
            let amount = Money::parse_decimal(&self.value, currency).map_err(|error| sentence(&error.to_string()))?;
            if amount.minor < 0 { Err("Enter a price.".to_owned()) } else { Ok(amount.minor) }
        };
        match self.kind.as_str() {
            "brand" => text("brand").map(Condition::Brand),
            "category" => self.category.parse().map(Condition::Category).map_err(|_| "Choose a category.".to_owned()),
            "tag" => text("tag").map(Condition::Tag),
            "price_under" => price().map(Condition::PriceUnder),
            "price_from" => price().map(Condition::PriceFrom),
            "on_sale" => Ok(Condition::OnSale),
            _ => Err("Choose what it is about.".to_owned()),
        }
    }
}

/// The picked products in the order that the form gives them: those that stay by their number, then those that were
/// just found, then those that the form did not show.
fn picked(form: &Form, before: Vec<ProductId>) -> Vec<ProductId> {
    let removed: Vec<&str> = form.keyed("remove").map(|(id, _)| id).collect();
    let mut shown: Vec<(i64, ProductId)> = form
        .keyed("order")
        .filter(|(id, _)| !removed.contains(id))
        .filter_map(|(id, number)| Some((number.parse().unwrap_or(i64::MAX), id.parse().ok()?)))
        .collect();
    // Stable: the same number keeps the order of the page.
    shown.sort_by_key(|(number, _)| *number);
    let added = form.0.iter().filter(|(name, _)| name == "add").filter_map(|(_, id)| id.parse().ok());
    let behind = before.into_iter().skip(PICKED_SHOWN);
    let mut all: Vec<ProductId> = Vec::new();
    for id in shown.into_iter().map(|(_, id)| id).chain(added).chain(behind) {
        if !all.contains(&id) {
            all.push(id);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&str, String)]) -> Form {
        Form(pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
    }

    fn product(id: u128) -> ProductId {
        ProductId::from_bits(id)
    }

    #[test]
    fn picked_products_go_by_their_number_and_new_ones_behind() {
        let (a, b, c, d) = (product(1), product(2), product(3), product(4));
        let name = |what: &str, id: ProductId| format!("{what}[{id}]");
        let sent = Form(vec![
            (name("order", a), "2".to_owned()),
            (name("order", b), "1".to_owned()),
            (name("order", c), "3".to_owned()),
            (name("remove", c), "1".to_owned()),
            ("add".to_owned(), d.to_string()),
            ("add".to_owned(), a.to_string()),
        ]);
        assert_eq!(Entered::read(&sent, Vec::new()).picked, [b, a, d]);
    }

    #[test]
    fn picked_products_that_the_form_did_not_show_are_kept() {
        let before: Vec<ProductId> = (1..=PICKED_SHOWN as u128 + 2).map(product).collect();
        let sent = form(&[("title", "x".to_owned())]);
        assert_eq!(Entered::read(&sent, before).picked, [product(201), product(202)]);
    }

    #[test]
    fn conditions_are_read_and_written_alike() {
        let all = vec![
            Condition::Brand("Acme".into()),
            Condition::Category(souk_contracts::CategoryId::from_bits(3)),
            Condition::Tag("summer".into()),
            Condition::PriceFrom(1_250),
            Condition::PriceUnder(2_000),
            Condition::OnSale,
        ];
        let collection = Collection {
            id: CollectionId::from_bits(1),
            title: "All".into(),
            slug: "all".into(),
            members: Members::Rule(all.clone()),
            version: 1,
        };
        let mut entered = Entered::of(collection, Currency::EUR);
        assert_eq!(entered.members(Currency::EUR), Ok(Members::Rule(all)));
        assert_eq!(entered.with_spare().len(), 8);
    }

    #[test]
    fn a_condition_that_is_not_complete_says_so() {
        let sent = form(&[
            ("by", "rule".into()),
            ("kind[0]", "brand".into()),
            ("kind[1]", "price_under".into()),
            ("value[1]", "x".into()),
        ]);
        let mut entered = Entered::read(&sent, Vec::new());
        assert!(entered.members(Currency::EUR).is_err());
        assert_eq!(entered.rows[0].error.as_deref(), Some("Enter the brand."));
        assert!(entered.rows[1].error.is_some());
    }
}
