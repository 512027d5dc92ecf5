//! Taxes by region.

use souk_contracts::{
    Address,
    orders::{TaxRule, Taxes},
    places,
};
use souk_types::{FieldError, Money, MoneyError, limits::LINE_BYTES_MAX};

const RULES_MAX: usize = 1_000;

/// The rate for a destination in basis points; none where there is no rule.
pub fn rate_bp(taxes: &Taxes, country: &str, region: &str) -> i64 {
    taxes.rule(country, region).map_or(0, |rule| rule.rate_bp)
}

/// The tax in, or on top of, an amount; rounded half up to the minor unit.
pub fn tax(taxes: &Taxes, amount: Money, rate_bp: i64) -> Result<Money, MoneyError> {
    if taxes.included { amount.ratio(rate_bp, 10_000 + rate_bp) } else { amount.basis_points(rate_bp) }
}

/// Refuses a region that is none of those with a tax of their own, in a country that has such: a slip of the pen would
/// pay another tax. Empty means elsewhere in the country. Where addresses need a state, they are checked for it anyway.
pub fn region_problem(taxes: &Taxes, address: &Address) -> Option<FieldError> {
    let (country, region) = (address.country.as_str(), address.region.trim());
    let mut known = taxes.regions(country).peekable();
    if region.is_empty() || known.peek().is_none() || places::region(country, region).is_some() {
        return None;
    }
    let names: Vec<&str> = known.collect();
    let is_known = names.iter().any(|name| places::same_region(country, name, region));
    let message = || format!("must be one of these, or empty: {}", names.join(", "));
    (!is_known).then(|| FieldError::new("address.region", message()))
}

/// What is wrong with the rules of a tax table, by field.
pub fn problems(rules: &[TaxRule]) -> Vec<FieldError> {
    let mut problems = Vec::new();
    if rules.len() > RULES_MAX {
        problems.push(FieldError::new("taxes", format!("must be {RULES_MAX} rules at most")));
        return problems;
    }
    for (index, rule) in rules.iter().enumerate() {
        let mut wrong = |field: &str, message: String| {
            problems.push(FieldError::new(format!("taxes[{index}].{field}"), message));
        };
        if places::country_name(&rule.country).is_none() {
            wrong("country", format!("{:?} is not a country code like DE", rule.country));
        }
        let state = places::region(&rule.country, &rule.region);
        if rule.region.len() > LINE_BYTES_MAX {
            wrong("region", "is too long".to_owned());
        } else if !rule.region.is_empty() && state.is_none() && places::regions(&rule.country).next().is_some() {
            wrong("region", format!("{:?} is no state of {}", rule.region, rule.country));
        }
        let same = |other: &&TaxRule| {
            let whole = other.region.is_empty() == rule.region.is_empty();
            other.country == rule.country && whole && places::same_region(&rule.country, &other.region, &rule.region)
        };
        if rules[..index].iter().any(|other| same(&other)) {
            wrong("region", "has a rule already".to_owned());
        }
        if !(0..=10_000).contains(&rule.rate_bp) {
            wrong("rate_bp", format!("{} is not between 0 and 10000 (100 %)", rule.rate_bp));
        }
        if rule.name.trim().is_empty() || rule.name.len() > LINE_BYTES_MAX {
            wrong("name", "must be filled in".to_owned());
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use souk_types::Currency;

    use super::*;

    fn rule(country: &str, region: &str, rate_bp: i64) -> TaxRule {
        TaxRule { country: country.into(), region: region.into(), rate_bp, name: "tax".into() }
    }

    fn table() -> Taxes {
        let rules = vec![rule("US", "", 0), rule("US", "CA", 725), rule("DE", "", 1900), rule("ES", "Canarias", 700)];
        Taxes { rules, included: false }
    }

    #[test]
    fn the_regions_rate_goes_before_the_countrys() {
        assert_eq!(rate_bp(&table(), "US", "OR"), 0);
        assert_eq!(rate_bp(&table(), "DE", ""), 1900);
        assert_eq!(rate_bp(&table(), "BR", ""), 0);
    }

    #[test]
    fn a_region_is_taxed_alike_by_code_and_by_name() {
        for text in ["CA", "ca", "California", " california "] {
            assert_eq!(rate_bp(&table(), "US", text), 725, "{text}");
        }
        assert_eq!(rate_bp(&table(), "ES", "CANARIAS"), 700);
    }

    #[test]
    fn a_region_that_the_table_does_not_know_is_refused_where_it_knows_some() {
        let problem = |country: &str, region: &str| {
            let address = Address { country: country.into(), region: region.into(), ..Address::default() };
            region_problem(&table(), &address)
        };
        assert_eq!(problem("ES", "canarias"), None);
        assert_eq!(problem("ES", ""), None);
        assert_eq!(problem("US", "Oregon"), None);
        assert_eq!(problem("DE", "Bayern"), None);
        assert!(problem("ES", "Canaria").is_some_and(|problem| problem.message.ends_with("empty: Canarias")));
    }

    #[test]
    fn a_wrong_rule_is_named_by_its_place_and_field() {
        let named = |rules: &[TaxRule]| problems(rules).into_iter().map(|wrong| wrong.field).collect::<Vec<_>>();
        assert_eq!(named(&table().rules), Vec::<String>::new());
        assert_eq!(named(&[rule("DE", "", 1900), rule("Germany", "", 1900)]), ["taxes[1].country"]);
        assert_eq!(named(&[rule("DE", "", 10_001), rule("FR", "", -1)]), ["taxes[0].rate_bp", "taxes[1].rate_bp"]);
        assert_eq!(named(&[rule("US", "CA", 1), rule("US", "california", 1)]), ["taxes[1].region"]);
        assert_eq!(named(&[rule("US", "Kalifornia", 1)]), ["taxes[0].region"]);
        assert_eq!(named(&[rule("ES", "Canarias", 1), rule("ES", "", 1)]), Vec::<String>::new());
        assert_eq!(named(&[TaxRule { name: " ".into(), ..rule("DE", "", 1900) }]), ["taxes[0].name"]);
    }

    #[test]
    fn included_tax_is_taken_out_and_excluded_tax_is_put_on() {
        let gross = Money::new(11_900, Currency::EUR);
        let net = Money::new(10_000, Currency::EUR);
        let included = Taxes { rules: vec![], included: true };
        let excluded = Taxes { rules: vec![], included: false };
        assert_eq!(tax(&included, gross, 1900), Ok(Money::new(1_900, Currency::EUR)));
        assert_eq!(tax(&excluded, net, 1900), Ok(Money::new(1_900, Currency::EUR)));
    }
}
