//! Going through lists page by page.

use std::collections::BTreeMap;

use serde::Serialize;
use souk_types::{Cursor, Page, PageRequest, limits::LINE_BYTES_MAX};

use crate::{body::Form, error::Failure, session::safe_next, view::Choice};

/// Rows on a page.
pub const ROWS: u32 = 50;
/// Bytes of a place to go on from: it names a row by its id and what the list is sorted by, a line at most.
const PLACE_BYTES_MAX: usize = 3 * LINE_BYTES_MAX;

/// The links of a list's page.
#[derive(Debug, Default, Serialize)]
pub struct Pager {
    first_url: Option<String>,
    next_url: Option<String>,
}

/// The page that the address asks for.
///
/// # Errors
/// Invalid: the place to go on from is none.
pub fn request(query: &Form) -> Result<PageRequest, Failure> {
    request_by("after", query)
}

/// The page that the address asks for by this parameter, where it shows several lists.
///
/// # Errors
/// Invalid: the place to go on from is none.
pub fn request_by(name: &str, query: &Form) -> Result<PageRequest, Failure> {
    let after = match query.text(name) {
        "" => None,
        text if text.len() > PLACE_BYTES_MAX => return Err(Failure::invalid(name, "is not a place in this list")),
        text => Some(Cursor(text.to_owned())),
    };
    Ok(PageRequest { limit: ROWS, after })
}

impl Pager {
    /// The links of a page, with those parameters that choose what is in the list.
    pub fn of<T>(path: &str, kept: &[(&str, &str)], page: &Page<T>, request: &PageRequest) -> Self {
        Self {
            first_url: request.after.is_some().then(|| address(path, kept, None)),
            next_url: page.next.as_ref().map(|next| address(path, kept, Some(&next.0))),
        }
    }

    /// Lets the first page be found at this address.
    pub fn begin_at(&mut self, path: &str) {
        if let Some(first) = &mut self.first_url {
            path.clone_into(first);
        }
    }
}

/// The orders that a list can be read in, for its columns' heads and for where there is no room for these.
#[derive(Debug, Serialize)]
pub struct Sorting {
    selected: &'static str,
    options: Vec<Choice>,
    /// In words, what the list is sorted by.
    text: &'static str,
    /// By column; those by which it cannot be sorted have none.
    heads: BTreeMap<&'static str, Head>,
}

/// The head of a column by which a list can be sorted.
#[derive(Debug, Serialize)]
struct Head {
    /// Sorts by this column, or the other way round if that is done already.
    url: String,
    /// `ascending` or `descending`, if the list is sorted by it.
    order: Option<&'static str>,
}

impl Sorting {
    /// A list in the order `now`, or in its own. Of its orders the first is its own, and the first of each column that
    /// to which the first press on its head leads.
    pub fn of<S: Copy + Into<&'static str>>(path: &str, kept: &[(&str, &str)], now: Option<S>, orders: &[S]) -> Self {
        let orders: Vec<&'static str> = orders.iter().map(|order| (*order).into()).collect();
        let now = now.map(Into::into).or_else(|| orders.first().copied()).unwrap_or_default();
        let value = |order: &'static str| if orders.first() == Some(&order) { "" } else { order };
        let mut heads = BTreeMap::new();
        for order in &orders {
            let column = column_of(order);
            let leads_to = orders.iter().find(|other| column_of(other) == column && **other != now).unwrap_or(order);
            let parameters: Vec<_> = kept.iter().copied().chain([("sort", value(leads_to))]).collect();
            let direction = if now.starts_with('-') { "descending" } else { "ascending" };
            let order = (column == column_of(now)).then_some(direction);
            heads.insert(column, Head { url: address(path, &parameters, None), order });
        }
        let options = orders.iter().map(|order| Choice::new(value(order), words(order))).collect();
        Self { selected: value(now), options, text: words(now), heads }
    }

    /// The order as the address says it; empty in the list's own.
    pub fn selected(&self) -> &'static str {
        self.selected
    }
}

/// The order that is asked for, if what the list is narrowed to has it: else the list has its own.
pub fn possible<S: Copy + PartialEq>(asked: Option<S>, orders: &[S]) -> Option<S> {
    asked.filter(|order| orders.contains(order))
}

