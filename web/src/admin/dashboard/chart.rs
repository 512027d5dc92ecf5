//! A bar chart as numbers: the template draws it, and says the same in a table.

use serde::Serialize;
use souk_types::{Money, Timestamp};

use super::takings::{DAYS, Span, Sum};
use crate::{
    format,
    view::{MoneyView, TimeView},
};

/// The drawing's units: a column for each day, and a height that any page stretches as it likes.
const COLUMN: usize = 100;
const BAR: usize = 64;
const HEIGHT: i64 = 1_000;
const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// The chart and what it shows.
#[derive(Serialize)]
pub struct Chart {
    width: usize,
    height: i64,
    /// What it shows, in a sentence.
    summary: String,
    /// The amounts at its top and at its middle.
    top: String,
    middle: String,
    bars: Vec<Bar>,
    /// Nothing was sold at all.
    empty: bool,
}

#[derive(Serialize)]
struct Bar {
    x: usize,
    y: i64,
    width: usize,
    height: i64,
    /// `Fri`, `27`, `27 Nov 2026`.
    weekday: &'static str,
    day: i8,
    date: TimeView,
    date_text: String,
    orders: String,
    total: MoneyView,
    today: bool,
}

impl Chart {
    /// Draws the days' sums, the oldest first.
    pub fn of(span: &Span, days: &[Sum]) -> Self {
        let most = days.iter().map(|day| day.total.minor).max().unwrap_or(0);
        let currency = days.first().map_or(souk_types::Currency::EUR, |day| day.total.currency);
        let top = round_up(most);
        let bars: Vec<Bar> =
            days.iter().enumerate().map(|(index, day)| bar(span.day(index), index, day, top)).collect();
        let money = |minor| format::money_text(Money::new(minor, currency));
        Self {
            width: COLUMN * DAYS,
            height: HEIGHT,
            summary: summary(&bars, most),
            top: money(top),
            middle: money(top / 2),
            empty: most == 0,
            bars,
        }
    }
}

fn bar(at: Timestamp, index: usize, day: &Sum, top: i64) -> Bar {
    // Cancelling more than was sold is not drawn, but told in the table.
    let share = i128::from(day.total.minor.max(0)) * i128::from(HEIGHT) / i128::from(top.max(1));
    let height = i64::try_from(share).unwrap_or(HEIGHT);
    let zoned = at.to_zoned();
    Bar {
        x: COLUMN * index + (COLUMN - BAR) / 2,
        y: HEIGHT - height,
        width: BAR,
        height,
        weekday: weekday(zoned.weekday().to_monday_zero_offset()),
        day: zoned.day(),
        date: format::time(at),
        date_text: format::day_text(at),
        orders: format::count(u64::try_from(day.orders).unwrap_or(0)),
        total: format::money(day.total),
        today: index + 1 == DAYS,
    }
}

/// The short name of a day, counted from Monday.
fn weekday(number: i8) -> &'static str {
    usize::try_from(number).ok().and_then(|index| WEEKDAYS.get(index)).copied().unwrap_or("")
}

fn summary(bars: &[Bar], most: i64) -> String {
    let best = bars.iter().max_by_key(|bar| bar.total.minor);
    match (best, bars.last()) {
        (Some(best), Some(today)) if most > 0 => {
            format!(
                "Sales of {} days: {} today; most on {}, {}.",
                bars.len(),
                today.total.text,
                best.date_text,
                best.total.text
            )
        }
        _ => format!("Nothing was sold within {} days.", bars.len()),
    }
}

/// The next number of the kind 1, 2, 5, 10, 20 …, so that the axis has amounts that are easy to read.
fn round_up(most: i64) -> i64 {
    let mut step = 1_i64;
    while step < i64::MAX / 10 {
        for factor in [1, 2, 5] {
            if step * factor >= most && step * factor >= 2 {
                return step * factor;
            }
        }
        step *= 10;
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;
    use souk_types::Currency;

    #[test]
    fn the_axis_ends_at_a_round_number_above_all() {
        let found: Vec<i64> = [0, 2, 3, 100, 101, 201, 999_999, 5_000_001].into_iter().map(round_up).collect();
        assert_eq!(found, [2, 2, 5, 100, 200, 500, 1_000_000, 10_000_000]);
    }

    #[test]
    fn bars_are_as_high_as_their_share_of_the_axis() {
        let mut days = vec![Sum { orders: 0, total: Money::new(0, Currency::EUR) }; DAYS];
        days[3] = Sum { orders: 2, total: Money::new(5_000, Currency::EUR) };
        days[13] = Sum { orders: 1, total: Money::new(1_000, Currency::EUR) };
        let span = Span::ending(Timestamp::from_micros(1_795_348_800_000_000));
        let chart = Chart::of(&span, &days);
        assert_eq!((chart.bars[3].height, chart.bars[13].height, chart.bars[0].height), (1_000, 200, 0));
        assert_eq!((chart.top.as_str(), chart.middle.as_str()), ("€50.00", "€25.00"));
        assert_eq!((chart.bars[13].weekday, chart.bars[13].date_text.as_str()), ("Sun", "22 Nov 2026"));
        assert_eq!(chart.summary, "Sales of 14 days: €10.00 today; most on 12 Nov 2026, €50.00.");
    }
}
