//! The variants' rows of a product's form.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use souk_contracts::catalog::{Product, Variant, VariantDraft};
use souk_types::{Currency, Money};

use crate::{body::Form, error::sentence, format, view::Errors};

/// The id of the row with which a variant is added.
const NEW: &str = "new";
/// Between the values of a variant's options.
const SLASH: &str = " / ";

/// One variant's row.
#[derive(Serialize)]
pub struct Row {
    id: String,
    options_text: String,
    options: String,
    removed: bool,
    sku: String,
    price: String,
    compare_at: String,
    barcode: String,
    weight_grams: String,
    stock_text: String,
}

/// The fields of one row by name.
type Fields<'f> = BTreeMap<&'f str, &'f str>;

/// The fields `variant[<id>].<name>`, by id.
fn by_id(form: &Form) -> BTreeMap<&str, Fields<'_>> {
    let mut rows: BTreeMap<&str, Fields<'_>> = BTreeMap::new();
    for (name, value) in &form.0 {
        if let Some((id, field)) = name.strip_prefix("variant[").and_then(|rest| rest.split_once("].")) {
            rows.entry(id).or_default().insert(field, value.trim());
        }
    }
    rows
}

/// The rows of a product, with what was entered in place of what is stored.
pub fn rows(product: &Product, form: &Form, available: &HashMap<String, i64>) -> Vec<Row> {
    let entered = by_id(form);
    let row = |variant: &Variant| {
        let id = variant.id.to_string();
        let fields = entered.get(id.as_str());
        let shown = |name: &str, stored: String| {
            fields.and_then(|fields| fields.get(name)).map_or(stored, |text| (*text).to_owned())
        };
        Row {
            options_text: variant.options.join(SLASH),
            options: shown("options", variant.options.join(SLASH)),
            removed: !shown("remove", String::new()).is_empty(),
            sku: shown("sku", variant.sku.clone()),
            price: shown("price", variant.price.to_decimal()),
            compare_at: shown("compare_at", variant.compare_at.map(Money::to_decimal).unwrap_or_default()),
            barcode: shown("barcode", variant.barcode.clone()),
            weight_grams: shown("weight_grams", variant.weight_g.to_string()),
            stock_text: stock_text(available.get(&variant.sku).copied()),
            id,
        }
    };
    product.variants.iter().map(row).collect()
}

fn stock_text(available: Option<i64>) -> String {
    let number = |pieces: i64| format::count(u64::try_from(pieces).unwrap_or(0));
    available.map(|pieces| format!("{} available", number(pieces))).unwrap_or_default()
}

/// A product's variants as a draft has them, and the id of the row that each stands in.
#[derive(Debug, Default)]
pub struct Drafts {
    /// The drafts in order.
    pub variants: Vec<VariantDraft>,
    /// Their rows' ids.
    pub ids: Vec<String>,
}

/// The variant as it is.
pub fn unchanged(variant: &Variant) -> VariantDraft {
    VariantDraft {
        sku: variant.sku.clone(),
        barcode: variant.barcode.clone(),
        options: variant.options.clone(),
        price: variant.price,
        compare_at: variant.compare_at,
        weight_g: variant.weight_g,
        image: variant.image,
        stock: None,
    }
}

/// The variants as entered: rows that were not sent stay as they are, removed ones are left out, and a new one comes
/// last.
pub fn entered(product: &Product, form: &Form, currency: Currency, errors: &mut Errors) -> Drafts {
    let rows = by_id(form);
    let mut drafts = Drafts::default();
    for variant in &product.variants {
        let id = variant.id.to_string();
        let mut draft = unchanged(variant);
        if let Some(fields) = rows.get(id.as_str()) {
            if fields.get("remove").is_some_and(|value| !value.is_empty()) {
                continue;
            }
            fill(&mut draft, &id, fields, currency, errors);
        }
        drafts.variants.push(draft);
        drafts.ids.push(id);
    }
    if let Some(fields) = rows.get(NEW).filter(|fields| fields.values().any(|value| !value.is_empty())) {
        drafts.variants.push(added(fields, currency, errors));
        drafts.ids.push(NEW.to_owned());
    }
    drafts
}

fn added(fields: &Fields<'_>, currency: Currency, errors: &mut Errors) -> VariantDraft {
    let mut draft = VariantDraft {
        sku: String::new(),
        barcode: String::new(),
        options: Vec::new(),
        price: Money::zero(currency),
        compare_at: None,
        weight_g: 0,
        image: None,
        stock: None,
    };
    if fields.get("price").is_none_or(|price| price.is_empty()) {
        errors.insert(key(NEW, "price"), "Enter a price.".to_owned());
    }
    fill(&mut draft, NEW, fields, currency, errors);
    draft
}

fn fill(draft: &mut VariantDraft, id: &str, fields: &Fields<'_>, currency: Currency, errors: &mut Errors) {
    for (name, text) in fields {
        if let Err(message) = set(draft, name, text, currency) {
            errors.entry(key(id, name)).or_insert(message);
        }
    }
}

fn set(draft: &mut VariantDraft, name: &str, text: &str, currency: Currency) -> Result<(), String> {
    match name {
        "sku" => text.clone_into(&mut draft.sku),
        "barcode" => text.clone_into(&mut draft.barcode),
        // A value may have a slash in it: what is as it was, stays.
        "options" if text == draft.options.join(SLASH) => {}
        "options" => draft.options = text.split('/').map(|value| value.trim().to_owned()).collect(),
        "price" => draft.price = money(text, currency)?,
        "compare_at" if text.is_empty() => draft.compare_at = None,
        "compare_at" => draft.compare_at = Some(money(text, currency)?),
        "weight_grams" if text.is_empty() => draft.weight_g = 0,
        "weight_grams" => draft.weight_g = text.parse().map_err(|_| "Enter whole grams, like 250.".to_owned())?,
        _ => {}
    }
    Ok(())
}

/// The name of a row's field.
pub fn key(id: &str, field: &str) -> String {
    format!("variant[{id}].{field}")
}

/// A price as entered.
///
/// # Errors
/// What is wrong with it.
pub fn money(text: &str, currency: Currency) -> Result<Money, String> {
    if text.is_empty() {
        return Err("Enter a price.".to_owned());
    }
    Money::parse_decimal(text, currency).map_err(|error| sentence(&error.to_string()))
}
