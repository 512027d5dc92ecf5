//! Two things that are measured in turn, so that what the machine does meanwhile falls on both.

use anyhow::Result;

use crate::load::Figures;

/// What one measurement showed.
#[derive(Debug, Clone, Copy)]
pub struct Measured {
    per_s: f64,
    /// p50 and p99, milliseconds, where single answers were timed.
    took_ms: Option<(f64, f64)>,
}

impl Measured {
    /// A rate alone.
    pub fn rate(per_s: f64) -> Self {
        Self { per_s, took_ms: None }
    }
}

impl From<Figures> for Measured {
    fn from(figures: Figures) -> Self {
        Self { per_s: figures.per_s, took_ms: Some((figures.p50_ms, figures.p99_ms)) }
    }
}

/// The two, as often as they were measured.
pub struct Pair {
    ours: Vec<Measured>,
    reference: Vec<Measured>,
}

/// Measures both so often, the one first and then the other.
pub async fn alternate(
    rounds: usize,
    mut ours: impl AsyncFnMut() -> Result<Measured>,
    mut reference: impl AsyncFnMut() -> Result<Measured>,
) -> Result<Pair> {
    let mut pair = Pair { ours: Vec::new(), reference: Vec::new() };
    for round in 0..rounds {
        if round % 2 == 0 {
            pair.ours.push(ours().await?);
            pair.reference.push(reference().await?);
        } else {
            pair.reference.push(reference().await?);
            pair.ours.push(ours().await?);
        }
    }
    Ok(pair)
}

impl Pair {
    /// Three lines of the report: the one, the other, and what share of the other the one has.
    pub fn print(&self, ours: &str, reference: &str, wanted: f64) {
        line(ours, &self.ours);
        line(reference, &self.reference);
        let shares: Vec<f64> =
            self.ours.iter().zip(&self.reference).map(|(one, other)| one.per_s / other.per_s).collect();
        let share = Spread::of(shares);
        println!(
            "   of that                         {:>9.2}    ({:.2} to {:.2}; {wanted:.2} wanted)",
            share.middle, share.least, share.most
        );
    }
}

fn line(name: &str, measured: &[Measured]) {
    let rate = Spread::of(measured.iter().map(|one| one.per_s).collect());
    let range = format!("({:.0} to {:.0})", rate.least, rate.most);
    let timed: Vec<(f64, f64)> = measured.iter().filter_map(|one| one.took_ms).collect();
    let mut times = String::new();
    if !timed.is_empty() {
        let p50 = Spread::of(timed.iter().map(|(p50, _)| *p50).collect()).middle;
        let p99 = Spread::of(timed.iter().map(|(_, p99)| *p99).collect()).middle;
        times = format!("  p50 {p50:>7.2} ms  p99 {p99:>7.2} ms");
    }
    println!("{name:<34} {:>9.0}/s  {range:<20}{times}", rate.middle);
}

/// Where several figures lie.
struct Spread {
    least: f64,
    middle: f64,
    most: f64,
}

impl Spread {
    fn of(mut figures: Vec<f64>) -> Self {
        figures.sort_by(f64::total_cmp);
        let at = |index: usize| figures.get(index).copied().unwrap_or(f64::NAN);
        let (half, last) = (figures.len() / 2, figures.len().saturating_sub(1));
        let middle =
            if figures.len() % 2 == 1 { at(half) } else { f64::midpoint(at(half.saturating_sub(1)), at(half)) };
        Self { least: at(0), middle, most: at(last) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_an_even_number_lies_between_two() {
        let spread = Spread::of(vec![4.0, 1.0, 3.0, 2.0]);
        assert_eq!((spread.least, spread.middle, spread.most), (1.0, 2.5, 4.0));
        assert_eq!(Spread::of(vec![9.0, 7.0, 8.0]).middle, 8.0);
    }
}
