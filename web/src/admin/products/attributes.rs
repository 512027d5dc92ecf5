//! Attributes in a text box: `Name: value`, one a line.

use souk_contracts::catalog::{Attribute, AttributeValue};

/// The text for the box.
pub fn to_text(attributes: &[Attribute]) -> String {
    attributes.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// What the box means. A line that stands for one of the `known` attributes is that one, with the type it has; else
/// `Yes` and `No` are flags, a number with at most one word is a number with its unit, and the rest is text.
///
/// # Errors
/// The first line that is no attribute.
pub fn from_text(text: &str, known: &[Attribute]) -> Result<Vec<Attribute>, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|entered| {
            if let Some(same) = known.iter().find(|attribute| line(attribute) == entered) {
                return Ok(same.clone());
            }
            let (name, value) = entered.split_once(':').ok_or_else(|| entered.to_owned())?;
            Ok(Attribute { name: name.trim().to_owned(), value: typed(value.trim()) })
        })
        .collect()
}

fn line(attribute: &Attribute) -> String {
    format!("{}: {}", attribute.name, attribute.value.label())
}

fn typed(value: &str) -> AttributeValue {
    let (number, unit) = value.split_once(' ').unwrap_or((value, ""));
    match (value, number.parse::<f64>()) {
        ("Yes", _) => AttributeValue::Flag(true),
        ("No", _) => AttributeValue::Flag(false),
        (_, Ok(number)) if number.is_finite() && !unit.contains(' ') => {
            AttributeValue::Number { number, unit: unit.to_owned() }
        }
        _ => AttributeValue::Text(value.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_keep_their_types_through_the_box() {
        let text = "Screen: 27.5 cm\nWireless: Yes\nMaterial: 100 % wool, washed";
        let attributes = from_text(text, &[]).unwrap();
        assert_eq!(attributes[0].value, AttributeValue::Number { number: 27.5, unit: "cm".into() });
        assert_eq!(attributes[1].value, AttributeValue::Flag(true));
        assert_eq!(attributes[2].value, AttributeValue::Text("100 % wool, washed".into()));
        assert_eq!(to_text(&attributes), text);
    }

    #[test]
    fn a_known_line_keeps_the_type_that_it_has() {
        let known = [Attribute { name: "Model".into(), value: AttributeValue::Text("500".into()) }];
        assert_eq!(from_text("Model: 500", &known).unwrap(), known);
    }

    #[test]
    fn a_line_without_a_name_is_refused() {
        assert_eq!(from_text("wool", &[]), Err("wool".to_owned()));
    }
}
