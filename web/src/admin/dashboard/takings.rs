//! What the sales of two weeks say about today.

use std::time::Duration;

use souk_contracts::orders::{SALES_STEP, Sales};
use souk_types::{Money, Timestamp};

/// Days that the chart shows, today's with them.
pub const DAYS: usize = 14;
const DAY: Duration = Duration::from_hours(24);
const WEEK: Duration = Duration::from_hours(7 * 24);

/// Orders and what they come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sum {
    pub orders: i64,
    pub total: Money,
}

/// The days that are looked at, in UTC.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    now: Timestamp,
    today: Timestamp,
    /// The end of the last step that has passed: only whole steps are compared with those of last week.
    until: Timestamp,
}

impl Span {
    /// The two weeks that end now.
    pub fn ending(now: Timestamp) -> Self {
        Self { now, today: start_of(now, DAY), until: start_of(now, SALES_STEP) }
    }

    /// When the first day begins.
    pub fn from(&self) -> Timestamp {
        self.day(0)
    }

    /// When the last day ends.
    pub fn to(&self) -> Timestamp {
        self.today + DAY
    }

    /// When a day begins, the oldest first.
    pub fn day(&self, index: usize) -> Timestamp {
        let back = u32::try_from(DAYS.saturating_sub(index + 1)).unwrap_or(0);
        self.today - DAY * back
    }

    /// The instant up to which today is compared.
    pub fn until(&self) -> Timestamp {
        self.until
    }

    /// The day a week ago.
    pub fn last_week(&self) -> Timestamp {
        self.today - WEEK
    }
}

/// The sales of two weeks, summed up.
pub struct Takings {
    /// Each day's, the oldest first, today's last.
    pub days: Vec<Sum>,
    /// Today's so far.
    pub today: Sum,
    /// Today's whole steps.
    pub compared: Sum,
    /// The same steps of the same day last week; `None` before the first step of the day has passed.
    pub last_week: Option<Sum>,
}

impl Takings {
    /// Sums up; `none` is no money in the shop's currency.
    pub fn of(span: &Span, sales: &[Sales], none: Money) -> Self {
        let sum = |from: Timestamp, to: Timestamp| {
            let within = sales.iter().filter(|sale| sale.at >= from && sale.at < to);
            within.fold(Sum { orders: 0, total: none }, |sum, sale| Sum {
                orders: sum.orders + sale.orders,
                total: sum.total.plus(sale.total).unwrap_or(sum.total),
            })
        };
        let days = (0..DAYS).map(|index| sum(span.day(index), span.day(index) + DAY)).collect();
        let passed = span.until > span.today;
        Self {
            days,
            today: sum(span.today, span.now + SALES_STEP),
            compared: sum(span.today, span.until),
            last_week: passed.then(|| sum(span.last_week(), span.until - WEEK)),
        }
    }
}

/// `+12 %` from one amount to another; nothing where there was nothing before.
pub fn change(before: i64, now: i64) -> Option<String> {
    if before <= 0 {
        return None;
    }
    let percent = (i128::from(now) - i128::from(before)) * 100 / i128::from(before);
    Some(match percent {
        0 => "±0 %".to_owned(),
        more if more > 0 => format!("+{more} %"),
        less => format!("−{} %", less.unsigned_abs()),
    })
}

/// The beginning of the step of time that an instant lies in.
fn start_of(at: Timestamp, step: Duration) -> Timestamp {
    let into = at.as_micros().rem_euclid(i64::try_from(step.as_micros()).unwrap_or(i64::MAX));
    Timestamp::from_micros(at.as_micros() - into)
}

#[cfg(test)]
mod tests {
    use super::*;
    use souk_types::Currency;

    const NOON: Timestamp = Timestamp::from_micros(1_795_348_800_000_000 + 7 * 60_000_000);

    fn eur(minor: i64) -> Money {
        Money::new(minor, Currency::EUR)
    }

    fn sale(at: Timestamp, minor: i64) -> Sales {
        Sales { at, orders: 1, pieces: 2, total: eur(minor) }
    }

    #[test]
    fn today_is_compared_with_the_same_hours_of_last_week_and_no_more() {
        let span = Span::ending(NOON);
        let sales = [
            sale(span.until() - WEEK - Duration::from_mins(15), 1_000),
            // Later than now, a week ago: not yet to be compared.
            sale(span.until() - WEEK, 5_000),
            sale(span.until() - Duration::from_mins(15), 1_500),
            // The step that is going on.
            sale(span.until(), 300),
        ];
        let takings = Takings::of(&span, &sales, eur(0));
        assert_eq!(takings.today.total, eur(1_800));
        assert_eq!((takings.compared.total, takings.last_week.unwrap().total), (eur(1_500), eur(1_000)));
        assert_eq!(takings.days.len(), DAYS);
        assert_eq!((takings.days[6].total, takings.days[13].total), (eur(6_000), eur(1_800)));
    }

    #[test]
    fn nothing_is_compared_before_a_step_has_passed() {
        let midnight = start_of(NOON, DAY);
        assert_eq!(Takings::of(&Span::ending(midnight), &[], eur(0)).last_week, None);
        assert!(Takings::of(&Span::ending(midnight + SALES_STEP), &[], eur(0)).last_week.is_some());
    }

    #[test]
    fn a_change_is_said_in_percent_and_not_from_nothing() {
        assert_eq!(change(1_000, 1_120).as_deref(), Some("+12 %"));
        assert_eq!(change(1_000, 250).as_deref(), Some("−75 %"));
        assert_eq!(change(1_000, 1_000).as_deref(), Some("±0 %"));
        assert_eq!(change(0, 1_000), None);
    }
}
