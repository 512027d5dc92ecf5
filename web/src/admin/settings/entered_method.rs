//! A delivery method as a form has it.

use serde::Serialize;
use souk_contracts::delivery::{MethodConfig, RateRule};
use souk_types::{Currency, Money};

use super::{super::forms, SPARE_ROWS, countries, decimals, row_numbers};
use crate::{
    body::Form,
    error::sentence,
    view::{Errors, Values},
};

/// Weights are entered in kilograms and kept in grams.
pub const WEIGHT_PLACES: usize = 3;

/// What stands in the form.
pub struct Entered {
    /// `code`, `name`, `days_min`, `days_max`.
    pub values: Values,
    /// The rates, in the order of the page.
    pub rows: Vec<RateRow>,
}

/// A rate as entered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RateRow {
    number: usize,
    order: String,
    countries: String,
    regions: String,
    weight: String,
    subtotal: String,
    price: String,
    removed: bool,
}

impl RateRow {
    fn of((number, rule): (usize, &RateRule), currency: Currency) -> Self {
        let money = |minor: i64| Money::new(minor, currency).to_decimal();
        Self {
            number,
            order: (number + 1).to_string(),
            countries: countries::text(&rule.countries),
            regions: rule.regions.join(", "),
            weight: rule.weight_max_g.map(|grams| decimals::text(grams, WEIGHT_PLACES)).unwrap_or_default(),
            subtotal: rule.subtotal_min.map(money).unwrap_or_default(),
            price: money(rule.price),
            removed: false,
        }
    }

    fn read(form: &Form, number: usize) -> Self {
        let text = |field: &str| form.text(&format!("{field}[{number}]")).to_owned();
        Self {
            number,
            order: text("order"),
            countries: text("countries"),
            regions: text("regions"),
            weight: text("weight"),
            subtotal: text("subtotal"),
            price: text("price"),
            removed: !text("remove").is_empty(),
        }
    }

    fn is_blank(&self) -> bool {
        [&self.countries, &self.regions, &self.weight, &self.subtotal, &self.price].iter().all(|text| text.is_empty())
    }

    fn key(&self, field: &str) -> String {
        format!("{field}-{}", self.number)
    }

    fn rule(&self, currency: Currency, errors: &mut Errors) -> RateRule {
        let mut wrong = |field: &str, message: String| {
            errors.insert(self.key(field), message);
        };
        let countries = countries::read(&self.countries).unwrap_or_else(|word| {
            wrong("countries", format!("“{word}” is no country. Write codes or names, or EU, with commas between."));
            Vec::new()
        });
        let weight_max_g = (!self.weight.is_empty()).then(|| decimals::parts(&self.weight, WEIGHT_PLACES));
        if weight_max_g == Some(None) {
            wrong("weight", "Enter a weight in kilograms, like 2 or 0.5.".to_owned());
        }
        let mut amount = |field: &str, text: &str| {
            let read = Money::parse_decimal(text, currency).map_err(|error| sentence(&error.to_string()));
            let read = if text.is_empty() { Err("Enter a price; 0 is free.".to_owned()) } else { read };
            read.map(|money| money.minor).map_err(|message| wrong(field, message)).ok()
        };
        let subtotal_min = if self.subtotal.is_empty() { None } else { amount("subtotal", &self.subtotal) };
        let price = amount("price", &self.price).unwrap_or_default();
        let regions = self.regions.split(',').map(str::trim).filter(|region| !region.is_empty());
        RateRule {
            countries,
            regions: regions.map(str::to_owned).collect(),
            weight_max_g: weight_max_g.flatten(),
            subtotal_min,
            price,
        }
    }
}

impl Entered {
    /// A stored method.
    pub fn of(method: &MethodConfig, currency: Currency) -> Self {
        let pairs = [
            ("code", method.code.clone()),
            ("name", method.name.clone()),
            ("days_min", method.days_min.to_string()),
            ("days_max", method.days_max.to_string()),
        ];
        Self {
            values: pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            rows: method.rates.iter().enumerate().map(|row| RateRow::of(row, currency)).collect(),
        }
    }

    /// What was sent.
    pub fn read(form: &Form) -> Self {
        let numbers = row_numbers(form, "price");
        let rows = numbers.into_iter().map(|number| RateRow::read(form, number)).filter(|row| !row.is_blank());
        Self { values: forms::values(form), rows: rows.collect() }
    }

