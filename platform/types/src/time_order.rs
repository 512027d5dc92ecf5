//! Lists by time, also those that are put together from several sources.

use std::cmp::Ordering;

use crate::{Cursor, Fault, Id, IdKind, Timestamp};

crate::text_enum! {
    /// The orders of a list by time.
    #[derive(Default)]
    pub enum TimeOrder {
        /// The newest first.
        #[default]
        Newest = "-time",
        /// The oldest first.
        Oldest = "time",
    }
}

/// Where a list goes on that is put together from several sources by time: behind this item. Those of one moment are in
/// the order of their sources' names, and in a source in that of two texts which tell them apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimePlace {
    at: Timestamp,
    source: String,
    first: String,
    second: String,
}

/// Where one source of such a list is read: behind this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeBound {
    /// The moment.
    pub at: Timestamp,
    /// The first text.
    pub first: String,
    /// The second text.
    pub second: String,
}

impl TimeOrder {
    /// Compares what items are placed by.
    pub fn compare<T: Ord>(self, one: &T, other: &T) -> Ordering {
        match self {
            Self::Newest => other.cmp(one),
            Self::Oldest => one.cmp(other),
        }
    }

    /// The place of an item in a list by ids, which begin with the moment that they were made in.
    pub fn place_of_id<K: IdKind>(self, id: Id<K>) -> String {
        Cursor::in_order(self.as_str(), id, "")
    }

    /// The id behind which a list by ids goes on, or begins.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) on `after`: the place is none, or one in the other order.
    pub fn behind_id<K: IdKind>(self, after: Option<&Cursor>) -> Result<Id<K>, Fault> {
        match (after, self) {
            (Some(cursor), _) => cursor.place(self.as_str())?.id.parse().map_err(|_| no_place()),
            (None, Self::Newest) => Ok(Id::from_bits(u128::MAX)),
            (None, Self::Oldest) => Ok(Id::from_bits(0)),
        }
    }

    /// The place of an item in a list that is put together from several sources. Neither the source's name nor the
    /// first text has a space; the second text may.
    pub fn place_of(self, at: Timestamp, source: &str, first: &str, second: &str) -> String {
        Cursor::in_order(self.as_str(), at.as_micros(), format!("{source} {first} {second}"))
    }

    /// Reads a place that [`place_of`](Self::place_of) made.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) on `after`: the place is none, or one in the other order.
    pub fn place(self, cursor: &Cursor) -> Result<TimePlace, Fault> {
        let place = cursor.place(self.as_str())?;
        let at = place.id.parse().map(Timestamp::from_micros).map_err(|_| no_place())?;
        let mut texts = place.key.splitn(3, ' ').map(str::to_owned);
        match (texts.next(), texts.next(), texts.next()) {
            (Some(source), Some(first), Some(second)) => Ok(TimePlace { at, source, first, second }),
            _ => Err(no_place()),
        }
    }

    /// Where to read this source of a list that goes on behind a place, or begins.
    pub fn behind(self, place: Option<&TimePlace>, source: &str) -> TimeBound {
        // Texts sort by their bytes: all are behind the empty one and before the last character.
        let bound = |at, first: &str, second: &str| TimeBound { at, first: first.into(), second: second.into() };
        let last = char::MAX.to_string();
        match (place, self) {
            (Some(place), _) => match source.cmp(&place.source) {
                Ordering::Less => bound(place.at, &last, ""),
                Ordering::Equal => bound(place.at, &place.first, &place.second),
                Ordering::Greater => bound(place.at, "", ""),
            },
            (None, Self::Newest) => bound(Timestamp::from_micros(i64::MAX), &last, ""),
            (None, Self::Oldest) => bound(Timestamp::from_micros(i64::MIN), "", ""),
        }
    }
}

fn no_place() -> Fault {
    Fault::invalid("after", "is not a place in this list")
}

#[cfg(test)]
mod tests {
    use super::*;

    type Item = (i64, &'static str, &'static str, &'static str);

    /// Several of one moment, within a source and across them.
    const ITEMS: [Item; 7] = [
        (1, "b", "x", "1"),
        (2, "a", "x", "1"),
        (2, "a", "y", "1 2.3"),
        (2, "b", "x", "1"),
        (2, "b", "x", "2"),
        (2, "c", "x", ""),
        (3, "a", "x", "1"),
    ];

    /// What a source holds behind a bound.
    fn read(order: TimeOrder, after: Option<&TimePlace>, source: &str) -> Vec<Item> {
        let bound = order.behind(after, source);
        let bound = (bound.at.as_micros(), bound.first.as_str(), bound.second.as_str());
        let behind = |item: &Item| order.compare(&(item.0, item.2, item.3), &bound) == Ordering::Greater;
        ITEMS.into_iter().filter(|item| item.1 == source).filter(behind).collect()
    }

    #[test]
    fn sources_together_go_on_behind_any_place_without_gap_or_repeat() {
        for order in [TimeOrder::Newest, TimeOrder::Oldest] {
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let mut page: Vec<Item> = ["a", "b", "c"].iter().flat_map(|s| read(order, after.as_ref(), s)).collect();
                page.sort_by(|one, other| order.compare(one, other));
                let Some(&first) = page.first() else { break };
                seen.push(first);
                let (at, source, one, two) = first;
                let cursor = Cursor(order.place_of(Timestamp::from_micros(at), source, one, two));
                after = Some(order.place(&cursor).unwrap());
            }
            let mut expected = ITEMS.to_vec();
            expected.sort_by(|one, other| order.compare(one, other));
            assert_eq!(seen, expected, "{order}");
        }
    }

    #[test]
    fn a_place_in_one_order_is_none_in_the_other() {
        let cursor = Cursor(TimeOrder::Newest.place_of(Timestamp::EPOCH, "a", "b", "c d"));
        assert!(TimeOrder::Newest.place(&cursor).is_ok());
        let broken = ["x", "time.1.a b c", "-time.x.a b c", "-time.1.a b"].map(|text| Cursor(text.to_owned()));
        for refused in
            broken.iter().map(|cursor| TimeOrder::Newest.place(cursor)).chain([TimeOrder::Oldest.place(&cursor)])
        {
            assert_eq!(refused.unwrap_err().fields[0].field, "after");
        }
    }
}
