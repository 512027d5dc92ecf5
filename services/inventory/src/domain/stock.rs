use std::collections::HashMap;

use souk_contracts::{
    LocationId,
    inventory::{Shortage, StockLine},
};

/// What can be taken of some SKUs, by location.
#[derive(Debug, Clone, Default)]
pub struct Stock {
    shelves: HashMap<String, Vec<Shelf>>,
}

/// What can be taken of one SKU at one location.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shelf {
    /// Where.
    pub location: LocationId,
    /// Pieces.
    pub available: i64,
}

/// Pieces of one SKU taken from one location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Take {
    /// Stock keeping unit.
    pub sku: String,
    /// From where.
    pub location: LocationId,
    /// Pieces.
    pub quantity: i64,
}

impl Stock {
    /// Adds a shelf behind those of the same SKU that are preferred to it.
    pub fn add(&mut self, sku: String, shelf: Shelf) {
        self.shelves.entry(sku).or_default().push(shelf);
    }

    /// Pieces over all locations.
    pub fn available(&self, sku: &str) -> i64 {
        self.shelves.get(sku).map_or(0, |shelves| shelves.iter().map(|shelf| shelf.available).sum())
    }

    /// Takes all lines or none. A line comes from the first location that has all of it; only when none has,
    /// it is put together from several.
    ///
    /// # Errors
    /// Every line for which there is not enough.
    pub fn take<'a>(&mut self, lines: impl Iterator<Item = &'a StockLine> + Clone) -> Result<Vec<Take>, Vec<Shortage>> {
        let shortages: Vec<Shortage> = lines
            .clone()
            .filter_map(|line| {
                let available = self.available(&line.sku);
                (available < i64::from(line.quantity)).then(|| Shortage {
                    sku: line.sku.clone(),
                    wanted: line.quantity,
                    available,
                })
            })
            .collect();
        if !shortages.is_empty() {
            return Err(shortages);
        }
        let mut takes = Vec::new();
        for line in lines {
            self.take_line(line, &mut takes);
        }
        Ok(takes)
    }

    fn take_line(&mut self, line: &StockLine, takes: &mut Vec<Take>) {
        let mut wanted = i64::from(line.quantity);
        let Some(shelves) = self.shelves.get_mut(&line.sku) else { return };
        let whole = shelves.iter().position(|shelf| shelf.available >= wanted);
        for shelf in shelves.iter_mut().skip(whole.unwrap_or(0)) {
            let quantity = shelf.available.min(wanted);
            if quantity > 0 {
                shelf.available -= quantity;
                wanted -= quantity;
                takes.push(Take { sku: line.sku.clone(), location: shelf.location, quantity });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn place(number: u128) -> LocationId {
        LocationId::from_bits(number)
    }

    fn stock(shelves: &[i64]) -> Stock {
        let mut stock = Stock::default();
        for (number, available) in (1..).zip(shelves) {
            stock.add("tea".to_owned(), Shelf { location: place(number), available: *available });
        }
        stock
    }

    fn taken(stock: &mut Stock, quantity: u32) -> Vec<(LocationId, i64)> {
        let line = StockLine { sku: "tea".to_owned(), quantity };
        let takes = stock.take([&line].into_iter()).unwrap();
        takes.into_iter().map(|take| (take.location, take.quantity)).collect()
    }

    #[test]
    fn the_preferred_location_that_has_all_of_it_is_used() {
        assert_eq!(taken(&mut stock(&[2, 5, 9]), 4), [(place(2), 4)]);
        assert_eq!(taken(&mut stock(&[4, 5, 9]), 4), [(place(1), 4)]);
    }

    #[test]
    fn a_line_is_split_only_when_no_location_has_all_of_it() {
        assert_eq!(taken(&mut stock(&[2, 0, 5]), 6), [(place(1), 2), (place(3), 4)]);
    }

    #[test]
    fn every_short_line_is_named_and_nothing_is_taken() {
        let mut stock = stock(&[2, 1]);
        let lines = [("cup", 1), ("tea", 4)].map(|(sku, quantity)| StockLine { sku: sku.to_owned(), quantity });
        let shortages = stock.take(lines.iter()).unwrap_err();
        assert_eq!(shortages.iter().map(|short| (short.wanted, short.available)).collect::<Vec<_>>(), [(1, 0), (4, 3)]);
        assert_eq!(stock.available("tea"), 3);
    }

    proptest! {
        #[test]
        fn what_is_taken_is_what_was_asked_and_is_gone(
            shelves in proptest::collection::vec(0_i64..20, 1..6),
            wishes in proptest::collection::vec(1_u32..15, 1..20),
        ) {
            let mut stock = stock(&shelves);
            for quantity in wishes {
                let before = stock.available("tea");
                let line = StockLine { sku: "tea".to_owned(), quantity };
                let took = stock.take([&line].into_iter());
                let sum: i64 = took.iter().flatten().map(|take| take.quantity).sum();
                prop_assert_eq!(took.is_ok(), before >= i64::from(quantity));
                prop_assert_eq!(sum, if took.is_ok() { i64::from(quantity) } else { 0 });
                prop_assert_eq!(stock.available("tea"), before - sum);
            }
        }
    }
}