    /// The method that is meant, of a code, with the rows that its rates came from.
    ///
    /// # Errors
    /// What is wrong, by field.
    pub fn method(&self, code: &str, currency: Currency) -> Result<(MethodConfig, Vec<&RateRow>), Errors> {
        let mut errors = Errors::new();
        let text = |name: &str| self.values.get(name).map_or("", |value| value.trim());
        let mut days = |name: &str| {
            let days = text(name).parse().ok();
            if days.is_none() {
                errors.insert(name.to_owned(), "Enter a whole number of days.".to_owned());
            }
            days.unwrap_or_default()
        };
        let (days_min, days_max) = (days("days_min"), days("days_max"));
        let mut kept: Vec<&RateRow> = self.rows.iter().filter(|row| !row.removed).collect();
        // Stable: the same number keeps the order of the page; without one, a rate comes last.
        kept.sort_by_key(|row| row.order.parse().unwrap_or(u32::MAX));
        let rates = kept.iter().map(|row| row.rule(currency, &mut errors)).collect();
        let method = MethodConfig { code: code.to_owned(), name: text("name").to_owned(), days_min, days_max, rates };
        if errors.is_empty() { Ok((method, kept)) } else { Err(errors) }
    }

    /// The rows, with some for more.
    pub fn with_spare(mut self) -> Vec<RateRow> {
        let next = self.rows.iter().map(|row| row.number + 1).max().unwrap_or(0);
        self.rows.extend((next..next + SPARE_ROWS).map(|number| RateRow { number, ..RateRow::default() }));
        self.rows
    }
}

/// Where the form has a field of the service: `methods[at].rates[1].price` is the second rate that was sent.
pub fn place(at: usize, kept: &[&RateRow], field: &str) -> Option<String> {
    let field = field.strip_prefix(&format!("methods[{at}]."))?;
    let Some((index, field)) = field.strip_prefix("rates[").and_then(|rest| rest.split_once("].")) else {
        return Some(if field == "rates" { "form".to_owned() } else { field.to_owned() });
    };
    let row = kept.get(index.parse::<usize>().ok()?)?;
    Some(row.key(match field {
        "weight_max_g" => "weight",
        "subtotal_min" => "subtotal",
        other => other,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&str, &str)]) -> Form {
        Form(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_method_is_read_and_written_alike() {
        let rule = RateRule {
            countries: vec!["US".into()],
            regions: vec!["HI".into(), "Alaska".into()],
            weight_max_g: Some(2_500),
            subtotal_min: Some(5_000),
            price: 490,
        };
        let rates = vec![rule, RateRule::default()];
        let method = MethodConfig { code: "van".into(), name: "Van".into(), days_min: 1, days_max: 3, rates };
        let shown = Entered::of(&method, Currency::EUR);
        assert_eq!(shown.method("van", Currency::EUR).unwrap().0, method);
        assert_eq!(shown.with_spare().len(), 4);
    }

    #[test]
    fn rates_go_by_their_number_and_removed_ones_go() {
        let sent = form(&[
            ("name", "Van"),
            ("days_min", "1"),
            ("days_max", "2"),
            ("order[0]", "2"),
            ("price[0]", "5.00"),
            ("order[1]", "1"),
            ("price[1]", "0"),
            ("price[2]", "9"),
            ("remove[2]", "1"),
            ("price[3]", ""),
            ("price[4]", "7"),
        ]);
        let entered = Entered::read(&sent);
        let (method, kept) = entered.method("van", Currency::EUR).unwrap();
        assert_eq!(method.rates.iter().map(|rate| rate.price).collect::<Vec<_>>(), [0, 500, 700]);
        assert_eq!(place(3, &kept, "methods[3].rates[1].weight_max_g"), Some("weight-0".to_owned()));
        assert_eq!(place(3, &kept, "methods[3].days_max"), Some("days_max".to_owned()));
        assert_eq!(place(3, &kept, "methods[2].name"), None);
    }

    #[test]
    fn what_cannot_be_read_is_named_by_its_field() {
        let sent = form(&[
            ("days_min", "x"),
            ("days_max", "2"),
            ("countries[4]", "Narnia"),
            ("weight[4]", "heavy"),
            ("subtotal[4]", "much"),
            ("price[4]", ""),
        ]);
        let errors = Entered::read(&sent).method("van", Currency::EUR).unwrap_err();
        let named: Vec<&str> = errors.keys().map(String::as_str).collect();
        assert_eq!(named, ["countries-4", "days_min", "price-4", "subtotal-4", "weight-4"]);
    }
}
