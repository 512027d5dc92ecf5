//! Numbers with a decimal point that are kept as whole ones.

/// Digits before the point at most: the rest is nobody's weight or tax.
const DIGITS_MAX: usize = 12;

/// A number as entered, with a point or a comma, in parts of which `10^places` make one: `7,25` with two is 725.
pub fn parts(text: &str, places: usize) -> Option<i64> {
    let text = text.trim().replace(',', ".");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > DIGITS_MAX || fraction.len() > places || !digits(whole) || !digits(fraction) {
        return None;
    }
    format!("{whole}{fraction:0<places$}").parse().ok()
}

/// The same backwards, without zeros at the end.
pub fn text(parts: i64, places: usize) -> String {
    let digits = format!("{parts:0>width$}", width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_and_written_alike() {
        for (given, places, kept, shown) in [
            ("19", 2, 1_900, "19"),
            ("7,25", 2, 725, "7.25"),
            (" 0.5 ", 2, 50, "0.5"),
            ("2.000", 3, 2_000, "2"),
            ("0", 2, 0, "0"),
            ("10000", 3, 10_000_000, "10000"),
        ] {
            assert_eq!(parts(given, places), Some(kept), "{given}");
            assert_eq!(text(kept, places), shown);
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for given in ["", "-1", "1e3", "x", "1.234", ".5", "1.2.3", "1 000", "9999999999999"] {
            assert_eq!(parts(given, 2), None, "{given}");
        }
    }
}
