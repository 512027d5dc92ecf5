//! What a list of products is asked for: read from the query of its address, and written back into one.

use std::collections::BTreeMap;

use souk_contracts::search::{Filters, Query, Sort};
use souk_types::{
    Currency, Cursor, Money, PageRequest,
    limits::{LINE_BYTES_MAX, QUERY_BYTES_MAX, SEARCH_DEPTH_MAX},
};

use crate::{error::Failure, storefront::product::is_slug};

/// Products on one page of a list.
pub const PAGE_PRODUCTS: usize = 24;
/// Pages that can be paged to.
pub const PAGES_MAX: usize = SEARCH_DEPTH_MAX / PAGE_PRODUCTS;
/// Chosen values of all facets together.
const VALUES_MAX: usize = 40;
/// Bytes of the whole query of an address.
const ADDRESS_BYTES_MAX: usize = 8 * 1024;
/// Before the name of an attribute in a parameter's name.
pub const ATTRIBUTE: &str = "a.";

/// What a list is asked for. Everything that is not understood is left out, so that an address has one form.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Params {
    /// Words.
    pub text: String,
    /// The slug of a category.
    pub category: Option<String>,
    /// Brands.
    pub brands: Vec<String>,
    /// In minor units.
    pub price_min: Option<Money>,
    /// In minor units.
    pub price_max: Option<Money>,
    /// Only what can be bought now.
    pub in_stock: bool,
    /// Attribute values by name.
    pub attributes: BTreeMap<String, Vec<String>>,
    /// The order, when it is not the usual one.
    pub sort: Option<Sort>,
    /// The page, from 1.
    pub page: usize,
    /// Where a plain list goes on, which has no pages with numbers.
    pub after: Option<Cursor>,
}

impl Params {
    /// Reads the query of an address.
    ///
    /// # Errors
    /// Invalid, when something is too long.
    pub fn parse(query: &str, currency: Currency) -> Result<Self, Failure> {
        if query.len() > ADDRESS_BYTES_MAX {
            return Err(Failure::invalid("q", "the address is too long"));
        }
        let pairs: Vec<(String, String)> =
            serde_urlencoded::from_str(query).map_err(|_| Failure::bad_request("The address cannot be read."))?;
        let mut params = Self { page: 1, ..Self::default() };
        let mut values = 0;
        for (name, value) in &pairs {
            let value = value.trim();
            if value.is_empty() || name == "page" {
                continue;
            }
            values += 1;
            if values > VALUES_MAX || value.len() > LINE_BYTES_MAX || name.len() > LINE_BYTES_MAX {
                return Err(Failure::invalid("filter", "that is more than can be filtered by"));
            }
            params.take(name, value, currency)?;
        }
        params.brands.sort();
        params.brands.dedup();
        params.page = page(&pairs);
        Ok(params)
    }

    fn take(&mut self, name: &str, value: &str, currency: Currency) -> Result<(), Failure> {
        match name {
            "q" => self.text = words(value)?,
            "category" => self.category = Some(value.to_owned()),
            "brand" => self.brands.push(value.to_owned()),
            "price_min" => self.price_min = price(value, currency),
            "price_max" => self.price_max = price(value, currency),
            "available" => self.in_stock = value == "in_stock",
            "after" => self.after = Some(value).filter(|place| is_slug(place)).map(|place| Cursor(place.to_owned())),
            "sort" => self.sort = value.parse().ok().filter(|sort| *sort != Sort::Relevance),
            _ => {
                let Some(attribute) = name.strip_prefix(ATTRIBUTE).filter(|name| !name.is_empty()) else {
                    return Ok(());
                };
                let values = self.attributes.entry(attribute.to_owned()).or_default();
                if let Err(at) = values.binary_search_by(|known| known.as_str().cmp(value)) {
                    values.insert(at, value.to_owned());
                }
            }
        }
        Ok(())
    }

    /// The same list where search is away: all of it, from its beginning or from where its last page has ended.
    pub fn plain(&self, after: Option<Cursor>) -> Self {
        Self { page: 1, after, ..Self::default() }
    }

    /// A page of the plain list, for the catalogue.
    pub fn plain_request(&self) -> PageRequest {
        let limit = u32::try_from(PAGE_PRODUCTS).unwrap_or(u32::MAX);
        PageRequest { limit, after: self.after.clone() }
    }

    /// The query for the search service; `category` wins over the chosen one.
    pub fn query(&self, category: Option<&str>) -> Query {
        Query {
            text: self.text.clone(),
            filters: Filters {
                category: category.map(ToOwned::to_owned).or_else(|| self.category.clone()),
                brands: self.brands.clone(),
                price_min: self.price_min.map(|price| price.minor),
                price_max: self.price_max.map(|price| price.minor),
                in_stock: self.in_stock,
                attributes: self.attributes.clone(),
                scope: Vec::new(),
            },
            sort: self.sort.unwrap_or_default(),
            // Too deep a page has nothing to show; its facets and its count are those of the first.
            offset: if self.is_too_deep() { 0 } else { (self.page.max(1) - 1) * PAGE_PRODUCTS },
            limit: PAGE_PRODUCTS,
            facets: true,
        }
    }

    /// Says whether the page lies deeper than anyone can page.
    pub fn is_too_deep(&self) -> bool {
        self.page > PAGES_MAX
    }

