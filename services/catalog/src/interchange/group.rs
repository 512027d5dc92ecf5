use std::sync::Arc;

use souk_contracts::catalog::{Attribute, BadRow, ImageDraft, ImageSource, ProductDraft, ProductStatus, VariantDraft};
use souk_types::{Currency, Money};

use super::{
    columns::Heading,
    feed::{Lines, by_line},
    rows::Row,
};
use crate::domain::{
    attribute,
    check::{CATEGORY_SEPARATOR, DEFAULT_OPTION},
    extra::{self, Extra},
};

/// How a picture that has no address is written in a table.
pub(super) const STORED_PREFIX: &str = "stored:";
pub(super) const DRAWING_PREFIX: &str = "drawing:";

/// Makes a product of its rows.
///
/// # Errors
/// Every row that is wrong in itself.
pub(super) fn product(
    heading: &Arc<Heading>,
    rows: &[Row],
    currency: Currency,
) -> Result<(ProductDraft, Extra, Lines), Vec<BadRow>> {
    let Some(first) = rows.first() else { return Err(Vec::new()) };
    let mut reading = Reading {
        heading,
        currency,
        bad: Vec::new(),
        images: Images::default(),
        lines: Lines {
            first: first.line,
            rows: rows.len() as u64,
            all: rows.iter().map(|row| row.line).collect(),
            heading: Some(Arc::clone(heading)),
            ..Lines::default()
        },
    };
    for row in rows {
        reading.read_image(row);
    }
    reading.lines.images = reading.images.sort();
    let (variant_rows, other_rows): (Vec<&Row>, Vec<&Row>) =
        rows.iter().partition(|row| row.line == first.line || reading.is_variant(row));
    let options = reading.options(first, &variant_rows);
    let variants = variant_rows.iter().map(|row| reading.variant(row, &options)).collect();
    let (attributes, status) = (reading.attributes(first), reading.status(first));
    let cell = |column| cell(first, column).to_owned();
    let draft = ProductDraft {
        slug: cell(heading.handle),
        title: cell(heading.title),
        description: cell(heading.body),
        brand: cell(heading.vendor),
        status,
        category: category(heading, first),
        tags: cell(heading.tags).split(',').map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect(),
        options: options.into_iter().map(|(_, name)| name).collect(),
        variants,
        attributes,
        images: reading.images.found.into_iter().map(|found| found.draft).collect(),
    };
    if !reading.bad.is_empty() {
        return Err(by_line(reading.bad, &reading.lines.all));
    }
    Ok((draft, aside(heading, &variant_rows, &other_rows), reading.lines))
}

/// A trimmed cell; empty when there is no such column.
pub(super) fn cell(row: &Row, column: Option<usize>) -> &str {
    column.and_then(|column| row.fields.get(column)).map_or("", |cell| cell.trim())
}

fn category(heading: &Heading, row: &Row) -> Vec<String> {
    let path = Some(cell(row, heading.category)).filter(|path| !path.is_empty()).unwrap_or(cell(row, heading.kind));
    if path.is_empty() {
        Vec::new()
    } else {
        path.split(CATEGORY_SEPARATOR).map(|name| name.trim().to_owned()).collect()
    }
}

/// What nothing here understands, by column and row: first the rows of variants, then the others, as an export has them.
fn aside(heading: &Heading, variant_rows: &[&Row], other_rows: &[&Row]) -> Extra {
    let mut kept = Extra::new();
    for (place, row) in variant_rows.iter().chain(other_rows).enumerate() {
        for column in &heading.aside {
            let is_category = heading.kind == Some(*column) && place == 0 && cell(row, heading.category).is_empty();
            if !is_category {
                extra::put(&mut kept, &heading.names[*column], place, &row.fields[*column]);
            }
        }
        for (column, _) in heading.metafields.iter().filter(|_| place > 0) {
            extra::put(&mut kept, &heading.names[*column], place, &row.fields[*column]);
        }
    }
    kept
}

struct Reading<'a> {
    heading: &'a Heading,
    currency: Currency,
    bad: Vec<BadRow>,
    images: Images,
    lines: Lines,
}

