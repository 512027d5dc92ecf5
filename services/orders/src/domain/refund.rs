//! What pieces of an order come to when their money is given back.

use souk_contracts::{
    inventory::StockLine,
    orders::{RefundableLine, Totals},
};
use souk_types::{FieldError, Money};

/// A line as it was paid: its pieces and what they cost, with the tax on top if there is one.
#[derive(Debug, Clone)]
pub struct Paid {
    pub sku: String,
    pub quantity: u32,
    pub amount: Money,
}

/// What was given back of an order by line.
#[derive(Debug, Clone, Default)]
pub struct GivenBack {
    /// Pieces by SKU; a SKU may stand several times.
    pub lines: Vec<StockLine>,
    pub delivery: bool,
}

/// Pieces and what they come to; the delivery is the one without a SKU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub sku: String,
    pub quantity: u32,
    pub amount: Money,
}

impl GivenBack {
    fn pieces(&self, sku: &str) -> u32 {
        self.lines.iter().filter(|line| line.sku == sku).map(|line| line.quantity).sum()
    }
}

/// What was paid for the delivery, with its share of the tax where tax is on top.
pub fn delivery(totals: &Totals, tax_of_lines: i64) -> Money {
    let tax = if totals.tax_included { 0 } else { totals.tax.minor - tax_of_lines };
    Money::new(totals.delivery.minor + tax, totals.delivery.currency)
}

/// The lines of which pieces were not given back yet.
pub fn left(paid: &[Paid], given: &GivenBack) -> Vec<RefundableLine> {
    let left = |line: &Paid| {
        let gone = given.pieces(&line.sku).min(line.quantity);
        let amount = share(line, gone, line.quantity);
        RefundableLine { sku: line.sku.clone(), quantity: line.quantity - gone, amount }
    };
    paid.iter().map(left).filter(|line| line.quantity > 0).collect()
}

/// What the wanted pieces come to; the inner error names the lines that ask for too much.
pub fn parts(paid: &[Paid], given: &GivenBack, wanted: &[StockLine]) -> Result<Vec<Part>, Vec<FieldError>> {
    let mut parts = Vec::new();
    let mut wrong = Vec::new();
    for (index, line) in wanted.iter().enumerate() {
        let mut refuse = |message: String| wrong.push(FieldError::new(format!("lines[{index}].quantity"), message));
        let Some(known) = paid.iter().find(|known| known.sku == line.sku) else {
            refuse(format!("{} is not part of the order", line.sku));
            continue;
        };
        let gone = given.pieces(&line.sku).min(known.quantity);
        let left = known.quantity - gone;
        if line.quantity == 0 || wanted[..index].iter().any(|other| other.sku == line.sku) {
            refuse("must be at least 1, each SKU once".to_owned());
        } else if line.quantity > left {
            refuse(format!("the money for only {left} of {} can still be given back", line.sku));
        } else {
            let amount = share(known, gone, gone + line.quantity);
            parts.push(Part { sku: line.sku.clone(), quantity: line.quantity, amount });
        }
    }
    if wrong.is_empty() { Ok(parts) } else { Err(wrong) }
}

/// What the pieces from one to another of a line come to. Counted from the first on, so that all parts of a line
/// together are the line, however it does not divide.
fn share(line: &Paid, from: u32, to: u32) -> Money {
    let until = |pieces: u32| i128::from(line.amount.minor) * i128::from(pieces) / i128::from(line.quantity.max(1));
    Money::new(i64::try_from(until(to) - until(from)).unwrap_or(0), line.amount.currency)
}

#[cfg(test)]
mod tests {
    use super::*;
    use souk_types::Currency;

    fn eur(minor: i64) -> Money {
        Money::new(minor, Currency::EUR)
    }

    fn wanted(quantity: u32) -> Vec<StockLine> {
        vec![StockLine { sku: "A".into(), quantity }]
    }

    #[test]
    fn the_parts_of_a_line_are_the_line_however_it_does_not_divide() {
        for amount in 0..50 {
            let paid = [Paid { sku: "A".into(), quantity: 7, amount: eur(amount) }];
            let mut given = GivenBack::default();
            let mut sum = 0;
            for pieces in [2, 1, 3, 1] {
                let part = &parts(&paid, &given, &wanted(pieces)).unwrap()[0];
                sum += part.amount.minor;
                given.lines.push(StockLine { sku: "A".into(), quantity: pieces });
            }
            assert_eq!(sum, amount);
            assert_eq!(left(&paid, &given), []);
            assert!(parts(&paid, &given, &wanted(1)).is_err());
        }
    }

    #[test]
    fn what_was_not_ordered_or_is_asked_twice_is_refused() {
        let paid = [Paid { sku: "A".into(), quantity: 2, amount: eur(100) }];
        let other = [StockLine { sku: "B".into(), quantity: 1 }];
        let twice = [wanted(1), wanted(1)].concat();
        for bad in [&other[..], &twice, &wanted(0), &wanted(3)] {
            assert!(parts(&paid, &GivenBack::default(), bad).is_err(), "{bad:?}");
        }
    }
}