/// An address with those parameters that are not empty.
pub fn address(path: &str, parameters: &[(&str, &str)], after: Option<&str>) -> String {
    let after = after.map(|after| ("after", after));
    let pairs: Vec<(&str, &str)> =
        parameters.iter().copied().chain(after).filter(|(_, value)| !value.is_empty()).collect();
    match serde_urlencoded::to_string(pairs) {
        Ok(query) if !query.is_empty() => format!("{path}?{query}"),
        Ok(_) | Err(_) => path.to_owned(),
    }
}

/// The list from which a form with the field `back` came: the one of this path, as it was filtered, and nothing else.
pub fn back<'f>(form: &'f Form, path: &'static str) -> &'f str {
    let back = safe_next(form.text("back"), path);
    let filtered = back.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('?'));
    if filtered { back } else { path }
}

/// The column of an order: `-title` is that of titles, the other way round.
fn column_of(order: &'static str) -> &'static str {
    order.strip_prefix('-').unwrap_or(order)
}

/// What an order is called.
fn words(order: &str) -> &'static str {
    match order {
        "title" => "Title, A to Z",
        "-title" => "Title, Z to A",
        "price" => "Price, lowest first",
        "-price" => "Price, highest first",
        "changed" => "Changed, oldest first",
        "-changed" => "Changed, newest first",
        "email" => "Email, A to Z",
        "-email" => "Email, Z to A",
        "registered" => "Registered, oldest first",
        "-registered" => "Registered, newest first",
        "sku" => "SKU, A to Z",
        "-sku" => "SKU, Z to A",
        "available" => "Available, fewest first",
        "-available" => "Available, most first",
        "placed" => "Placed, oldest first",
        "-placed" => "Placed, newest first",
        "total" => "Total, lowest first",
        "-total" => "Total, highest first",
        "started" => "Started, oldest first",
        "-started" => "Started, newest first",
        "time" => "Time, oldest first",
        "-time" => "Time, newest first",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDERS: [&str; 4] = ["-changed", "changed", "title", "-title"];

    #[test]
    fn one_goes_back_to_the_list_and_nowhere_else() {
        let back_to = |to: &str| back(&Form(vec![("back".into(), to.into())]), "/admin/orders").to_owned();
        assert_eq!(back_to("/admin/orders?q=a"), "/admin/orders?q=a");
        for other in ["//evil.example", "https://evil.example", "/admin/orders/x", "/admin/ordersx", "/account", ""] {
            assert_eq!(back_to(other), "/admin/orders", "{other}");
        }
    }

    fn heads(now: &'static str) -> BTreeMap<&'static str, (String, Option<&'static str>)> {
        let sorting = Sorting::of("/list", &[("q", "a b"), ("status", "")], Some(now), &ORDERS);
        sorting.heads.into_iter().map(|(column, head)| (column, (head.url, head.order))).collect()
    }

    #[test]
    fn a_head_leads_to_its_order_and_then_to_the_other_one() {
        let url = |query: &str| format!("/list?q=a+b{query}");
        let own = heads("-changed");
        assert_eq!(own["changed"], (url("&sort=changed"), Some("descending")));
        assert_eq!(own["title"], (url("&sort=title"), None));
        let title = heads("title");
        assert_eq!(title["title"], (url("&sort=-title"), Some("ascending")));
        assert_eq!(heads("-title")["title"], (url("&sort=title"), Some("descending")));
        // The list's own order needs no word in the address.
        assert_eq!(title["changed"], (url(""), None));
        assert_eq!(heads("changed")["changed"], (url(""), Some("ascending")));
    }

    #[test]
    fn a_choice_of_orders_says_them_in_words() {
        let sorting = Sorting::of("/list", &[], Some("title"), &ORDERS);
        assert_eq!((sorting.selected, sorting.text), ("title", "Title, A to Z"));
        assert_eq!(sorting.options[0], Choice::new("", "Changed, newest first"));
        for own in [None, Some("-changed")] {
            assert_eq!(Sorting::of("/list", &[], own, &ORDERS).selected(), "");
        }
    }
}
