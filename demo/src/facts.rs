//! A product's facts: drawn by chance, but never against what its title says.

use rand::{RngExt, rngs::StdRng};
use souk_contracts::catalog::{Attribute, AttributeValue};

use crate::ranges::Fact;

/// What titles say before the noun that is no material.
const NO_MATERIAL: [&str; 9] =
    ["Speckled", "Ribbed", "Upholstered", "Heavyweight", "Cable-Knit", "Hammered", "Non-Slip", "Hand-Woven", "Straw"];
/// Materials that a fact calls by a fuller name.
const FULLER: [(&str, &str); 6] = [
    ("Organic", "Organic cotton"),
    ("Merino", "Merino wool"),
    ("Silver", "Silver 925"),
    ("Gold-Plated", "Gold vermeil"),
    ("Natural Rubber", "Natural rubber"),
    ("Opal Glass", "Opal glass"),
];

/// The attribute that a fact gives a product whose title says this.
pub fn attribute(rng: &mut StdRng, fact: Fact, material: &str, noun: &str) -> Attribute {
    let by_chance = drawn(rng, fact);
    let (name, told) = match fact {
        Fact::Word(name @ "Material", _) => (name, of_material(material).map(AttributeValue::Text)),
        Fact::Word(name @ "Connection", _) if noun.starts_with("Wireless") => {
            (name, Some(AttributeValue::Text("Bluetooth 5.3".to_owned())))
        }
        Fact::Word(name @ "Length", words) => {
            let told = words.iter().find(|word| noun.starts_with(**word));
            (name, told.map(|word| AttributeValue::Text((*word).to_owned())))
        }
        Fact::Number(name, _, _, unit) | Fact::OneOf(name, _, unit) => {
            let told = number_in(material).filter(|_| matches!(name, "Diagonal" | "Display" | "Persons" | "Pieces"));
            let told = told.or_else(|| (noun.starts_with("Ultrawide") && name == "Diagonal").then_some(34));
            let number = |number| AttributeValue::Number { number: f64::from(number), unit: unit.to_owned() };
            (name, told.map(number))
        }
        Fact::Flag(name) => {
            (name, material.replace('-', " ").eq_ignore_ascii_case(name).then_some(AttributeValue::Flag(true)))
        }
        Fact::Word(name, _) => (name, None),
    };
    Attribute { name: name.to_owned(), value: told.unwrap_or(by_chance) }
}

fn drawn(rng: &mut StdRng, fact: Fact) -> AttributeValue {
    let number = |number, unit: &str| AttributeValue::Number { number: f64::from(number), unit: unit.to_owned() };
    match fact {
        Fact::Word(_, words) => AttributeValue::Text(words[rng.random_range(0..words.len())].to_owned()),
        Fact::Number(_, least, most, unit) => {
            let step = ((most - least) / 8).max(1);
            number(least + rng.random_range(0..=(most - least) / step) * step, unit)
        }
        Fact::OneOf(_, numbers, unit) => number(numbers[rng.random_range(0..numbers.len())], unit),
        Fact::Flag(_) => AttributeValue::Flag(rng.random_range(0..3) > 0),
    }
}

fn of_material(told: &str) -> Option<String> {
    if NO_MATERIAL.contains(&told) {
        return None;
    }
    let fuller = FULLER.iter().find(|(short, _)| *short == told);
    Some(fuller.map_or(told, |(_, fuller)| fuller).to_owned())
}

/// The number that a text begins with: 27 of `27-inch`. `4K` and `5G` are no counts.
fn number_in(text: &str) -> Option<u32> {
    text.split_once('-')?.0.parse().ok()
}
