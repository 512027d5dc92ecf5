//! The option picker: for each value, which variant it leads to.

use std::collections::HashMap;

use serde::Serialize;
use souk_contracts::catalog::{Product, ProductOption, Variant};

/// One thing that can be chosen.
#[derive(Debug, Serialize)]
pub struct OptionGroup {
    name: String,
    selected: String,
    values: Vec<OptionValue>,
}

#[derive(Debug, Serialize)]
struct OptionValue {
    label: String,
    url: String,
    selected: bool,
    available: bool,
    swatch: Option<&'static str>,
}

/// The groups of a product with one of its variants chosen; none when there is nothing to choose.
pub fn groups(product: &Product, chosen: usize, available: impl Fn(&Variant) -> bool) -> Vec<OptionGroup> {
    let Some(current) = product.variants.get(chosen).filter(|_| product.variants.len() > 1) else {
        return Vec::new();
    };
    // A value leads to the variant that agrees best with the rest of what is chosen, then to one that can be bought;
    // of equals the first wins, as in the catalogue's order.
    let same = |variant: &Variant| variant.options.iter().zip(&current.options).filter(|(a, b)| a == b).count();
    let fit = |variant: &Variant| (same(variant), available(variant));
    let group = |(index, option): (usize, &ProductOption)| {
        let selected = current.options.get(index).cloned().unwrap_or_default();
        let coloured = matches!(option.name.to_lowercase().as_str(), "colour" | "color");
        // A product may have thousands of variants: each is looked at once for each option.
        let mut by_value: HashMap<&str, &Variant> = HashMap::new();
        for variant in &product.variants {
            let Some(value) = variant.options.get(index) else { continue };
            let best = by_value.entry(value).or_insert(variant);
            if fit(variant) > fit(best) {
                *best = variant;
            }
        }
        let values = option.values.iter().filter_map(|label| {
            let leads_to = *by_value.get(label.as_str())?;
            Some(OptionValue {
                url: format!("?{}", serde_urlencoded::to_string([("variant", &leads_to.sku)]).unwrap_or_default()),
                selected: *label == selected,
                available: available(leads_to),
                swatch: coloured.then(|| swatch(label)).flatten(),
                label: label.clone(),
            })
        });
        OptionGroup { name: option.name.clone(), values: values.collect(), selected }
    };
    product.options.iter().enumerate().map(group).collect()
}

/// The colour of a dot beside a colour's name.
fn swatch(name: &str) -> Option<&'static str> {
    Some(match name.to_lowercase().as_str() {
        "black" => "#1a1a1a",
        "white" => "#fafafa",
        "grey" | "gray" => "#8a8f98",
        "charcoal" | "anthracite" => "#3a3f47",
        "silver" => "#c0c4cc",
        "red" => "#c62f2f",
        "burgundy" => "#6d1f33",
        "orange" => "#e5731c",
        "terracotta" | "rust" => "#b7532f",
        "yellow" | "mustard" => "#dba514",
        "gold" => "#c9a227",
        "green" => "#2e7d4f",
        "olive" => "#6b7136",
        "forest" => "#23482f",
        "mint" | "sage" => "#9bb8a0",
        "blue" => "#2a5db0",
        "navy" | "midnight" => "#1c2a4a",
        "sky" | "light blue" => "#7fb2e5",
        "teal" | "petrol" => "#1f6f78",
        "purple" | "plum" => "#6b3a78",
        "pink" | "rose" => "#e08aa0",
        "brown" | "cognac" => "#7a4a2b",
        "tan" | "camel" => "#b98a5a",
        "beige" | "sand" => "#d9c7a3",
        "cream" | "ivory" | "natural" => "#f1e9d6",
        _ => return None,
    })
}
