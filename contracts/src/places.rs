//! What is known of the world's countries: their names, their states where addresses need one, and postal codes.
//!
//! Codes are those of ISO 3166-1 alpha-2. Names are the short English ones of the Unicode CLDR 48, in its order. Which
//! addresses need a region or a postal code, and the regions, are from Google's address data (libaddressinput).

/// `DE Germany`, a line each, by name.
const COUNTRIES: &str = include_str!("places/countries.txt");
/// `US CA California`, a line each, by country and name.
const REGIONS: &str = include_str!("places/regions.txt");
/// Where parcels do not arrive without a postal code. Elsewhere it is optional, or there is none.
const WITH_POSTAL_CODE: &str = "\
AS AT AU AX BE BL BR CA CH CN CZ DE DK EE ES FI FK FM FR GB GF GG GL GP GR GS GU HU IM IN IO IT JE JP KR LI LT LU LV \
MF MH MP MQ MX MY NC NL NO NZ PF PL PM PN PR PT PW RE RO RU SE SG SH SJ SK SM TC TR TW UA US VI WF YT ZA";

/// The member states of the European Union.
const EUROPEAN_UNION: &str = "\
AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK";

/// A state, province or territory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// Its code within the country: `CA`.
    pub code: &'static str,
    /// Its name: `California`.
    pub name: &'static str,
}

/// All countries as code and name, by name.
pub fn countries() -> impl Iterator<Item = (&'static str, &'static str)> {
    COUNTRIES.lines().filter_map(|line| line.split_once(' '))
}

/// The name of a country.
pub fn country_name(code: &str) -> Option<&'static str> {
    countries().find(|(known, _)| *known == code).map(|(_, name)| name)
}

/// The codes of the member states of the European Union, in order.
pub fn european_union() -> impl Iterator<Item = &'static str> {
    EUROPEAN_UNION.split(' ')
}

/// Says whether an address in a country needs a postal code.
pub fn needs_postal_code(country: &str) -> bool {
    WITH_POSTAL_CODE.split(' ').any(|code| code == country)
}

/// The states of a country whose addresses need one, by name; none for other countries.
pub fn regions(country: &str) -> impl Iterator<Item = Region> {
    REGIONS.lines().filter_map(move |line| {
        let (code, name) = line.strip_prefix(country)?.strip_prefix(' ')?.split_once(' ')?;
        Some(Region { code, name })
    })
}

/// The state that is meant by its code or its name, in any case.
pub fn region(country: &str, text: &str) -> Option<Region> {
    let text = text.trim().to_lowercase();
    regions(country).find(|region| region.code.to_lowercase() == text || region.name.to_lowercase() == text)
}

/// Says whether two texts mean the same region of a country: the same state, or the same words in any case.
pub fn same_region(country: &str, one: &str, other: &str) -> bool {
    let known = region(country, one);
    (known.is_some() && known == region(country, other)) || one.trim().to_lowercase() == other.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_country_has_a_name_and_postal_codes_are_of_countries() {
        let codes: BTreeSet<&str> = countries().map(|(code, _)| code).collect();
        assert_eq!((codes.len(), countries().count()), (249, 249));
        assert!(codes.iter().all(|code| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase())));
        assert!(WITH_POSTAL_CODE.split(' ').all(|code| codes.contains(code)));
        assert!(european_union().count() == 27 && european_union().all(|code| codes.contains(code)));
        assert_eq!(country_name("KR"), Some("South Korea"));
        assert_eq!(country_name("XX"), None);
    }

    #[test]
    fn a_state_is_known_by_code_and_by_name() {
        let california = Region { code: "CA", name: "California" };
        for text in ["CA", "ca", " California "] {
            assert_eq!(region("US", text), Some(california));
        }
        assert_eq!(region("US", "Californa"), None);
        assert_eq!(region("DE", "CA"), None);
        assert_eq!(regions("DE").count(), 0);
        assert_eq!(
            ["AU", "BR", "CA", "IN", "MX", "US"].map(|country| regions(country).count()),
            [8, 27, 13, 36, 32, 62]
        );
    }
}
