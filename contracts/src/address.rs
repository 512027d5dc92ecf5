use serde::{Deserialize, Serialize};
use souk_types::{FieldError, limits::LINE_BYTES_MAX};

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
    /// State, province or county, where the country uses one.
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
        if self.country.len() != 2 || !self.country.bytes().all(|byte| byte.is_ascii_uppercase()) {
            problems.push(FieldError::new(format!("{prefix}.country"), "must be a country code like DE"));
        }
        problems
    }
}
