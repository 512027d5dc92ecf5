use std::collections::{BTreeSet, HashSet};

use serde::{Deserialize, Serialize};
use souk_contracts::{
    delivery::{MethodConfig, ParcelQuery, Rate, RateRule},
    places,
};
use souk_types::{Fault, FieldError, Money, limits::LINE_BYTES_MAX};

const METHODS_MAX: usize = 50;
const RULES_MAX: usize = 500;
const REGIONS_MAX: usize = 100;
/// More than there are.
const COUNTRIES_MAX: usize = 300;

/// All methods, checked; stored as they were given.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "Vec<MethodConfig>", into = "Vec<MethodConfig>")]
pub struct RateTable {
    methods: Vec<MethodConfig>,
    countries: Vec<String>,
}

impl RateTable {
    /// Checks the configured methods.
    pub fn try_new(methods: Vec<MethodConfig>) -> Result<Self, Fault> {
        let problems = problems(&methods);
        if !problems.is_empty() {
            return Err(Fault::invalid_fields(problems));
        }
        let rules = || methods.iter().flat_map(|method| &method.rates);
        let countries = if rules().any(|rule| rule.countries.is_empty()) {
            places::countries().map(|(code, _)| code.to_owned()).collect::<BTreeSet<_>>().into_iter().collect()
        } else {
            let named: BTreeSet<&String> = rules().flat_map(|rule| &rule.countries).collect();
            named.into_iter().cloned().collect()
        };
        Ok(Self { methods, countries })
    }

    /// The methods that serve a destination with what each costs, cheapest first, then fastest.
    pub fn rates(&self, parcel: &ParcelQuery) -> Vec<Rate> {
        if !self.countries.contains(&parcel.country) {
            return Vec::new();
        }
        let mut rates: Vec<Rate> = self.methods.iter().filter_map(|method| rate(method, parcel)).collect();
        rates.sort_by_key(|rate| (rate.price.minor, rate.days_max));
        rates
    }

    /// The countries that any method serves, in order.
    pub fn countries(&self) -> &[String] {
        &self.countries
    }

    /// How many working days a method takes at most; the slowest for one that is gone from the configuration.
    pub fn days_max(&self, method: &str) -> u32 {
        let known = self.methods.iter().find(|known| known.code == method);
        let slowest = || self.methods.iter().map(|method| method.days_max).max().unwrap_or(1);
        known.map_or_else(slowest, |known| known.days_max).max(1)
    }
}

impl TryFrom<Vec<MethodConfig>> for RateTable {
    type Error = Fault;

    fn try_from(methods: Vec<MethodConfig>) -> Result<Self, Fault> {
        Self::try_new(methods)
    }
}

impl From<RateTable> for Vec<MethodConfig> {
    fn from(table: RateTable) -> Self {
        table.methods
    }
}

fn rate(method: &MethodConfig, parcel: &ParcelQuery) -> Option<Rate> {
    let rule = method.rates.iter().find(|rule| fits(rule, parcel))?;
    Some(Rate {
        method: method.code.clone(),
        name: method.name.clone(),
        price: Money::new(rule.price, parcel.subtotal.currency),
        days_min: method.days_min,
        days_max: method.days_max,
    })
}

fn fits(rule: &RateRule, parcel: &ParcelQuery) -> bool {
    let country = rule.countries.is_empty() || rule.countries.contains(&parcel.country);
    let region = rule.regions.is_empty()
        || rule.regions.iter().any(|region| places::same_region(&parcel.country, region, &parcel.region));
    country
        && region
        && rule.weight_max_g.is_none_or(|max| parcel.weight_g <= max)
        && rule.subtotal_min.is_none_or(|min| parcel.subtotal.minor >= min)
}

fn problems(methods: &[MethodConfig]) -> Vec<FieldError> {
    let mut problems = Vec::new();
    if methods.is_empty() || methods.len() > METHODS_MAX {
        problems.push(FieldError::new("methods", format!("must be 1 to {METHODS_MAX}")));
    }
    let mut codes = HashSet::new();
    for (index, method) in methods.iter().enumerate() {
        let mut wrong = |field: &str, message: &str| {
            problems.push(FieldError::new(format!("methods[{index}].{field}"), message));
        };
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-');
        if method.code.is_empty() || method.code.len() > LINE_BYTES_MAX || !method.code.chars().all(plain) {
            wrong("code", "must be a word of small letters, digits, _ and -");
        }
        if !codes.insert(&method.code) {
            wrong("code", "is there twice");
        }
        if method.name.trim().is_empty() || method.name.len() > LINE_BYTES_MAX {
            wrong("name", "must be filled in");
        }
        if method.days_min > method.days_max || method.days_max > 365 {
            wrong("days_max", "must not be less than days_min, nor more than a year");
        }
        if method.rates.is_empty() || method.rates.len() > RULES_MAX {
            wrong("rates", "must be 1 to 500 rules");
        }
        for (place, rule) in method.rates.iter().enumerate() {
            let mut wrong = |field: &str, message: &str| wrong(&format!("rates[{place}].{field}"), message);
            if rule.price < 0 {
                wrong("price", "must not be negative");
            }
            if rule.weight_max_g.is_some_and(|weight| weight < 0) {
                wrong("weight_max_g", "must not be negative");
            }
            if rule.subtotal_min.is_some_and(|subtotal| subtotal < 0) {
                wrong("subtotal_min", "must not be negative");
            }
            let is_country = |code: &String| places::country_name(code).is_some();
            if rule.countries.len() > COUNTRIES_MAX || !rule.countries.iter().all(is_country) {
                wrong("countries", "must be 300 at most, codes like DE");
            }
            let is_region = |region: &String| !region.trim().is_empty() && region.len() <= LINE_BYTES_MAX;
            if rule.regions.len() > REGIONS_MAX || !rule.regions.iter().all(is_region) {
                wrong("regions", "must be 100 at most, each filled in and short");
            }
        }
    }
    problems
}

/// What a new shop starts with: standard, free from 50.00 on within the European Union, and express.
pub fn default_methods() -> Vec<MethodConfig> {
    let union = || places::european_union().map(str::to_owned).collect();
    let within_union = |price| RateRule { countries: union(), price, ..RateRule::default() };
    let anywhere = |price| RateRule { price, ..RateRule::default() };
    let up_to = |weight_max_g, rule| RateRule { weight_max_g: Some(weight_max_g), ..rule };
    vec![
        MethodConfig {
            code: "standard".to_owned(),
            name: "Standard".to_owned(),
            days_min: 2,
            days_max: 4,
            rates: vec![
                RateRule { subtotal_min: Some(5_000), ..up_to(10_000, within_union(0)) },
                up_to(2_000, within_union(390)),
                up_to(10_000, within_union(590)),
                within_union(1_490),
                up_to(2_000, anywhere(1_290)),
                anywhere(2_990),
            ],
        },
        MethodConfig {
            code: "express".to_owned(),
            name: "Express".to_owned(),
            days_min: 1,
            days_max: 2,
            rates: vec![
                up_to(2_000, within_union(990)),
                up_to(20_000, within_union(1_490)),
                up_to(20_000, anywhere(3_990)),
            ],
        },
    ]
}
