use std::collections::BTreeMap;

use souk_types::Fault;

/// What a file said of a product and nothing here understands: by column, a value for each row of the product.
pub(crate) type Extra = BTreeMap<String, Vec<String>>;

/// Shopify's column for what a product is; stands in for the category when that is empty.
pub(crate) const TYPE_COLUMN: &str = "Type";

/// Notes a value; blank ones need not be kept.
pub(crate) fn put(extra: &mut Extra, column: &str, row: usize, value: &str) {
    if value.trim().is_empty() {
        return;
    }
    let values = extra.entry(column.to_owned()).or_default();
    if values.len() <= row {
        values.resize(row + 1, String::new());
    }
    value.clone_into(&mut values[row]);
}

/// The text that a product's row keeps; `None` when there is nothing to keep.
pub(crate) fn to_text(extra: &Extra) -> Result<Option<String>, Fault> {
    if extra.is_empty() { Ok(None) } else { serde_json::to_string(extra).map(Some).map_err(Fault::internal) }
}

pub(crate) fn from_text(text: Option<&str>) -> Result<Extra, Fault> {
    text.map_or(Ok(Extra::new()), |text| serde_json::from_str(text).map_err(Fault::internal))
}

/// A product without a category has no type either, else an export would bring the category back.
pub(crate) fn drop_type(extra: &mut Option<String>) {
    let Ok(mut kept) = from_text(extra.as_deref()) else { return };
    if kept.remove(TYPE_COLUMN).is_some()
        && let Ok(text) = to_text(&kept)
    {
        *extra = text;
    }
}
