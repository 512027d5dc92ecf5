use std::fmt::Display;

use serde::{Deserialize, Serialize};

use crate::{Fault, limits};

/// Where a page ended: opaque to callers, made and read by the service that lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub String);

/// What an item of a list is placed by: its key in the list's order, and its id among those with the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'c> {
    /// The id.
    pub id: &'c str,
    /// The key.
    pub key: &'c str,
}

impl Cursor {
    /// The place of an item in a list that has several orders. It is a place in this order alone. Neither the order's
    /// name nor the id has a dot; the key may.
    pub fn in_order(order: &str, id: impl Display, key: impl Display) -> String {
        format!("{order}.{id}.{key}")
    }

    /// Reads a place that [`in_order`](Self::in_order) made.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) on `after`: the place is none, or one in another order.
    pub fn place(&self, order: &str) -> Result<Place<'_>, Fault> {
        let none = || Fault::invalid("after", "is not a place in this list");
        let (of, rest) = self.0.split_once('.').ok_or_else(none)?;
        let (id, key) = rest.split_once('.').ok_or_else(none)?;
        if of != order {
            return Err(Fault::invalid("after", "is not a place in this order of the list; begin at its first page"));
        }
        Ok(Place { id, key })
    }
}

/// The order in which a list is read: the one that is asked for, or the first of those that there are, which is the
/// list's own.
///
/// # Errors
/// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) on `sort`: there is no such order of this list.
pub fn order_of<S: Copy + PartialEq>(asked: Option<S>, orders: &[S]) -> Result<S, Fault> {
    match asked {
        Some(asked) => orders.contains(&asked).then_some(asked),
        None => orders.first().copied(),
    }
    .ok_or_else(|| Fault::invalid("sort", "is no order in which these can be listed"))
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_belongs_to_its_order() {
        let cursor = Cursor(Cursor::in_order("-title", "prd_1", "v. 2.0 | a"));
        assert_eq!(cursor.place("-title"), Ok(Place { id: "prd_1", key: "v. 2.0 | a" }));
        for (cursor, order) in [(&cursor, "title"), (&Cursor("17.prd_1".into()), "title"), (&Cursor("x".into()), "x")] {
            assert_eq!(cursor.place(order).unwrap_err().fields[0].field, "after");
        }
    }

    #[test]
    fn a_list_has_its_own_order_until_another_of_its_orders_is_asked_for() {
        assert_eq!(order_of(None, &["a", "b"]), Ok("a"));
        assert_eq!(order_of(Some("b"), &["a", "b"]), Ok("b"));
        assert_eq!(order_of(Some("c"), &["a", "b"]).unwrap_err().fields[0].field, "sort");
    }
}
