//! Going through lists page by page.

use serde::Serialize;
use souk_types::{Cursor, Page, PageRequest, limits::LINE_BYTES_MAX};

use crate::{body::Form, error::Failure};

/// Rows on a page.
pub const ROWS: u32 = 50;

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
        text if text.len() > LINE_BYTES_MAX => return Err(Failure::invalid(name, "is not a place in this list")),
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
