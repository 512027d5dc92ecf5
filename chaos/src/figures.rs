//! What shoppers noticed.

use std::{
    collections::BTreeMap,
    fmt,
    time::{Duration, Instant},
};

use crate::market::{Attempt, CameTo};

/// When it began, when it was over, and when all was as before for a while.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(crate) began: Instant,
    pub(crate) over: Instant,
    pub(crate) quiet: Instant,
}

/// What shoppers noticed of one thing that happened.
#[derive(Debug, Clone)]
pub struct Row {
    name: String,
    attempts: usize,
    ordered: usize,
    failed: BTreeMap<String, usize>,
    /// From its end until the last failure.
    recovered_after: Duration,
    /// The longest time in which nobody bought anything.
    gap: Duration,
}

impl Row {
    /// Of purchases that ended since it began, those that were still under way when all was as before, too.
    pub(crate) fn of(name: &str, span: Span, attempts: &[Attempt]) -> Self {
        let mut row = Self {
            name: name.to_owned(),
            attempts: 0,
            ordered: 0,
            failed: BTreeMap::new(),
            recovered_after: Duration::ZERO,
            gap: Duration::ZERO,
        };
        let mut last_order = span.began;
        for attempt in attempts.iter().filter(|attempt| attempt.ended >= span.began) {
            row.attempts += 1;
            match &attempt.came_to {
                CameTo::SoldOut => {}
                CameTo::Ordered => {
                    row.ordered += 1;
                    row.gap = row.gap.max(attempt.ended - last_order);
                    last_order = attempt.ended;
                }
                CameTo::Failed(kind) => {
                    *row.failed.entry(kind.clone()).or_default() += 1;
                    row.recovered_after = row.recovered_after.max(attempt.ended.saturating_duration_since(span.over));
                }
            }
        }
        row.gap = row.gap.max(span.quiet.saturating_duration_since(last_order));
        row
    }

    /// Purchases that were acknowledged.
    pub fn ordered(&self) -> usize {
        self.ordered
    }
}

/// What stands above the rows.
pub(crate) const HEADING: &str =
    "what happens             attempts  orders  recovered  longest gap  purchases that failed";

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failed: usize = self.failed.values().sum();
        #[expect(clippy::cast_precision_loss, reason = "counts of purchases are small")]
        let share = 100.0 * failed as f64 / self.attempts.max(1) as f64;
        write!(
            f,
            "{:<24} {:>8} {:>7} {:>8.1} s {:>10.1} s  {share:.1} %",
            self.name,
            self.attempts,
            self.ordered,
            self.recovered_after.as_secs_f64(),
            self.gap.as_secs_f64(),
        )?;
        let kinds: Vec<String> = self.failed.iter().map(|(kind, times)| format!("{kind} ×{times}")).collect();
        if kinds.is_empty() { Ok(()) } else { write!(f, " ({})", kinds.join(", ")) }
    }
}

/// Says whether all went well for a while: somebody bought something, and nobody failed.
pub(crate) fn is_quiet(attempts: &[Attempt], since: Instant) -> bool {
    let recent = attempts.iter().rev().take_while(|attempt| attempt.ended >= since);
    let mut ordered = false;
    for attempt in recent {
        match attempt.came_to {
            CameTo::Failed(_) => return false,
            CameTo::Ordered => ordered = true,
            CameTo::SoldOut => {}
        }
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_tells_when_the_last_failed_and_how_long_nobody_could_buy() {
        let began = Instant::now();
        let at = |ms| began + Duration::from_millis(ms);
        let attempt = |ms, came_to| Attempt { ended: at(ms), came_to };
        let failed = |ms, kind: &str| attempt(ms, CameTo::Failed(kind.to_owned()));
        let attempts = [
            failed(100, "503"),
            attempt(200, CameTo::Ordered),
            failed(1_400, "503"),
            failed(1_500, "no answer"),
            attempt(1_700, CameTo::Ordered),
            attempt(1_800, CameTo::SoldOut),
            attempt(2_500, CameTo::Ordered),
            attempt(3_100, CameTo::Ordered),
        ];
        let row = Row::of("kill-orders-1", Span { began, over: at(1_000), quiet: at(3_000) }, &attempts);
        let told = row.to_string();
        let words: Vec<&str> = told.split_whitespace().collect();
        assert_eq!(words[..7], ["kill-orders-1", "8", "4", "0.5", "s", "1.5", "s"], "{told}");
        assert!(told.ends_with("37.5 % (503 ×2, no answer ×1)"), "{told}");
        assert!(is_quiet(&attempts[..7], at(1_600)) && !is_quiet(&attempts[..7], at(1_450)));
        assert!(!is_quiet(&attempts[..6], at(1_750)), "nobody bought anything");
    }
}
