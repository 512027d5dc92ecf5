//! Every SQL text of the catalogue.

pub(crate) mod bulk;
pub(crate) mod categories;
pub(crate) mod collections;
pub(crate) mod image_files;
pub(crate) mod imports;
pub(crate) mod kept_columns;
pub(crate) mod lists;
pub(crate) mod products;
pub(crate) mod skus;
pub(crate) mod slugs;
pub(crate) mod sorted;
pub(crate) mod started;
pub(crate) mod title_words;

use souk_types::Fault;

/// Bytes of the lower-case texts that lists are searched by.
const KEY_BYTES_MAX: usize = 120;

/// The form in which a title or SKU is searched by its beginning.
pub(crate) fn search_key(text: &str) -> String {
    let mut key = text.to_lowercase();
    key.truncate(key.floor_char_boundary(KEY_BYTES_MAX));
    key
}

/// The first key behind all that begin with this one: no letter sorts behind the last code point.
pub(crate) fn search_key_end(key: &str) -> String {
    format!("{key}{}", char::MAX)
}

fn to_json<T: serde::Serialize + ?Sized>(value: &T) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(Fault::internal)
}
