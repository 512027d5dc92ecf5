//! One page of a list by time, put together from pages of its parts.

use std::cmp::Ordering;

use souk_contracts::operations::{DeadLetter, Gathered, ParkedJob};
use souk_types::{Cursor, Fault, Page, PageRequest, TimeOrder};

/// What has a place in a list by time.
pub trait Placed {
    /// Which of two comes first.
    fn compare(&self, other: &Self, order: TimeOrder) -> Ordering;
    /// Where the list goes on behind it.
    fn cursor(&self, order: TimeOrder) -> Cursor;
}

impl Placed for DeadLetter {
    fn compare(&self, other: &Self, order: TimeOrder) -> Ordering {
        order.compare(&self.place(), &other.place())
    }

    fn cursor(&self, order: TimeOrder) -> Cursor {
        let (at, service, event, consumer) = self.place();
        Cursor(order.place_of(at, service, &event.to_string(), consumer))
    }
}

impl Placed for ParkedJob {
    fn compare(&self, other: &Self, order: TimeOrder) -> Ordering {
        order.compare(&self.place(), &other.place())
    }

    fn cursor(&self, order: TimeOrder) -> Cursor {
        let (at, service, queue, key) = self.place();
        Cursor(order.place_of(at, service, queue, key))
    }
}

/// A page in the making. However many parts there are, no more than two pages are held.
pub struct Merge<T> {
    order: TimeOrder,
    limit: usize,
    items: Vec<T>,
    more: bool,
}

impl<T: Placed> Merge<T> {
    /// An empty one.
    ///
    /// # Errors
    /// Invalid on `limit` or `after`, when no part of the list would take the request.
    pub fn try_new(order: TimeOrder, page: &PageRequest) -> Result<Self, Fault> {
        page.rows()?;
        page.after.as_ref().map(|cursor| order.place(cursor)).transpose()?;
        let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
        Ok(Self { order, limit, items: Vec::new(), more: false })
    }

    /// Adds the page of a part. What another part has too is there once.
    pub fn add(&mut self, part: impl Into<Gathered<T>>) {
        let part = part.into();
        self.items.extend(part.items);
        self.items.sort_by(|one, other| one.compare(other, self.order));
        self.items.dedup_by(|one, other| one.compare(other, self.order) == Ordering::Equal);
        self.more |= part.next.is_some() || self.items.len() > self.limit;
        self.items.truncate(self.limit);
    }

    /// The page.
    pub fn page(self) -> Page<T> {
        let next = self.items.last().filter(|_| self.more).map(|last| last.cursor(self.order));
        Page { items: self.items, next }
    }
}