impl Reading<'_> {
    fn refuse(&mut self, row: &Row, column: Option<usize>, reason: &str) {
        let name = column.map_or("", |column| self.heading.names[column].as_str());
        self.bad.push(BadRow { line: row.line, reason: format!("{name}: {reason}") });
    }

    fn is_variant(&self, row: &Row) -> bool {
        let heading = self.heading;
        let single =
            [heading.sku, heading.price, heading.barcode, heading.compare_at, heading.quantity, heading.variant_image];
        single.iter().chain(&heading.option_values).any(|column| !cell(row, *column).is_empty())
    }

    /// The options that the first row names, by the place of their columns.
    fn options(&self, first: &Row, variant_rows: &[&Row]) -> Vec<(usize, String)> {
        let heading = self.heading;
        let has_values =
            |place: usize| variant_rows.iter().any(|row| !cell(row, heading.option_values[place]).is_empty());
        let mut options = Vec::new();
        for place in 0..heading.option_names.len() {
            let name = cell(first, heading.option_names[place]);
            if !name.is_empty() {
                options.push((place, name.to_owned()));
            } else if has_values(place) {
                options.push((place, format!("Option {}", place + 1)));
            }
        }
        let is_default = |(place, name): &(usize, String)| {
            let value = |row: &&Row| cell(row, heading.option_values[*place]) == DEFAULT_OPTION.1;
            name == DEFAULT_OPTION.0 && variant_rows.iter().all(value)
        };
        options.retain(|option| !is_default(option));
        options
    }

    fn variant(&mut self, row: &Row, options: &[(usize, String)]) -> VariantDraft {
        let heading = self.heading;
        self.lines.variants.push(row.line);
        let price = self.money(row, heading.price);
        if price.is_none() && cell(row, heading.price).is_empty() {
            self.refuse(row, heading.price, "is missing");
        }
        let price = price.unwrap_or(Money::zero(self.currency));
        // Shopify's files repeat the price, or say 0, where nothing is reduced.
        let compare_at =
            self.money(row, heading.compare_at).filter(|before| before.minor > price.minor || before.minor < 0);
        let barcode = cell(row, heading.barcode);
        let values = options.iter().map(|(place, _)| cell(row, heading.option_values[*place]).to_owned());
        VariantDraft {
            sku: cell(row, heading.sku).to_owned(),
            // A spreadsheet's sign that digits are a text.
            barcode: barcode.strip_prefix('\'').unwrap_or(barcode).to_owned(),
            options: values.collect(),
            price,
            compare_at,
            weight_g: self.weight_g(row),
            image: Some(cell(row, heading.variant_image))
                .filter(|src| !src.is_empty())
                .map(|src| self.images.index(src)),
            stock: self.stock(row),
        }
    }

    fn money(&mut self, row: &Row, column: Option<usize>) -> Option<Money> {
        let text = cell(row, column);
        if text.is_empty() {
            return None;
        }
        let parsed = Money::parse_decimal(text, self.currency);
        parsed.map_err(|error| self.refuse(row, column, &error.to_string())).ok()
    }

    fn number(&mut self, row: &Row, column: Option<usize>) -> Option<f64> {
        let text = cell(row, column);
        if text.is_empty() {
            return None;
        }
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() && number.abs() < 1e12 => Some(number),
            _ => {
                self.refuse(row, column, &format!("{text:?} is not a number"));
                None
            }
        }
    }

    fn weight_g(&mut self, row: &Row) -> i64 {
        let heading = self.heading;
        let grams = self.number(row, heading.grams).or_else(|| {
            let weight = self.number(row, heading.weight)?;
            let unit_g = match cell(row, heading.weight_unit) {
                "kg" => 1_000.0,
                "lb" => 453.592_37,
                "oz" => 28.349_523_125,
                _ => 1.0,
            };
            Some(weight * unit_g)
        });
        rounded(grams.unwrap_or(0.0))
    }

    /// Shopify sells below zero; this shop does not.
    fn stock(&mut self, row: &Row) -> Option<i64> {
        self.number(row, self.heading.quantity).map(|quantity| rounded(quantity).max(0))
    }

    fn read_image(&mut self, row: &Row) {
        let heading = self.heading;
        let src = cell(row, heading.image);
        if src.is_empty() {
            return;
        }
        let position = self.number(row, heading.image_position).unwrap_or(f64::MAX);
        self.images.add(src, cell(row, heading.image_alt), position, row.line);
    }

    fn status(&mut self, row: &Row) -> ProductStatus {
        let heading = self.heading;
        let is_published = match cell(row, heading.published).to_ascii_lowercase().as_str() {
            "" | "true" | "yes" | "1" => true,
            "false" | "no" | "0" => false,
            other => {
                self.refuse(row, heading.published, &format!("{other:?} is neither TRUE nor FALSE"));
                return ProductStatus::Draft;
            }
        };
        let status = cell(row, heading.status).to_ascii_lowercase();
        match (status.as_str(), is_published) {
            ("" | "active", true) => ProductStatus::Active,
            // Not listed, or not in the shop: staff decide when it is.
            ("" | "active", false) | ("unlisted", _) => ProductStatus::Draft,
            (status, _) => status.parse().unwrap_or_else(|_: souk_types::UnknownText| {
                self.refuse(row, heading.status, &format!("{status:?} is none of active, draft, archived, unlisted"));
                ProductStatus::Draft
            }),
        }
    }

    fn attributes(&mut self, row: &Row) -> Vec<Attribute> {
        let heading = self.heading;
        let cells = heading.metafields.iter().map(|(column, name)| (name.as_str(), cell(row, Some(*column))));
        match attributes_of(cells, cell(row, heading.attributes)) {
            Ok(attributes) => attributes,
            Err(reason) => {
                self.refuse(row, heading.attributes, &reason);
                Vec::new()
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the number is below 10^12")]
fn rounded(number: f64) -> i64 {
    number.round() as i64
}

/// The attributes that columns of their own say, and the list that an export of this shop writes beside them. A cell
/// that was changed since wins over the list.
pub(super) fn attributes_of<'a>(
    cells: impl Iterator<Item = (&'a str, &'a str)>,
    list: &str,
) -> Result<Vec<Attribute>, String> {
    let mut attributes: Vec<Attribute> =
        if list.is_empty() { Vec::new() } else { serde_json::from_str(list).map_err(|error| error.to_string())? };
    let mut met = vec![false; attributes.len()];
    for (name, cell) in cells.filter(|(_, cell)| !cell.is_empty()) {
        let known = (0..met.len()).find(|index| !met[*index] && attributes[*index].name == name);
        match known {
            Some(index) => {
                met[index] = true;
                if attribute::to_cell(&attributes[index].value) != cell {
                    attributes[index].value = attribute::from_cell(cell);
                }
            }
            None => attributes.push(Attribute { name: name.to_owned(), value: attribute::from_cell(cell) }),
        }
    }
    Ok(attributes)
}

/// The pictures of a product while its rows are read.
#[derive(Default)]
struct Images {
    found: Vec<FoundImage>,
}

struct FoundImage {
    src: String,
    draft: ImageDraft,
    position: f64,
    line: u64,
}

impl Images {
    fn add(&mut self, src: &str, alt: &str, position: f64, line: u64) -> usize {
        if let Some(index) = self.found.iter().position(|found| found.src == src) {
            return index;
        }
        let draft = ImageDraft { source: source(src), alt: alt.to_owned() };
        self.found.push(FoundImage { src: src.to_owned(), draft, position, line });
        self.found.len() - 1
    }

    /// Puts the pictures in order; answers their lines.
    fn sort(&mut self) -> Vec<u64> {
        self.found.sort_by(|a, b| a.position.total_cmp(&b.position));
        self.found.iter().map(|found| found.line).collect()
    }

    /// The place of a variant's picture, which need not be among the product's.
    fn index(&mut self, src: &str) -> usize {
        self.add(src, "", f64::MAX, 0)
    }
}

fn source(src: &str) -> ImageSource {
    if let Some(description) = src.strip_prefix(DRAWING_PREFIX) {
        ImageSource::Drawing(description.to_owned())
    } else if let Some(hash) = src.strip_prefix(STORED_PREFIX) {
        ImageSource::Stored(hash.to_owned())
    } else {
        ImageSource::Url(src.to_owned())
    }
}
