use souk_contracts::catalog::{Attribute, AttributeValue};
use souk_types::limits;

use super::fields::{Findings, Presence};

const UNIT_BYTES_MAX: usize = 30;
const NUMBER_MAX: f64 = 1e15;
const NUMBER_MIN: f64 = 1e-7;
/// Units by which a text is known to be a measure.
const UNITS: [&str; 54] = [
    "mm", "cm", "m", "km", "in", "ft", "yd", "g", "kg", "mg", "lb", "oz", "ml", "cl", "l", "L", "W", "kW", "kWh", "Wh",
    "V", "mV", "A", "mA", "mAh", "Ah", "h", "min", "s", "ms", "Hz", "kHz", "MHz", "GHz", "KB", "MB", "GB", "TB", "px",
    "MP", "°C", "°F", "%", "dB", "bar", "N", "Nm", "lm", "cd", "lx", "rpm", "dpi", "Mbit/s", "Gbit/s",
];

/// Puts an attribute into its normal form and checks it.
pub(crate) fn check(attribute: &mut Attribute, index: usize, findings: &mut Findings) {
    findings.line(&mut attribute.name, Presence::Required, || format!("attributes[{index}].name"));
    let field = || format!("attributes[{index}].value");
    match &mut attribute.value {
        AttributeValue::Text(text) => {
            *text = text.replace("\r\n", "\n").replace('\r', "\n").trim().to_owned();
            if text.is_empty() {
                findings.add(field(), "must not be empty");
            } else if text.len() > limits::TEXT_BYTES_MAX {
                findings.add(field(), format!("is longer than {} bytes", limits::TEXT_BYTES_MAX));
            } else if text.contains(|c: char| c.is_control() && c != '\n' && c != '\t') {
                findings.add(field(), "must not contain control characters");
            }
        }
        AttributeValue::Number { number, unit } => {
            findings.line(unit, Presence::Optional, || format!("attributes[{index}].value.unit"));
            if unit.len() > UNIT_BYTES_MAX {
                findings
                    .add(format!("attributes[{index}].value.unit"), format!("is longer than {UNIT_BYTES_MAX} bytes"));
            }
            if number.is_finite() && number.abs() <= NUMBER_MAX {
                *number = rounded(*number);
            } else {
                findings.add(field(), "must be a number up to 10^15");
            }
        }
        AttributeValue::Flag(_) => {}
    }
}

/// The number with 15 significant digits: so many survive decimal text and back in every reader.
fn rounded(number: f64) -> f64 {
    if number.abs() < NUMBER_MIN { 0.0 } else { format!("{number:.14e}").parse().unwrap_or(number) }
}

/// An attribute's value as a cell of a table.
pub(crate) fn to_cell(value: &AttributeValue) -> String {
    match value {
        AttributeValue::Flag(flag) => flag.to_string(),
        AttributeValue::Text(_) | AttributeValue::Number { .. } => value.label(),
    }
}

/// Reads a cell: a number, with a known unit or none, and yes or no are told from words when nothing is lost by it.
pub(crate) fn from_cell(cell: &str) -> AttributeValue {
    let cell = cell.trim();
    match cell {
        "true" => return AttributeValue::Flag(true),
        "false" => return AttributeValue::Flag(false),
        _ => {}
    }
    let (digits, unit) = match cell.split_once(' ') {
        Some((digits, unit)) if UNITS.contains(&unit) => (digits, unit),
        Some(_) => return AttributeValue::Text(cell.to_owned()),
        None => (cell, ""),
    };
    match digits.parse::<f64>() {
        Ok(number) if number.is_finite() && number.abs() <= NUMBER_MAX && rounded(number) == number => {
            let value = AttributeValue::Number { number, unit: unit.to_owned() };
            if to_cell(&value) == cell { value } else { AttributeValue::Text(cell.to_owned()) }
        }
        _ => AttributeValue::Text(cell.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_are_told_from_words() {
        let number = |number, unit: &str| AttributeValue::Number { number, unit: unit.to_owned() };
        let text = |text: &str| AttributeValue::Text(text.to_owned());
        assert_eq!(from_cell("13.3 in"), number(13.3, "in"));
        assert_eq!(from_cell(" 42 "), number(42.0, ""));
        assert_eq!(from_cell("007"), text("007"));
        assert_eq!(from_cell("2024 model"), text("2024 model"));
        assert_eq!(from_cell("NaN"), text("NaN"));
        assert_eq!(from_cell("true"), AttributeValue::Flag(true));
        assert_eq!(from_cell("blue; red"), text("blue; red"));
    }
}
