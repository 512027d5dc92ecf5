//! Reads products of several forms.

use std::{
    fs::{self, File},
    io::{BufReader, Read},
    path::{Path, PathBuf},
};

use serde_json::{Map, Value};
use souk_contracts::{
    ProductId,
    catalog::{Attribute, AttributeValue, ProductDraft},
};
use souk_types::{Currency, Fault, Timestamp};

use crate::{
    entry::{Card, Detail, Entry, Sku},
    text::html::plain_text,
};

/// Bytes of one unpacked file.
const FILE_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// Reads all products; the product at a place of the list has that place as its id.
pub fn load(paths: &[PathBuf]) -> Result<(Vec<String>, Vec<Entry>), Fault> {
    let (mut ids, mut entries) = (Vec::new(), Vec::new());
    for path in paths {
        each_object(path, &mut |object| {
            let product = ProductId::from_bits(entries.len() as u128);
            let (id, entry) = entry(product, object).map_err(|why| wrong(path, why))?;
            ids.push(id);
            entries.push(entry);
            Ok(())
        })?;
    }
    Ok((ids, entries))
}

fn wrong(path: &Path, why: impl std::fmt::Display) -> Fault {
    Fault::invalid("products", format!("{}: {why}", path.display()))
}

fn each_object(path: &Path, each: &mut dyn FnMut(Map<String, Value>) -> Result<(), Fault>) -> Result<(), Fault> {
    if path.is_dir() {
        let files = fs::read_dir(path).map_err(|error| wrong(path, error))?;
        let mut files: Vec<PathBuf> = files.filter_map(|file| Some(file.ok()?.path())).collect();
        files.retain(|file| matches!(file.extension().and_then(|end| end.to_str()), Some("json" | "jsonl" | "zip")));
        files.sort();
        return files.iter().try_for_each(|file| each_object(file, each));
    }
    let file = File::open(path).map_err(|error| wrong(path, error))?;
    if path.extension().is_none_or(|end| end != "zip") {
        return each_object_of(path, file, each);
    }
    let mut archive = zip::ZipArchive::new(BufReader::new(file)).map_err(|error| wrong(path, error))?;
    for index in 0..archive.len() {
        let file = archive.by_index(index).map_err(|error| wrong(path, error))?;
        if file.is_file() {
            each_object_of(path, file, each)?;
        }
    }
    Ok(())
}

fn each_object_of(
    path: &Path,
    file: impl Read,
    each: &mut dyn FnMut(Map<String, Value>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let reader = BufReader::new(file.take(FILE_BYTES_MAX));
    for value in serde_json::Deserializer::from_reader(reader).into_iter::<Value>() {
        let list = match value.map_err(|error| wrong(path, error))? {
            Value::Array(list) => list,
            one => vec![one],
        };
        for value in list {
            let Value::Object(object) = value else { return Err(wrong(path, "expected objects")) };
            each(object)?;
        }
    }
    Ok(())
}

fn entry(product: ProductId, object: Map<String, Value>) -> Result<(String, Entry), String> {
    if object.contains_key("variants") {
        let draft: ProductDraft = serde_json::from_value(Value::Object(object)).map_err(|error| error.to_string())?;
        return Ok(of_draft(product, draft));
    }
    Ok(of_plain(product, &object))
}

fn of_draft(product: ProductId, draft: ProductDraft) -> (String, Entry) {
    let prices = draft.variants.iter().map(|variant| variant.price.minor);
    let options = draft.options.iter().enumerate().flat_map(|(at, name)| {
        let values = draft.variants.iter().filter_map(move |variant| variant.options.get(at));
        values.map(move |value| (name.clone(), value.clone()))
    });
    let mut attributes: Vec<(String, String)> = options.collect();
    attributes.dedup();
    attributes.extend(draft.attributes.iter().map(|Attribute { name, value }| (name.clone(), value.label())));
    let entry = Entry {
        card: Card {
            price_min: prices.clone().min().unwrap_or(0),
            price_max: prices.max().unwrap_or(0),
            brand: draft.brand,
            ..card(product, &draft.slug, draft.title)
        },
        detail: Detail {
            description: plain_text(&draft.description),
            category_slugs: draft.category.iter().map(|name| name.to_lowercase()).collect(),
            category_names: draft.category,
            tags: draft.tags,
            attributes,
            skus: draft.variants.into_iter().map(|variant| sku(variant.sku, variant.barcode)).collect(),
            ..detail()
        },
    };
    (draft.slug, entry)
}

/// Objects with `id`, `title`, `name` (the maker's part number), `short_description`, `supplier`, `price`, `ean`,
/// `attr_t_…` (text), `attr_n_…` (number), `attr_b_…` (yes or no).
fn of_plain(product: ProductId, object: &Map<String, Value>) -> (String, Entry) {
    let text = |name: &str| object.get(name).map(label).unwrap_or_default();
    let price = object.get("price").and_then(Value::as_i64).unwrap_or(0);
    let barcode = match object.get("ean") {
        Some(Value::Array(all)) => all.first().map(label).unwrap_or_default(),
        Some(one) => label(one),
        None => String::new(),
    };
    let attributes = object.iter().filter_map(|(name, value)| {
        let name = name.strip_prefix("attr_")?.get(2..)?.replace('_', " ");
        Some((name.trim().to_owned(), label(value)))
    });
    let mut code = text("name");
    if code.is_empty() {
        code = text("id");
    }
    let entry = Entry {
        card: Card {
            price_min: price,
            price_max: price,
            brand: text("supplier"),
            ..card(product, &text("id"), text("title"))
        },
        detail: Detail {
            description: plain_text(&text("short_description")),
            attributes: attributes.collect(),
            skus: vec![sku(code, barcode)],
            ..detail()
        },
    };
    (text("id"), entry)
}

fn label(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(flag) => AttributeValue::Flag(*flag).label(),
        Value::Array(list) => list.iter().map(label).collect::<Vec<_>>().join(", "),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn card(product: ProductId, slug: &str, title: String) -> Card {
    Card {
        product,
        slug: slug.to_owned(),
        title,
        brand: String::new(),
        price_min: 0,
        price_max: 0,
        compare_at: None,
        currency: Currency::EUR,
        image: None,
        in_stock: true,
        only_sku: None,
    }
}

fn detail() -> Detail {
    Detail {
        version: 1,
        description: String::new(),
        category_names: Vec::new(),
        category_slugs: Vec::new(),
        tags: Vec::new(),
        on_sale: false,
        attributes: Vec::new(),
        skus: Vec::new(),
        created_at: Timestamp::EPOCH,
        sold: 0,
    }
}

const fn sku(sku: String, barcode: String) -> Sku {
    Sku { sku, barcode, in_stock: true }
}
