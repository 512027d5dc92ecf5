//! Price ranges that fit what was found.

use souk_contracts::search::{FacetValue, Filters};
use souk_types::{Currency, Money};

/// Ranges that are offered.
const RANGES_MAX: usize = 6;

/// Counts prices by the steps of a ladder 1, 2, 5, 10, 20, 50, … of minor units.
#[derive(Debug, Clone)]
pub struct Prices {
    steps: Vec<i64>,
    counts: Vec<u32>,
}

impl Default for Prices {
    fn default() -> Self {
        let mut steps = vec![0];
        let mut decade: i64 = 100;
        while decade < 1_000_000_000_000 {
            steps.extend([decade, decade * 2, decade * 5]);
            decade *= 10;
        }
        Self { counts: vec![0; steps.len()], steps }
    }
}

impl Prices {
    /// Counts one price.
    pub fn add(&mut self, price: i64) {
        let step = self.steps.partition_point(|step| *step <= price).saturating_sub(1);
        self.counts[step] += 1;
    }

    /// A few ranges with about as many products in each, cheapest first.
    pub fn ranges(&self, currency: Currency, filters: &Filters) -> Vec<FacetValue> {
        let total: u64 = self.counts.iter().map(|count| u64::from(*count)).sum();
        if total == 0 {
            return Vec::new();
        }
        let fair = total.div_ceil(RANGES_MAX as u64);
        let last = self.counts.iter().rposition(|count| *count > 0).unwrap_or(0);
        let mut ranges = Vec::new();
        let mut from: Option<usize> = None;
        let mut count = 0_u64;
        for step in 0..=last {
            let here = u64::from(self.counts[step]);
            if here == 0 && from.is_none() {
                continue;
            }
            let start = *from.get_or_insert(step);
            count += here;
            if (count >= fair && ranges.len() + 1 < RANGES_MAX) || step == last {
                let upto = if step == last { None } else { Some(self.steps[step + 1] - 1) };
                ranges.push(value(self.steps[start], upto, count, currency, filters));
                (from, count) = (None, 0);
            }
        }
        ranges
    }
}

fn value(from: i64, upto: Option<i64>, count: u64, currency: Currency, filters: &Filters) -> FacetValue {
    let money = |minor| Money::new(minor, currency);
    let label = match upto {
        Some(upto) => format!("{} – {}", money(from).to_decimal(), money(upto)),
        None => format!("{} +", money(from)),
    };
    FacetValue {
        value: format!("{from}-{}", upto.map(|upto| upto.to_string()).unwrap_or_default()),
        label,
        count: usize::try_from(count).unwrap_or(usize::MAX),
        selected: filters.price_min == Some(from) && filters.price_max == upto,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_every_price_once() {
        let mut prices = Prices::default();
        let all: Vec<i64> = (1..500).map(|n| n * n * 3).collect();
        all.iter().for_each(|price| prices.add(*price));
        let ranges = prices.ranges(Currency::EUR, &Filters::default());
        assert!(ranges.len() <= RANGES_MAX && ranges.len() > 2, "{ranges:?}");
        for range in &ranges {
            let (from, upto) = range.value.split_once('-').unwrap();
            let (from, upto): (i64, i64) = (from.parse().unwrap(), upto.parse().unwrap_or(i64::MAX));
            assert_eq!(all.iter().filter(|price| (from..=upto).contains(*price)).count(), range.count);
        }
        assert_eq!(ranges.iter().map(|range| range.count).sum::<usize>(), all.len());
    }

    #[test]
    fn the_chosen_range_is_marked() {
        let mut prices = Prices::default();
        [150, 250, 990].iter().for_each(|price| prices.add(*price));
        let ranges = prices.ranges(Currency::EUR, &Filters::default());
        let (from, upto) = ranges[0].value.split_once('-').unwrap();
        let filters = Filters { price_min: from.parse().ok(), price_max: upto.parse().ok(), ..Filters::default() };
        assert!(prices.ranges(Currency::EUR, &filters)[0].selected);
    }
}
