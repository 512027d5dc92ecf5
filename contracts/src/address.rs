use serde::{Deserialize, Serialize};
use souk_types::{FieldError, limits::LINE_BYTES_MAX};

use crate::places;

/// A postal address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// The person or company.
    pub name: String,
    /// Street and number.
    pub line1: String,
    /// Flat, floor, care of.
    #[serde(default)]
    pub line2: String,
    /// City.
    pub city: String,
    /// State, province or county, where the country uses one: code or name.
    #[serde(default)]
    pub region: String,
    /// Postal code, where the country uses one.
    #[serde(default)]
    pub postal_code: String,
    /// ISO 3166-1 alpha-2, capital letters.
    pub country: String,
    /// For the carrier.
    #[serde(default)]
    pub phone: String,
}

impl Address {
    /// Finds what is missing or too long; `prefix` goes before the field names, as in `shipping.city`.
    pub fn problems(&self, prefix: &str) -> Vec<FieldError> {
        let required = [("name", &self.name), ("line1", &self.line1), ("city", &self.city)];
        let optional = [
            ("line2", &self.line2),
            ("region", &self.region),
            ("postal_code", &self.postal_code),
            ("phone", &self.phone),
        ];
        let mut problems = Vec::new();
        for (field, _) in required.iter().filter(|(_, text)| text.trim().is_empty()) {
            problems.push(FieldError::new(format!("{prefix}.{field}"), "must be filled in"));
        }
        for (field, _) in required.iter().chain(&optional).filter(|(_, text)| text.len() > LINE_BYTES_MAX) {
            problems.push(FieldError::new(format!("{prefix}.{field}"), "is too long"));
        }
        let unreadable = |text: &str| text.chars().any(char::is_control);
        for (field, _) in required.iter().chain(&optional).filter(|(_, text)| unreadable(text)) {
            problems.push(FieldError::new(format!("{prefix}.{field}"), "must be plain text on one line"));
        }
        if self.postal_code.trim().is_empty() && places::needs_postal_code(&self.country) {
            problems.push(FieldError::new(format!("{prefix}.postal_code"), "must be filled in"));
        }
        let has_regions = places::regions(&self.country).next().is_some();
        if has_regions && places::region(&self.country, &self.region).is_none() {
            problems.push(FieldError::new(format!("{prefix}.region"), "must be a state or province of the country"));
        }
        if places::country_name(&self.country).is_none() {
            problems.push(FieldError::new(format!("{prefix}.country"), "must be a country code like DE"));
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(country: &str, region: &str, postal_code: &str) -> Vec<String> {
        let text = ToOwned::to_owned;
        let address = Address {
            name: text("Ann"),
            line1: text("Road 1"),
            city: text("Town"),
            region: text(region),
            postal_code: text(postal_code),
            country: text(country),
            ..Address::default()
        };
        address.problems("to").into_iter().map(|problem| problem.field).collect()
    }

    #[test]
    fn what_no_label_can_show_is_refused_and_every_script_is_not() {
        for text in ["a\0b", "a\nb", "\u{7f}", "\u{1b}[31m"] {
            let address = Address { line2: text.to_owned(), ..Address::default() };
            let problems = address.problems("to");
            assert!(problems.iter().any(|wrong| wrong.field == "to.line2"), "{text:?}");
        }
        let address = Address { line2: "شارع التحلية ١٢".to_owned(), ..Address::default() };
        assert!(address.problems("to").iter().all(|wrong| wrong.field != "to.line2"));
    }

    #[test]
    fn a_country_that_there_is_not_is_refused() {
        assert_eq!(wrong("XX", "", "1"), ["to.country"]);
        assert_eq!(wrong("de", "", "1"), ["to.country"]);
        assert_eq!(wrong("DE", "", "10115"), [""; 0]);
    }

    #[test]
    fn a_postal_code_is_missed_where_parcels_need_one() {
        assert_eq!(wrong("DE", "", " "), ["to.postal_code"]);
        assert_eq!(wrong("HK", "", ""), [""; 0]);
    }

    #[test]
    fn a_state_is_missed_where_addresses_need_one() {
        assert_eq!(wrong("US", "", "90210"), ["to.region"]);
        assert_eq!(wrong("US", "Californa", "90210"), ["to.region"]);
        assert_eq!(wrong("US", "California", "90210"), [""; 0]);
        assert_eq!(wrong("PT", "Minho", "4700-001"), [""; 0]);
    }
}
