use csv::Writer;
use souk_contracts::catalog::{Attribute, ImageSource, ProductDraft, ProductStatus, VariantDraft};
use souk_types::{Fault, limits::PRODUCT_OPTIONS_MAX};

use super::{
    columns::{ATTRIBUTES_COLUMN, metafield},
    formula::guarded,
    group::{DRAWING_PREFIX, STORED_PREFIX, attributes_of},
};
use crate::domain::{
    attribute,
    check::{CATEGORY_SEPARATOR, DEFAULT_OPTION},
    extra::Extra,
};

const PRODUCT_COLUMNS: [&str; 7] =
    ["Handle", "Title", "Body (HTML)", "Vendor", "Product Category", "Tags", "Published"];
const VARIANT_COLUMNS: [&str; 5] =
    ["Variant SKU", "Variant Grams", "Variant Price", "Variant Compare At Price", "Variant Barcode"];
const IMAGE_COLUMNS: [&str; 3] = ["Image Src", "Image Position", "Image Alt Text"];
const LAST_COLUMNS: [&str; 3] = ["Variant Image", "Status", ATTRIBUTES_COLUMN];

/// Writes products as Shopify's CSV, with the columns behind them that imports brought along.
pub(super) struct Table<'a> {
    writer: Writer<Vec<u8>>,
    kept: &'a [String],
}

impl<'a> Table<'a> {
    pub(super) fn new(kept: &'a [String]) -> Self {
        Self { writer: Writer::from_writer(Vec::new()), kept }
    }

    pub(super) fn heading(&mut self) -> Result<(), Fault> {
        let options = (1..=PRODUCT_OPTIONS_MAX)
            .flat_map(|number| [format!("Option{number} Name"), format!("Option{number} Value")]);
        let mut heading: Vec<String> = PRODUCT_COLUMNS.map(str::to_owned).into();
        heading.extend(options);
        heading
            .extend(VARIANT_COLUMNS.iter().chain(&IMAGE_COLUMNS).chain(&LAST_COLUMNS).map(|name| (*name).to_owned()));
        heading.extend(self.kept.iter().cloned());
        self.write(&heading)
    }

    /// Writes a row for each variant or picture, whichever are more; the first has what is the product's own.
    pub(super) fn product(&mut self, draft: &ProductDraft, extra: &Extra) -> Result<(), Fault> {
        let kept_rows = extra.values().map(Vec::len).max().unwrap_or(0);
        let rows = draft.variants.len().max(draft.images.len()).max(kept_rows);
        let (cells, list) = self.attributes(&draft.attributes)?;
        for row in 0..rows {
            let mut record = vec![draft.slug.clone()];
            record.extend(product_cells(draft, row));
            let variant = draft.variants.get(row);
            record.extend(option_cells(draft, variant, row));
            record.extend(variant_cells(variant));
            record.extend(image_cells(draft, row));
            record.push(variant_image(draft, variant));
            record.push(if row == 0 { draft.status.to_string() } else { String::new() });
            record.push(if row == 0 { list.clone() } else { String::new() });
            for (column, cell) in self.kept.iter().zip(&cells) {
                let kept = extra.get(column).and_then(|values| values.get(row)).cloned().unwrap_or_default();
                record.push(if row == 0 && metafield(column).is_some() { cell.clone() } else { kept });
            }
            self.write(&record)?;
        }
        Ok(())
    }

    /// The attributes in columns of their own, and the whole list when reading those back would not give it again.
    fn attributes(&self, attributes: &[Attribute]) -> Result<(Vec<String>, String), Fault> {
        let mut written = vec![false; attributes.len()];
        let mut cell = |column: &String| {
            let name = metafield(column)?;
            let next = (0..attributes.len()).find(|index| !written[*index] && attributes[*index].name == name)?;
            written[next] = true;
            Some(attribute::to_cell(&attributes[next].value))
        };
        let cells: Vec<String> = self.kept.iter().map(|column| cell(column).unwrap_or_default()).collect();
        let named = self.kept.iter().zip(&cells).filter_map(|(column, cell)| Some((metafield(column)?, cell.as_str())));
        let is_whole = attributes_of(named, "").is_ok_and(|read| read == attributes);
        let list = if is_whole { String::new() } else { serde_json::to_string(attributes).map_err(Fault::internal)? };
        Ok((cells, list))
    }

    fn write(&mut self, record: &[String]) -> Result<(), Fault> {
        for text in record {
            self.writer.write_field(guarded(text).as_bytes()).map_err(Fault::internal)?;
        }
        self.writer.write_record(None::<&[u8]>).map_err(Fault::internal)
    }

    pub(super) fn into_text(self) -> Result<String, Fault> {
        let bytes = self.writer.into_inner().map_err(|error| Fault::internal(error.to_string()))?;
        String::from_utf8(bytes).map_err(Fault::internal)
    }
}

fn product_cells(draft: &ProductDraft, row: usize) -> [String; PRODUCT_COLUMNS.len() - 1] {
    if row > 0 {
        return Default::default();
    }
    [
        draft.title.clone(),
        draft.description.clone(),
        draft.brand.clone(),
        draft.category.join(CATEGORY_SEPARATOR),
        draft.tags.join(", "),
        if draft.status == ProductStatus::Active { "TRUE" } else { "FALSE" }.to_owned(),
    ]
}

fn option_cells(draft: &ProductDraft, variant: Option<&VariantDraft>, row: usize) -> Vec<String> {
    let mut cells = vec![String::new(); PRODUCT_OPTIONS_MAX * 2];
    let Some(variant) = variant else { return cells };
    if draft.options.is_empty() {
        (cells[0], cells[1]) = (DEFAULT_OPTION.0.to_owned(), DEFAULT_OPTION.1.to_owned());
    }
    for (place, (name, value)) in draft.options.iter().zip(&variant.options).enumerate() {
        if row == 0 {
            cells[place * 2].clone_from(name);
        }
        cells[place * 2 + 1].clone_from(value);
    }
    cells
}

fn variant_cells(variant: Option<&VariantDraft>) -> [String; VARIANT_COLUMNS.len()] {
    let Some(variant) = variant else { return Default::default() };
    [
        variant.sku.clone(),
        variant.weight_g.to_string(),
        variant.price.to_decimal(),
        variant.compare_at.map(souk_types::Money::to_decimal).unwrap_or_default(),
        variant.barcode.clone(),
    ]
}

fn image_cells(draft: &ProductDraft, row: usize) -> [String; IMAGE_COLUMNS.len()] {
    let Some(image) = draft.images.get(row) else { return Default::default() };
    [image_text(&image.source), (row + 1).to_string(), image.alt.clone()]
}

fn variant_image(draft: &ProductDraft, variant: Option<&VariantDraft>) -> String {
    let image = variant.and_then(|variant| draft.images.get(variant.image?));
    image.map(|image| image_text(&image.source)).unwrap_or_default()
}

fn image_text(source: &ImageSource) -> String {
    match source {
        ImageSource::Url(url) => url.clone(),
        ImageSource::Stored(hash) => format!("{STORED_PREFIX}{hash}"),
        ImageSource::Drawing(description) => format!("{DRAWING_PREFIX}{description}"),
    }
}
