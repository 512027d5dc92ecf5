use serde::{Deserialize, Serialize};

use crate::{Fault, limits};

/// Where a page ended: opaque to callers, made and read by the service that lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub String);

/// Which page of a list is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageRequest {
    /// How many items at most: 1 to [`limits::PAGE_ITEMS_MAX`].
    pub limit: u32,
    /// Continue after this place.
    #[serde(default)]
    pub after: Option<Cursor>,
}

impl PageRequest {
    /// The first page.
    pub const fn first(limit: u32) -> Self {
        Self { limit, after: None }
    }

    /// The limit as rows to ask the store for: one more than wanted, which tells whether there is a next page.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) on `limit` when it is 0 or too large.
    pub fn rows(&self) -> Result<i64, Fault> {
        if self.limit == 0 || self.limit > limits::PAGE_ITEMS_MAX {
            return Err(Fault::invalid("limit", format!("must be 1 to {}", limits::PAGE_ITEMS_MAX)));
        }
        Ok(i64::from(self.limit) + 1)
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page starts; `None` on the last.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Makes a page of up to `limit + 1` rows: the extra row only tells that there is more.
    pub fn from_rows(mut rows: Vec<T>, request: &PageRequest, cursor: impl Fn(&T) -> String) -> Self {
        let limit = request.limit as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(|last| Cursor(cursor(last))) } else { None };
        Self { items: rows, next }
    }

    /// The same page with every item turned into something else.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(change).collect(), next: self.next }
    }
}