    /// The address of this list below a path: parameters in one fixed order.
    pub fn address(&self, path: &str) -> String {
        let mut pairs: Vec<(String, String)> = Vec::new();
        let mut add = |name: &str, value: String| pairs.push((name.to_owned(), value));
        if !self.text.is_empty() {
            add("q", self.text.clone());
        }
        self.category.iter().for_each(|slug| add("category", slug.clone()));
        self.brands.iter().for_each(|brand| add("brand", brand.clone()));
        self.price_min.iter().for_each(|price| add("price_min", major(*price)));
        self.price_max.iter().for_each(|price| add("price_max", major(*price)));
        if self.in_stock {
            add("available", "in_stock".to_owned());
        }
        for (name, values) in &self.attributes {
            values.iter().for_each(|value| add(&format!("{ATTRIBUTE}{name}"), value.clone()));
        }
        self.sort.iter().for_each(|sort| add("sort", sort.to_string()));
        self.after.iter().for_each(|Cursor(place)| add("after", place.clone()));
        if self.page > 1 {
            add("page", self.page.to_string());
        }
        let query = serde_urlencoded::to_string(&pairs).unwrap_or_default();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    /// The address under which search engines are to know this page of the list: without filters and order.
    pub fn canonical(&self, path: &str) -> String {
        let page = if self.is_filtered() { 1 } else { self.page };
        Self { page, ..Self::default() }.address(path)
    }

    /// Says whether something is chosen, rather than only paged or put in order.
    pub fn is_filtered(&self) -> bool {
        let plain = Self { sort: self.sort, page: self.page, text: self.text.clone(), ..Self::default() };
        *self != plain
    }

    /// The same list with something changed, from its first page.
    pub fn but(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut other = Self { page: 1, ..self.clone() };
        change(&mut other);
        other
    }

    /// The same words and order without any filter.
    pub fn unfiltered(&self) -> Self {
        Self { text: self.text.clone(), sort: self.sort, page: 1, ..Self::default() }
    }
}

/// Reads words to search for.
///
/// # Errors
/// Invalid, when there are too many.
pub fn words(text: &str) -> Result<String, Failure> {
    if text.len() > QUERY_BYTES_MAX {
        return Err(Failure::invalid("q", "use fewer words: this is too long to search for"));
    }
    Ok(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The page that is asked for. All that lie too deep are one.
fn page(pairs: &[(String, String)]) -> usize {
    let given = pairs.iter().rev().find(|(name, _)| name == "page").and_then(|(_, value)| value.trim().parse().ok());
    given.unwrap_or(1).clamp(1, PAGES_MAX + 1)
}

fn price(text: &str, currency: Currency) -> Option<Money> {
    Money::parse_decimal(text, currency).ok().filter(|price| price.minor >= 0)
}

/// The amount without its currency; whole amounts without decimals.
pub fn major(price: Money) -> String {
    let text = price.to_decimal();
    match text.split_once('.') {
        Some((whole, fraction)) if fraction.bytes().all(|digit| digit == b'0') => whole.to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Result<Params, Failure> {
        Params::parse(query, Currency::EUR)
    }

    #[test]
    fn one_list_has_one_address() {
        let one = parse("sort=price_up&brand=B&brand=A&a.Colour=Red&q=+red++bag&page=2&utm_source=x").unwrap();
        let other = parse("page=2&q=red%20bag&a.Colour=Red&a.Colour=Red&brand=A&brand=B&sort=price_up").unwrap();
        assert_eq!(one, other);
        assert_eq!(one.address("/search"), "/search?q=red+bag&brand=A&brand=B&a.Colour=Red&sort=price_up&page=2");
        assert_eq!(parse(one.address("").trim_start_matches('?')).unwrap(), one);
    }

    #[test]
    fn search_engines_know_the_pages_of_a_list_but_not_what_is_chosen_from_it() {
        assert_eq!(parse("page=2&sort=price_up").unwrap().canonical("/c/bags"), "/c/bags?page=2");
        assert_eq!(parse("page=2&brand=A").unwrap().canonical("/c/bags"), "/c/bags");
        assert!(parse("a.Colour=Red").unwrap().is_filtered() && !parse("q=red&page=3").unwrap().is_filtered());
    }

    #[test]
    fn what_is_not_understood_is_left_out() {
        let params = parse("page=x&sort=best&price_min=abc&price_max=-3&available=maybe&a.=1&%F0%28=1").unwrap();
        assert_eq!(params, Params { page: 1, ..Params::default() });
        assert_eq!(params.address("/c/bags"), "/c/bags");
    }

    #[test]
    fn prices_are_in_major_units() {
        let params = parse("price_min=5&price_max=19.99").unwrap();
        assert_eq!(params.query(None).filters.price_min, Some(500));
        assert_eq!(params.query(None).filters.price_max, Some(1_999));
        assert_eq!(params.address("/s"), "/s?price_min=5&price_max=19.99");
    }

    #[test]
    fn too_much_is_refused() {
        assert!(parse(&format!("q={}", "x".repeat(QUERY_BYTES_MAX + 1))).is_err());
        assert!(parse(&"brand=a&".repeat(VALUES_MAX + 1)).is_err());
    }

    #[test]
    fn all_pages_that_lie_too_deep_are_one() {
        assert_eq!(parse("page=1000000").unwrap(), parse("page=418").unwrap());
        assert!(parse("page=418").is_ok_and(|params| params.is_too_deep() && params.query(None).offset == 0));
        assert!(parse("page=99999999999999999999999").is_ok(), "no number at all: the first page");
    }
}
