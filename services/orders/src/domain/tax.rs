//! Taxes by region.

use souk_contracts::orders::TaxRule;
use souk_types::{Money, MoneyError};

/// The shop's tax table.
#[derive(Debug, Clone, Default)]
pub struct TaxTable {
    /// The rules, in any order.
    pub rules: Vec<TaxRule>,
    /// Whether prices include the tax.
    pub included: bool,
}

impl TaxTable {
    /// The rate for a destination in basis points: that of the region, else of the country, else none.
    pub fn rate_bp(&self, country: &str, region: &str) -> i64 {
        let of_country = || self.rules.iter().filter(|rule| rule.country == country);
        of_country()
            .find(|rule| !rule.region.is_empty() && rule.region.eq_ignore_ascii_case(region))
            .or_else(|| of_country().find(|rule| rule.region.is_empty()))
            .map_or(0, |rule| rule.rate_bp)
    }

    /// The tax in, or on top of, an amount; rounded half up to the minor unit.
    pub fn tax(&self, amount: Money, rate_bp: i64) -> Result<Money, MoneyError> {
        if self.included { amount.ratio(rate_bp, 10_000 + rate_bp) } else { amount.basis_points(rate_bp) }
    }
}

#[cfg(test)]
mod tests {
    use souk_types::Currency;

    use super::*;

    fn rule(country: &str, region: &str, rate_bp: i64) -> TaxRule {
        TaxRule { country: country.into(), region: region.into(), rate_bp, name: "tax".into() }
    }

    #[test]
    fn the_regions_rate_goes_before_the_countrys() {
        let table =
            TaxTable { rules: vec![rule("US", "", 0), rule("US", "CA", 725), rule("DE", "", 1900)], included: false };
        assert_eq!(table.rate_bp("US", "ca"), 725);
        assert_eq!(table.rate_bp("US", "OR"), 0);
        assert_eq!(table.rate_bp("DE", ""), 1900);
        assert_eq!(table.rate_bp("BR", ""), 0);
    }

    #[test]
    fn included_tax_is_taken_out_and_excluded_tax_is_put_on() {
        let gross = Money::new(11_900, Currency::EUR);
        let net = Money::new(10_000, Currency::EUR);
        let included = TaxTable { rules: vec![], included: true };
        let excluded = TaxTable { rules: vec![], included: false };
        assert_eq!(included.tax(gross, 1900), Ok(Money::new(1_900, Currency::EUR)));
        assert_eq!(excluded.tax(net, 1900), Ok(Money::new(1_900, Currency::EUR)));
    }
}
