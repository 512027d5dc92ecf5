//! Products to and from the documents of the index.

use souk_types::Fault;
use tantivy::{
    TantivyDocument, Term,
    schema::{Field, Value},
};

use super::schema::{Fields, TextField};
use crate::{
    entry::{Card, Detail, Entry, is_yes},
    text::{stem, words},
};

/// Stands between the two halves of a facet's value.
pub const SEPARATOR: char = '\u{1f}';
/// Attribute values of one product that are indexed.
const ATTRIBUTES_MAX: usize = 400;
/// Bytes of a value that can be filtered by.
const VALUE_BYTES_MAX: usize = 120;
/// Words of a title that count for the order of words.
const TITLE_WORDS_MAX: usize = 48;

/// The term that names a product's document.
pub fn id_term(fields: &Fields, product: souk_contracts::ProductId) -> Term {
    Term::from_field_text(fields.id, &product.to_string())
}

/// Makes the document of a product.
pub fn document(fields: &Fields, entry: &Entry) -> Result<TantivyDocument, Fault> {
    let Entry { card, detail } = entry;
    let mut document = TantivyDocument::default();
    document.add_text(fields.id, card.product.to_string());
    document.add_bytes(fields.card, &encode(card)?);
    document.add_bytes(fields.detail, &encode(detail)?);
    document.add_i64(fields.version, detail.version);
    document.add_u64(fields.tie, tie(card.product));
    document.add_i64(fields.price, card.price_min);
    document.add_i64(fields.created, detail.created_at.as_micros());
    document.add_u64(fields.sold, detail.sold);
    document.add_bool(fields.in_stock, card.in_stock);
    document.add_bool(fields.on_sale, detail.on_sale);
    document.add_bytes(fields.title_words, &title_words(&card.title));
    add_words(&mut document, fields, entry);
    add_values(&mut document, fields, entry);
    for sku in &detail.skus {
        document.add_text(fields.sku, &sku.sku);
        document.add_text(fields.of(TextField::Code), &sku.sku);
        if !sku.barcode.is_empty() {
            document.add_text(fields.of(TextField::Code), &sku.barcode);
        }
    }
    Ok(document)
}

/// The random half of an id: tells products apart, and breaks ties the same way every time.
pub fn tie(product: souk_contracts::ProductId) -> u64 {
    u64::try_from(product.bits() & u128::from(u64::MAX)).unwrap_or(0)
}

fn add_words(document: &mut TantivyDocument, fields: &Fields, entry: &Entry) {
    let Entry { card, detail } = entry;
    let mut add = |field: Field, text: &str| {
        if !text.is_empty() {
            document.add_text(field, text);
        }
    };
    add(fields.of(TextField::Title), &card.title);
    add(fields.of(TextField::Pairs), &card.title);
    add(fields.of(TextField::Brand), &card.brand);
    add(fields.of(TextField::Description), &detail.description);
    for name in &detail.category_names {
        add(fields.of(TextField::Category), name);
        add(fields.vocabulary, name);
    }
    for tag in &detail.tags {
        add(fields.of(TextField::Tags), tag);
        add(fields.vocabulary, tag);
    }
    for (name, value) in detail.attributes.iter().take(ATTRIBUTES_MAX) {
        // Of a fact that is a yes, the name is the word that people look for; a no is none.
        let text = if is_yes(value) { name } else { value };
        if value != "No" {
            add(fields.of(TextField::Attributes), text);
            add(fields.of(TextField::Pairs), text);
        }
    }
    add(fields.vocabulary, &card.title);
    add(fields.vocabulary, &card.brand);
}

fn add_values(document: &mut TantivyDocument, fields: &Fields, entry: &Entry) {
    let Entry { card, detail } = entry;
    if !card.brand.is_empty() {
        document.add_text(fields.brand_value, &card.brand);
    }
    for (slug, name) in detail.category_slugs.iter().zip(&detail.category_names) {
        document.add_text(fields.category_value, format!("{slug}{SEPARATOR}{name}"));
    }
    for (name, value) in detail.attributes.iter().take(ATTRIBUTES_MAX) {
        if name.len() + value.len() <= VALUE_BYTES_MAX {
            document.add_text(fields.attribute_value, format!("{name}{SEPARATOR}{value}"));
        }
    }
    for tag in detail.tags.iter().filter(|tag| tag.len() <= VALUE_BYTES_MAX) {
        document.add_text(fields.tag_value, tag);
    }
}

fn title_words(title: &str) -> Vec<u8> {
    words(title).iter().take(TITLE_WORDS_MAX).flat_map(|word| word_number(&stem(&word.text)).to_le_bytes()).collect()
}

/// A word as a number (FNV-1a, 32 bits): equal words have equal numbers, and others hardly ever.
pub fn word_number(word: &str) -> u32 {
    word.bytes().fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

fn encode<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec(value).map_err(Fault::internal)
}

/// Reads what a list shows out of a stored document.
pub fn card(fields: &Fields, document: &TantivyDocument) -> Result<Card, Fault> {
    decode(document, fields.card)
}

/// Reads the rest out of a stored document.
pub fn detail(fields: &Fields, document: &TantivyDocument) -> Result<Detail, Fault> {
    decode(document, fields.detail)
}

/// Reads only the description out of a stored document.
pub fn description(fields: &Fields, document: &TantivyDocument) -> Result<String, Fault> {
    #[derive(serde::Deserialize)]
    struct Description {
        description: String,
    }
    decode(document, fields.detail).map(|Description { description }| description)
}

fn decode<T: serde::de::DeserializeOwned>(document: &TantivyDocument, field: Field) -> Result<T, Fault> {
    let stored = document.get_first(field).ok_or_else(|| Fault::internal("a stored field is missing"))?;
    let bytes = stored.as_bytes().ok_or_else(|| Fault::internal("a stored field is no bytes"))?;
    serde_json::from_slice(bytes).map_err(Fault::internal)
}
